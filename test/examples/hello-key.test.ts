import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Example, logOf } from "./example.ts";

const example = await Example.build("hello-key", { native: true });
const spanish = await Example.build("hello-key", { defaults: { hello: "¡Hola!" } });

/** What the image says in its four seconds. */
function heard(image: Example, ...words: string[]): string[] {
  const tender = image.simulate(...words).start();
  tender.advance(3999);
  assert.equal(tender.status, undefined);
  tender.advance(1);
  assert.equal(tender.status, 0);
  return logOf(tender);
}

const fourTimes = (greeting: string) => Array(4).fill(`[INFO] [application] ${greeting}`);

describe("examples/hello-key", () => {
  test("is small", () => example.checkSize());

  test("says hello four times: as config.ts has it, as it was built, or as it is told to when it is run", () => {
    assert.deepEqual(heard(example), fourTimes("Hello World!"));
    assert.deepEqual(heard(spanish), fourTimes("¡Hola!"));
    for (const image of [example, spanish]) assert.deepEqual(heard(image, "--hello=Привет"), fourTimes("Привет"));
  });

  test("runs on both tenders", async () => {
    for (const { tender, log } of await example.runOnBoth(["--hello=Bonjour !"]))
      assert.deepEqual(log, fourTimes("Bonjour !"), tender);
  });

  test("has no argument of another name", () => {
    const { status, stdout, stderr } = example.run(["--isolation=v8"], ["--helo=Bonjour !"]);
    assert.deepEqual([status, stdout], [64, ""]);
    assert.equal(stderr, "tender: hello-key has no argument --helo; did you mean --hello?\n");
  });
});

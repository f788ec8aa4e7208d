import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { crunchFolder } from "../../compiler/pack/crunch.ts";
import { packFat } from "../../compiler/pack/fat.ts";
import { packTar } from "../../compiler/pack/tar.ts";
import { root } from "../support/repository.ts";
import { Example, logOf, withoutTimes } from "./example.ts";

const folder = join(root, "examples/kv-ro/t");
const confirmed = "[INFO] [application] Contents of extremely secret vital storage confirmed!";

describe("examples/kv-ro", async () => {
  const crunch = await Example.build("kv-ro");
  const tar = await Example.build("kv-ro", { defaults: { kv_ro: "tar" } });
  const fat = await Example.build("kv-ro", { defaults: { kv_ro: "fat" } });
  const direct = await Example.build("kv-ro", { defaults: { kv_ro: "direct" } });

  test("is small", () => crunch.checkSize());

  test("compiled in, it needs no disk", () => {
    const { status, stdout, stderr } = crunch.run();
    assert.deepEqual({ status, stderr, log: withoutTimes(stdout) }, { status: 0, stderr: "", log: [confirmed] });
  });

  test("compiled in, with native code, on both tenders", async () => {
    const native = await Example.build("kv-ro", { native: true });
    for (const { tender, log } of await native.runOnBoth()) assert.deepEqual(log, [confirmed], tender);
  });

  for (const [name, example, pack] of [
    ["tar", tar, packTar],
    ["FAT", fat, packFat],
    ["direct", direct, packTar],
  ] as const)
    test(`${name}: from a disk`, () => {
      const disk = join(example.folder, "disk.img");
      pack(folder, disk);
      const { status, stdout, stderr } = example.run([`--disk:t=${disk},ro`]);
      assert.deepEqual({ status, stderr, log: withoutTimes(stdout) }, { status: 0, stderr: "", log: [confirmed] });
    });

  test("what is not chosen is not in the image", () => {
    const size = (example: Example) => readFileSync(example.image).length;
    assert.ok(size(crunch) < size(fat) && size(crunch) < size(tar));
    // What each tells of its disk, an octet a character as most texts are in an image.
    for (const [example, tells] of [
      [crunch, [false, false]],
      [tar, [true, false]],
      [fat, [false, true]],
    ] as const) {
      const image = readFileSync(example.image);
      const texts = ["holds no tar archive", "holds no FAT file system"].map((text) => Buffer.from(text, "latin1"));
      assert.deepEqual(
        texts.map((text) => image.includes(text)),
        tells,
      );
    }
    assert.ok(readFileSync(crunch.image).includes(crunchFolder(folder)));
    assert.ok(!readFileSync(tar.image).includes(crunchFolder(folder)));
  });

  test("another secret, none, and a disk that holds nothing are told", () => {
    const said = (disk: Buffer) => {
      const tender = tar.simulate();
      tender.block("t", { disk });
      tender.start().settle();
      assert.equal(tender.status, 1);
      return logOf(tender);
    };
    const archive = join(tar.folder, "other.tar");
    packTar(folder, archive);
    const other = readFileSync(archive);
    other.write("bar", 512);
    assert.deepEqual(said(other), ["[WARNING] [application] The secret provided does not match the one we expected."]);
    const could = "[ERROR] [application] Could not compare the secret against a known constant:";
    assert.deepEqual(said(Buffer.alloc(4096)), [`${could} E_NOT_FOUND`]);
    assert.deepEqual(said(Buffer.alloc(4096, 1)), [
      "[ERROR] [tar] The disk holds no tar archive, or a damaged one",
      `${could} E_INVALID`,
    ]);
  });
});

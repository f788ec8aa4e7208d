import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noNamespaces } from "../support/namespace.ts";
import { readRepository } from "../support/repository.ts";
import { Example } from "./example.ts";
import { serve } from "./tap.ts";

const example = await Example.build("http-server");

describe("examples/http-server", () => {
  test("is small", () => example.checkSize());

  test("does what its page says", { skip: noNamespaces }, () =>
    serve(example, "Serving HTTP on port 80", [], async ({ shell, logged }) => {
      const curl = (words: string) => shell(`curl -sS ${words}`);
      const status = (words: string) => curl(`-o /dev/null -w '%{http_code}' ${words}`);
      assert.match(await curl("10.0.0.2"), /^GET {2}\/random/);

      const block = readRepository("examples/http-server/README.md").match(/```sh\n(curl[\s\S]*?)```/)?.[1] ?? "";
      const sums = (await shell(block.replaceAll("curl ", "curl -sS "))).trimEnd().split("\n");
      assert.equal(sums.length, 3);
      assert.equal(new Set(sums.map((sum) => sum.slice(0, 64))).size, 1);
      assert.match(sums[0] ?? "", /^[0-9a-f]{64}/);

      const random = () => curl("-H x-length:30 10.0.0.2/random");
      const [one, other] = [await random(), await random()];
      assert.deepEqual([one.length, other.length], [40, 40]);
      assert.notEqual(one, other);
      assert.equal(await curl("-H x-length:0 10.0.0.2/random"), "");
      for (const words of ["", "-H x-length:-1", "-H x-length:1x", "-H x-length:1 -H x-seed:?", "-H 'x-length;'"])
        assert.equal(await status(`${words} 10.0.0.2/random`), "400", words);
      assert.equal(await status("-H x-length:1 10.0.0.2/hash"), "400", "a hash needs a seed");

      assert.equal(await curl("-d 'hello' -H Content-Type:text/x 10.0.0.2/transmit"), "hello");
      const same =
        "head -c 3000000 /dev/urandom | tee >(sha256sum >&2) | curl -sS -T - -X POST 10.0.0.2/transmit | sha256sum >&2";
      const streamed = (await shell(`(${same}) 2>&1`)).trim().split("\n");
      assert.equal(streamed.length, 2);
      assert.equal(streamed[0], streamed[1]);

      assert.match(await curl("-i -X PUT 10.0.0.2/hash"), /^HTTP\/1.1 405 .*\r\nAllow: GET, HEAD, POST, OPTIONS\r\n/s);
      assert.match(await curl("-i -X OPTIONS 10.0.0.2/transmit"), /^HTTP\/1.1 204 .*\r\nAllow: POST, OPTIONS\r\n/s);
      assert.equal(await status("10.0.0.2/none"), "404");
      assert.match(await curl("-I -H x-length:3 10.0.0.2/random"), /\r\nContent-Length: 4\r\n/);
      const endless = "-H x-length:999999999999999";
      assert.match(await curl(`-I ${endless} 10.0.0.2/random`), /\r\nContent-Length: 1333333333333332\r\n/);
      assert.equal(await shell(`curl -sS ${endless} 10.0.0.2/random | head -c 1000000 2>&1 | wc -c`), "1000000\n");
      assert.equal(await shell(`curl -s -m 1 ${endless} -H x-seed:AA== 10.0.0.2/hash || echo $?`), "28\n");
      assert.match(await curl("-m 20 10.0.0.2"), /^GET {2}\/random/, "others are served meanwhile");
      await logged('"POST /transmit HTTP/1.1" 200 3000000');
    }),
  );
});

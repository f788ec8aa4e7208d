/** How large a web server is. test/e2e/website.test.ts has what it does. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { crunchFolder } from "../../compiler/pack/crunch.ts";
import { root } from "../support/repository.ts";
import { Example } from "./example.ts";

/** Most bytes of the image without its files: what can ask for an address by DHCP, and what has one. */
const MOST = { dhcp: 74_400, static: 64_800 };

describe("examples/website", async () => {
  const images = {
    dhcp: await Example.build("website"),
    static: await Example.build("website", { defaults: { addresses: "static" } }),
  };
  const files = crunchFolder(join(root, "examples/website/htdocs"), { compress: true });

  test("is small", () => images.dhcp.checkSize());

  for (const [addresses, most] of Object.entries(MOST))
    test(`without its files, with ${addresses} addresses, it has at most ${most} bytes`, () => {
      const image = readFileSync(images[addresses as keyof typeof MOST].image);
      assert.ok(image.includes(files), "the files are in the image as they are");
      const size = image.length - files.length;
      assert.ok(size <= most, `${size} bytes`);
    });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readRepository } from "../support/repository.ts";
import { Example } from "./example.ts";

const example = await Example.build("app-info", { native: true });

/** The version in a package's package.json. */
const versionIn = (folder: string): string => JSON.parse(readRepository(`${folder}/package.json`)).version;

describe("examples/app-info", () => {
  test("is small", () => example.checkSize());

  test("tells name, version and packages on both tenders", async () => {
    const expected = [
      "name = app-info",
      "version = 0.0.0", // it has no package.json
      `package assemblyscript = ${versionIn("node_modules/assemblyscript")}`,
      `package fata = ${versionIn(".")}`,
    ];
    for (const { tender, log } of await example.runOnBoth())
      assert.deepEqual(
        log,
        expected.map((line) => `[INFO] [application] ${line}`),
        tender,
      );
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { missingEntries } from "../../tools/lock.ts";
import { readRepository } from "../support/repository.ts";

const optionalDependencies = {
  "@t/t-linux-x64-musl": "2.0.0",
  "@t/t-linux-x64": "2.0.0",
  "@t/t-win32-arm64-msvc": "2.0.0",
};

test("the lock file has an entry for each optional package", () => {
  const lock = JSON.parse(readRepository("package-lock.json"));
  assert.ok(Object.keys(lock.packages).length > 100);
  assert.deepEqual([...missingEntries(lock).keys()], []);
});

test("missing entries get the platform of their name, and stand beside those of their kind", () => {
  const missing = missingEntries({
    packages: {
      "": {},
      "node_modules/t": { version: "2.0.0", dev: true, optionalDependencies },
      "node_modules/@t/t-linux-x64": { version: "2.0.0" },
    },
  });
  assert.deepEqual(Object.fromEntries(missing), {
    "node_modules/@t/t-linux-x64-musl": {
      version: "2.0.0",
      os: ["linux"],
      cpu: ["x64"],
      libc: ["musl"],
      dev: true,
      optional: true,
    },
    "node_modules/@t/t-win32-arm64-msvc": {
      version: "2.0.0",
      os: ["win32"],
      cpu: ["arm64"],
      dev: true,
      optional: true,
    },
  });
});

test("an entry of another version is not the one that is missing", () => {
  const missing = missingEntries({
    packages: {
      "node_modules/a/node_modules/t": { version: "2.0.0", optionalDependencies },
      "node_modules/@t/t-linux-x64": { version: "1.0.0" },
    },
  });
  assert.equal(missing.size, 3);
  assert.ok(missing.has("node_modules/a/node_modules/t/node_modules/@t/t-linux-x64"));
});

test("a range is npm's to resolve", () => {
  assert.equal(missingEntries({ packages: { "": { optionalDependencies: { t: "^1.0.0" } } } }).size, 0);
});

/** The native tender on real taps and disks: the tests of this folder, run against it. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { root } from "../support/repository.ts";
import { passes } from "../support/suite.ts";

/** What Node's tender does before a guest runs is its own. Handlers know nothing of tenders, and the website has some. */
const notShared = ["native", "start", "handlers"];

const files = readdirSync(join(root, "test/e2e"))
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => basename(file, ".test.ts"))
  .filter((name) => !notShared.includes(name));

for (const file of files) test(`e2e/${file}`, () => passes(`e2e/${file}`, { FATA_TENDER: "native" }));

/** By custom taps are on an io_uring, where the machine has it. */
for (const file of ["tap", "udp"])
  test(`e2e/${file} --io=rw`, () => passes(`e2e/${file}`, { FATA_TENDER: "native", FATA_IO: "rw" }));

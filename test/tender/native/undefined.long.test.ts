/**
 * The native tender, built so that undefined behaviour of its own ends it (SIGILL, which it reports as an instruction that
 * the processor has not), passes its tests. The sanitizers' run-time libraries do not go with musl: this needs none.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../support/repository.ts";
import { passes } from "../../support/suite.ts";
import { architecture } from "../engine.ts";
import { file } from "../process.ts";
import { sharedTests } from "./parity.ts";

const own = ["same", "section", "protection", "escape", "surroundings"].map((name) => `tender/native/${name}`);

const folder = file("undefined");
const make = ["-s", "-C", join(root, "tender/native"), "-f", "tender.mk", `ARCH=${architecture}`, `OUT=${folder}`];
const CFLAGS = "-fsanitize=undefined -fsanitize-undefined-trap-on-error";
execFileSync("make", make, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, CFLAGS } });

for (const name of [...sharedTests, ...own]) {
  test(name, () => passes(name, { FATA_TENDER: "native", FATA_NATIVE_TENDER: join(folder, "tender") }));
}

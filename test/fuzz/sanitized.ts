/** The native core and readers, built with the address and undefined-behaviour sanitizers. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../support/repository.ts";

/** For what is linked with them. */
export const SANITIZERS = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"] as const;

/** What the fuzzers link in place of the C library's and the tender's own: memory.c, and how a refusal ends. */
export const wrapped = [
  ...["malloc", "calloc", "realloc", "free", "strdup", "strndup"],
  ...["_exit", "console_message"],
] as const;

/**
 * Builds `core.a` and `readers.a`: `make sanitized` of tender/native.
 * @param folder where to
 * @param coverage further flags for the compiler
 */
export function makeSanitized(folder: string, coverage = ""): void {
  const make = ["-s", "-C", join(root, "tender/native"), `BUILD=${folder}`, `COVERAGE=${coverage}`, "sanitized"];
  execFileSync("make", make, { stdio: ["ignore", "ignore", "inherit"] });
}

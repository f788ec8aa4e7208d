/** Both tenders make the same of a command line: the same status, the same words. */
import { test } from "node:test";
import { sameOfLines } from "./lines.ts";

test("random command lines", () => sameOfLines({ numRuns: 100, seed: 1 }));

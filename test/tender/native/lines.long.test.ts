/** Many random command lines, others each time. */
import { test } from "node:test";
import { sameOfLines } from "./lines.ts";

test("random command lines, many", () => sameOfLines({ numRuns: 5000 }));

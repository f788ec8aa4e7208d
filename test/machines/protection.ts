/** Native code that does what it must not, in a machine. */
import { test } from "node:test";
import type { Architecture } from "../../compiler/native/architecture.ts";
import { assertHeldBack, type Isolation, protectionCases, protectionImage } from "../tender/native/protection.ts";
import type { Batch } from "./batch.ts";

const IMAGE = "/protection.wasm";

/**
 * Adds each case to what a machine is to run, and the tests of how it ends.
 * @param except cases that the machine itself holds nobody back from
 */
export function addProtection(
  batch: Batch,
  tender: string,
  architecture: Architecture,
  isolations: readonly Isolation[],
  except: readonly string[] = [],
): void {
  batch.place({ [IMAGE]: protectionImage(architecture) });
  for (const isolation of isolations) {
    for (const name of protectionCases(architecture.name, isolation)) {
      if (except.includes(name)) continue;
      const ran = batch.add(tender, `--isolation=${isolation}`, IMAGE, `--case=${name}`);
      test(`${name}: is held back under ${isolation}`, () => {
        assertHeldBack(name, architecture.name, isolation, batch.result(ran));
      });
    }
  }
}

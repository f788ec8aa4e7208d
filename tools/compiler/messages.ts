/** What the server and its workers agree on. */
import { createHash } from "node:crypto";
import type { RemoteResult } from "../../compiler/pipeline/remote.ts";

/** A file that was read: its path from the project's folder, and the hash of what it held, null when it was missing. */
export type Read = readonly [file: string, hash: string | null];

/** What a worker sends: stages, then what came out. */
export type WorkerMessage =
  | { readonly stage: string }
  | { readonly result: RemoteResult; readonly reads: readonly Read[] };

/** The hash by which files are compared. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

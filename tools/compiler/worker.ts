/** Compiles what tools/compiler/server.ts sends it, one image after the other, in a process that stays warm. */
import path from "node:path";
import { CompileError, compileImage } from "../../compiler/pipeline/index.ts";
import type { RemoteRequest, RemoteResult } from "../../compiler/pipeline/remote.ts";
import { hashOf, type Read, type WorkerMessage } from "./messages.ts";

const send = (message: WorkerMessage): void => {
  process.send?.(message);
};

process.on("message", async (request: RemoteRequest) => {
  const reads: Read[] = [];
  const result = await compileImage({
    ...request,
    data: Buffer.from(request.data, "base64"),
    progress: (stage) => send({ stage }),
    onRead: (file, text) => reads.push([path.relative(request.directory, file), text === null ? null : hashOf(text)]),
  }).then(
    ({ wasm, ...rest }): RemoteResult => ({ ...rest, wasm: Buffer.from(wasm).toString("base64") }),
    (error: unknown): RemoteResult => {
      if (error instanceof CompileError) return { diagnostics: error.message };
      throw error; // ends the worker: the client compiles by itself, and sees what is wrong
    },
  );
  send({ result, reads });
});

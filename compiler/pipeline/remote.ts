/**
 * Has another process compile, one that has asc loaded and warm: a small image takes it a tenth of the time that a new
 * process needs. The variable IMAGE_COMPILER of the environment holds the path of its socket; `npm test` runs one
 * (tools/compiler/server.ts), since its tests compile hundreds of images.
 *
 * A connection serves one request. Both sides speak JSON, a message a line:
 *
 *     client    {package, directory, main, library, data, mode}   data: base64
 *     server    {stage}                                           any number
 *               {wasm, sourceMap, functions}                      wasm: base64
 *            or {diagnostics}                                     it does not compile
 *            or nothing: it is another package's, whose library OS may be another one
 */
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { packageRoot } from "../package.ts";
import { CompileError } from "./asc.ts";
import type { Compiled, CompileRequest } from "./index.ts";

/** What the client asks for. */
export interface RemoteRequest extends Omit<CompileRequest, "data" | "progress" | "onRead"> {
  /** Where the client's package lies. */
  readonly package: string;
  readonly data: string;
}

/** The last message of the server. */
export type RemoteResult =
  | { readonly wasm: string; readonly sourceMap: string; readonly functions: readonly string[] }
  | { readonly diagnostics: string };

export type RemoteMessage = { readonly stage: string } | RemoteResult;

/**
 * Compiles elsewhere.
 * @returns undefined where there is no such process, or it cannot: then it is to be done here
 * @throws CompileError with asc's diagnostics
 */
export async function compileElsewhere(request: CompileRequest): Promise<Compiled | undefined> {
  const path = process.env["IMAGE_COMPILER"];
  if (!path || request.onRead) return undefined;
  const { progress = () => {}, data = new Uint8Array(), ...rest } = request;
  const socket = connect(path);
  const result = new Promise<RemoteResult | undefined>((resolve) => {
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => {
      const message = JSON.parse(line) as RemoteMessage;
      if ("stage" in message) progress(message.stage);
      else resolve(message);
    });
    lines.once("error", () => resolve(undefined));
    lines.once("close", () => resolve(undefined));
  });
  const message: RemoteRequest = { package: packageRoot, ...rest, data: Buffer.from(data).toString("base64") };
  socket.write(`${JSON.stringify(message)}\n`);
  const answer = await result;
  socket.destroy();
  if (answer && "diagnostics" in answer) throw new CompileError(answer.diagnostics);
  return answer && { ...answer, wasm: Buffer.from(answer.wasm, "base64") };
}

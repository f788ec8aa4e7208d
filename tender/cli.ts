#!/usr/bin/env node
/**
 * The `tender` command on Node. What a run does not need (help, description, suggestions) is imported when it is asked
 * for: from exec to the guest's first instruction every module counts. `npm run build` makes one file of it all (tools/bundle.ts).
 */
import { readFileSync } from "node:fs";
import { ABI_VERSION } from "../runtime/abi/tender.ts";
import { readArguments } from "./arguments.ts";
import { attachDevices } from "./devices/index.ts";
import { reasonOf, status, TenderError } from "./errors.ts";
import { handOver, runsNatively, whyV8 } from "./handover.ts";
import { readImage } from "./image.ts";
import { loadNative, type Native } from "./native.ts";
import { readOptions } from "./options.ts";
import { printable } from "./printable.ts";
import { run } from "./run.ts";

async function main(words: readonly string[]): Promise<void> {
  const options = await readOptions(words);
  if (options.print === "version") return print(`tender ${version()} (ABI version ${ABI_VERSION})`);
  const help = options.print === "help" || (options.image !== undefined && options.rest.includes("--help"));
  if (options.image === undefined && !help)
    throw new TenderError(status.usage, "no image is named; expected tender [options] IMAGE.wasm, see tender --help");
  const native = loadNative();
  if (options.isolation === "seccomp" || options.isolation === "kvm") handOver(native, words, options);
  const image = options.image === undefined ? undefined : readImage(options.image, native.signatures);
  if (help || !image) return print((await import("./help.ts")).helpText(image?.manifest));
  if (options.print === "describe") return print((await import("./describe.ts")).describeImage(image));
  if (options.isolation === "auto" && runsNatively(image)) handOver(native, words, options);
  const args = await readArguments(image.manifest, options.rest);
  const warnings = attachDevices(native, image.manifest, options.devices);
  if (!options.sandbox) warnings.push("the sandbox is off");
  if (!options.quiet) for (const warning of warnings) native.message(`warning: ${warning}`);
  const io = chooseIo(native, options.io);
  if (options.print === "explain") {
    native.prepare();
    return print(`isolation: v8 (${whyV8(image, options)})\nio: ${io}\n${native.explain(options.sandbox)}`);
  }
  run(native, image, args, options);
}

function chooseIo(native: Native, how: string): string {
  try {
    return native.chooseIo(how);
  } catch (error) {
    throw new TenderError(status.sandbox, reasonOf(error));
  }
}

function version(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

function print(text: string): void {
  // A reader that has gone, as in `tender --help | head`, wants no more of it.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE")
      end(new TenderError(status.sandbox, `cannot write to standard output: ${error.message}`));
  });
  process.stdout.write(`${text}\n`);
}

function end(error: unknown): void {
  /* Anything else is a mistake of the tender's own, and its stack is wanted. */
  if (!(error instanceof TenderError)) throw error;
  process.stderr.write(`tender: ${printable(error.message)}\n`);
  process.exitCode = error.status;
}

main(process.argv.slice(2)).catch(end);

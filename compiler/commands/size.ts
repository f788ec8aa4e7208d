import { basename } from "node:path";
import type { Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { readImageFile } from "../deploy/image.ts";
import { ProjectError } from "../errors.ts";
import { shown } from "../output.ts";

const sizeOptions = {
  all: { type: "boolean", describe: "Show what is smaller than a hundredth of the image, too" },
  json: { type: "boolean", describe: "Print all of it as JSON" },
} as const satisfies Record<string, Options>;

interface SizeArguments extends InferredOptionTypes<typeof sizeOptions> {
  image: string;
}

/** `fata size`. */
export const sizeCommand: CommandModule<object, SizeArguments> = {
  command: "size <image>",
  describe: "Tell which module, function and data segment takes how many bytes of an image",
  builder: (yargs: Argv) =>
    yargs
      .positional("image", { type: "string", demandOption: true, describe: "The image's file" })
      .options(sizeOptions)
      .epilogue(
        "The sizes are exact: those of its parts add up to that of the whole. What is inlined is told of its own module.",
      )
      .example("fata size examples/hello/dist/hello.wasm", "shows the larger parts"),
  handler: runSize,
};

async function runSize({ image, all, json }: SizeArguments): Promise<void> {
  const bytes = readImageFile(image);
  const [{ measure }, { CodeMap }, { WasmError }] = await Promise.all([
    import("../size/image.ts"),
    import("../size/map.ts"),
    import("../pipeline/reader.ts"),
  ]);
  try {
    const measured = measure(basename(image), bytes, CodeMap.read(image));
    const { printSizes } = await import("../size/print.ts");
    process.stdout.write(json ? `${JSON.stringify(measured, null, 2)}\n` : printSizes(measured, all ?? false));
  } catch (error) {
    if (!(error instanceof WasmError)) throw error;
    throw new ProjectError(`${shown(image)}: this is no image: ${error.message}; build one: fata build DIR`);
  }
}

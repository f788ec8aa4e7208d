import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SimulatedTender } from "../support/tender.ts";
import { fata, makeProject } from "./project.ts";

test("the module fata/info has the project's version and its devices, whatever characters they hold", () => {
  const version = '1.0.0-$&"\\\\';
  const directory = makeProject({
    "config.ts": `import { block, network, register, stack, unikernel } from "fata/config";
const main = unikernel("./unikernel", { disk: "block", net: "stack" });
export default register("informed", main({ disk: block("journal"), net: stack(network("service")) }));
`,
    "package.json": JSON.stringify({ type: "module", version }),
    "unikernel.ts": `import { BlockDevice, consoleWrite, Stack } from "fata";
import { devices, name, version } from "fata/info";
export class Main {
  constructor(private disk: BlockDevice, private net: Stack) {}
  start(): void {
    consoleWrite(name + " " + version + "\\n");
    for (let i = 0; i < devices.length; i++) consoleWrite(devices[i].name + " is a " + devices[i].kind + "\\n");
  }
}
`,
  });
  const { status, stderr } = fata(directory, "build", "--dev");
  assert.equal(status, 0, stderr);
  const image = new WebAssembly.Module(readFileSync(join(directory, "dist/informed.wasm")));
  const tender = new SimulatedTender(image, { arguments: ["--logs=quiet"] });
  tender.block("journal", { disk: new Uint8Array(4096) });
  tender.network("service");
  tender.start().settle();
  assert.deepEqual(tender.lines, [`informed ${version}`, "journal is a block", "service is a network"]);
});

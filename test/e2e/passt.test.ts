/** A user without rights over the network: passt's socket instead of a tap, as docs/cli/tender.md has it. */
import assert from "node:assert/strict";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readRepository } from "../support/repository.ts";
import { tenderCommand } from "../tender/engine.ts";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";
import { udp } from "./support/udp.ts";

const NOBODY = 65534;
const nobody = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
/** The repository may lie where only root reads, which is no right over the network. */
const reader = [...nobody, "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"];

/** The words of the page's line that begins with `program`. */
function documented(program: string): string[] {
  const line = readRepository("docs/cli/tender.md")
    .split("\n")
    .find((text) => text.startsWith(`${program} --`) && text.includes("/tmp/passt.socket"));
  assert(line !== undefined, `no ${program} in the page`);
  return line.split(" ");
}

/** Where passt is reached, and the port that it passes on. */
const [, port = ""] = /--udp-ports (\d+):7/.exec(documented("passt").join(" ")) ?? [];
const service = { address: "127.0.0.1", port: Number(port) };

/** Starts passt and a tender, both nobody's, on a host that has a way to other networks, or so it thinks. */
async function serving(host: Host, folder: string): Promise<{ passt: Program; tender: Program }> {
  const here = (word: string) => word.replace("/tmp/passt.socket", join(folder, "passt.socket"));
  await host.tap("out0", "192.0.2.5/24");
  await host.run("ip", "route", "add", "default", "via", "192.0.2.1");
  const start = ([program = "", ...words]: string[]) => host.start(program, words);
  const passt = start([...nobody, ...documented("passt").map(here), "--foreground"]);
  await passt.printed("UNIX domain socket bound");
  const [, ...options] = documented("tender").map(here).slice(0, -1);
  const tender = start([...reader, ...tenderCommand, ...options, await image("examples/network-udp")]);
  await tender.printed("Echoing UDP on port 7");
  // passt passes nothing on before it has heard of the guest.
  for (let answered = 0; answered === 0; ) ({ answered } = await udp(host, { ...service, sizes: [4], patience: 200 }));
  return { passt, tender };
}

test("UDP through passt, without any rights: what the page says works", async (t) => {
  const host = await Host.make(t);
  const folder = mkdtempSync(join(tmpdir(), "fata-passt-"));
  t.after(() => rmSync(folder, { recursive: true }));
  chownSync(folder, NOBODY, NOBODY);
  const { passt, tender } = await serving(host, folder);

  const sizes = Array.from({ length: 1000 }, (_, i) => 1 + ((i * 7) % 1472));
  assert.deepEqual(await udp(host, { ...service, sizes, window: 8 }), { answered: sizes.length, strange: 0 });

  passt.kill("SIGTERM");
  // Its network has gone, so nothing can wake it.
  assert.match(await tender.endedWith(70), /the guest waits for ever/);
});

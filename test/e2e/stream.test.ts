/** A network for a user without rights over any: the socket of passt, as docs/cli/tender.md has it, or of QEMU. */
import assert from "node:assert/strict";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { readRepository } from "../support/repository.ts";
import { tenderCommand } from "../tender/engine.ts";
import { isListening } from "../tender/stream.ts";
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

/** A folder that is nobody's. */
function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "fata-stream-"));
  t.after(() => rmSync(folder, { recursive: true }));
  chownSync(folder, NOBODY, NOBODY);
  return folder;
}

const start = (host: Host, [program = "", ...words]: readonly string[]) => host.start(program, words);

/** Starts the tender, as nobody. @param options it has, with the image's own */
async function serving(host: Host, net: readonly string[], own: readonly string[] = []): Promise<Program> {
  const tender = start(host, [...reader, ...tenderCommand, ...net, await image("examples/network-udp"), ...own]);
  await tender.printed("Echoing UDP on port 7");
  // Nothing is passed on to the guest before it has been heard of.
  for (let answered = 0; answered === 0; ) ({ answered } = await udp(host, { ...service, sizes: [4], patience: 200 }));
  return tender;
}

/** Datagrams go to and fro; then the network goes, and so nothing can wake the guest any more. */
async function serves(host: Host, network: Program, tender: Program): Promise<void> {
  const sizes = Array.from({ length: 1000 }, (_, i) => 1 + ((i * 7) % 1472));
  assert.deepEqual(await udp(host, { ...service, sizes, window: 8 }), { answered: sizes.length, strange: 0 });
  network.kill("SIGTERM");
  assert.match(await tender.endedWith(70), /the guest waits for ever/);
}

test("UDP through passt, without any rights: what the page says works", async (t) => {
  const host = await Host.make(t);
  const path = join(folderFor(t), "socket");
  const here = (word: string) => word.replace("/tmp/passt.socket", path);
  // passt asks for a way to other networks.
  await host.tap("out0", "192.0.2.5/24");
  await host.run("ip", "route", "add", "default", "via", "192.0.2.1");
  const passt = start(host, [...nobody, ...documented("passt").map(here), "--foreground"]);
  await passt.printed("UNIX domain socket bound");
  const [, ...options] = documented("tender").map(here).slice(0, -1);
  await serves(host, passt, await serving(host, options));
});

test("UDP through QEMU's user network, without any rights", async (t) => {
  const host = await Host.make(t);
  const path = join(folderFor(t), "socket");
  const qemu = start(host, [
    ...nobody,
    ...["qemu-system-x86_64", "-M", "none", "-nodefaults", "-display", "none"],
    ...["-netdev", `user,id=user,hostfwd=udp:${service.address}:${service.port}-10.0.2.15:7`],
    ...["-netdev", `stream,id=stream,server=on,addr.type=unix,addr.path=${path}`],
    ...["user", "stream"].flatMap((id) => ["-netdev", `hubport,id=port-${id},hubid=0,netdev=${id}`]),
  ]);
  while (!isListening(path, await host.run("cat", "/proc/net/unix"))) {
    assert(qemu.running, qemu.output);
    await pause(10);
  }
  await serves(host, qemu, await serving(host, [`--net=unix:${path}`], ["--ipv4=10.0.2.15/24"]));
});

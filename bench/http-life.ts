/** What a website takes besides its requests: the time until it serves, and memory. */
import type { Bench } from "./bench.ts";
import { type Ground, nativeTender, peer, tender } from "./ground.ts";
import { CONNECTIONS, wrk } from "./http.ts";
import { touchedByGuest } from "./memory.ts";
import { type Running, tenderWith, withServer } from "./server.ts";
import { ratios, row } from "./table.ts";
import { buildPage, buildWebsite, nginxCommand, SMALL, waitForAnswer } from "./website.ts";

const MAC = "02:00:00:00:00:02";

/** From exec to the first octet of a page. */
export const httpStartup: Bench = {
  name: "http-startup",
  async measure(ground, runs) {
    const image = await buildPage(ground);
    const tap = await ground.tap(0);
    const link = await ground.link(true);
    // Nothing has to be asked for before the first octet can go: veth knows its neighbour, too, from the first run on.
    await ground.runInside("ip", "neigh", "replace", tap.guest, "lladdr", MAC, "dev", tap.name, "nud", "permanent");
    const words = [`--net=${tap.name}`, `--net-mac=${MAC}`, image, `--ipv4=${tap.guest}/24`];
    const sides = [
      { name: "nginx", at: [link.address, link.namespace.name], command: nginxCommand(ground) },
      { name: "native", at: [tap.guest, "-"], command: [nativeTender, "--isolation=seccomp", ...words] },
      { name: "Node", at: [tap.guest, "-"], command: [process.execPath, tender, "--isolation=v8", ...words] },
    ].map((side) => ({ ...side, times: [] as number[] }));
    // The first of each reads the programs from the disk.
    for (let i = -1; i < runs; i++) {
      for (const { at, command, times } of sides) {
        const took = Number(await ground.runInside(peer("http-startup"), ...at, ...command));
        if (i >= 0) times.push(took);
        await ground.waitFor(tap.name, "released");
      }
    }
    const [nginx, native] = sides.map(({ times }) => times);
    return [
      row("exec to the first octet of a page: native / nginx", ratios(native ?? [], nginx ?? []), "", 2, { atMost: 1 }),
      ...sides.map(({ name, times }) => row(`  ${name}: exec to the first octet of a page`, times, " ms", 2)),
    ];
  },
};

const FEW = 10_000;
const MANY = 1_000_000;
/** Seconds of a run of wrk: as many as are needed follow each other. */
const PIECE_SECONDS = 1;

/** Has a file asked for so often, or somewhat more. */
async function request(ground: Ground, running: Running, count: number): Promise<void> {
  const load = { file: SMALL, connections: CONNECTIONS };
  for (let done = 0; done < count; ) done += (await wrk(ground, running, load, PIECE_SECONDS)).requests;
}

/** What the guest has touched of its memory after some requests, and after many more. */
export const httpMemory: Bench = {
  name: "http-memory",
  async measure(ground, runs) {
    const server = tenderWith("native", await buildWebsite(ground));
    const few: number[] = [];
    const many: number[] = [];
    for (let i = 0; i < runs; i++) {
      await withServer(ground, server, async (running) => {
        await waitForAnswer(ground, running, SMALL);
        await request(ground, running, FEW);
        few.push(touchedByGuest(running.child) / 1e3);
        await request(ground, running, MANY);
        many.push(touchedByGuest(running.child) / 1e3);
      });
    }
    return [
      row("HTTP: memory after 1,000,000 requests / after 10,000", ratios(many, few), "", 3, { atMost: 1 }),
      row("  guest's memory after 10,000 requests", few, " kB", 0),
      row("  guest's memory after 1,000,000 requests", many, " kB", 0),
    ];
  },
};

/** What a website takes besides its requests: the time until it serves, and memory. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { nativeTender, peer, tender } from "./ground.ts";
import { CONNECTIONS, wrk } from "./http.ts";
import { touchedByGuest } from "./memory.ts";
import { tenderWith, withServer } from "./server.ts";
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

const MANY = 1_000_000;
/** When there have been 10,000, and when as many as that. */
const FEW_MS = 1000;
const MANY_SECONDS = 20;

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
        const load = wrk(ground, running, { file: SMALL, connections: CONNECTIONS }, MANY_SECONDS);
        await sleep(FEW_MS);
        few.push(touchedByGuest(running.child) / 1e3);
        const { requests } = await load;
        if (requests < MANY) throw new Error(`there were ${requests} requests; expected ${MANY}`);
        many.push(touchedByGuest(running.child) / 1e3);
      });
    }
    return [
      row("HTTP: memory after 1,000,000 requests / after 10,000", ratios(many, few), "", 3, { atMost: 1 }),
      row("  guest's memory after a second, 10,000 requests or more", few, " kB", 0),
      row("  guest's memory after 20 seconds, 1,000,000 requests or more", many, " kB", 0),
    ];
  },
};

/** Resident memory of idle tenders, without what the guest has touched of its own memory. */
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { nativeIsolations, nativeTender, tender } from "./ground.ts";
import { row } from "./table.ts";

const MB = 1e6;
const SETTLE_MS = 1500;
/** The engine reserves at least this much after a guest's memory, so that 32-bit addresses cannot leave it. */
const GUARD_MIN = 2 ** 31;

function residentOf(child: ChildProcess): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
  if (child.exitCode !== null || kilobytes === undefined) throw new Error(`${child.spawnargs.join(" ")} has ended`);
  return Number(kilobytes) * 1024;
}

/** The same, counted page by page: /proc/PID/status may be some hundred kB off. */
export function residentExactly(child: ChildProcess): number {
  const kilobytes = /^Rss:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/smaps_rollup`, "utf8"))?.[1];
  if (child.exitCode !== null || kilobytes === undefined) throw new Error(`${child.spawnargs.join(" ")} has ended`);
  return Number(kilobytes) * 1024;
}

/** Resident bytes of the guest's memory: of the writable mappings right before the engine's guard. */
export function touchedByGuest(child: ChildProcess): number {
  const maps = readFileSync(`/proc/${child.pid}/smaps`, "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  let touched: number | undefined;
  for (const [i, map] of maps.entries()) {
    const [, start = "", end = "", access] = /^([0-9a-f]+)-([0-9a-f]+) (....)/.exec(maps[i + 1] ?? "") ?? [];
    const guarded = access === "---p" && Number(`0x${end}`) - Number(`0x${start}`) >= GUARD_MIN;
    const resident = /^Rss:\s*(\d+) kB$/m.exec(map)?.[1];
    if (!guarded || resident === undefined || !/^[0-9a-f]+-[0-9a-f]+ rw-p /.test(map)) continue;
    if (!map.startsWith(`${map.split("-")[0]}-${start} `)) continue;
    touched = (touched ?? 0) + Number(resident) * 1024;
  }
  if (touched === undefined) throw new Error("the guest's memory was not found in /proc/PID/smaps");
  return touched;
}

/** Against an idle Node. */
export const memory: Bench = {
  name: "memory",
  async measure(ground, runs) {
    const image = await ground.image("examples/network-udp");
    const tap = await ground.tap(0);
    const node: number[] = [];
    const whole: number[] = [];
    const touched: number[] = [];
    for (let i = 0; i < runs; i++) {
      const idle = await ground.serve(process.execPath, "-e", "setInterval(() => {}, 1e9)");
      const guest = await ground.serve(process.execPath, tender, `--net=${tap.name}`, image);
      await sleep(SETTLE_MS);
      node.push(residentOf(idle) / MB);
      whole.push(residentOf(guest) / MB);
      touched.push(touchedByGuest(guest) / MB);
      await ground.end(idle);
      await ground.end(guest);
    }
    const more = whole.map((value, i) => value - (touched[i] ?? Number.NaN) - (node[i] ?? Number.NaN));
    return [
      row("idle resident memory, above idle node, guest aside", more, " MB", 1, { atMost: 8 }),
      row("  node", node, " MB", 1),
      row("  tender, guest's memory included", whole, " MB", 1),
      row("  touched by the guest", touched, " MB", 2),
    ];
  },
};

const KB = 1e3;

export const nativeMemory: Bench = {
  name: "native-memory",
  async measure(ground, runs) {
    const image = await ground.image("examples/network-udp", "--native");
    const tap = await ground.tap(0);
    const whole = new Map<string, number[]>(nativeIsolations.map((isolation) => [isolation, []]));
    const touched: number[] = [];
    for (let i = 0; i < runs; i++) {
      for (const [isolation, sizes] of whole) {
        const guest = await ground.serve(nativeTender, `--isolation=${isolation}`, `--net=${tap.name}`, image);
        await sleep(SETTLE_MS);
        sizes.push(residentExactly(guest) / KB);
        if (isolation === "seccomp") touched.push(touchedByGuest(guest) / KB);
        await ground.end(guest);
      }
    }
    const own = (whole.get("seccomp") ?? []).map((value, i) => value - (touched[i] ?? Number.NaN));
    return [
      row("native tender, seccomp: idle resident memory, guest aside", own, " kB", 0, { atMost: 400 }),
      row("  touched by the guest", touched, " kB", 0),
      ...[...whole].map(([isolation, sizes]) => row(`  ${isolation}, guest's memory included`, sizes, " kB", 0)),
    ];
  },
};

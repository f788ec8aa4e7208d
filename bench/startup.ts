/** What a tender needs until its guest does something. */
import type { Bench } from "./bench.ts";
import { type Ground, nativeIsolations, nativeTender, peer, tender } from "./ground.ts";
import { row } from "./table.ts";

const MAC = "02:00:00:00:00:02";

/** From exec to the first answered ping, against an empty script under Node. */
export const startup: Bench = {
  name: "startup",
  async measure(ground, runs) {
    const image = await ground.image("examples/network-udp");
    const tap = await ground.tap(0);
    const node: number[] = [];
    const guest: number[] = [];
    // The first of each reads the programs from the disk.
    for (let i = -1; i < runs; i++) {
      const empty = Number(await ground.runInside(peer("startup"), process.execPath, "-e", "0"));
      const ping = ["--ping", tap.name, tap.host, tap.guest, MAC];
      const command = [process.execPath, tender, `--net=${tap.name}`, `--net-mac=${MAC}`, image];
      const answer = Number(await ground.runInside(peer("startup"), ...ping, ...command, `--ipv4=${tap.guest}/24`));
      if (i < 0) continue;
      node.push(empty);
      guest.push(answer);
    }
    const more = guest.map((value, i) => value - (node[i] ?? Number.NaN));
    return [
      row("exec to first answered ping, above node -e 0", more, " ms", 1, { atMost: 30 }),
      row("  node -e 0: exec to exit", node, " ms", 1),
      row("  tender: exec to first answered ping", guest, " ms", 1),
    ];
  },
};

async function firstOutput(ground: Ground, ...command: string[]): Promise<number> {
  return Number(await ground.run(peer("startup"), "--output", ...command));
}

/** From exec to the first byte of output of examples/hello on the native tender, against a static C program. */
export const nativeStartup: Bench = {
  name: "native-startup",
  async measure(ground, runs) {
    const image = await ground.image("examples/hello", "--native");
    const plain: number[] = [];
    const guests = nativeIsolations.map((isolation) => ({ isolation, times: [] as number[] }));
    for (let i = -1; i < runs; i++) {
      const c = await firstOutput(ground, peer("hello"));
      if (i >= 0) plain.push(c);
      for (const { isolation, times } of guests) {
        const t = await firstOutput(ground, nativeTender, `--isolation=${isolation}`, image);
        if (i >= 0) times.push(t);
      }
    }
    const ratios = plain.map((c, i) => (guests[0]?.times[i] ?? Number.NaN) / c);
    return [
      ...guests.map(({ isolation, times }, i) => {
        const what = `hello, ${isolation}: exec to first output`;
        return i === 0 ? row(what, times, " ms", 2, { atMost: 0.6 }) : row(`  ${what}`, times, " ms", 2);
      }),
      row("  a static C program", plain, " ms", 2),
      row("  seccomp / a static C program", ratios, "", 2),
    ];
  },
};

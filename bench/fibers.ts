/** What fibers cost, in images of bench/images run by the tender. */
import type { Bench } from "./bench.ts";
import { tender } from "./ground.ts";
import { row } from "./table.ts";

/** Memory to measure in, so that the limit does not shape the result. */
const ROOM = "--mem=256M";

export const fibers: Bench = {
  name: "fibers",
  async measure(ground, runs) {
    const switches = new Map<number, number[]>();
    const sleepers: number[] = [];
    for (let i = 0; i < runs; i++) {
      const lines = await ground.run(process.execPath, tender, await ground.image("bench/images/switch"));
      // The last line of each number of fibers: by then the engine has compiled what is hot.
      const last = new Map(
        lines
          .trimEnd()
          .split("\n")
          .map((line) => line.split(" ").map(Number) as [number, number]),
      );
      for (const [count, ns] of last) switches.set(count, [...(switches.get(count) ?? []), ns]);
      const asleep = await ground.run(process.execPath, tender, ROOM, await ground.image("bench/images/sleepers"));
      sleepers.push(Number(asleep.split(" ")[1]) / 1e6);
    }
    return [
      ...[...switches].map(([count, ns]) => row(`switch between ${count} fibers`, ns, " ns", 0, { atMost: 250 })),
      row("linear memory with 100,000 sleeping fibers", sleepers, " MB", 1, { atMost: 48 }),
    ];
  },
};

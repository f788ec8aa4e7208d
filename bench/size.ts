/** Sizes of the examples' images. */
import { statSync } from "node:fs";
import type { Bench } from "./bench.ts";
import { nativeTender } from "./ground.ts";
import { row } from "./table.ts";

/** Most kB. */
const limits = { noop: 6, hello: 14, "network-udp": 32 };

export const size: Bench = {
  name: "size",
  async measure(ground) {
    const rows = [];
    for (const [name, atMost] of Object.entries(limits)) {
      const bytes = statSync(await ground.image(`examples/${name}`)).size;
      rows.push(row(`image of examples/${name}`, [bytes / 1000], " kB", 1, { atMost }));
    }
    const native = statSync(await ground.image("examples/hello", "--native")).size;
    rows.push(row("image of examples/hello, one native section", [native / 1000], " kB", 1, { atMost: 48 }));
    rows.push(row("static native tender", [statSync(nativeTender).size / 1000], " kB", 1, { atMost: 130 }));
    return rows;
  },
};

/** TCP, rule by rule: see README.md. FATA_TRACE=WORDS plays only the traces whose names hold these words. */
import { describe, test } from "node:test";
import { NET_F_ALL } from "../../../runtime/abi/tender.ts";
import * as agree from "./cases/agree.ts";
import * as arrives from "./cases/arrives.ts";
import type { Cases } from "./cases/cases.ts";
import * as close from "./cases/close.ts";
import * as loss from "./cases/loss.ts";
import * as open from "./cases/open.ts";
import * as patience from "./cases/patience.ts";
import * as window from "./cases/window.ts";
import { Player } from "./player.ts";

const groups: Record<string, Record<string, Cases>> = { open, agree, arrives, close, window, loss, patience };
const wanted = process.env["FATA_TRACE"] ?? "";

for (const [device, options] of [
  ["without offloads", {}],
  ["with offloads", { features: NET_F_ALL }],
] as const)
  describe(device, () => {
    for (const [file, group] of Object.entries(groups))
      for (const [kind, cases] of Object.entries(group))
        describe(`${file}, ${kind}`, () => {
          for (const [name, script] of Object.entries(cases))
            if (name.includes(wanted)) test(name, () => new Player(options).play(script));
        });
  });

/** What systemd makes of the words that `fata deploy systemd` writes: the same words, whatever is in them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commandWord } from "../../../compiler/deploy/quote.ts";
import { Machine } from "./machine.ts";

/** What systemd has a meaning for, alone and in company. */
const special = [
  "",
  " ",
  ";",
  "\\",
  '"',
  "'",
  "%",
  "%n",
  "%%",
  "$",
  "$$",
  "$HOME",
  `\${HOME}`,
  "\n",
  "\r\n",
  "#",
  "a\\",
  "-",
  "@x",
  "\\x41",
];

const words = fc.sample(
  fc.oneof(
    fc.array(fc.constantFrom(...special, "a", "é"), { maxLength: 6 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "")),
    fc.string({ unit: fc.integer({ min: 1, max: 0x24f }).map((point) => String.fromCodePoint(point)) }),
  ),
  { seed: 3, numRuns: 1000 },
);

test("systemd passes a thousand hostile words on as they are", async () => {
  const machine = await Machine.boot();
  // Its arguments, as they are between each other in the kernel.
  const command = ["/usr/bin/bash", "-c", 'printf "%s\\0" "$@" >/run/words', "bash", ...special, ...words];
  const unit = ["[Service]", "Type=oneshot", `ExecStart=${command.map(commandWord).join(" ")}`, ""].join("\n");
  await machine.write("/run/systemd/system/words.service", unit);
  await machine.run("systemctl", "daemon-reload");
  await machine.run("systemctl", "start", "words.service");
  const passed = (await machine.run("cat", "/run/words")).split("\0").slice(0, -1);
  assert.equal(passed.length, special.length + words.length);
  assert.deepEqual(passed, [...special, ...words]);
});

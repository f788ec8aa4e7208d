/** Native code that is random: whatever it does, the tender ends it or it ends itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Random } from "../../support/random.ts";
import { nativeTender } from "../engine.ts";
import { file } from "../process.ts";
import { compileC, imageWith } from "./guest.ts";

const SIZE = 512;

/** Random code that does not end by itself is ended after so long. */
const TIME_MS = 300;

/** What talks to the processor, the kernel or the machine around, for random code to be of. Little-endian on aarch64. */
const instructions: Readonly<Record<string, readonly string[]>> = {
  x64: [
    ...["0f05", "0f34", "cd80", "cd20", "cc", "f1", "0f0b", "f4", "fa", "fb", "9d", "48cf", "cf", "cb", "0f01c1"],
    ...["0f01d9", "0f01d4", "0f01d0", "0f01c8", "0fa2", "0f31", "0f32", "0f30", "0f33", "0f01f9", "0f09", "0f08"],
    ...["e610", "e611", "e410", "e710", "ee", "ec", "6e", "f36e", "f36c", "0f20d8", "0f22d8", "0f21f8", "8ed8", "8ee0"],
    ...["0f0110", "0f0118", "0f0100", "0f0138", "0f00d8", "0f01f8", "f30fc7f0", "0fc7f0", "f3480faec0", "b802000000"],
    ...[
      "b010",
      "66baf80c",
      "66ba1000",
      "6811010000",
      "9c",
      "48bc0000000000000000",
      "4831ed",
      "bf01000000",
      "48c7c7ffffffff",
    ],
    ...["ff142508001000", "ff142510001000", "ff142518001000", "ff142548001000", "a22010100000000000", "ff2425c8001000"],
  ],
  arm64: [
    "010000d4",
    "020000d4",
    "030000d4",
    "000020d4",
    "5f2003d5",
    "7f2003d5",
    "000038d5",
    "001038d5",
    "000018d5",
    "e0039fd6",
  ],
};

/** Code of random bytes, instructions and pieces of them. */
function randomCode(random: Random): Buffer {
  const list = instructions[process.arch] ?? [];
  const pieces: Buffer[] = [];
  for (let length = 0; length < SIZE; length += pieces.at(-1)?.length ?? 0) {
    const known = Buffer.from(list[random.below(list.length)] ?? "", "hex");
    pieces.push(
      random.chance(0.5) ? known : Buffer.from(random.octets(process.arch === "arm64" ? 4 : 1 + random.below(4))),
    );
  }
  return Buffer.concat(pieces).subarray(0, SIZE);
}

/** How the runs ended: how many by a trap, in any other way, or not by themselves. */
export interface Ends {
  trap: number;
  other: number;
  late: number;
}

/** Runs random guests, each of a seed. */
export function runNoise(isolation: string, seeds: number, first: number): Ends {
  const elf = Buffer.from(compileC("noise.c"));
  const at = elf.indexOf("FATA NOISE BEGIN");
  assert.ok(at > 0);
  const path = file(`noise-${isolation}.wasm`);
  const ends: Ends = { trap: 0, other: 0, late: 0 };
  for (let seed = first; seed < first + seeds; seed++) {
    randomCode(new Random(seed)).copy(elf, at);
    writeFileSync(path, imageWith(elf));
    const { status, signal, stderr } = spawnSync(nativeTender, [`--isolation=${isolation}`, path], {
      timeout: TIME_MS,
      killSignal: "SIGKILL",
      encoding: "utf8",
    });
    const told = `${isolation}, seed ${seed}: ${status ?? signal} ${stderr}`;
    if (signal === "SIGKILL") ends.late++;
    else if (status === 70) ends.trap++;
    else ends.other++;
    // Under kvm nothing of the guest's reaches the tender: no signal ends that, nor a system call of the guest's.
    if (isolation === "kvm") assert.ok(signal === null || signal === "SIGKILL", told);
    if (isolation === "kvm") assert.notEqual(status, 71, told);
    if (status === 70) assert.match(stderr, /^tender: trap: [^\p{Cc}]+\n( {4}at [^\p{Cc}]+\n)*$/u, told);
  }
  return ends;
}

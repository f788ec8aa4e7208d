/** Frames as a pcap file, which tcpdump and Wireshark read: what a test that failed leaves behind. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./repository.ts";

export interface Captured {
  /** ns since the start. */
  readonly at: bigint;
  readonly frame: Uint8Array;
}

/** The magic number of files whose times are in ns, version 2.4, no limit, Ethernet. */
const HEADER = [0xa1b23c4d, 0x00040002, 0, 0, 0x40000, 1];

/** Writes build/captures/NAME.pcap. @returns its path */
export function writeCapture(name: string, frames: readonly Captured[]): string {
  const words = (values: readonly number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const records = frames.flatMap(({ at, frame }) => {
    const [seconds, rest] = [Number(at / 1_000_000_000n), Number(at % 1_000_000_000n)];
    return [words([seconds, rest, frame.length, frame.length]), frame];
  });
  const folder = join(root, "build/captures");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.pcap`);
  writeFileSync(path, Buffer.concat([words(HEADER), ...records]));
  return path;
}

/** The Internet checksum, the run-time library's own, over frames of all lengths. */
import { finish, sum } from "fata/wire/checksum";

const LARGEST = 1500;
const FRAMES = 20_000;

function compose(): usize {
  const frame = heap.alloc(LARGEST);
  for (let i = 0; i < LARGEST; i++) store<u8>(frame + i, i * 31 + 7);
  return frame;
}

const frame = compose();

/** @returns a hash of all checksums */
export function checksum(): u32 {
  let all: u32 = 0;
  for (let i = 0; i < FRAMES; i++) all = all * 31 + finish(sum(frame, 20 + ((i * 37) % (LARGEST - 19))));
  return all;
}

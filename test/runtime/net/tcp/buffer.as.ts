/** A send buffer on a device with offloads, and frames that are sent from it. */
import { Arp } from "fata/net/arp";
import { Ethernet } from "fata/net/ethernet";
import { Ipv4 } from "fata/net/ipv4";
import { OffloadDevice } from "fata/net/offload";
import { StreamBuffer } from "fata/net/tcp/buffer";
import { ChunkPool, SCARCE_TO_SEND } from "fata/net/tcp/chunks";
import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { MAC_BROADCAST } from "fata/wire/macaddress";

/** Data of the image. */
const LENGTH: i32 = 60_000;
const data = memory.data(LENGTH);
const scratch = heap.alloc(LENGTH);

let ethernet: Ethernet | null = null;
let ip: Ipv4 | null = null;
let pool: ChunkPool | null = null;
let buffer: StreamBuffer | null = null;

class Main extends Fiber {
  run(): void {
    for (let i = 0; i < LENGTH; i++) store<u8>(data + i, <u8>(i % 251));
    const link = new Ethernet(new OffloadDevice("service"));
    ethernet = link;
    ip = new Ipv4(link, new Arp(link));
    pool = new ChunkPool(ip!);
    buffer = new StreamBuffer(pool!, SCARCE_TO_SEND);
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };

/** Writes data of the image, or the same from elsewhere. @returns octets taken */
export function write(base: u32, at: u32, offset: u32, length: u32, constant: bool): u32 {
  if (constant) return buffer!.write(base, at, data + offset, length, true);
  memory.copy(scratch, data + offset, length);
  const count = buffer!.write(base, at, scratch, length, true);
  memory.fill(scratch, 255, length);
  return count;
}

/** Reads octets back. @returns where they are */
export function read(at: u32, length: u32): usize {
  buffer!.read(at, scratch, length);
  return scratch;
}

/** Sends octets in a frame of their own. */
export function send(at: u32, length: u32): bool {
  const ptr = ip!.reserveLarge();
  if (!ptr) return false;
  buffer!.appendTo(ip!, at, length);
  ethernet!.commit(ptr - 20, 20 + length, MAC_BROADCAST, 0x88b5);
  return true;
}

export function release(from: u32, to: u32, empty: bool): void {
  buffer!.release(from, to, empty);
}
export function clear(): void {
  buffer!.clear();
}
export function chunksUsed(): u32 {
  return pool!.used;
}
export function chunksRest(): bool {
  return pool!.rests;
}

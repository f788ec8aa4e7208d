/** Opens whatever is in memory as a disk of zones, and answers from what it takes. */

import { OK } from "fata/base/result";
import { MemoryDisk } from "fata/block/memory";
import { DnsServer } from "fata/dns/server/server";
import { DiskZones } from "fata/dns/zone/disk";
import { Fiber } from "fata/sched/fiber";

export { event, start, step } from "../support/idle.as";

const SIZE: u32 = 16384;
const ROOM: u32 = 512;
const area = heap.alloc(SIZE);
const answers = heap.alloc(ROOM + 8);
const MARK: u64 = 0xeeeeeeeeeeeeeeee;

/** Where the disk's bytes, and then queries, are to be put: 16 KiB. */
export function disk(): usize {
  return area;
}

class Open extends Fiber {
  server: DnsServer | null = null;

  run(): void {
    const disk = new MemoryDisk(SIZE);
    disk.writeFrom(0, area, SIZE);
    const zones = new DiskZones(disk);
    if (zones.status == OK) this.server = new DnsServer(zones);
  }
}

let open: Open | null = null;

export function begin(): void {
  open = new Open();
  open!.spawn();
}

export function isDone(): bool {
  return open!.done;
}

export function isOpen(): bool {
  return open!.server != null;
}

/** Answers a query, and sees to it that nothing behind the room was written to. @returns octets of the answer */
export function ask(length: u32, address: u32): i32 {
  store<u64>(answers + ROOM, MARK);
  const answered = open!.server!.answer(area, length, address, answers, ROOM, false);
  assert(load<u64>(answers + ROOM) == MARK, "an answer is longer than its room");
  return answered;
}

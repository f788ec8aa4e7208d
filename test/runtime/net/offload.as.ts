/** A device with offloads by itself: sends what the test asks for, and tells of what it is handed. */
import { FrameHandler, NetworkDevice } from "fata/net/device";
import { OffloadDevice } from "fata/net/offload";
import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";

let device: OffloadDevice | null = null;

/** What was handed up, one frame behind the other. */
const seen = heap.alloc(1 << 20);
let seenLength: u32 = 0;
let frames: u32 = 0;
let verified: u32 = 0;

class Watcher extends FrameHandler {
  constructor(private watched: NetworkDevice) {
    super();
    watched.serve(this);
  }

  frame(ptr: usize, length: u32): void {
    frames++;
    if (this.watched.verified) verified++;
    if (completing) this.watched.complete();
    memory.copy(seen + seenLength, ptr, length);
    seenLength += length;
  }

  linkChanged(_up: bool): void {}
}

class Main extends Fiber {
  run(): void {
    device = new OffloadDevice("service");
    new Watcher(device!);
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };

/** Whether partial checksums of received frames are filled in. */
let completing: bool = false;
export function complete(yes: bool): void {
  completing = yes;
}

export function framesSeen(): u32 {
  return frames;
}
export function verifiedSeen(): u32 {
  return verified;
}
export function seenAt(): usize {
  return seen;
}
export function takeSeen(): u32 {
  const length = seenLength;
  seenLength = 0;
  return length;
}
export function inErrors(): u64 {
  return device!.ifInErrors;
}
export function outDiscards(): u64 {
  return device!.ifOutDiscards;
}
export function features(): u32 {
  return device!.features;
}
export function canSegment(type: u32): bool {
  return device!.canSegment(type);
}

/** Reserves a buffer for the test to fill. */
export function reserve(large: bool): usize {
  return large ? device!.reserveLarge() : device!.reserve();
}

/** Octets for the test to append from. */
export function elsewhere(): usize {
  return seen;
}
export function append(ptr: usize, length: u32): void {
  device!.append(ptr, length);
}
export function isSending(): bool {
  return device!.isSending;
}

/** Sends the reserved buffer as a packet to be cut, or with a checksum to be filled in where `type` is 0. */
export function send(ptr: usize, length: u32, type: u32, headers: u32, size: u32, start: u32, field: u32): void {
  if (field != 0) device!.leaveChecksum(ptr + start, field);
  if (type != 0) device!.cut(type, headers, size);
  device!.commit(length);
}

/** As send, but has the device fill in the checksum before. */
export function sendComplete(ptr: usize, length: u32, start: u32, field: u32): void {
  device!.leaveChecksum(ptr + start, field);
  device!.completeReserved(length);
  device!.commit(length);
}

import { NewReno } from "fata/net/tcp/newreno";
import { LossRecovery } from "fata/net/tcp/recovery";
import { TcpOptions } from "fata/wire/tcpoptions";

let recovery = new LossRecovery(new NewReno());
const options = new TcpOptions();

/** Memory for a header with options. */
export function scratch(): usize {
  return heap.alloc(64);
}

export function establish(una: u32, mss: u32, sack: bool, cautious: bool): void {
  recovery.release();
  recovery = new LossRecovery(new NewReno());
  recovery.start(una, mss, sack, cautious);
}

export function room(nxt: u32): u32 {
  return recovery.room(nxt);
}

export function pipe(nxt: u32): u32 {
  return recovery.pipe(nxt);
}

export function next(nxt: u32, most: u32, fresh: bool): bool {
  return recovery.next(nxt, most, fresh);
}

export function nextLeft(): u32 {
  return recovery.nextLeft;
}

export function nextLength(): u32 {
  return recovery.nextLength;
}

export function resent(length: u32, nxt: u32): void {
  recovery.resent(length, nxt);
}

export function sent(length: u32, nxt: u32): void {
  recovery.sent(length, nxt);
}

/** @param header address of a header whose options come with the acknowledgment */
export function acknowledge(ack: u32, nxt: u32, duplicate: bool, header: usize, now: u64, rtt: u64): bool {
  options.read(header);
  return recovery.acknowledge(ack, nxt, duplicate, options, now, rtt);
}

export function timeOut(nxt: u32, now: u64): void {
  recovery.timeOut(nxt, now);
}

export function resize(mss: u32, nxt: u32): void {
  recovery.resize(mss, nxt);
}

export function state(): u32 {
  return recovery.state;
}

export function window(): u32 {
  return recovery.congestion.window;
}

export function setWindow(octets: u32): void {
  recovery.congestion.window = octets;
}

export function threshold(): u32 {
  return recovery.congestion.threshold;
}

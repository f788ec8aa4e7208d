import { Congestion } from "fata/net/tcp/congestion";
import { Cubic } from "fata/net/tcp/cubic";
import { NewReno } from "fata/net/tcp/newreno";

let congestion: Congestion = new Cubic();

export function cubic(mss: u32): void {
  congestion = new Cubic();
  congestion.start(mss);
}

export function newReno(mss: u32): void {
  congestion = new NewReno();
  congestion.start(mss);
}

export function acknowledged(octets: u32, now: u64, rtt: u64): void {
  congestion.acknowledged(octets, now, rtt);
}

export function lost(flight: u32, now: u64): void {
  congestion.lost(flight, now);
}

export function timedOut(flight: u32, first: bool, now: u64): void {
  congestion.timedOut(flight, first, now);
}

export function restart(): void {
  congestion.restart();
}

export function window(): u32 {
  return congestion.window;
}

export function setWindow(octets: u32): void {
  congestion.window = octets;
}

export function threshold(): u32 {
  return congestion.threshold;
}

export function isSlowStart(): bool {
  return congestion.isSlowStart;
}

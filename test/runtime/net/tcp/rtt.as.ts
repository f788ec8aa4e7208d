import { RoundTrip } from "fata/net/tcp/rtt";

let rtt = new RoundTrip();

export function renew(): void {
  rtt = new RoundTrip();
}

export function sent(end: u32, now: u64): void {
  rtt.sent(end, now);
}

export function resent(): void {
  rtt.resent();
}

export function acknowledged(ack: u32, now: u64, flight: u32, mss: u32, echoed: u64): bool {
  return rtt.acknowledged(ack, now, flight, mss, echoed);
}

export function backOff(): void {
  rtt.backOff();
}

export function restart(): void {
  rtt.restart();
}

export function smoothed(): u64 {
  return rtt.smoothed;
}

export function variation(): u64 {
  return rtt.variation;
}

export function least(): u64 {
  return rtt.least;
}

export function latest(): u64 {
  return rtt.latest;
}

export function timeout(): u64 {
  return rtt.timeout;
}

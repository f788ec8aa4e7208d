import { Scoreboard } from "fata/net/tcp/scoreboard";

const board = new Scoreboard();

export function reset(una: u32): void {
  board.reset(una);
}

export function begin(): void {
  board.begin();
}

export function acknowledge(una: u32): void {
  board.acknowledge(una);
}

export function report(left: u32, right: u32, sentBefore: u32): void {
  board.report(left, right, sentBefore);
}

export function update(mss: u32): void {
  board.update(mss);
}

export function lose(before: u32): void {
  board.lose(before);
}

export function pipe(sentBefore: u32): u32 {
  return board.pipe(sentBefore);
}

export function nextLost(mss: u32): bool {
  return board.nextLost(mss);
}

export function nextUncertain(mss: u32): bool {
  return board.nextUncertain(mss);
}

export function nextRescue(sentBefore: u32, mss: u32): bool {
  return board.nextRescue(sentBefore, mss);
}

export function findLostAgain(mss: u32): void {
  board.findLostAgain(mss);
}

export function rescue(): void {
  board.rescue();
}

export function resent(length: u32, sentBefore: u32): void {
  board.resent(length, sentBefore);
}

export function nextLeft(): u32 {
  return board.nextLeft;
}

export function nextLength(): u32 {
  return board.nextLength;
}

export function lostBefore(): u32 {
  return board.lostBefore;
}

export function highest(): u32 {
  return board.highest;
}

export function octets(): u32 {
  return board.octets;
}

export function isEmpty(): bool {
  return board.isEmpty;
}

export function isReneged(): bool {
  return board.isReneged;
}

/** Requests of a guest to the block device, as tests make them one by one. */
import assert from "node:assert/strict";
import type { BlockOptions } from "../../support/block.ts";
import { compileGuest } from "../../support/guest.ts";

export const guest = await compileGuest(import.meta.url, "device.as.ts");

export const [READ, WRITE, READV, WRITEV, FLUSH, DISCARD, READ_TO, WRITE_FROM] = [0, 1, 2, 3, 4, 5, 6, 7];
export const [E_CANCELLED, E_TOO_LONG] = [-64, -68];
/** Requests that the device has under way at once. */
export const SLOTS = 32;
export const SECTOR = 512;

/** A disk whose every byte tells its sector and place. */
export function numbered(sectors: number): Uint8Array {
  return Uint8Array.from({ length: sectors * SECTOR }, (_, i) => (i % 251) + Math.floor(i / SECTOR));
}

export function fresh(options: Partial<BlockOptions> = {}) {
  const tender = guest.instantiate();
  const disk = options.disk ?? numbered(64);
  const block = tender.block("storage", { ...options, disk });
  tender.start();
  const { exports, memory } = tender;
  const call = (name: string, ...values: (number | bigint)[]): number => Number(exports[name]?.(...values));
  const bytesOf = (request: number, buffer: number, length: number) =>
    memory.bytes(call("bufferOf", request, buffer), length);
  /** Lets the guest run, after a call outside of its steps. */
  const settle = () => {
    tender.deadline = 0n;
    tender.settle();
  };
  /** Makes a request and lets it run as far as it goes. @returns its number */
  const begin = (operation: number, offset: number | bigint, ...buffers: Uint8Array[]): number => {
    const request = call("prepare", operation, BigInt(offset), buffers.length, buffers[0]?.length ?? 0);
    const last = buffers.at(-1);
    if (last && last.length !== buffers[0]?.length) call("resizeLast", request, last.length);
    for (const [i, bytes] of buffers.entries()) bytesOf(request, i, bytes.length).set(bytes);
    call("spawn", request);
    settle();
    return request;
  };
  const done = (request: number) => call("isDone", request) === 1;
  const resultOf = (request: number): number => {
    assert.ok(done(request), "the request is not done");
    return call("resultOf", request);
  };
  const perform = (...request: Parameters<typeof begin>): number => resultOf(begin(...request));
  return { tender, block, disk, call, bytesOf, settle, begin, done, resultOf, perform };
}

export const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

/**
 * Disks of zones that anybody may have written. What passes the check is asked: no answer may reach out of the block, or be
 * longer than its room.
 */
import { crc32 } from "node:zlib";
import * as format from "../../runtime/dns/zone/format.ts";
import { encodeDns } from "../support/dns.ts";
import { compileGuest } from "../support/guest.ts";
import type { Target } from "./target.ts";

const guest = await compileGuest(import.meta.url, "zones.as.ts");
/** Bytes of a disk. */
export const ZONES_SIZE = 16384;
/** Inputs for one instance: each leaves what a server takes for good. */
const INSTANCE = 100;
/** Steps that an input may take. */
const STEPS = 50;
const CLIENT = 0xc0000207;
/** Of names that the corpus has, of such below them, and of none. */
const QUERIES = [
  "z",
  "a.z",
  "x.a.z",
  "w.z",
  "x.y.w.z",
  "c.z",
  "x.c.z",
  "d.z",
  "x.d.z",
  "x.d.d.z",
  "al.z",
  "q",
  "",
].flatMap((question) => [1, 2, 43, 255].map((type) => encodeDns({ id: 1, flags: 0, question, type })));

/** Opens blocks as disks, and asks what there is. The function tells whether a block was taken. */
export function openZones(): (block: Uint8Array) => boolean {
  let tender = guest.instantiate().start().settle();
  let opened = 0;
  const call = (name: string, ...values: number[]): number => Number(tender.exports[name]?.(...values));
  return (block) => {
    if (++opened % INSTANCE === 0) tender = guest.instantiate().start().settle();
    const disk = Buffer.alloc(ZONES_SIZE);
    disk.set(block.subarray(0, ZONES_SIZE));
    tender.memory.bytes(call("disk"), ZONES_SIZE).set(disk);
    try {
      call("begin");
      for (let i = 0; i < STEPS && !call("isDone"); i++) tender.step();
      if (!call("isDone")) throw new Error("it does not end");
      if (!call("isOpen")) return false;
      for (const query of QUERIES) {
        tender.memory.bytes(call("disk"), query.length).set(query);
        if (call("ask", query.length, CLIENT) > 512) throw new Error("an answer is too long");
      }
      return true;
    } catch (error) {
      const why = tender.explain(error);
      tender = guest.instantiate().start().settle();
      throw why;
    }
  };
}

export function zonesTarget(): Target {
  const open = openZones();
  let fed = 0;
  return {
    name: "zones",
    feed(input) {
      open(fed++ % 4 ? seal(input) : input);
    },
  };
}

/** The input with the length and the checksum that its bytes ask for, so that the rest of the check is reached. */
function seal(input: Uint8Array): Uint8Array {
  const block = Buffer.from(input.subarray(0, Math.min(input.length & ~3, ZONES_SIZE)));
  if (block.length < format.ZONE_HEADER) return block;
  block.writeUInt32LE(block.length, format.ZONE_LENGTH);
  block.writeUInt32LE(0, format.ZONE_CHECKSUM);
  block.writeUInt32LE(crc32(block), format.ZONE_CHECKSUM);
  return block;
}

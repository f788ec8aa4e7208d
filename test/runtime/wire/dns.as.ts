import { RecordReader } from "fata/wire/dns";
import { formatName as format, parseName as parse, readName } from "fata/wire/dnsname";

export * from "fata/wire/dns";
export { emitName, isSameName, isWithin, nameLength, readName, skipName } from "fata/wire/dnsname";

const area: usize = heap.alloc(70000);

/** Memory for the test's messages; names come 66000 octets further on. */
export function scratch(): usize {
  return area;
}

/** As parseName, of the `length` octets of text at `text`. */
export function parseText(text: usize, length: i32, to: usize): u32 {
  return parse(String.UTF8.decodeUnsafe(text, length), to);
}

/** Writes formatName's text at `to`. @returns its octets */
export function formatText(name: usize, to: usize): i32 {
  const text = format(name);
  return String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, to) as i32;
}

const records = new RecordReader();

export function openRecords(ptr: usize, length: u32): void {
  records.open(ptr, length);
}

export function nextRecord(): bool {
  return records.next();
}

/** A field of the record: 0 type, 1 class, 2 time, 3 where the data is, 4 its length, 5 section, 6 whether malformed. */
export function field(index: i32): u32 {
  if (index == 0) return records.type;
  if (index == 1) return records.class_;
  if (index == 2) return records.timeToLive;
  if (index == 3) return (records.data - area) as u32;
  if (index == 4) return records.dataLength;
  if (index == 5) return records.section;
  return u32(records.malformed);
}

/** Reads the record's owner to `to`. @returns its octets */
export function ownerOf(end: usize, to: usize): u32 {
  return readName(area, end, records.name, to);
}

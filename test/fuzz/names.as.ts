/** The parsers of DHCP and DNS: what they accept is walked through to its end. */

import * as dhcp from "fata/wire/dhcp";
import * as dns from "fata/wire/dns";
import { NAME_MAX, nameLength, readName } from "fata/wire/dnsname";

const name: usize = heap.alloc(NAME_MAX);
const value: usize = heap.alloc(65536);

/** Memory for inputs. */
export function scratch(): usize {
  return heap.alloc(16384);
}

export function acceptsDhcp(ptr: usize, length: u32): bool {
  return dhcp.check(ptr, length);
}

/** Octets of an option's value, of a message that was accepted; copies them to valueOctets. */
export function dhcpOption(ptr: usize, length: u32, code: u32): i32 {
  return dhcp.option(ptr, length, code, value, 65536);
}

export function valueOctets(): usize {
  return value;
}

/** Reads all of a message. @returns whether what it claims lies within it */
export function walkDns(ptr: usize, length: u32): bool {
  if (!dns.check(ptr, length)) return true;
  const end = ptr + length;
  if (dns.questionEnd(ptr) > end) return false;
  if (!isSound(readName(ptr, end, dns.questionName(ptr), name))) return false;
  const records = new dns.RecordReader();
  records.open(ptr, length);
  let at = dns.questionEnd(ptr);
  while (records.next()) {
    if (records.name != at || records.data + records.dataLength > end || records.section > 2) return false;
    if (!isSound(readName(ptr, end, records.name, name))) return false;
    if (!isSound(readName(ptr, end, records.data, name))) return false;
    at = records.data + records.dataLength;
  }
  return true;
}

/** A name is none, or has the length that is told of it. */
function isSound(length: u32): bool {
  return length == 0 || (length <= NAME_MAX && nameLength(name) == length);
}

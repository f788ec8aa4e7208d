import { decodeUtf8 } from "fata/base/utf8";
import { formatIpv4, Ipv4Prefix, parseIpv4 } from "fata/wire/ipv4address";

/** Memory for inputs. */
export function scratch(): usize {
  return heap.alloc(1024);
}

/** @returns 1 if the text is an address, which is then written as it was read; 0 if not; -1 if it is not UTF-8 */
export function isAddress(ptr: usize, length: i32): i32 {
  const text = decodeUtf8(ptr, length);
  if (text === null) return -1;
  const address = parseIpv4(text);
  if (address < 0) return 0;
  assert(formatIpv4(address as u32) == text, "an address is not written as it was read");
  return 1;
}

/** As isAddress, for prefixes. */
export function isPrefix(ptr: usize, length: i32): i32 {
  const text = decodeUtf8(ptr, length);
  if (text === null) return -1;
  const prefix = Ipv4Prefix.parse(text);
  if (!prefix) return 0;
  assert(prefix.toString() == text, "a prefix is not written as it was read");
  return 1;
}

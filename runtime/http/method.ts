/** Methods (RFC 9110, 9; RFC 5789), by numbers so that requests can be told apart without making strings. */

export enum Method {
  /** One that is not implemented here. */
  Other,
  Get,
  Head,
  Post,
  Put,
  Delete,
  Options,
  Patch,
}

/** Their names in the enumeration's order, a space behind each. They are case-sensitive (RFC 9110, 9.1). */
const NAMES = "GET HEAD POST PUT DELETE OPTIONS PATCH ";
const SPACE: u16 = 0x20;

/** @param ptr a token; @param length its octets */
export function methodOf(ptr: usize, length: usize): Method {
  let name = changetype<usize>(NAMES);
  for (let method = <i32>Method.Get; method <= Method.Patch; method++) {
    // The space is in no token.
    let i: usize = 0;
    while (i < length && <u16>load<u8>(ptr + i) == load<u16>(name + (i << 1))) i++;
    if (i == length && load<u16>(name + (i << 1)) == SPACE) return method;
    name = behind(name);
  }
  return Method.Other;
}

/** Writes the name of a method that has one. @returns the address behind it */
export function putMethod(at: usize, method: Method): usize {
  for (let name = nameOf(method); load<u16>(name) != SPACE; name += 2) store<u8>(at++, load<u16>(name));
  return at;
}

/** @returns the method's name; "" of Method.Other */
export function methodName(method: Method): string {
  if (method == Method.Other) return "";
  const name = nameOf(method);
  const start = <i32>((name - changetype<usize>(NAMES)) >> 1);
  return NAMES.substring(start, start + <i32>((behind(name) - name) >> 1) - 1);
}

/** Where a method's name is. */
function nameOf(method: Method): usize {
  let name = changetype<usize>(NAMES);
  for (let i = <i32>Method.Get; i < method; i++) name = behind(name);
  return name;
}

/** Where the name behind one is. */
function behind(name: usize): usize {
  while (load<u16>(name) != SPACE) name += 2;
  return name + 2;
}

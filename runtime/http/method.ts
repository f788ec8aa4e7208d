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

/** Their names, each as long as the longest one, in the enumeration's order. They are case-sensitive (RFC 9110, 9.1). */
const NAMES = "GET    HEAD   POST   PUT    DELETE OPTIONSPATCH  ";
const NAME_MAX: i32 = 7;

/** @param ptr a token; @param length its octets */
export function methodOf(ptr: usize, length: usize): Method {
  if (length > <usize>NAME_MAX) return Method.Other;
  for (let method = <i32>Method.Get; method <= Method.Patch; method++) {
    const name = changetype<usize>(NAMES) + ((<usize>(method - 1) * NAME_MAX) << 1);
    let i: usize = 0;
    while (i < length && <u32>load<u8>(ptr + i) == <u32>load<u16>(name + (i << 1))) i++;
    if (i == length && (length == NAME_MAX || load<u16>(name + (i << 1)) == 0x20)) return method;
  }
  return Method.Other;
}

/** @returns the method's name; "" of Method.Other */
export function methodName(method: Method): string {
  const begin = (<i32>method - 1) * NAME_MAX;
  return begin < 0 ? "" : NAMES.substring(begin, begin + NAME_MAX).trimEnd();
}

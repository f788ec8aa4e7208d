/** Which methods a resource has (RFC 9110, 9.3.7, 10.2.1 and 15.5.6). */
import { putText } from "./ascii";
import { Context } from "./context";
import { Method, putMethod } from "./method";

/** Methods as bits: 1 << method. */
export type Methods = u32;
export const GET_AND_HEAD: Methods = (1 << Method.Get) | (1 << Method.Head);

/** Their names, with commas between. */
const list: usize = memory.data(64);

/** Answers a request whose method a resource does not have: OPTIONS with the methods that it has, others with 405. */
export function answerMethods(c: Context, methods: Methods): void {
  if (c.request.method == Method.Options) c.status = 204;
  else c.fail(405);
  methods |= 1 << Method.Options;
  let at = list;
  for (let method = <i32>Method.Get; method <= Method.Patch; method++) {
    if (!((methods >> method) & 1)) continue;
    if (at != list) at = putText(at, ", ");
    at = putMethod(at, method);
  }
  c.removeHeader("Allow");
  c._add("Allow: ", list, at - list);
}

/** Which methods a resource has (RFC 9110, 9.3.7, 10.2.1 and 15.5.6). */
import { Context } from "./context";
import { Method, methodName } from "./method";

/** Methods as bits: 1 << method. */
export type Methods = u32;
export const GET_AND_HEAD: Methods = (1 << Method.Get) | (1 << Method.Head);

/** Answers a request whose method a resource does not have: OPTIONS with the methods that it has, others with 405. */
export function answerMethods(c: Context, methods: Methods): void {
  const options = c.request.method == Method.Options;
  let list = "";
  for (let method = <i32>Method.Get; method <= Method.Patch; method++) {
    if ((methods >> method) & 1 || method == Method.Options) list += (list.length ? ", " : "") + methodName(method);
  }
  if (options) c.status = 204;
  else c.fail(405);
  c.header("Allow", list);
}

/**
 * What ICMP says about a connection's segments. Anyone can send that, and quotes are short: only what names a segment that
 * is on its way counts (RFC 5927, 4.1), and an established connection is never ended by it (RFC 1122, 4.2.3.9; RFC 5927, 5.2).
 */
import { E_REFUSED, E_UNREACHABLE } from "../../base/result";
import {
  DESTINATION_UNREACHABLE,
  FRAGMENTATION_NEEDED,
  PORT_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
} from "../../wire/icmpv4";
import { end } from "./close";
import { Connection } from "./connection";
import { fitPath } from "./options";
import { isWithin } from "./sequence";
import { State } from "./state";
import { restartRetransmission } from "./timers";

/**
 * A segment was not delivered.
 * @param seq its first number; @param type ICMP's; @param code that type's; @param mtu with FRAGMENTATION_NEEDED
 */
export function undelivered(c: Connection, seq: u32, type: u32, code: u32, mtu: u32): void {
  if (type != DESTINATION_UNREACHABLE || !isWithin(seq, c.sndUna, c.sndNxt - c.sndUna)) return;
  if (code == FRAGMENTATION_NEEDED) {
    shrink(c, mtu);
    return;
  }
  if (c.state != State.SynSent) return;
  // RFC 1122, 4.2.3.9: protocol and port are hard errors; all others may pass, and only tell why nobody answered.
  if (code == PORT_UNREACHABLE || code == PROTOCOL_UNREACHABLE) end(c, E_REFUSED);
  else c.silence = E_UNREACHABLE;
}

/** RFC 1191, 6.5: what is on its way does not pass, and is sent again in smaller segments. */
function shrink(c: Connection, mtu: u32): void {
  c.tcp.ip.lowerPathMtu(c.remoteAddress, mtu);
  const before = c.mss;
  fitPath(c);
  if (c.mss >= before || c.state < State.Established) return;
  c.recovery.resize(c.mss, c.sndNxt);
  restartRetransmission(c);
  c.push();
}

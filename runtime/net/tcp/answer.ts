/** Segments that no connection sends: resets, acknowledgments in TIME-WAIT, SYNs with cookies. */
import { now } from "../../sys/clock";
import * as ipv4 from "../../wire/ipv4";
import * as wire from "../../wire/tcp";
import { Segment } from "./segment";
import { Tcp } from "./tcp";

/**
 * Sends a segment without data to where another one came from.
 * @param ptr what ip.reserve gave; @param end behind the options, which stand behind the header's place already
 * @param window as it goes onto the wire
 */
export function answer(
  tcp: Tcp,
  s: Segment,
  ptr: usize,
  end: usize,
  seq: u32,
  ack: u32,
  flags: u32,
  window: u32,
): void {
  const length = <u32>(end - ptr);
  wire.emit(ptr, s.destinationPort, s.sourcePort, seq, ack, length, flags, window);
  wire.emitChecksum(ptr, length, s.destination, s.source);
  tcp.ip.send(ptr, length, ipv4.PROTOCOL_TCP, s.destination, s.source, ipv4.FLAG_DF);
  tcp.tcpOutSegs++;
}

/** Refuses a segment that belongs to no connection (RFC 9293, 3.5.2, group 1), unless it is a reset itself. */
export function refuse(tcp: Tcp, s: Segment): void {
  if (s.has(wire.RST) || !tcp.resets.take(now())) return;
  const ptr = tcp.ip.reserve();
  if (ptr == 0) return;
  const end = ptr + wire.HEADER_LENGTH;
  if (s.has(wire.ACK)) answer(tcp, s, ptr, end, s.ack, 0, wire.RST, 0);
  else answer(tcp, s, ptr, end, 0, s.seq + s.length, wire.RST | wire.ACK, 0);
  tcp.tcpOutRsts++;
}

/** One segment: as it was received, and how it is sent. */
import * as ipv4 from "../../wire/ipv4";
import * as wire from "../../wire/tcp";
import {
  emitMss,
  emitSackPermitted,
  emitTimestamps,
  emitWindowScale,
  SACK_BLOCKS_MAX,
  TcpOptions,
} from "../../wire/tcpoptions";
import { Connection } from "./connection";
import { timestamp } from "./timers";
import { windowToOffer } from "./window";

/** A received segment, with what its options say. Made once; valid while the segment is being handed up. */
export class Segment extends TcpOptions {
  source: u32 = 0;
  destination: u32 = 0;
  sourcePort: u32 = 0;
  destinationPort: u32 = 0;
  seq: u32 = 0;
  ack: u32 = 0;
  flags: u32 = 0;
  /** SEG.WND as it stands there. */
  window: u32 = 0;
  /** The data's address and octets. */
  data: usize = 0;
  size: u32 = 0;

  /** Reads a checked segment. @param length its octets @returns false when its options are malformed */
  readAll(ptr: usize, length: u32): bool {
    this.sourcePort = wire.sourcePort(ptr);
    this.destinationPort = wire.destinationPort(ptr);
    this.seq = wire.sequence(ptr);
    this.ack = wire.acknowledgment(ptr);
    this.flags = wire.flags(ptr);
    this.window = wire.window(ptr);
    const header = wire.headerLength(ptr);
    this.data = ptr + header;
    this.size = length - header;
    return this.read(ptr);
  }

  /** Whether any of some control bits is set. */
  has(flags: u32): bool {
    return (this.flags & flags) != 0;
  }

  /** SEG.LEN: "the number of octets occupied by the data in the segment (counting SYN and FIN)". */
  get length(): u32 {
    return this.size + ((this.flags >> 1) & 1) + (this.flags & 1);
  }
}

/** Octets of a connection's options in segments that are no SYN. */
export function optionsLength(c: Connection): u32 {
  return c.timestamps ? 12 : 0;
}

/**
 * Sends a segment.
 * @param seq its first number; @param size octets of data from there on, at most what one packet holds
 * @returns false when the device has no room for it now
 */
export function send(c: Connection, flags: u32, seq: u32, size: u32): bool {
  const tcp = c.tcp;
  const ip = tcp.ip;
  // The first is known where images are built: one without offloads has nothing of the second.
  const large = ip.canSegment && size > c.mss;
  const ptr = large ? ip.reserveLarge() : ip.reserve();
  if (ptr == 0) return false;
  const syn = (flags & wire.SYN) != 0;
  const end = syn ? emitSynOptions(c, ptr) : emitOptions(c, ptr, size == 0);
  const header = <u32>(end - ptr);
  const window = windowToOffer(c, syn);
  const ack = flags & wire.ACK ? c.rcvNxt : 0;
  wire.emit(ptr, c.localPort, c.remotePort, seq, ack, header, flags, window);
  if (large) c.sendBuffer.appendTo(ip, seq, size);
  else if (size) c.sendBuffer.read(seq, end, size);
  const total = header + size;
  if (ip.leavesChecksums) {
    wire.emitPartial(ptr, total, c.localAddress, c.remoteAddress);
    ip.leaveChecksum(ptr, wire.CHECKSUM);
    if (large) ip.cut(header, c.mss);
  } else wire.emitChecksum(ptr, total, c.localAddress, c.remoteAddress);
  ip.send(ptr, total, ipv4.PROTOCOL_TCP, c.localAddress, c.remoteAddress, ipv4.FLAG_DF);
  tcp.tcpOutSegs++;
  if (flags & wire.ACK) {
    c.rcvAcked = c.rcvNxt;
    // SACK blocks only go where there is no data.
    c.ackWanted = size != 0 && c.ackWanted && c.hasGap;
    c.acknowledgeAt = 0;
    if (c.quick) c.quick--;
  }
  return true;
}

/**
 * Sends an acknowledgment: with SND.NXT, or where the peer has made its window smaller than what is on its way, with the
 * window's edge, as anything behind that is not acceptable to it.
 * @returns false when the device has no room for it now
 */
export function acknowledgeNow(c: Connection): bool {
  const edge = c.sndUna + c.sndWnd;
  // The FIN may lie behind a window that was filled.
  const beyond = (c.sndNxt - edge) as i32;
  return send(c, wire.ACK, beyond > (c.finSent ? 1 : 0) ? edge : c.sndNxt, 0);
}

/** Writes the options of a segment that is no SYN. @param empty whether there is no data, but room @returns the address behind */
function emitOptions(c: Connection, ptr: usize, empty: bool): usize {
  let at = ptr + wire.HEADER_LENGTH;
  if (c.timestamps) at = emitTimestamps(at, timestamp(c.tsOffset), c.tsRecent);
  const reassembly = c.reassembly;
  if (empty && c.sack && reassembly) at = reassembly.emit(at, c.timestamps ? SACK_BLOCKS_MAX - 1 : SACK_BLOCKS_MAX);
  return at;
}

/** Writes the options of a SYN: what we offer or, in answer to one, what both can. @returns the address behind */
function emitSynOptions(c: Connection, ptr: usize): usize {
  let at = emitMss(ptr + wire.HEADER_LENGTH, c.tcp.mss);
  if (c.sack) at = emitSackPermitted(at);
  // RFC 7323, 3.2: TSecr is zero in a SYN without ACK, as nothing came that we had it from.
  if (c.timestamps) at = emitTimestamps(at, timestamp(c.tsOffset), c.tsRecent);
  return c.rcvShift ? emitWindowScale(at, c.rcvShift) : at;
}

/**
 * TIME-WAIT (RFC 9293, 3.3.2): what is remembered of a connection that both sides have ended, so that what is late of it is
 * answered, and not taken by the next one between the same ports. It is a tenth of a connection, and there are only so many.
 */
import { now } from "../../sys/clock";
import { ACK, FIN, HEADER_LENGTH, RST, SYN } from "../../wire/tcp";
import { emitTimestamps } from "../../wire/tcpoptions";
import { answer } from "./answer";
import { Connection } from "./connection";
import { Endpoint } from "./endpoint";
import { Segment } from "./segment";
import { isAfter } from "./sequence";
import { Tcp } from "./tcp";
import { timestamp } from "./timers";

/** 2 MSL, as long as Linux has it: an MSL of 30 s. */
const LIFETIME: u64 = 60000000000;
/** Most of them. Connections that end while there are as many are forgotten at once. */
export const TIME_WAITS_MAX: u32 = 16384;

export class TimeWait extends Endpoint {
  private sndNxt: u32;
  private rcvNxt: u32;
  private timestamps: bool;
  private tsRecent: u32;
  private tsOffset: u32;

  constructor(
    private tcp: Tcp,
    c: Connection,
  ) {
    super(false);
    this.localAddress = c.localAddress;
    this.localPort = c.localPort;
    this.remoteAddress = c.remoteAddress;
    this.remotePort = c.remotePort;
    this.sndNxt = c.sndNxt;
    this.rcvNxt = c.rcvNxt;
    this.timestamps = c.timestamps;
    this.tsRecent = c.tsRecent;
    this.tsOffset = c.tsOffset;
    this.arm(now() + LIFETIME);
  }

  /** The time is over. */
  fire(): void {
    this.tcp.endTimeWait(this);
  }

  /** A segment has arrived (RFC 9293, 3.10.7.4). */
  arrive(s: Segment): void {
    // "In TIME-WAIT state, [...] ignore RST" (RFC 1337, 3): a late one must not end what protects the next connection.
    if (s.has(RST)) return;
    if (s.has(FIN)) {
      // "The only thing that can arrive in this state is a retransmission of the remote FIN. Acknowledge it, and restart the
      // 2 MSL timeout."
      if (s.has(ACK) && s.seq + s.length == this.rcvNxt) this.arm(now() + LIFETIME);
    } else if (s.length == 0 && s.seq == this.rcvNxt) return;
    const ptr = this.tcp.ip.reserve();
    if (ptr == 0) return;
    let end = ptr + HEADER_LENGTH;
    if (this.timestamps) end = emitTimestamps(end, timestamp(this.tsOffset), this.tsRecent);
    answer(this.tcp, s, ptr, end, this.sndNxt, this.rcvNxt, ACK, 0);
  }

  /** Whether a SYN may begin the next connection (RFC 6191, 2; RFC 9293, 3.10.7.4: MAY-2): it cannot be an old one. */
  allows(s: Segment): bool {
    if ((s.flags & (SYN | ACK | RST)) != SYN) return false;
    if (this.timestamps && s.timestamps) {
      const value = s.timestampValue;
      if (value != this.tsRecent) return isAfter(value, this.tsRecent);
    }
    return isAfter(s.seq, this.rcvNxt);
  }

  /** What the next connection's initial sequence number must lie behind (RFC 6191, 2). */
  get behind(): u32 {
    return this.sndNxt;
  }
}

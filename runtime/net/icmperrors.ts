/**
 * ICMP's error messages (RFC 792; RFC 1122, 3.2.2): tell a sender that its datagram was not taken. They quote what they
 * are about, and come at a limited rate (RFC 1812, 4.3.2.8), so that they are no weapon.
 */

import { Report } from "../flow/report";
import { now } from "../sys/clock";
import * as wire from "../wire/icmpv4";
import * as ipv4 from "../wire/ipv4";
import { Ipv4 } from "./ipv4";
import { ErrorReporter } from "./protocol";
import { TokenBucket } from "./tokenbucket";

/** Errors in a second, on average, and at once. */
const RATE: u32 = 100;
const BURST: u32 = 50;
/** Largest datagram that carries an error: as much of the original as fits into it is quoted (RFC 1812, 4.3.2.3). */
const DATAGRAM_MAX: u32 = 576;
const QUOTE_MAX: u32 = DATAGRAM_MAX - ipv4.HEADER_LENGTH - wire.HEADER_LENGTH;

export class IcmpErrors extends ErrorReporter {
  private bucket: TokenBucket = new TokenBucket(RATE, BURST);

  // Counters, named after RFC 4293's icmpMsgStatsTable.
  icmpOutDestUnreachs: u64 = 0;
  icmpOutTimeExcds: u64 = 0;
  icmpOutParmProbs: u64 = 0;
  /** Errors not sent because of the rate. */
  icmpOutRateLimited: u64 = 0;

  constructor(private ip: Ipv4) {
    super();
    ip.reportBy(this);
  }

  /** Tells its counters, behind those of ICMP. */
  describe(to: Report): void {
    to.add("icmpOutDestUnreachs", this.icmpOutDestUnreachs);
    to.add("icmpOutTimeExcds", this.icmpOutTimeExcds);
    to.add("icmpOutParmProbs", this.icmpOutParmProbs);
    to.add("icmpOutRateLimited", this.icmpOutRateLimited);
  }

  // RFC 1122, 3.2.2 forbids errors about errors, broadcasts, fragments but the first, and senders that are no single
  // host: the contract of ErrorReporter.report leaves the others out.
  report(ip: usize, type: u32, code: u32, word: u32): void {
    if (ipv4.protocol(ip) == ipv4.PROTOCOL_ICMP) return;
    if (!this.bucket.take(now())) {
      this.icmpOutRateLimited++;
      return;
    }
    const ptr = this.ip.reserve();
    if (ptr == 0) {
      this.unsent++;
      return;
    }
    const quote = min(ipv4.totalLength(ip), min(QUOTE_MAX, this.ip.payloadMax - wire.HEADER_LENGTH));
    memory.copy(ptr + wire.HEADER_LENGTH, ip, quote);
    const length = wire.HEADER_LENGTH + quote;
    wire.emitError(ptr, type, code, word, length);
    const from = ipv4.destinationAddress(ip);
    const to = ipv4.sourceAddress(ip);
    const sent = this.ip.send(ptr, length, ipv4.PROTOCOL_ICMP, from, to, 0, ipv4.TIME_TO_LIVE_DEFAULT);
    if (sent < 0) return;
    if (type == wire.DESTINATION_UNREACHABLE) this.icmpOutDestUnreachs++;
    else if (type == wire.TIME_EXCEEDED) this.icmpOutTimeExcds++;
    else this.icmpOutParmProbs++;
  }
}

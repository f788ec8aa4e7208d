/** ICMP (RFC 792) as a protocol over IPv4: answers echo requests, and hands errors to the protocol that they are about. */

import { E_AGAIN } from "../base/result";
import { Report } from "../flow/report";
import { verify } from "../wire/checksum";
import * as wire from "../wire/icmpv4";
import * as ipv4 from "../wire/ipv4";
import { Ipv4Address } from "../wire/ipv4address";
import { Ipv4 } from "./ipv4";
import { PATH_MTU_MIN } from "./pathmtu";
import { ProtocolHandler } from "./protocol";
import { AddressWatcher } from "./watcher";

export class Icmp extends ProtocolHandler {
  // Counters, named after RFC 4293's icmpStatsTable and icmpMsgStatsTable.
  icmpInMsgs: u64 = 0;
  /** Messages that were too short or had a wrong checksum. */
  icmpInErrors: u64 = 0;
  icmpInEchos: u64 = 0;
  icmpInDestUnreachs: u64 = 0;
  icmpInTimeExcds: u64 = 0;
  icmpInParmProbs: u64 = 0;
  icmpOutEchoReps: u64 = 0;
  /** Answers that were not sent for want of a buffer. */
  private unsent: u64 = 0;

  /** Hears who answers echo requests; null: nobody. */
  watcher: AddressWatcher | null = null;

  constructor(private ip: Ipv4) {
    super(ipv4.PROTOCOL_ICMP);
    ip.serve(this);
  }

  datagram(ip: usize, broadcast: bool): void {
    this.icmpInMsgs++;
    const header = ipv4.headerLength(ip);
    const message = ip + header;
    const length = ipv4.totalLength(ip) - header;
    if (!wire.check(length) || !verify(message, length)) {
      this.icmpInErrors++;
      return;
    }
    const type = wire.type(message);
    if (type == wire.ECHO) {
      this.icmpInEchos++;
      // RFC 1122, 3.2.2.6 lets a host ignore an echo request to all: else anyone could have all hosts answer a victim.
      if (!broadcast) this.reply(message, length, ipv4.destinationAddress(ip), ipv4.sourceAddress(ip));
      return;
    }
    if (type == wire.ECHO_REPLY) {
      const watcher = this.watcher;
      if (watcher) watcher.claimed(ipv4.sourceAddress(ip), 0);
      return;
    }
    if (type == wire.DESTINATION_UNREACHABLE) this.icmpInDestUnreachs++;
    else if (type == wire.TIME_EXCEEDED) this.icmpInTimeExcds++;
    else if (type == wire.PARAMETER_PROBLEM) this.icmpInParmProbs++;
    else return;
    this.hand(message, length, type);
  }

  /** Messages that were not sent for want of a buffer (RFC 2011; RFC 4293's icmpStatsOutErrors). */
  get icmpOutErrors(): u64 {
    return this.unsent + this.ip.unsentErrors;
  }

  report(to: Report): void {
    to.layer("icmp");
    to.add("icmpInMsgs", this.icmpInMsgs);
    to.add("icmpInErrors", this.icmpInErrors);
    to.add("icmpInEchos", this.icmpInEchos);
    to.add("icmpInDestUnreachs", this.icmpInDestUnreachs);
    to.add("icmpInTimeExcds", this.icmpInTimeExcds);
    to.add("icmpInParmProbs", this.icmpInParmProbs);
    to.add("icmpOutErrors", this.icmpOutErrors);
    to.add("icmpOutEchoReps", this.icmpOutEchoReps);
    this.ip.reportErrors(to);
  }

  /** Hands an error to the protocol of the datagram that it quotes. */
  private hand(message: usize, length: u32, type: u32): void {
    const quoted = message + wire.HEADER_LENGTH;
    if (!ipv4.checkQuote(quoted, length - wire.HEADER_LENGTH)) {
      this.icmpInErrors++;
      return;
    }
    const handler = this.ip.handlerOf(ipv4.protocol(quoted));
    if (!handler || ipv4.fragmentOffset(quoted) != 0 || !this.ip.addresses.has(ipv4.sourceAddress(quoted))) return;
    const code = wire.code(message);
    let mtu: u32 = 0;
    if (type == wire.DESTINATION_UNREACHABLE && code == wire.FRAGMENTATION_NEEDED) {
      mtu = wire.nextHopMtu(message);
      const total = ipv4.totalLength(quoted);
      // What did not pass was larger than what passes; of a router that does not say what, RFC 1191, 7.1 makes a guess.
      if (mtu == 0 || mtu >= total) mtu = plateauBelow(total);
    }
    handler.error(quoted, type, code, mtu);
  }

  /** Sends an echo message back, with all of its data (RFC 1122, 3.2.2.6). */
  private reply(message: usize, length: u32, from: Ipv4Address, to: Ipv4Address): void {
    const ip = this.ip;
    let sent = E_AGAIN;
    if (ip.fits(length, to)) {
      const ptr = ip.reserve();
      if (ptr) {
        memory.copy(ptr, message, length);
        wire.turnIntoReply(ptr);
        sent = ip.send(ptr, length, ipv4.PROTOCOL_ICMP, from, to, 0, ipv4.TIME_TO_LIVE_DEFAULT);
      }
    } else {
      wire.turnIntoReply(message);
      sent = ip.sendLarge(message, 0, message, length, ipv4.PROTOCOL_ICMP, from, to, ipv4.TIME_TO_LIVE_DEFAULT);
    }
    if (sent >= 0) this.icmpOutEchoReps++;
    else if (sent == E_AGAIN) this.unsent++;
  }
}

/** The largest usual MTU below `length`, of those that are not too small to be believed (RFC 1191, 7.1). */
function plateauBelow(length: u32): u32 {
  if (length > 1492) return 1492;
  return length > 1006 ? 1006 : PATH_MTU_MIN;
}

/** ICMP (RFC 792) as a protocol over IPv4: answers echo requests, and counts the rest. */
import { verify } from "../wire/checksum";
import * as wire from "../wire/icmpv4";
import * as ipv4 from "../wire/ipv4";
import { Ipv4, ProtocolHandler } from "./ipv4";

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
      if (!broadcast) this.reply(message, length, ipv4.sourceAddress(ip));
    } else if (type == wire.DESTINATION_UNREACHABLE) this.icmpInDestUnreachs++;
    else if (type == wire.TIME_EXCEEDED) this.icmpInTimeExcds++;
    else if (type == wire.PARAMETER_PROBLEM) this.icmpInParmProbs++;
  }

  /** Sends an echo message back, with all of its data: it fitted into the MTU when it came. */
  private reply(message: usize, length: u32, to: u32): void {
    const ptr = this.ip.reserve();
    if (ptr == 0) return;
    memory.copy(ptr, message, length);
    wire.turnIntoReply(ptr);
    if (this.ip.send(ptr, length, ipv4.PROTOCOL_ICMP, to) >= 0) this.icmpOutEchoReps++;
  }
}

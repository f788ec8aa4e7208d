/** What a server has counted since it was made. */
import { Report, Reporter } from "../../flow/report";
import * as wire from "../../wire/dns";

/** Response codes that are counted one by one; BADVERS, 16, is the last one that there is. */
const CODES: u32 = 17;

export class DnsCounters extends Reporter {
  /** Messages that came by UDP, whatever they were. */
  udpQueries: u64 = 0;
  /** Messages that came by TCP. */
  tcpQueries: u64 = 0;
  /** Messages without a response: too short, or responses themselves. */
  dropped: u64 = 0;
  /** Responses that were not sent, or sent empty, as too many went to that network. */
  rateDropped: u64 = 0;
  rateTruncated: u64 = 0;
  /** Responses with TC. */
  truncated: u64 = 0;
  /** Connections by TCP that were accepted, and those that were broken off as there were too many. */
  connections: u64 = 0;
  connectionsEvicted: u64 = 0;
  private codes: usize = heap.alloc(CODES << 3);

  constructor() {
    super();
    memory.fill(this.codes, 0, CODES << 3);
  }

  /** Responses with a response code, RCODE_*. */
  responses(code: u32): u64 {
    return code < CODES ? load<u64>(this.codes + (code << 3)) : 0;
  }

  /** Counts a response. */
  count(code: u32): void {
    const counter = this.codes + (code << 3);
    store<u64>(counter, load<u64>(counter) + 1);
  }

  report(to: Report): void {
    to.layer("dns");
    to.add("dnsUdpQueries", this.udpQueries);
    to.add("dnsTcpQueries", this.tcpQueries);
    to.add("dnsDropped", this.dropped);
    to.add("dnsRateDropped", this.rateDropped);
    to.add("dnsRateTruncated", this.rateTruncated);
    to.add("dnsTruncated", this.truncated);
    to.add("dnsConnections", this.connections);
    to.add("dnsConnectionsEvicted", this.connectionsEvicted);
    to.add("dnsNoError", this.responses(wire.RCODE_NO_ERROR));
    to.add("dnsFormErr", this.responses(wire.RCODE_FORMAT_ERROR));
    to.add("dnsNxDomain", this.responses(wire.RCODE_NAME_ERROR));
    to.add("dnsNotImp", this.responses(wire.RCODE_NOT_IMPLEMENTED));
    to.add("dnsRefused", this.responses(wire.RCODE_REFUSED));
    to.add("dnsYxDomain", this.responses(wire.RCODE_NAME_TOO_LONG));
    to.add("dnsBadVers", this.responses(wire.RCODE_BAD_VERSION));
  }
}

/**
 * An authoritative DNS server (RFC 1034, 4.3.2) over zones that were compiled before:
 *
 *     const server = new DnsServer(zones);
 *     const result = server.serve(stack);
 *
 * Queries by UDP are answered where they arrive, straight into the buffer that leaves: nothing waits, nothing is allocated.
 */
import { store16be } from "../../base/bytes";
import { DatagramResponder } from "../../flow/datagram";
import { Transport } from "../../flow/stream";
import * as wire from "../../wire/dns";
import {
  BELOW_DNAME,
  BELOW_WILDCARD,
  NODE_BELOW,
  NODE_KIND,
  NODE_OTHERWISE,
  NODE_TYPE_COUNT,
  NODE_TYPES,
  TYPE_ANSWER,
  TYPE_SIZE,
  TYPE_TYPE,
} from "../zone/format";
import { Zones } from "../zone/zones";
import { COOKIE, Cookies } from "./cookies";
import { DnsCounters } from "./counters";
import { Query } from "./query";
import { RateLimiter, Verdict } from "./ratelimit";
import { Response } from "./response";
import { DnsStreams } from "./streams";

/** DNAME records that are followed, one after the other: what they lead to is left to who asks (RFC 1034, 5.3.3). */
const RENAMINGS_MAX: i32 = 3;
/** Octets of the option that says how long connections are kept: in units of 100 ms (RFC 7828, 3.1). */
const KEEPALIVE: u32 = 2;

export class DnsServer extends DatagramResponder {
  readonly cookies: Cookies = new Cookies();
  readonly limiter: RateLimiter = new RateLimiter();
  readonly counters: DnsCounters = new DnsCounters();
  /** The connections by TCP, and their limits. */
  readonly streams: DnsStreams = new DnsStreams(this);
  /** The block of zones, which was found sound and stays where it is. */
  private zones: usize;
  private query: Query = new Query();
  private response: Response = new Response();
  /** Whether the counters were given to a transport. */
  private reported: bool = false;
  /** The prepared answer that was sent last; 0: none, an error. */
  private answered: usize = 0;

  /** @param zones what is answered; their status must be OK */
  constructor(zones: Zones) {
    super();
    assert(zones.address, "a name server without zones");
    this.zones = zones.address;
  }

  /**
   * Answers queries, by UDP and TCP, as long as its fiber is not cancelled.
   * @returns E_IN_USE, the port is taken; or E_CANCELLED
   */
  serve(transport: Transport, port: u32 = wire.PORT): i32 {
    const listener = transport.listen(port);
    if (!listener) return transport.error;
    const datagrams = transport.respond(port, this);
    if (!datagrams) {
      listener.close();
      return transport.error;
    }
    // In one list only: a server may serve again.
    if (!this.reported) transport.addReporter(this.counters);
    this.reported = true;
    const result = this.streams.accept(listener);
    datagrams.close();
    listener.close();
    return result;
  }

  respond(ptr: usize, length: u32, address: u32, to: usize, room: u32): i32 {
    this.counters.udpQueries++;
    return this.answer(ptr, length, address, to, room, false);
  }

  /**
   * Answers a message.
   * @param room octets at `to`; of what comes by UDP, less may be used
   * @param stream whether it comes by TCP
   * @returns octets of the response; 0: there is none
   */
  answer(ptr: usize, length: u32, address: u32, to: usize, room: u32, stream: bool): u32 {
    const query = this.query;
    const counters = this.counters;
    const code = query.read(ptr, length);
    const begin = wire.HEADER_LENGTH + query.question;
    if (!stream) room = min(room, query.edns ? max(min(query.size, wire.EDNS_UDP_MAX), wire.UDP_MAX) : wire.UDP_MAX);
    const options = this.optionsLength(stream);
    const edns = query.edns ? wire.EDNS_LENGTH + options : 0;
    if (code < 0 || begin + edns > room) {
      counters.dropped++;
      return 0;
    }
    const response = this.response;
    response.open(to, ptr, begin, room - edns, code);
    this.answered = 0;
    if (code == wire.RCODE_NO_ERROR && query.question) this.lookUp(to + wire.HEADER_LENGTH);
    if (query.anyClass) response.flags &= ~wire.FLAG_AA;

    const known = query.cookieLength == COOKIE && this.cookies.isValid(query.cookie, address);
    if (!stream && !known && this.limiter.rate) {
      const verdict = this.limiter.judge(address, this.answered as u32);
      if (verdict == Verdict.Drop) {
        counters.rateDropped++;
        return 0;
      }
      if (verdict == Verdict.Truncate) {
        counters.rateTruncated++;
        response.truncate();
      }
    }
    if (response.flags & wire.FLAG_TC) counters.truncated++;
    counters.count(response.code);
    const flags = wire.flags(ptr) & (wire.OPCODE_MASK | wire.FLAG_RD | wire.FLAG_CD);
    response.writeHeader(flags, query.question ? 1 : 0, edns ? 1 : 0);
    const end = response.position;
    if (edns) this.writeEdns(end, options, known, address);
    return ((end - to) as u32) + edns;
  }

  /** Writes what the zones say of the question, whose name stands at `name`. */
  private lookUp(name: usize): void {
    const query = this.query;
    const response = this.response;
    const zones = this.zones;
    const own = query.name;
    let node = own.find(zones);
    if (node == 0) response.code = wire.RCODE_REFUSED;
    for (let renamed = 0; node != 0 && renamed <= RENAMINGS_MAX; renamed++) {
      let answer = 0 as usize;
      if (own.below == 0) answer = this.select(node);
      else {
        answer = zones + load<u32>(node, NODE_BELOW);
        const kind = load<u8>(node, NODE_KIND);
        if (kind == BELOW_WILDCARD) answer = this.select(answer);
        else if (kind == BELOW_DNAME) {
          this.answered = answer;
          name = response.rename(answer, name, own.length, own.below);
          // The record that was made of it is what these types ask for.
          if (name == 0 || query.type == wire.TYPE_CNAME || query.type == wire.TYPE_ANY) return;
          own.read(name, response.position);
          node = own.find(zones);
          continue;
        }
      }
      this.answered = answer;
      response.append(answer, name, own.length);
      return;
    }
  }

  /** A node's answer for the question's type. */
  private select(node: usize): usize {
    const type = this.query.type;
    const end = node + NODE_TYPES + load<u16>(node, NODE_TYPE_COUNT) * TYPE_SIZE;
    for (let at = node + NODE_TYPES; at < end; at += TYPE_SIZE) {
      if (load<u32>(at, TYPE_TYPE) == type) return this.zones + load<u32>(at, TYPE_ANSWER);
    }
    return this.zones + load<u32>(node, NODE_OTHERWISE);
  }

  /** Octets of the options that the client wants. */
  private optionsLength(stream: bool): u32 {
    const query = this.query;
    const cookie = query.cookieLength ? wire.OPTION_HEADER + COOKIE : 0;
    // By UDP it is to be ignored (RFC 7828, 3.2.1).
    if (!stream) query.keepAlive = false;
    return query.keepAlive ? cookie + wire.OPTION_HEADER + KEEPALIVE : cookie;
  }

  /** @param known whether the client's cookie was one of ours */
  private writeEdns(at: usize, options: u32, known: bool, address: u32): void {
    const query = this.query;
    // The response code's upper bits, version 0, and DO as it was asked (RFC 3225, 3).
    const extended = ((this.response.code >> 4) << 24) | (query.dnssecOk ? wire.EDNS_DO : 0);
    at = wire.emitEdns(at, wire.EDNS_UDP_MAX, extended, options);
    if (query.cookieLength) {
      at = wire.emitOption(at, wire.OPTION_COOKIE, COOKIE);
      this.cookies.emit(at, query.cookie, known, address);
      at += COOKIE;
    }
    if (query.keepAlive) {
      at = wire.emitOption(at, wire.OPTION_KEEPALIVE, KEEPALIVE);
      store16be(at, (this.streams.idle / 100) as u16);
    }
  }
}

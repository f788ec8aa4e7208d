/** What the server answers (RFC 2131, table 3), and where that goes. */
import { encodeUtf8 } from "../base/utf8";
import * as wire from "../wire/dhcp";
import { IPV4_ANY, IPV4_BROADCAST, Ipv4Address } from "../wire/ipv4address";
import { MAC_BROADCAST, MacAddress } from "../wire/macaddress";
import { copyOption, optionCode, optionLength } from "./options";
import { DhcpPool } from "./pool";
import { Request } from "./request";

/** Octets of the code and the length of an option, or of a part of it. */
const PART: u32 = 2;
/** What a client is told that cannot have an address (RFC 2131, table 3: a message SHOULD be there). */
const REFUSED = "The address is not for this client on this network";
/** Octets of "end". */
const END: u32 = 1;

/** Values of options that are copied. */
const value: usize = memory.data(256);
/** For each code whether a message has the option, or is not to have it. */
const done: usize = memory.data(256);

export class Reply {
  /** The next one that waits. */
  next: Reply | null = null;
  readonly buffer: Uint8Array = new Uint8Array(wire.MESSAGE_MAX);
  length: u32 = 0;
  /** Where it goes: an address, and the station that has it or will have it; 0: whichever has it. */
  to: Ipv4Address = 0;
  hardware: MacAddress = 0;
  port: u32 = 0;
  /** Our address, as the client knows it. */
  server: Ipv4Address = 0;
  /** Where the next option goes, and where the last must end. */
  private at: usize = 0;
  private end: usize = 0;

  /**
   * Writes an answer.
   * @param type wire.DHCPOFFER, DHCPACK or DHCPNAK
   * @param pool what the client is told; null: nothing, with DHCPNAK
   * @param given the client's address, or IPV4_ANY in an answer to DHCPINFORM, who has one already
   * @param seconds of the lease; 0: none is given
   * @param server our address, as the client knows it; @param mtu of the link
   */
  write(
    type: u32,
    request: Request,
    pool: DhcpPool | null,
    given: Ipv4Address,
    seconds: u32,
    server: Ipv4Address,
    mtu: u32,
  ): void {
    const from = request.octets;
    const ptr = this.buffer.dataStart;
    this.server = server;
    this.address(type, request, given);
    let flags = wire.flags(from);
    // RFC 2131, 4.3.2: "so that the relay agent will broadcast the DHCPNAK".
    if (type == wire.DHCPNAK && request.relay != IPV4_ANY) flags |= wire.FLAG_BROADCAST;
    this.at = wire.emit(ptr, wire.BOOTREPLY, wire.xid(from), 0, flags, request.hardware);
    if (type == wire.DHCPACK) wire.setClientAddress(ptr, request.own);
    wire.setYourAddress(ptr, given);
    wire.setRelayAddress(ptr, request.relay);
    this.at = wire.putOption8(this.at, wire.OPTION_MESSAGE_TYPE, type);
    this.at = wire.putOption32(this.at, wire.OPTION_SERVER_IDENTIFIER, server);
    if (type == wire.DHCPNAK)
      this.at = wire.putOption(this.at, wire.OPTION_MESSAGE, value, encodeUtf8(REFUSED, value, wire.PART_MAX));
    if (seconds) {
      this.at = wire.putOption32(this.at, wire.OPTION_LEASE_TIME, seconds);
      this.at = wire.putOption32(this.at, wire.OPTION_RENEWAL_TIME, seconds / 2);
      this.at = wire.putOption32(this.at, wire.OPTION_REBINDING_TIME, (((seconds as u64) * 7) / 8) as u32);
    }
    // What the relay added comes last (RFC 3046, 2.2), and goes before all that is not necessary.
    const agent = wire.optionLength(from, request.length, wire.OPTION_RELAY_AGENT);
    const reserve = agent < 0 || agent > <i32>wire.PART_MAX ? 0 : PART + agent;
    this.end = ptr + request.room(mtu) - END - reserve;
    // RFC 6842, 3: all answers have it.
    this.echo(request, wire.OPTION_CLIENT_IDENTIFIER);
    if (pool) this.putOptions(request, pool);
    this.end += reserve;
    if (reserve) this.echo(request, wire.OPTION_RELAY_AGENT);
    this.length = wire.finish(ptr, this.at);
  }

  /** RFC 2131, 4.1: where an answer goes. */
  private address(type: u32, request: Request, given: Ipv4Address): void {
    this.port = wire.CLIENT_PORT;
    this.hardware = 0;
    if (request.relay != IPV4_ANY) {
      this.to = request.relay;
      this.port = wire.SERVER_PORT;
      // An address that the client only says to have may be anybody's, anywhere.
    } else if (type == wire.DHCPACK && request.own != IPV4_ANY && (given == request.own || given == IPV4_ANY))
      this.to = request.own;
    else if (type == wire.DHCPNAK || request.broadcast) {
      this.to = IPV4_BROADCAST;
      this.hardware = MAC_BROADCAST;
    } else {
      this.to = given;
      this.hardware = request.hardware;
    }
  }

  /**
   * Adds what the client asks for, in its order (RFC 2132, 9.8), or all when it asks for nothing in particular. The mask
   * comes first of all, since it must stand before the routers (3.3).
   */
  private putOptions(request: Request, pool: DhcpPool): void {
    const options = pool.options;
    memory.fill(done, 0, 256);
    this.put(options.find(wire.OPTION_SUBNET_MASK));
    const wanted = wire.option(
      request.octets,
      request.length,
      wire.OPTION_PARAMETER_REQUEST_LIST,
      value,
      wire.PART_MAX,
    );
    for (let i = 0; i < min(wanted, <i32>wire.PART_MAX); i++) this.put(options.find(load<u8>(value + i)));
    if (wanted < 0) for (let at = options.following(0); at; at = options.following(at)) this.put(at);
  }

  /** Adds an option of a pool, unless it is there already or there is no room. @param at 0: there is no such option */
  private put(at: usize): void {
    if (at == 0 || load<u8>(done + optionCode(at))) return;
    const length = optionLength(at);
    // Each part of a long one has a head of its own.
    if (this.at + length + PART * (1 + length / wire.PART_MAX) > this.end) return;
    store<u8>(done + optionCode(at), 1);
    this.at = copyOption(this.at, at);
  }

  /** Copies an option of the request. */
  private echo(request: Request, code: u32): void {
    const length = wire.option(request.octets, request.length, code, value, wire.PART_MAX);
    if (length < 0 || length > <i32>wire.PART_MAX || this.at + PART + length > this.end) return;
    this.at = wire.putOption(this.at, code, value, length);
  }
}

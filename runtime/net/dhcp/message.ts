/** The messages that a DHCP client sends, and how it knows an answer as its own. */
import { equal } from "../../base/bytes";
import * as wire from "../../wire/dhcp";
import { IPV4_ANY, Ipv4Address } from "../../wire/ipv4address";
import { MAC_LENGTH, MacAddress, storeMac } from "../../wire/macaddress";

/** Hardware type and address, as RFC 2132, 9.14 says where nothing better is known. */
const IDENTIFIER_LENGTH: u32 = 1 + MAC_LENGTH;
/** Longest host name that is sent (RFC 1035, 2.3.4: a label). */
export const HOST_NAME_MAX: i32 = 63;
/** Octets that a message of ours has at most: fixed fields, host name, and options of less than 64 octets together. */
const REQUEST_MAX: u32 = wire.OPTIONS + 128;

/** Where options are put together and taken apart. */
const scratch: usize = memory.data(64);

/** What we want to be told. Classless routes stand before the router, as RFC 3442 wants it. */
function wanted(): usize {
  // Inside of a function, or it would be in each image.
  return memory.data<u8>([
    wire.OPTION_SUBNET_MASK as u8,
    wire.OPTION_CLASSLESS_ROUTES as u8,
    wire.OPTION_ROUTER as u8,
    wire.OPTION_DNS_SERVERS as u8,
    wire.OPTION_LEASE_TIME as u8,
    wire.OPTION_RENEWAL_TIME as u8,
    wire.OPTION_REBINDING_TIME as u8,
  ]);
}
const WANTED_LENGTH: u32 = 7;

/** Whether a text can be sent as our name: letters, digits and hyphens (RFC 1123, 2.1), and dots where it has a domain. */
export function isHostName(text: string): bool {
  if (text.length > HOST_NAME_MAX) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const letter = (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a;
    if (!letter && !(c >= 0x30 && c <= 0x39) && c != 0x2d && c != 0x2e) return false;
  }
  return true;
}

/** The conversation with servers: writes requests, reads answers, in one buffer. */
export class Messages {
  /** Holds what was written or received last. */
  readonly buffer: Uint8Array = new Uint8Array(wire.MESSAGE_MAX);
  /** What all messages of one exchange have in common. */
  xid: u32 = 0;
  private identifier: usize = heap.alloc(IDENTIFIER_LENGTH);

  /** @param hostName up to HOST_NAME_MAX characters of ASCII; empty: none is sent */
  constructor(
    private mac: MacAddress,
    private hostName: string,
  ) {
    assert(REQUEST_MAX <= wire.MESSAGE_MAX && hostName.length <= HOST_NAME_MAX);
    store<u8>(this.identifier, 1);
    storeMac(this.identifier + 1, mac);
  }

  /**
   * Writes a message (RFC 2131, table 5).
   * @param type wire.DHCPDISCOVER, DHCPREQUEST, DHCPDECLINE or DHCPRELEASE; @param secs since we began to ask
   * @param own our address, where we have one and answer for it, else IPV4_ANY
   * @param requested the address that we would like, or IPV4_ANY; @param server whom we chose, or IPV4_ANY: any
   * @returns its octets
   */
  write(type: u32, secs: u32, own: Ipv4Address, requested: Ipv4Address, server: Ipv4Address): i32 {
    const ptr = this.buffer.dataStart;
    const asks = type == wire.DHCPDISCOVER || type == wire.DHCPREQUEST;
    const flags = asks && own == IPV4_ANY ? wire.FLAG_BROADCAST : 0;
    let at = wire.emit(ptr, wire.BOOTREQUEST, this.xid, secs, flags, this.mac);
    wire.setClientAddress(ptr, own);
    at = wire.putOption8(at, wire.OPTION_MESSAGE_TYPE, type);
    at = wire.putOption(at, wire.OPTION_CLIENT_IDENTIFIER, this.identifier, IDENTIFIER_LENGTH);
    if (requested != IPV4_ANY) at = wire.putOption32(at, wire.OPTION_REQUESTED_ADDRESS, requested);
    if (server != IPV4_ANY) at = wire.putOption32(at, wire.OPTION_SERVER_IDENTIFIER, server);
    if (asks) {
      at = wire.putOption16(at, wire.OPTION_MESSAGE_SIZE, wire.MESSAGE_MAX);
      at = wire.putOption(at, wire.OPTION_PARAMETER_REQUEST_LIST, wanted(), WANTED_LENGTH);
      if (this.hostName.length > 0) at = this.putHostName(at);
    }
    return wire.finish(ptr, at);
  }

  /**
   * Whether the buffer holds an answer to us in this exchange.
   * @param length octets received
   * @returns its type, or 0
   */
  answer(length: u32): u32 {
    const ptr = this.buffer.dataStart;
    if (!wire.check(ptr, length) || wire.op(ptr) != wire.BOOTREPLY) return 0;
    if (wire.xid(ptr) != this.xid || wire.clientHardware(ptr) != this.mac) return 0;
    // RFC 6842, 3: a server that returns our identifier returns ours.
    const echoed = wire.option(ptr, length, wire.OPTION_CLIENT_IDENTIFIER, scratch, IDENTIFIER_LENGTH);
    if (echoed >= 0 && !(echoed == IDENTIFIER_LENGTH && equal(scratch, this.identifier, IDENTIFIER_LENGTH))) return 0;
    return wire.messageType(ptr, length);
  }

  private putHostName(at: usize): usize {
    const name = this.hostName;
    for (let i = 0; i < name.length; i++) store<u8>(scratch + i, name.charCodeAt(i) as u8);
    return wire.putOption(at, wire.OPTION_HOST_NAME, scratch, name.length);
  }
}

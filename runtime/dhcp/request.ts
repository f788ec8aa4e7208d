/** What a client says, as the server takes it. */
import { SIPHASH_KEY, sipHash } from "../crypto/siphash";
import * as wire from "../wire/dhcp";
import { IPV4_ANY, Ipv4Address } from "../wire/ipv4address";
import { isStationMac, MAC_LENGTH, MacAddress, storeMac } from "../wire/macaddress";

/** Octets of a message's options that every client takes: of 576 octets with IP's and UDP's headers (RFC 2131, 2). */
const DATAGRAM_MIN: u32 = 576;
const HEADERS: u32 = 28;
/** Longest client identifier that counts as a whole. */
const IDENTIFIER_MAX: u32 = 255;

/** Where identifiers are put together. */
const scratch: usize = memory.data(256);
/**
 * Identifiers are kept as hashes, which are on disks, too: so the key is always the same. Nothing is lost by that. Who
 * wants to pass for another client takes the identifier of that, and need not look for one that has the same hash.
 */
const key: usize = memory.data(16);

export class Request {
  /** The message. */
  readonly buffer: Uint8Array = new Uint8Array(wire.MESSAGE_MAX);
  length: u32 = 0;
  /** DHCPDISCOVER to DHCPINFORM. */
  type: u32 = 0;
  /** Tells the client from others: by its identifier, or its station if it names none (RFC 2131, 4.2). */
  client: u64 = 0;
  /** The same if it named none: static leases are given by either. */
  station: u64 = 0;
  hardware: MacAddress = 0;
  /** Its address, which it has. */
  own: Ipv4Address = 0;
  /** The address that it asks for, or IPV4_ANY. */
  requested: Ipv4Address = 0;
  /** The server that it means, or IPV4_ANY. */
  server: Ipv4Address = 0;
  relay: Ipv4Address = 0;

  get octets(): usize {
    return this.buffer.dataStart;
  }

  /** Takes what was received apart. @returns whether `buffer` holds a message of a DHCP client */
  read(length: u32): bool {
    const ptr = this.octets;
    if (!wire.check(ptr, length) || wire.op(ptr) != wire.BOOTREQUEST) return false;
    const hardware = wire.clientHardware(ptr);
    const type = wire.messageType(ptr, length);
    if (!isStationMac(hardware) || type == 0) return false;
    this.length = length;
    this.type = type;
    this.hardware = hardware;
    this.own = wire.clientAddress(ptr);
    this.relay = wire.relayAddress(ptr);
    this.requested = wire.option32(ptr, length, wire.OPTION_REQUESTED_ADDRESS, IPV4_ANY);
    this.server = wire.option32(ptr, length, wire.OPTION_SERVER_IDENTIFIER, IPV4_ANY);
    this.station = stationKey(hardware);
    const identifier = wire.option(ptr, length, wire.OPTION_CLIENT_IDENTIFIER, scratch, IDENTIFIER_MAX);
    // RFC 2132, 9.14: "Its minimum length is 2."
    this.client = identifier < 2 ? this.station : identifierKey(scratch, min(identifier, IDENTIFIER_MAX));
    return true;
  }

  /** Takes another's place. */
  copy(from: Request): void {
    memory.copy(this.octets, from.octets, from.length);
    this.read(from.length);
  }

  /** Octets of the longest answer that the client takes. @param mtu the link's */
  room(mtu: u32): u32 {
    const ptr = this.octets;
    let room = DATAGRAM_MIN;
    if (wire.option(ptr, this.length, wire.OPTION_MESSAGE_SIZE, scratch, 2) == 2)
      room = max(room, ((<u32>load<u8>(scratch)) << 8) | load<u8>(scratch, 1));
    return min(min(room, mtu) - HEADERS, wire.MESSAGE_MAX);
  }

  /** Whether an answer is to be broadcast, as the client's own wish. */
  get broadcast(): bool {
    return (wire.flags(this.octets) & wire.FLAG_BROADCAST) != 0;
  }
}

/** The number that stands for a client identifier. @param ptr its octets, the type included */
export function identifierKey(ptr: usize, length: u32): u64 {
  assert(SIPHASH_KEY == 16);
  return sipHash(key, ptr, length) | 1;
}

/** The same of a station's, which is its hardware type and address (RFC 2132, 9.14). */
export function stationKey(hardware: MacAddress): u64 {
  const octets = scratch;
  store<u8>(octets, 1);
  storeMac(octets + 1, hardware);
  return identifierKey(octets, 1 + MAC_LENGTH);
}

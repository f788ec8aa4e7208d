import * as arp from "fata/wire/arp";
import { verify } from "fata/wire/checksum";
import * as ethernet from "fata/wire/ethernet";
import * as icmpv4 from "fata/wire/icmpv4";
import * as ipv4 from "fata/wire/ipv4";
import * as tcp from "fata/wire/tcp";
import { SACK_BLOCKS_MAX, TcpOptions } from "fata/wire/tcpoptions";
import * as udp from "fata/wire/udp";
import * as vnet from "fata/wire/vnet";

const options = new TcpOptions();

/** Memory for inputs. */
export function scratch(): usize {
  return heap.alloc(16384);
}

export function acceptsIpv4(ptr: usize, length: u32): bool {
  return ipv4.check(ptr, length) && ipv4.verifyHeader(ptr);
}

/**
 * Gives the octets to every parser, as all kinds of packet at once, and calls every accessor of those that accept them.
 * @returns whether what they claim lies within the octets
 */
export function parseAll(ptr: usize, length: u32): bool {
  let sum: u64 = 0;
  if (ethernet.check(ptr, length)) sum += ethernet.source(ptr) + ethernet.destination(ptr) + ethernet.etherType(ptr);
  if (length >= 10 && vnet.isPlain(ptr)) sum++;
  for (let offset: u32 = 0; offset <= min<u32>(length, 64); offset++) {
    const at = ptr + offset;
    const left = length - offset;
    if (arp.check(at, left)) {
      if (left < arp.PACKET_LENGTH) return false;
      sum += arp.operation(at) + arp.senderHardware(at) + arp.senderProtocol(at);
      sum += arp.targetHardware(at) + arp.targetProtocol(at);
    }
    if (ipv4.check(at, left)) {
      const header = ipv4.headerLength(at);
      if (header < ipv4.HEADER_LENGTH || header > ipv4.totalLength(at) || ipv4.totalLength(at) > left) return false;
      sum += ipv4.verifyHeader(at) ? 1 : 0;
      sum += ipv4.fragmentOffset(at) + ipv4.identification(at) + ipv4.protocol(at) + ipv4.timeToLive(at);
    } else sum += ipv4.isTruncated(at, left) ? 1 : 0;
    if (udp.check(at, left)) {
      if (udp.length(at) < udp.HEADER_LENGTH || udp.length(at) > left) return false;
      sum += udp.verify(at, 1, 2) ? 1 : udp.sourcePort(at) + udp.destinationPort(at);
    }
    if (tcp.check(at, left)) {
      const header = tcp.headerLength(at);
      if (header < tcp.HEADER_LENGTH || header > min(left, tcp.HEADER_MAX)) return false;
      sum += tcp.verify(at, left, 1, 2) ? 1 : tcp.sourcePort(at) + tcp.destinationPort(at);
      sum += tcp.sequence(at) + tcp.acknowledgment(at) + tcp.flags(at) + tcp.window(at) + tcp.urgentPointer(at);
      sum += options.read(at) ? 1 : options.mss + options.timestampValue + options.timestampEcho;
      if (options.sackCount > SACK_BLOCKS_MAX) return false;
      for (let i: u32 = 0; i < options.sackCount; i++) sum += options.sackLeft(i) + options.sackRight(i);
    }
    if (icmpv4.check(left)) sum += (verify(at, left) ? 1 : 0) + icmpv4.type(at) + icmpv4.code(at);
  }
  // Keeps the accessors from being optimised away.
  store<u64>(ptr, sum);
  return true;
}

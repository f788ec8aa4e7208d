/** A host on the network for tests: answers ARP and ping by itself, and echoes UDP on port 7. Shows its counters. */

import { NetworkDevice } from "fata/net/device";
import { OffloadDevice } from "fata/net/offload";
import { Stack } from "fata/net/stack";
import { UdpSocket } from "fata/net/udpsocket";
import { Fiber } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { boolArgument, stringArgument } from "fata/sys/args";
import { Ipv4Prefix, parseIpv4 } from "fata/wire/ipv4address";

let host: Stack | null = null;
let echo: UdpSocket | null = null;
let sender: UdpSocket | null = null;

class Host extends Fiber {
  run(): void {
    const prefix = Ipv4Prefix.parse(stringArgument("ipv4", "10.0.0.2/24"))!;
    const gateway = parseIpv4(stringArgument("ipv4-gateway", "0.0.0.0")) as u32;
    const stack = new Stack(
      boolArgument("offload", false) ? new OffloadDevice("service") : new NetworkDevice("service"),
      prefix,
      gateway,
    );
    const socket = new UdpSocket(stack.udp);
    const buffer = new Uint8Array(65536);
    host = stack;
    echo = socket;
    socket.bind(7);
    for (;;) {
      const length = socket.recvFrom(buffer);
      if (length < 0) break;
      socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
    }
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Host(), now, wall);
}

export { event, step };

/** Sends `length` octets, each the lowest octet of its index, from an ephemeral port. @returns what sendTo returns */
export function sendTo(address: u32, port: u32, length: i32): i32 {
  let socket = sender;
  if (!socket) {
    socket = new UdpSocket(host!.udp);
    sender = socket;
  }
  const buffer = new Uint8Array(length);
  for (let i = 0; i < length; i++) buffer[i] = i as u8;
  return socket.sendTo(buffer, length, address, port);
}

/** The port that sendTo sends from. */
export function senderPort(): u32 {
  return sender!.port;
}

/** Connects the socket that sendTo uses, which has to be there. */
export function connectSender(address: u32, port: u32, dontFragment: bool): void {
  sender!.connect(address, port);
  sender!.dontFragment = dontFragment;
}

/** What recvFrom gives on that socket: only where it need not wait. */
export function senderReceives(): i32 {
  return sender!.recvFrom(new Uint8Array(16));
}

export function addAddress(address: u32, length: i32): void {
  host!.ipv4.addAddress(new Ipv4Prefix(address, length));
}

export function removeAddress(address: u32): void {
  host!.ipv4.removeAddress(address);
}

export function addRoute(network: u32, length: i32, gateway: u32): void {
  host!.ipv4.routes.add(new Ipv4Prefix(network, length), gateway);
}

export function removeRoute(network: u32, length: i32): bool {
  return host!.ipv4.routes.remove(new Ipv4Prefix(network, length));
}

export function setGateway(gateway: u32): void {
  if (gateway) host!.ipv4.setGateway(gateway);
  else host!.ipv4.removeGateway();
}

export function pathMtu(destination: u32): u32 {
  return host!.ipv4.pathMtu(destination);
}

export function probe(address: u32): void {
  host!.arp.probe(address);
}

export function claimant(): u64 {
  return host!.arp.claimant;
}

/** Closes the echo socket. */
export function closeEcho(): void {
  echo!.close();
}

/** Sets how long ARP entries hold. */
export function setArpLifetime(ns: u64): void {
  host!.arp.lifetime = ns;
}

export function echoDropped(): u64 {
  return echo!.dropped;
}

export function link(): bool {
  return host!.device.link;
}

/** Bytes of all managed objects, garbage included. */
export function heapUsed(): usize {
  return __heap_used();
}

// ---- Counters ------------------------------------------------------------------------------------------------------

export function deviceInErrors(): u64 {
  return host!.device.ifInErrors;
}
export function ifInOctets(): u64 {
  return host!.device.ifInOctets;
}
export function ifOutOctets(): u64 {
  return host!.device.ifOutOctets;
}
export function ifOutDiscards(): u64 {
  return host!.device.ifOutDiscards;
}
export function ifInErrors(): u64 {
  return host!.ethernet.ifInErrors;
}
export function ifInDiscards(): u64 {
  return host!.ethernet.ifInDiscards;
}
export function ifInUnknownProtos(): u64 {
  return host!.ethernet.ifInUnknownProtos;
}
export function arpInRequests(): u64 {
  return host!.arp.arpInRequests;
}
export function arpInReplies(): u64 {
  return host!.arp.arpInReplies;
}
export function arpInErrors(): u64 {
  return host!.arp.arpInErrors;
}
export function arpInConflicts(): u64 {
  return host!.arp.arpInConflicts;
}
export function arpOutRequests(): u64 {
  return host!.arp.arpOutRequests;
}
export function arpOutReplies(): u64 {
  return host!.arp.arpOutReplies;
}
export function arpOutDiscards(): u64 {
  return host!.arp.arpOutDiscards;
}
export function ipInReceives(): u64 {
  return host!.ipv4.ipInReceives;
}
export function ipInHdrErrors(): u64 {
  return host!.ipv4.ipInHdrErrors;
}
export function ipInAddrErrors(): u64 {
  return host!.ipv4.ipInAddrErrors;
}
export function ipInUnknownProtos(): u64 {
  return host!.ipv4.ipInUnknownProtos;
}
export function ipInTruncatedPkts(): u64 {
  return host!.ipv4.ipInTruncatedPkts;
}
export function ipInDelivers(): u64 {
  return host!.ipv4.ipInDelivers;
}
export function ipReasmReqds(): u64 {
  return host!.ipv4.reassembly.ipReasmReqds;
}
export function ipReasmFails(): u64 {
  return host!.ipv4.reassembly.ipReasmFails;
}
export function ipReasmOKs(): u64 {
  return host!.ipv4.reassembly.ipReasmOKs;
}
export function ipOutFragReqds(): u64 {
  return host!.ipv4.ipOutFragReqds;
}
export function ipOutFragOKs(): u64 {
  return host!.ipv4.ipOutFragOKs;
}
export function ipOutFragFails(): u64 {
  return host!.ipv4.ipOutFragFails;
}
export function ipOutFragCreates(): u64 {
  return host!.ipv4.ipOutFragCreates;
}
export function ipOutRequests(): u64 {
  return host!.ipv4.ipOutRequests;
}
export function ipOutNoRoutes(): u64 {
  return host!.ipv4.ipOutNoRoutes;
}
export function ipOutDiscards(): u64 {
  return host!.ipv4.ipOutDiscards;
}
export function icmpInMsgs(): u64 {
  return host!.icmp.icmpInMsgs;
}
export function icmpInErrors(): u64 {
  return host!.icmp.icmpInErrors;
}
export function icmpInEchos(): u64 {
  return host!.icmp.icmpInEchos;
}
export function icmpInDestUnreachs(): u64 {
  return host!.icmp.icmpInDestUnreachs;
}
export function icmpInTimeExcds(): u64 {
  return host!.icmp.icmpInTimeExcds;
}
export function icmpInParmProbs(): u64 {
  return host!.icmp.icmpInParmProbs;
}
export function icmpOutErrors(): u64 {
  return host!.icmp.icmpOutErrors;
}
export function icmpOutEchoReps(): u64 {
  return host!.icmp.icmpOutEchoReps;
}
export function icmpOutDestUnreachs(): u64 {
  return host!.icmpErrors.icmpOutDestUnreachs;
}
export function icmpOutRateLimited(): u64 {
  return host!.icmpErrors.icmpOutRateLimited;
}
export function udpInDatagrams(): u64 {
  return host!.udp.udpInDatagrams;
}
export function udpNoPorts(): u64 {
  return host!.udp.udpNoPorts;
}
export function udpInErrors(): u64 {
  return host!.udp.udpInErrors;
}
export function udpOutDatagrams(): u64 {
  return host!.udp.udpOutDatagrams;
}

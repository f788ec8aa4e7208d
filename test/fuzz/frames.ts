/**
 * Whole frames, fed to a host with an echo server through its receive ring. It must not trap, whatever it sends must be
 * sound (the oracle takes it apart), and it must go on to answer. As "offload", each with a virtio_net_hdr before it, to a
 * host that has agreed on all offloads.
 */
import { NET_F_ALL, VNET_HDR_SIZE } from "../../runtime/abi/tender.ts";
import { Peer } from "../runtime/net/peer.ts";
import { BROADCAST, decodeArp, decodeIcmp, decodeIpv4, decodeUdp, ETHERTYPE, PROTOCOL } from "../support/packets.ts";
import { repair } from "./repair.ts";
import type { Target } from "./target.ts";

/** Inputs after which the host is asked whether it is still there. */
const CHECK_EVERY = 256;

export function framesTarget(): Target {
  const peer = Peer.acquainted();
  return target("frames", peer, (input, change) => peer.cable.send(change(input)));
}

export function offloadTarget(): Target {
  const peer = Peer.acquainted({ arguments: ["--offload=true"], network: { features: NET_F_ALL } });
  return target("offload", peer, (input, change) => {
    const frame = change(input.subarray(VNET_HDR_SIZE));
    peer.cable.send(
      frame,
      Uint8Array.from({ length: VNET_HDR_SIZE }, (_, i) => input[i] ?? 0),
    );
  });
}

function target(
  name: string,
  peer: Peer,
  send: (input: Uint8Array, change: (frame: Uint8Array) => Uint8Array) => void,
): Target {
  let fed = 0;
  return {
    name,
    feed(input) {
      // Half of the inputs get right checksums, else few would come past them.
      send(input, fed++ % 2 ? repair : (frame) => frame);
      peer.frames().forEach(checkAnswer);
      if (fed % CHECK_EVERY === 0) checkAlive(peer);
      // Time passes, so that entries expire and limits are refilled.
      peer.host.now += 5_000_000n;
    },
  };
}

function checkAnswer(frame: { type: number; source: string; payload: Uint8Array }): void {
  if (frame.source === BROADCAST) throw new Error("sent from the broadcast address");
  if (frame.type === ETHERTYPE.arp) {
    decodeArp(frame.payload);
    return;
  }
  if (frame.type !== ETHERTYPE.ipv4) throw new Error(`sent a frame of type ${frame.type}`);
  const packet = decodeIpv4(frame.payload);
  if (packet.totalLength !== frame.payload.length) throw new Error("sent octets behind a datagram");
  if (packet.protocol === PROTOCOL.icmp) decodeIcmp(packet.payload);
  else if (packet.protocol === PROTOCOL.udp) decodeUdp(packet.payload, packet.source, packet.destination);
  else throw new Error(`sent protocol ${packet.protocol}`);
}

function checkAlive(peer: Peer): void {
  peer.host.advance(5_000);
  peer.cable.take();
  const zero = "00:00:00:00:00:00";
  peer.arp({ operation: 1, sha: "02:00:00:00:00:01", spa: "10.0.0.1", tha: zero, tpa: "10.0.0.2" });
  peer.ping();
  if (peer.icmps().length !== 1) throw new Error("the host does not answer any more");
}

/**
 * Fragments of sound echo requests, and ICMP errors, as an input says: in any order, cut anywhere, now and then with an
 * octet changed. What the host answers must be what was asked, octet by octet.
 *
 * Six octets of an input are one packet: which request and what kind, offset (2), length (2), octet to change.
 */

import { octets } from "../runtime/net/octets.ts";
import { Peer } from "../runtime/net/peer.ts";
import { decodeIcmp, decodeIpv4, ETHERTYPE, encodeIcmp, encodeIpv4, PROTOCOL } from "../support/packets.ts";
import type { Target } from "./target.ts";

const ITEM = 6;
/** Octets of data of each request. */
const LENGTHS = [16, 1000, 4088, 4096, 9000, 20_000, 65_000, 65_507];
const REQUESTS = LENGTHS.map((length) => encodeIcmp({ type: 8, code: 0, word: length, data: octets(length) }));
const MORE = 0x2000;

export function fragmentsTarget(): Target {
  const peer = Peer.acquainted();
  let fed = 0;
  return {
    name: "fragments",
    feed(input) {
      for (let at = 0; at + ITEM <= input.length; at += ITEM) send(peer, input.subarray(at, at + ITEM));
      checkAnswers(peer);
      // Whatever was left of earlier requests: a whole one comes through.
      if (++fed % 64 === 0) {
        peer.host.advance(120_000);
        peer.arp({
          operation: 1,
          sha: "02:00:00:00:00:01",
          spa: "10.0.0.1",
          tha: "00:00:00:00:00:00",
          tpa: "10.0.0.2",
        });
        peer.frames();
        const request = REQUESTS[4] as Uint8Array;
        for (let offset = 0; offset < request.length; offset += 1480) fragment(peer, 4, offset, 1480);
        if (checkAnswers(peer) !== 1) throw new Error("a whole request is not answered any more");
      }
      peer.host.now += 200_000_000n;
    },
  };
}

function send(peer: Peer, item: Uint8Array): void {
  const [which = 0, high = 0, low = 0, long = 0, short = 0, change = 0] = item;
  const offset = ((high << 8) | low) & ~7;
  const length = ((long << 8) | short) % 1481;
  if (which & 0x80) {
    // An error about a datagram of ours, cut anywhere.
    const data = encodeIpv4({ source: "10.0.0.2", destination: "10.0.0.1", protocol: change, payload: octets(40) });
    const word = offset * 65536 + length;
    peer.icmp({ type: [3, 11, 12, 5][which & 3] ?? 3, code: low & 15, word, data: data.subarray(0, length) });
  } else fragment(peer, which & 7, offset, length, which & 0x40 ? change : undefined, which & 0x20);
}

function fragment(peer: Peer, which: number, offset: number, length: number, change?: number, wild = 0): void {
  const request = REQUESTS[which] as Uint8Array;
  const payload = request.slice(offset, offset + length);
  if (change !== undefined && payload.length) payload[change % payload.length] = change;
  const last = offset + payload.length >= request.length;
  // Wild ones claim that more follows, or nothing, whether or not.
  const more = wild ? (length & 1) === 0 : !last;
  peer.ipv4({ protocol: PROTOCOL.icmp, payload, identification: which, fragment: (more ? MORE : 0) | (offset >> 3) });
}

/** @returns how many requests were answered */
function checkAnswers(peer: Peer): number {
  const pieces = new Map<number, Uint8Array[]>();
  let answers = 0;
  for (const frame of peer.frames()) {
    if (frame.type !== ETHERTYPE.ipv4) continue;
    const packet = decodeIpv4(frame.payload);
    const list = pieces.get(packet.identification) ?? [];
    pieces.set(packet.identification, list);
    list.push(packet.payload);
    if (packet.fragment & MORE) continue;
    const message = decodeIcmp(Buffer.concat(list));
    pieces.delete(packet.identification);
    if (message.type !== 0) throw new Error(`sent ICMP ${message.type}/${message.code} about ICMP`);
    if (!LENGTHS.includes(message.word) || !Buffer.from(octets(message.word)).equals(message.data))
      throw new Error(`answered what nobody has asked: ${message.data.length} octets`);
    answers++;
  }
  if (pieces.size) throw new Error("sent fragments without the last one");
  return answers;
}

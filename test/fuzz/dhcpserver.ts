/**
 * The DHCP server. An input is what a client or a relay sends, a whole message. The server must not trap, its memory must stay
 * within bounds, what it answers must be sound, and who has a lease must keep it.
 */
import { Link, station, wants } from "../runtime/dhcp/link.ts";
import { DHCP } from "../support/dhcp.ts";
import type { Target } from "./target.ts";

/** Inputs after which the client that has a lease asks for it, and five minutes pass. */
const CHECK_EVERY = 128;
const OURS = { mac: station(0xfff0), ip: "192.168.1.70" } as const;
/** Bytes of memory that the image may have grown to. */
const MEMORY_MAX = 4 << 20;

export function dhcpServerTarget(): Target {
  const link = new Link({ arguments: ["--addresses=8", `--hosts=${station(1)}=192.168.1.10`] }, new Uint8Array(65536));
  link.lease(OURS.mac);
  let fed = 0;
  return {
    name: "dhcpServer",
    cost: 2,
    feed(input) {
      const message = input.slice(0, 1472);
      // Half of the inputs are of DHCP's form in their first octets, else few would come past that; none passes for ours.
      if (fed++ % 2 && message.length >= 240) {
        message.set([1, 1, 6], 0);
        message.set([99, 130, 83, 99], 236);
      }
      if (message[32] === 0xff) message[32] = 0;
      const relayed = fed % 3 === 0;
      link.datagram(message, relayed ? "10.9.0.1" : "0.0.0.0", relayed ? "192.168.1.5" : "255.255.255.255", station(2));
      link.advance(20);
      // The link checks each answer's form.
      for (const answer of link.take())
        if (![DHCP.offer, DHCP.ack, DHCP.nak].some((type) => type === answer.type)) throw new Error("an odd answer");
      if (fed % CHECK_EVERY !== 0) return;
      link.advance(1000);
      link.take();
      const again = link.say("request", { chaddr: OURS.mac, options: wants(OURS.ip) }, 0);
      if (again?.type !== DHCP.ack || again.yiaddr !== OURS.ip) throw new Error("the lease is lost");
      if (link.host.memory.bytes(0, 0).buffer.byteLength > MEMORY_MAX) throw new Error("too much memory");
      link.advance(300_000);
    },
  };
}

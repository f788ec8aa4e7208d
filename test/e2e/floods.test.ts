/** Floods on a real tap: the guest has little memory, and goes on to serve. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BROADCAST,
  decodeIcmp,
  decodeIpv4,
  ETHERTYPE,
  type EthernetFrame,
  encodeArp,
  encodeEthernet,
  encodeIcmp,
  encodeIpv4,
  encodeUdp,
  PROTOCOL,
} from "../support/packets.ts";
import { Random } from "../support/random.ts";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import { ECHO_REPLY, Station } from "./support/station.ts";
import { udp } from "./support/udp.ts";

const GUEST = "10.0.0.2";
/** A station that the flood does not speak for. */
const WITNESS = "10.0.0.253";
const ROUNDS = 150;
const FRAMES = 100;

/** One of what floods are made of, from an invented neighbour. */
function forged(random: Random): Uint8Array {
  const source = `10.0.0.${3 + random.below(250)}`;
  const mac = `02:99:00:00:00:${random.below(256).toString(16).padStart(2, "0")}`;
  const to = { destination: GUEST_MAC, source: mac, type: ETHERTYPE.ipv4 };
  const packet = (protocol: number, payload: Uint8Array, fragment = 0) =>
    encodeEthernet({
      ...to,
      payload: encodeIpv4({
        source,
        destination: GUEST,
        protocol,
        payload,
        fragment,
        identification: random.below(65536),
      }),
    });
  const data = new Uint8Array(8 * random.below(180) + 8);
  switch (random.below(5)) {
    case 0:
      return encodeEthernet({
        ...{ destination: BROADCAST, source: mac, type: ETHERTYPE.arp },
        payload: encodeArp({ operation: 1, sha: mac, spa: source, tha: "00:00:00:00:00:00", tpa: GUEST }),
      });
    case 1:
      return packet(17, encodeUdp({ sourcePort: 1, destinationPort: 9, data }, source, GUEST));
    case 2:
      return packet(1, encodeIcmp({ type: 3, code: random.below(16), word: random.below(1500), data }));
    default:
      return packet(17, data, 0x2000 | random.below(0x1fff));
  }
}

/** Whether a frame is the guest's answer to a ping of the witness. */
const isAnswer = ({ type, payload }: EthernetFrame): true | undefined => {
  if (type !== ETHERTYPE.ipv4) return undefined;
  const { destination, protocol, payload: message } = decodeIpv4(payload);
  return (
    (destination === WITNESS && protocol === PROTOCOL.icmp && decodeIcmp(message).type === ECHO_REPLY) || undefined
  );
};

test("fragments, UDP, ARP and ICMP errors by the thousand", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const words = ["--net=tap0", `--net-mac=${GUEST_MAC}`, "--mem=4", await image("examples/network-udp")];
  const tender = await host.serving("Echoing UDP on port 7", ...words);
  const station = await Station.open(host, "tap0");
  station.neighbours.set(WITNESS, "02:00:00:00:00:fd");
  const random = new Random(1);
  const service = { address: GUEST, port: 7, patience: 2000 };
  const exchange = udp(host, { ...service, sizes: Array.from({ length: 60 }, () => 6000), window: 1 });
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < FRAMES; i++) station.send(forged(random));
    // Not more than the tap's queue holds: what is dropped there floods nobody. The guest may have no room for an answer.
    station.request(WITNESS, GUEST);
    const again = setInterval(() => station.request(WITNESS, GUEST), 100);
    await station.next("an answer during the flood", isAnswer).finally(() => clearInterval(again));
  }
  const during = await exchange;
  // Fragments displace each other.
  assert(during.answered > 0);
  assert.equal(during.strange, 0);
  const after = await udp(host, { ...service, sizes: [100, 6000, 65_507] });
  assert.deepEqual(after, { answered: 3, strange: 0 });
  assert(tender.running);
});

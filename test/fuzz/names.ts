/**
 * DHCP and DNS: the parsers, against oracles where there are, and then a client that is fed the inputs as answers. It must
 * neither trap nor stop asking.
 */

import { Play } from "../runtime/dns/play.ts";
import { Link } from "../runtime/net/dhcp/link.ts";
import { a } from "../support/dns.ts";
import { compileGuest } from "../support/guest.ts";
import type { Target } from "./target.ts";

const guest = await compileGuest(import.meta.url, "names.as.ts");
/** Inputs after which the client is asked whether it is still there. */
const CHECK_EVERY = 256;
const SERVER = { mac: "02:00:00:00:00:01", ip: "10.0.0.1" };

export function dhcpTarget(): Target {
  const parser = parserGuest();
  const link = new Link();
  let fed = 0;
  let xid = 0;
  return {
    name: "dhcp",
    feed(input) {
      parser.put(input);
      const options = oracleOptions(input);
      if ((parser.call("acceptsDhcp", input.length) !== 0) !== (options !== undefined))
        throw new Error("check is wrong");
      for (const code of options ? [1, 3, 6, 43, 51, 53, 54, 121, 254] : []) {
        const expected = options?.get(code);
        const length = parser.call("dhcpOption", input.length, code);
        if (length !== (expected?.length ?? -1)) throw new Error(`option ${code} has ${length} octets`);
        if (expected && !Buffer.from(expected).equals(parser.value(length))) throw new Error(`option ${code} is wrong`);
      }
      const message = input.slice();
      for (const sent of link.take()) xid = sent.xid;
      // Half of the inputs are answers to what was asked, else few would come past that.
      if (fed++ % 2 && message.length >= 34) {
        new DataView(message.buffer).setUint32(4, xid);
        message.set([2, 0, 0, 0, 0, 2], 28);
      }
      link.udp(SERVER, "255.255.255.255", { sourcePort: 67, destinationPort: 68, data: message });
      link.advance(50);
      if (fed % CHECK_EVERY === 0) checkAsking(link);
    },
  };
}

/** A client that has an address for at most a day, or none, sends something within a day. */
function checkAsking(link: Link): void {
  link.take();
  for (let hours = 0; hours < 24; hours++) {
    link.advance(3_600_000);
    if (link.take().length > 0) return;
  }
  if (!link.log.some((line) => / for (ever|\d{5,} s)$/.test(line))) throw new Error("the client asks no more");
}

/** The options of a message that is to be accepted, read in the plainest way; undefined when it is to be refused. */
function oracleOptions(bytes: Uint8Array): Map<number, number[]> | undefined {
  const [op = 0, type, length] = bytes;
  const cookie = Buffer.from(bytes.subarray(236, 240)).toString("hex");
  if ((op !== 1 && op !== 2) || type !== 1 || length !== 6 || cookie !== "63825363") return undefined;
  const options = new Map<number, number[]>();
  const read = (field: Uint8Array): boolean => {
    for (let at = 0; at < field.length; ) {
      const code = field[at++] as number;
      if (code === 255) return true;
      if (code === 0) continue;
      const size = field[at++];
      if (size === undefined || at + size > field.length) return false;
      options.set(code, [...(options.get(code) ?? []), ...field.subarray(at, at + size)]);
      at += size;
    }
    return true;
  };
  if (!read(bytes.subarray(240))) return undefined;
  const overload = options.get(52);
  const which = overload?.length === 1 ? (overload[0] as number) : 0;
  if (which & 1 && !read(bytes.subarray(108, 236))) return undefined;
  return which & 2 && !read(bytes.subarray(44, 108)) ? undefined : options;
}

export function dnsTarget(): Target {
  const parser = parserGuest();
  let play = new Play();
  let fed = 0;
  return {
    name: "dns",
    feed(input) {
      parser.put(input);
      if (parser.call("walkDns", input.length) === 0) throw new Error("a name or record reaches too far");
      // The memory of a resolver is bounded, that of its player is not.
      if (fed++ % CHECK_EVERY === 0) play = new Play();
      const name = `n${fed % 7}.org`;
      const look = play.look(name);
      const [question] = play.take();
      if (question) {
        const raw = input.slice();
        if (raw.length >= 12) {
          new DataView(raw.buffer).setUint16(0, question.id);
          raw[2] = (raw[2] as number) | 0x80;
        }
        play.answer(question, { raw });
      }
      for (let tries = 0; play.outcome(look) === undefined; tries++) {
        if (tries > 40) throw new Error("a look-up does not come to an end");
        for (const more of play.take()) play.answer(more, { answers: [a(more.name, "192.0.2.1")] });
        if (question && tries === 0) play.answer(question, { answers: [a(name, "192.0.2.1")] });
        play.advance(500);
      }
      play.advance(2000);
      if (play.call("openSockets") !== 0) throw new Error("a socket is left");
    },
  };
}

function parserGuest() {
  const { exports, memory } = guest.instantiate();
  const call = (name: string, ...values: number[]): number => Number(exports[name]?.(...values));
  const at = call("scratch");
  return {
    put: (octets: Uint8Array): void => memory.bytes(at, octets.length).set(octets),
    call: (name: string, ...values: number[]): number => call(name, at, ...values),
    value: (length: number): Uint8Array => memory.bytes(call("valueOctets"), length),
  };
}

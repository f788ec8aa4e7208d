import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeMessage, FLAG } from "../../../support/dnsmessage.ts";
import { opt, option, query, Served } from "./served.ts";

const BIG = Array.from({ length: 400 }, (_, i) => `big TXT "${"x".repeat(100)}${i}"`).join("\n");
const ZONE = `
$ORIGIN example.org.
$TTL 300
@ SOA ns admin 1 2 3 4 60
@ NS ns
ns A 192.0.2.1
${BIG}
`;
const NAME = "ns.example.org";
const [E_CANCELLED, E_IN_USE] = [-64, -70];

/** Begins to serve. @returns 1, or what serve says at once */
function serveOn(served: Served, listening: boolean, result: number): number {
  served.call("serve", listening ? 1 : 0, result);
  served.tender.step().settle();
  return served.call("outcome");
}

function serve(): Served {
  const served = new Served(ZONE);
  assert.equal(serveOn(served, true, 0), 1);
  return served;
}

/** A message behind its length. */
const framed = (message: Uint8Array): Uint8Array =>
  Uint8Array.from([message.length >> 8, message.length & 255, ...message]);
const numbered = (id: number, type = 1, name = NAME): Uint8Array => framed(query(name, type, { id }));
const ids = (messages: readonly Buffer[]): number[] => messages.map((message) => decodeMessage(message).id);

describe("TCP", () => {
  test("a query, and another one on the same connection", () => {
    const served = serve();
    const stream = served.connect();
    for (const id of [1, 2]) {
      served.feed(stream, numbered(id));
      const [message] = served.taken(stream);
      assert(message);
      assert.deepEqual([decodeMessage(message).id, decodeMessage(message).answers[0]?.data], [id, "192.0.2.1"]);
    }
    assert.equal(served.state(stream), "open");
    served.call("finish", stream);
    served.tender.step().settle();
    assert.equal(served.state(stream), "closed");
    assert.deepEqual([served.counter("tcpQueries"), served.counter("connections")], [2, 1]);
  });

  test("RFC 7766, 8: split anywhere, octet by octet too", () => {
    const both = Buffer.concat([numbered(1), numbered(2, 16, "big.example.org")]);
    for (let at = 1; at < both.length; at++) {
      const served = serve();
      const stream = served.connect();
      served.feed(stream, both.subarray(0, at));
      served.feed(stream, both.subarray(at));
      assert.deepEqual(ids(served.taken(stream)), [1, 2]);
    }
    const served = serve();
    const stream = served.connect();
    for (const octet of both) served.feed(stream, Uint8Array.of(octet));
    assert.deepEqual(ids(served.taken(stream)), [1, 2]);
  });

  test("RFC 7766, 6.2.1.1: many at once, in their order", () => {
    const served = serve();
    const stream = served.connect();
    const many = Array.from({ length: 1000 }, (_, i) => i);
    served.feed(
      stream,
      Buffer.concat(many.map((id) => numbered(id, id % 100 ? 1 : 16, id % 100 ? NAME : "big.example.org"))),
    );
    assert.deepEqual(ids(served.taken(stream)), many);
  });

  test("an answer of 45 kB comes whole by TCP, and truncated by UDP", () => {
    const served = serve();
    const stream = served.connect();
    served.feed(stream, numbered(1, 16, "big.example.org"));
    const [message] = served.taken(stream);
    assert(message && message.length > 45_000);
    const whole = decodeMessage(message);
    assert.deepEqual([whole.answers.length, whole.flags & FLAG.tc], [400, 0]);
    const cut = served.ask(query("big.example.org", 16, { additionals: [opt(65535)] }));
    assert.deepEqual([cut.answers.length, cut.flags & FLAG.tc, cut.code], [0, FLAG.tc, 0]);
    assert.equal(served.counter("truncated"), 1);
  });

  test("the queries' last octets may come with the end of their direction", () => {
    const served = serve();
    const stream = served.connect();
    served.call("finish", stream);
    served.feed(stream, numbered(3));
    assert.deepEqual(ids(served.taken(stream)), [3]);
    assert.equal(served.state(stream), "closed");
  });

  test("RFC 7828: how long a connection is kept is told to who asks", () => {
    const served = serve();
    served.call("setStreams", 12_300, 10, 10);
    const message = query(NAME, 1, { additionals: [opt(1232, 0, option(11))] });
    const { edns } = decodeMessage(served.octetsByStream(message) ?? Buffer.alloc(0));
    assert.deepEqual(
      edns?.options.map(({ code, data }) => [code, ...data]),
      [[11, 0, 123]],
    );
    assert.deepEqual(served.ask(message).edns?.options, []);
  });

  test("a connection that is idle, or has but a part of a query, ends after its time", () => {
    const served = serve();
    const [idle, slow, busy] = [served.connect(), served.connect(), served.connect()];
    const octets = numbered(1);
    for (let i = 0; i < 9; i++) {
      served.feed(slow, octets.subarray(i, i + 1));
      served.feed(busy, octets);
      served.advance(1200);
    }
    assert.deepEqual(
      [idle, slow, busy].map((stream) => served.state(stream)),
      ["closed", "closed", "open"],
    );
    served.advance(10_100);
    assert.equal(served.state(busy), "closed");
  });

  test("who does not take its answers is broken off, and does not stop others", () => {
    const served = serve();
    const [stuck, other] = [served.connect(), served.connect()];
    served.call("setWindow", stuck, 1000);
    served.feed(stuck, Buffer.concat([numbered(1, 16, "big.example.org"), numbered(2)]));
    served.feed(other, numbered(3, 16, "big.example.org"));
    assert.deepEqual(ids(served.taken(other)), [3]);
    served.call("setWindow", stuck, 30_000);
    served.feed(other, numbered(4));
    // What was still to be sent is what it was, whatever was answered meanwhile.
    served.call("setWindow", stuck, 100_000);
    served.tender.step().settle();
    assert.deepEqual(ids(served.taken(stuck)), [1, 2]);
    served.call("setWindow", stuck, 0);
    served.feed(stuck, numbered(5));
    served.advance(10_100);
    assert.equal(served.state(stuck), "aborted");
  });

  test("lengths that no query has, and what deserves no response, end the connection", () => {
    for (const octets of [
      Uint8Array.of(0, 0),
      framed(new Uint8Array(11)),
      Uint8Array.of(0x10, 1, 0),
      Uint8Array.of(0xff, 0xff, 0),
      framed(new Uint8Array(12).fill(0xff)),
    ]) {
      const served = serve();
      const stream = served.connect();
      served.feed(stream, octets);
      assert.equal(served.state(stream), "aborted");
    }
    const served = serve();
    const stream = served.connect();
    const longest = framed(query(NAME, 1, { additionals: [opt(1232, 0, option(12, new Uint8Array(4096 - 47)))] }));
    assert.equal(longest.length, 2 + 4096);
    served.feed(stream, longest);
    assert.equal(served.taken(stream).length, 1);
  });

  test("of too many connections those of the same client go first, the one idle longest", () => {
    const served = serve();
    served.call("setStreams", 10_000, 5, 3);
    const open: number[] = [];
    const connect = (from: string): void => {
      served.advance(10);
      open.push(served.connect(from));
    };
    for (const from of ["192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.2"]) connect(from);
    // The second is the client's first; it becomes its latest.
    served.feed(1, numbered(1));
    connect("192.0.2.2");
    const states = (): string => open.map((stream) => served.state(stream)[0]).join("");
    assert.equal(states(), "ooaoo");
    connect("192.0.2.3");
    assert.equal(states(), "ooaooo");
    connect("192.0.2.4");
    assert.equal(states(), "aoaoooo");
    assert.equal(served.counter("connectionsEvicted"), 2);
    for (const stream of [1, 3, 4, 5, 6]) served.feed(stream, numbered(9));
    assert.deepEqual(
      [1, 3, 4, 5, 6].map((stream) => ids(served.taken(stream)).at(-1)),
      [9, 9, 9, 9, 9],
    );
  });

  test("a port that is taken is told of, and the other one given back", () => {
    const taken = new Served(ZONE);
    assert.equal(serveOn(taken, false, 0), E_IN_USE);
    assert.equal(serveOn(taken, true, E_IN_USE), E_IN_USE);
    assert.equal(taken.call("isListening"), 0);
  });

  test("its counters are told once with those of the layers, on however many ports it serves", () => {
    const served = serve();
    served.octets(query("ns.example.org"));
    served.octets(query("gone.example.org"));
    served.octets(query("example.com"));
    serveOn(served, true, 0);
    const length = served.call("report");
    const text = Buffer.from(served.tender.memory.bytes(served.call("scratch"), length)).toString();
    const told = new Map(text.split("\n").map((line) => line.split(" ") as [string, string]));
    assert.equal(text.split("\n")[0], "dns");
    const names = ["dnsUdpQueries", "dnsTcpQueries", "dnsNoError", "dnsNxDomain", "dnsRefused", "dnsBadVers"];
    assert.deepEqual(
      names.map((name) => told.get(name)),
      ["3", "0", "1", "1", "1", "0"],
    );
  });

  test("it serves until its fiber is cancelled", () => {
    const served = serve();
    const open = (): number[] => ["isListening", "isResponding"].map((name) => served.call(name));
    assert.deepEqual(open(), [1, 1]);
    served.call("cancel");
    served.tender.step().settle();
    assert.equal(served.call("outcome"), E_CANCELLED);
    assert.deepEqual(open(), [0, 0]);
  });
});

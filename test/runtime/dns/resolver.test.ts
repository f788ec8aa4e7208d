import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { E_INVALID, E_NOT_FOUND } from "../../../runtime/abi/tender.ts";
import { a, cname, nameOctets, ns, pointer, RCODE, soa, TYPE } from "../../support/dns.ts";
import { Play, type Response } from "./play.ts";

const E_CANCELLED = -64;
const E_TIMEOUT = -65;
const E_UNREACHABLE = -69;
const E_REFUSED = -71;
const NAME = "www.example.org";
const OK = { answers: [a(NAME, "192.0.2.1"), a(NAME, "192.0.2.2")] };

describe("a look-up", () => {
  test("asks the server once, with EDNS and recursion desired; the addresses come in their order, and are kept", () => {
    const play = new Play();
    const look = play.look("WWW.Example.org.");
    assert.equal(play.outcome(look), undefined);
    const question = play.asked(NAME);
    assert.deepEqual([question.by, question.edns], ["udp", 1232]);
    play.answer(question, OK);
    assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
    assert.deepEqual(play.known(NAME), ["192.0.2.1", "192.0.2.2"]);
    assert.equal(play.call("openSockets"), 0);
    play.advance(299_900);
    assert.deepEqual(play.known("www.EXAMPLE.org"), ["192.0.2.1", "192.0.2.2"]);
    play.advance(200);
    play.look(NAME);
    play.asked(NAME);
  });

  test("an address stands for itself; what is no name is told", () => {
    const play = new Play();
    assert.deepEqual(play.known("192.0.2.7"), ["192.0.2.7"]);
    const long = "a".repeat(63);
    const longest = `${long}.${long}.${long}.${"a".repeat(61)}`;
    for (const name of ["", ".", "..", "a..b", ".a", "a b", "a/b", "ä.org", `${long}a.org`, `${longest}a`, "a\0b"])
      assert.equal(play.known(name), E_INVALID, JSON.stringify(name));
    for (const name of [longest, "_srv.a-1.b", "1.2.3", "256.1.1.1"]) {
      play.look(name);
      play.asked(name);
    }
  });

  test("number and socket are new for each question", () => {
    const play = new Play();
    const ids = new Set<number>();
    for (let i = 0; i < 16; i++) {
      play.look(`n${i}.org`);
      ids.add(play.asked(`n${i}.org`).id);
    }
    assert.ok(ids.size > 14);
    assert.equal(play.call("openSockets"), 16);
  });

  test("who looks up what is being looked up waits for the same answer", () => {
    const play = new Play();
    const looks = [play.look(NAME), play.look("www.example.ORG"), play.look(NAME, 100n)];
    const question = play.asked(NAME);
    play.advance(200);
    assert.deepEqual(
      looks.map((look) => play.outcome(look)),
      [undefined, undefined, E_TIMEOUT],
    );
    // Also without being kept.
    play.answer(question, { answers: [a(NAME, "192.0.2.1", 0)] });
    assert.deepEqual(
      looks.map((look) => play.outcome(look)),
      [["192.0.2.1"], ["192.0.2.1"], E_TIMEOUT],
    );
    play.look(NAME);
    play.asked(NAME);
  });

  test("at most sixteen questions are under way; more wait", () => {
    const play = new Play();
    const looks = Array.from({ length: 20 }, (_, i) => play.look(`n${i}.org`, i === 19 ? 10n : undefined));
    const questions = play.take();
    assert.deepEqual(
      questions.map((question) => question.name),
      looks.slice(0, 16).map((_, i) => `n${i}.org`),
    );
    play.advance(50);
    assert.equal(play.outcome(looks[19] as number), E_TIMEOUT);
    for (const question of questions) play.answer(question, { answers: [a(question.name, "192.0.2.9")] });
    const rest = play.take();
    assert.deepEqual(rest.map((question) => question.name).sort(), ["n16.org", "n17.org", "n18.org"]);
    for (const question of rest) play.answer(question, { answers: [a(question.name, "192.0.2.9")] });
    for (const look of looks.slice(0, 19)) assert.deepEqual(play.outcome(look), ["192.0.2.9"]);
  });

  test("who is cancelled does not wait; the answer is kept for others", () => {
    const play = new Play();
    const look = play.look(NAME);
    const question = play.asked(NAME);
    play.call("cancel", look);
    play.work();
    assert.equal(play.outcome(look), E_CANCELLED);
    play.answer(question, OK);
    assert.deepEqual(play.known(NAME), ["192.0.2.1", "192.0.2.2"]);
  });

  test("at most eight addresses are kept", () => {
    const play = new Play();
    const look = play.look(NAME);
    play.answer(play.asked(NAME), { answers: Array.from({ length: 40 }, (_, i) => a(pointer(12), `192.0.2.${i}`)) });
    assert.equal((play.outcome(look) as string[]).length, 8);
  });
});

describe("only the answer to the question is taken (RFC 5452)", () => {
  const forged: Readonly<Record<string, Response>> = {
    "another number": { id: 0 },
    "another sender": { from: "10.0.0.54" },
    "another port of the sender": { port: 5353 },
    "another name": { question: "www.example.com" },
    "another type": { type: TYPE.aaaa },
    "another class": { class: 3 },
    "a question": { flags: 0x0100 },
    "another kind of query": { flags: 0x8980 },
    "no question": { counts: [0, 1, 0, 0] },
    "two questions": { counts: [2, 1, 0, 0] },
    nothing: { raw: new Uint8Array() },
    "a header alone": { raw: new Uint8Array(12) },
    noise: { raw: Uint8Array.from({ length: 600 }, (_, i) => (i * 37) & 255) },
  };
  for (const [name, response] of Object.entries(forged))
    test(name, () => {
      const play = new Play();
      const look = play.look(NAME);
      const question = play.asked(NAME);
      for (let i = 0; i < 3; i++) {
        const id = response.id === 0 ? question.id ^ 1 : question.id;
        play.answer(question, { answers: [a(NAME, "203.0.113.66")], ...response, id });
      }
      assert.equal(play.outcome(look), undefined);
      play.answer(question, OK);
      assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
    });

  test("forgeries without end do not hold up the next try", () => {
    const play = new Play();
    play.look(NAME);
    const question = play.asked(NAME);
    for (let i = 0; i < 200; i++) {
      play.answer(question, { raw: new Uint8Array(40) });
      play.advance(10);
    }
    assert.equal(play.take().length, 1);
  });

  test("the name may come back in another case", () => {
    const play = new Play();
    const look = play.look(NAME);
    play.answer(play.asked(NAME), { question: "wWw.EXAMPLE.oRg", answers: [a("WWW.example.ORG", "192.0.2.1")] });
    assert.deepEqual(play.outcome(look), ["192.0.2.1"]);
  });

  test("records of other names, types and classes, and in other sections, are not believed", () => {
    const play = new Play();
    const look = play.look(NAME);
    play.answer(play.asked(NAME), {
      answers: [
        a("example.org", "203.0.113.66"),
        a("x.www.example.org", "203.0.113.66"),
        { ...a(NAME, "203.0.113.66"), class: 3 },
        { ...a(NAME, "203.0.113.66"), type: TYPE.txt },
        { ...a(NAME, "203.0.113.66"), data: [1, 2, 3, 4, 5] },
        { ...a(NAME, "203.0.113.66"), data: [] },
        a(NAME, "192.0.2.1"),
      ],
      authorities: [a(NAME, "203.0.113.66")],
      additionals: [a(NAME, "203.0.113.66"), a("bank.example", "203.0.113.66")],
    });
    assert.deepEqual(play.outcome(look), ["192.0.2.1"]);
    play.look("bank.example");
    play.asked("bank.example");
  });
});

describe("aliases", () => {
  test("are followed within a response, in whatever order they come; the shortest time counts", () => {
    const play = new Play();
    const look = play.look(NAME);
    play.answer(play.asked(NAME), {
      answers: [a("c.example", "192.0.2.3", 500), cname("b.example", "c.example", 7), cname(NAME, "b.example", 900)],
    });
    assert.deepEqual(play.outcome(look), ["192.0.2.3"]);
    play.advance(6900);
    assert.deepEqual(play.known(NAME), ["192.0.2.3"]);
    play.advance(200);
    play.look(NAME);
    play.asked(NAME);
  });

  test("with compression, as servers send them", () => {
    const play = new Play();
    const look = play.look(NAME);
    // The question's name is at 12; the alias's target, "b" and a pointer to "example.org", at 12 + 17 + 4 + 2 + 10.
    const target = [1, 0x62, ...pointer(16)];
    play.answer(play.asked(NAME), {
      answers: [{ name: pointer(12), type: TYPE.cname, data: target }, a(pointer(45), "192.0.2.8")],
    });
    assert.deepEqual(play.outcome(look), ["192.0.2.8"]);
  });

  test("that lead out of a response are asked for", () => {
    const play = new Play();
    const look = play.look(NAME);
    play.answer(play.asked(NAME), { answers: [cname(NAME, "elsewhere.example")] });
    assert.equal(play.outcome(look), undefined);
    play.answer(play.asked("elsewhere.example"), { answers: [a("elsewhere.example", "192.0.2.4")] });
    assert.deepEqual(play.outcome(look), ["192.0.2.4"]);
    assert.deepEqual(play.known(NAME), ["192.0.2.4"]);
  });

  test("in a circle, or without end, are given up", () => {
    for (const next of [() => "www.example.org", (i: number) => `n${i}.example`]) {
      const play = new Play();
      const look = play.look(NAME);
      for (let i = 0; play.outcome(look) === undefined && i < 20; i++) {
        const [question] = play.take();
        assert(question);
        play.answer(question, { answers: [cname(question.name, next(i))] });
      }
      assert.equal(play.outcome(look), E_REFUSED);
    }
    const play = new Play();
    const look = play.look(NAME);
    play.answer(play.asked(NAME), { answers: [cname(NAME, "b.example"), cname("b.example", NAME)] });
    assert.equal(play.outcome(look), E_REFUSED);
  });

  test("whose names point in circles or out of the message, or are too long, are refused", () => {
    const far = Array.from({ length: 5 }, () => [60, ...Buffer.from("x".repeat(60))]).flat();
    for (const data of [
      pointer(60),
      pointer(62),
      pointer(0x3fff),
      [1, 0x61],
      [0x40, 1],
      [0x80],
      [192],
      [...far, 0],
      [],
    ]) {
      const play = new Play();
      const look = play.look(NAME);
      play.answer(play.asked(NAME), { answers: [{ name: NAME, type: TYPE.cname, data }] });
      assert.ok([E_REFUSED, E_NOT_FOUND].includes(play.outcome(look) as number), `${data}: ${play.outcome(look)}`);
    }
  });
});

describe("there is none (RFC 2308)", () => {
  test("the name does not exist: kept as long as its zone says", () => {
    for (const [record, seconds] of [
      [soa("example.org", 60, 3600), 60],
      [soa("example.org", 3600, 30), 30],
      [soa("org", 10_000_000, 10_000_000), 10_800],
    ] as const) {
      const play = new Play();
      const look = play.look(NAME);
      play.answer(play.asked(NAME), { flags: 0x8180 | RCODE.name, authorities: [record] });
      assert.equal(play.outcome(look), E_NOT_FOUND);
      play.advance(seconds * 1000 - 100);
      assert.equal(play.known(NAME), E_NOT_FOUND);
      play.advance(200);
      play.look(NAME);
      play.asked(NAME);
    }
  });

  test("the name exists, but not with an address; also at the end of aliases", () => {
    for (const answers of [[], [cname(NAME, "b.example.org")]]) {
      const play = new Play();
      const look = play.look(NAME);
      play.answer(play.asked(NAME), { answers, authorities: [soa("example.org")] });
      assert.equal(play.outcome(look), E_NOT_FOUND);
      assert.equal(play.known(NAME), E_NOT_FOUND);
    }
  });

  test("without its zone's word, or by that of another zone, it is not kept", () => {
    for (const authorities of [
      [],
      [soa("example.com")],
      [soa("x.www.example.org")],
      [{ ...soa("org"), data: [0, 0, 1] }],
    ]) {
      const play = new Play();
      const look = play.look(NAME);
      play.answer(play.asked(NAME), { flags: 0x8180 | RCODE.name, authorities });
      assert.equal(play.outcome(look), E_NOT_FOUND);
      play.look(NAME);
      play.asked(NAME);
    }
  });
});

describe("several servers", () => {
  const servers = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];

  test("the next one is asked after a second; the one that answers is asked first from then on", () => {
    const play = new Play(servers);
    const look = play.look(NAME);
    play.asked(NAME, "10.0.0.1");
    play.advance(999);
    play.silent();
    play.advance(2);
    play.answer(play.asked(NAME, "10.0.0.2"), OK);
    assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
    play.look("other.example");
    play.asked("other.example", "10.0.0.2");
  });

  for (const [name, flags] of [
    ["a failure", 0x8180 | RCODE.failure],
    ["a refusal", 0x8180 | RCODE.refused],
  ] as const)
    test(`${name}: the next one is asked at once; when all do so, that is the answer for five seconds`, () => {
      const play = new Play(servers);
      const look = play.look(NAME);
      for (const server of servers) play.answer(play.asked(NAME, server), { flags });
      assert.equal(play.outcome(look), E_REFUSED);
      play.advance(4900);
      assert.equal(play.known(NAME), E_REFUSED);
      play.advance(200);
      play.look(NAME);
      play.asked(NAME, "10.0.0.1");
    });

  test("a server that leads to others, as one without recursion, or that is broken, does not know", () => {
    for (const response of [
      { flags: 0x8100, authorities: [ns("org", "a.nic.example")] },
      { counts: [1, 1, 0, 0] },
      { answers: [a("example.org", "192.0.2.1")], counts: [1, 2, 0, 0] },
    ] as const) {
      const play = new Play(servers);
      const look = play.look(NAME);
      play.answer(play.asked(NAME, "10.0.0.1"), response);
      play.answer(play.asked(NAME, "10.0.0.2"), OK);
      assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
    }
  });

  test("when none answers, all are asked three times, more and more patiently", () => {
    const play = new Play(servers);
    const look = play.look(NAME);
    const asked: [number, string][] = [];
    for (let time = 0; play.outcome(look) === undefined && time < 60_000; time += 100) {
      for (const { server } of play.take()) asked.push([time, server]);
      play.advance(100);
    }
    assert.deepEqual(
      asked.map(([, server]) => server),
      [...servers, ...servers, ...servers],
    );
    assert.deepEqual(
      asked.map(([time]) => Math.round(time / 1000)),
      [0, 1, 2, 3, 5, 7, 9, 13, 17],
    );
    assert.equal(play.outcome(look), E_TIMEOUT);
    assert.equal(play.call("openSockets"), 0);
  });

  test("servers that cannot be reached are not asked again and again", () => {
    const play = new Play(servers);
    play.call("setSendResult", E_UNREACHABLE);
    const look = play.look(NAME);
    assert.equal(play.take().length, 3);
    assert.equal(play.outcome(look), E_UNREACHABLE);
  });

  test("where nobody listens the next one is asked at once", () => {
    const play = new Play(servers);
    const look = play.look(NAME);
    play.call("refuse", play.asked(NAME, "10.0.0.1").number);
    play.answer(play.asked(NAME, "10.0.0.2"), OK);
    assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
  });

  test("those that the network tells of, where none are given; none at all", () => {
    const play = new Play([]);
    const look = play.look(NAME);
    assert.equal(play.outcome(look), E_UNREACHABLE);
    assert.match(
      play.tender.lines.at(-1) ?? "",
      /\[WARNING\] \[dns\] No name server is known; give --dns-servers, or --dhcp/,
    );
    play.tell("10.0.0.7", "10.0.0.8");
    play.look("other.example");
    play.asked("other.example", "10.0.0.7");
    const given = new Play(["10.0.0.1"]);
    given.tell("10.0.0.7");
    given.look(NAME);
    given.asked(NAME, "10.0.0.1");
  });

  test("a server that does not know EDNS is asked without it", () => {
    for (const code of [RCODE.format, RCODE.notImplemented]) {
      const play = new Play();
      const look = play.look(NAME);
      play.answer(play.asked(NAME), { flags: 0x8180 | code });
      const again = play.asked(NAME);
      assert.equal(again.edns, undefined);
      play.answer(again, OK);
      assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
    }
  });
});

describe("an answer that does not fit comes by TCP (RFC 7766)", () => {
  /** A look-up whose question has gone over to TCP. */
  function truncated(servers?: string[]) {
    const play = new Play(servers);
    const look = play.look(NAME);
    const [question] = play.take();
    assert(question);
    play.answer(question, { flags: 0x8380, answers: [a(NAME, "203.0.113.66")] });
    return { play, look };
  }

  test("whole", () => {
    const { play, look } = truncated();
    const question = play.asked(NAME);
    assert.equal(question.by, "tcp");
    play.answer(question, OK);
    assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
    assert.equal(play.call("streamClosed", question.number), 1);
  });

  test("as large as can be", () => {
    const { play, look } = truncated();
    const many = Array.from({ length: 2000 }, (_, i) => a(pointer(12), `192.0.${i >> 8}.${i & 255}`));
    play.answer(play.asked(NAME), { answers: [...many, ...many] });
    assert.equal((play.outcome(look) as string[]).length, 8);
  });

  test("cut off, too short, of another question, or too late: the next server is asked", () => {
    const octets: readonly (readonly number[])[] = [
      [],
      [0],
      [0, 0],
      [0, 11, ...new Array<number>(11).fill(0)],
      [0, 40, 1, 2, 3],
      [0, 20, ...new Array<number>(20).fill(0)],
      [255, 255],
    ];
    for (const end of [true, false])
      for (const bytes of octets) {
        const { play, look } = truncated(["10.0.0.1", "10.0.0.2"]);
        play.feed(play.asked(NAME, "10.0.0.1"), Uint8Array.from(bytes), end);
        let [next] = play.take();
        if (!next) play.advance(1100);
        next ??= play.asked(NAME, "10.0.0.2");
        assert.equal(next.server, "10.0.0.2");
        play.answer(next, OK);
        assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
      }
  });

  test("a server that takes no connections", () => {
    const play = new Play(["10.0.0.1", "10.0.0.2"]);
    play.call("setConnectResult", E_REFUSED);
    const look = play.look(NAME);
    play.answer(play.asked(NAME, "10.0.0.1"), { flags: 0x8380 });
    play.answer(play.asked(NAME, "10.0.0.2"), OK);
    assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
  });
});

describe("a connection by name", () => {
  test("goes to the first address that lets us; otherwise tells why", () => {
    const play = new Play();
    const connect = play.look(NAME, 5000n, 80);
    play.answer(play.asked(NAME), OK);
    assert.deepEqual(play.outcome(connect), []);
    assert.deepEqual(play.call("streamCount"), 1);
    play.call("setConnectResult", E_REFUSED);
    const refused = play.look(NAME, 5000n, 80);
    assert.equal(play.outcome(refused), E_REFUSED);
    assert.deepEqual(play.call("streamCount"), 3);
    assert.equal(play.outcome(play.look("..", 5000n, 80)), E_INVALID);
  });
});

test("what is kept is bounded: the names that end soonest make room", () => {
  const play = new Play();
  const fill = (name: string, seconds: number) => {
    play.look(name);
    play.answer(play.asked(name), { answers: [a(name, "192.0.2.1", seconds)] });
  };
  fill("short.org", 10);
  for (let i = 0; i < 63; i++) fill(`n${i}.org`, 1000 + i);
  assert.deepEqual(play.known("short.org"), ["192.0.2.1"]);
  fill("new.org", 500);
  assert.deepEqual(play.known("n0.org"), ["192.0.2.1"]);
  play.look("short.org");
  play.asked("short.org");
});

test("nameOctets of the oracle is right", () => assert.deepEqual(nameOctets("a.bc"), [1, 97, 2, 98, 99, 0]));

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { E_INVALID } from "../../../runtime/abi/tender.ts";
import { a, nameOctets, pointer, TYPE } from "../../support/dns.ts";
import { Play, type Response } from "./play.ts";

const E_CANCELLED = -64;
const E_TIMEOUT = -65;
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

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { E_NOT_FOUND } from "../../../runtime/abi/tender.ts";
import { a, cname, pointer, RCODE, soa, TYPE } from "../../support/dns.ts";
import { Play } from "./play.ts";

const E_REFUSED = -71;
const NAME = "www.example.org";

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

  test("whose end is refused are not asked for: nothing of the name before it is left in it", () => {
    // Where the second target breaks off, the first, which is as long as can be, has an octet that is no length.
    const label = (length: number, octet = 0x78) => [length, ...new Array<number>(length).fill(octet)];
    const first = [...label(60), ...label(60), ...label(60), ...label(63, 0xff), ...label(6), 0];
    const second = [...label(60), ...label(60), ...label(60), ...label(60), ...label(61), 0];
    const play = new Play(["10.0.0.1", "10.0.0.2"]);
    const look = play.look(NAME);
    const answers = [cname(NAME, first), { ...cname(NAME, second), name: first }];
    play.answer(play.asked(NAME, "10.0.0.1"), { answers });
    play.answer(play.asked(NAME, "10.0.0.2"), { answers: [a(NAME, "192.0.2.1")] });
    assert.deepEqual(play.outcome(look), ["192.0.2.1"]);
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

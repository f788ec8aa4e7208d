import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { a, ns, pointer, RCODE } from "../../support/dns.ts";
import { Play } from "./play.ts";

const E_TIMEOUT = -65;
const E_AGAIN = -67;
const E_UNREACHABLE = -69;
const E_REFUSED = -71;
const NAME = "www.example.org";
const OK = { answers: [a(NAME, "192.0.2.1"), a(NAME, "192.0.2.2")] };

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

  test("nothing of a response that is refused is left: neither its addresses nor their times", () => {
    const play = new Play(servers);
    const look = play.look(NAME);
    const answers = [a(NAME, "203.0.113.66", 1)];
    play.answer(play.asked(NAME, "10.0.0.1"), { answers, counts: [1, 2, 0, 0] });
    play.answer(play.asked(NAME, "10.0.0.2"), OK);
    assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
    play.advance(200_000);
    assert.deepEqual(play.known(NAME), ["192.0.2.1", "192.0.2.2"]);
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

  test("a question that there is no buffer for is lost, as on its way", () => {
    const play = new Play(servers);
    play.call("setSendResult", E_AGAIN);
    const look = play.look(NAME);
    play.asked(NAME, "10.0.0.1");
    assert.equal(play.outcome(look), undefined);
    play.call("setSendResult", 0);
    play.advance(1100);
    play.answer(play.asked(NAME, "10.0.0.2"), OK);
    assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
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

describe("a response without a question (RFC 6891, 7)", () => {
  const bare = (id: number, code: number) => Uint8Array.from([id >> 8, id & 255, 0x80, code, ...new Array(8).fill(0)]);

  test("that knows no EDNS has the question asked without it", () => {
    for (const code of [RCODE.format, RCODE.notImplemented]) {
      const play = new Play();
      const look = play.look(NAME);
      const question = play.asked(NAME);
      play.answer(question, { raw: bare(question.id, code) });
      const again = play.asked(NAME);
      assert.equal(again.edns, undefined);
      play.answer(again, OK);
      assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
    }
  });

  test("counts for nothing when it says anything else, or is not for us", () => {
    const play = new Play();
    const look = play.look(NAME);
    const question = play.asked(NAME);
    for (const code of [0, RCODE.failure, RCODE.refused]) play.answer(question, { raw: bare(question.id, code) });
    play.answer(question, { raw: bare(question.id ^ 1, RCODE.format) });
    play.answer(question, { raw: bare(question.id, RCODE.format).subarray(0, 11) });
    play.silent();
    assert.equal(play.outcome(look), undefined);
    play.answer(question, OK);
    assert.deepEqual(play.outcome(look), ["192.0.2.1", "192.0.2.2"]);
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

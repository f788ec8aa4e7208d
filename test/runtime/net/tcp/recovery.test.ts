/** Loss recovery against a receiver, segment by segment: numbers are of segments, the first of which is 0. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeTcp, TCP_FLAG } from "../../../support/packets.ts";
import { GuestCalls } from "./guestcalls.ts";

const tcp = await GuestCalls.load(import.meta.url, "recovery.as.ts");
const header = tcp.u32("scratch");
const MSS = 1000;
const OPEN = 0;
const RECOVERING = 1;
const REPAIRING = 2;
const RTT = 20_000_000n;

interface Setting {
  readonly sack?: boolean;
  readonly base?: number;
  /** cwnd in segments. */
  readonly window?: number;
  /** Segments that the application has to send. */
  readonly total?: number;
}

/** A sender, the line, and a receiver that acknowledges each segment. */
class Transfer {
  readonly sack: boolean;
  readonly base: number;
  readonly total: number;
  una = 0;
  nxt = 0;
  /** What the sender has sent since it was last looked at: segments. */
  sent: number[] = [];
  readonly arrived = new Set<number>();
  private recent: number[] = [];
  timeouts = 0;
  recoveries = 0;

  constructor(setting: Setting = {}) {
    this.sack = setting.sack ?? true;
    this.base = setting.base ?? 0;
    this.total = setting.total ?? 1000;
    tcp.u32("establish", this.at(0), MSS, this.sack ? 1 : 0, 0);
    tcp.u32("setWindow", (setting.window ?? 10) * MSS);
  }

  at(segment: number): number {
    return (this.base + segment * MSS) >>> 0;
  }

  /** Sends what may be sent, as a connection does. @returns what was sent */
  output(): number[] {
    this.sent = [];
    const end = (): number => this.at(this.nxt);
    for (;;) {
      const fresh = this.nxt < this.total;
      if (tcp.u32("room", end()) < MSS) break;
      if (tcp.is("next", end(), MSS, fresh ? 1 : 0)) {
        const left = ((tcp.u32("nextLeft") - this.base) >>> 0) / MSS;
        assert.equal(tcp.u32("nextLength"), MSS);
        assert.ok(Number.isInteger(left) && left >= this.una && left < this.nxt, `${left}`);
        tcp.u32("resent", MSS, end());
        this.sent.push(left);
      } else if (fresh) {
        this.sent.push(this.nxt++);
        tcp.u32("sent", MSS, end());
      } else break;
    }
    return this.sent;
  }

  /** A segment reaches the receiver, and its acknowledgment the sender. */
  deliver(segment: number): void {
    const duplicate = this.arrived.has(segment);
    this.arrived.add(segment);
    let ack = this.una;
    while (this.arrived.has(ack)) ack++;
    this.recent = [segment, ...this.recent.filter((other) => other !== segment)].filter((one) => one > ack);
    const blocks: [number, number][] = [];
    for (const one of this.recent) {
      let [left, right] = [one, one + 1];
      while (this.arrived.has(left - 1)) left--;
      while (this.arrived.has(right)) right++;
      const block: [number, number] = [this.at(left), this.at(right)];
      if (!blocks.some(([other]) => other === block[0]) && blocks.length < 3) blocks.push(block);
    }
    this.acknowledge(ack, duplicate ? [] : blocks);
  }

  acknowledge(ack: number, blocks: [number, number][]): void {
    const octets = encodeTcp(
      {
        sourcePort: 1,
        destinationPort: 2,
        sequence: 0,
        acknowledgment: this.at(ack),
        flags: TCP_FLAG.ack,
        window: 0,
        options: this.sack && blocks.length > 0 ? { sack: blocks } : {},
        data: new Uint8Array(),
      },
      "10.0.0.1",
      "10.0.0.2",
    );
    tcp.memory.bytes(header, octets.length).set(octets);
    const duplicate = ack === this.una && this.nxt > this.una;
    if (tcp.is("acknowledge", this.at(ack), this.at(this.nxt), duplicate ? 1 : 0, header, 0n, RTT)) this.recoveries++;
    this.una = ack;
  }

  timeOut(): void {
    this.timeouts++;
    tcp.u32("timeOut", this.at(this.nxt), 0n);
  }

  get state(): number {
    return tcp.u32("state");
  }

  get window(): number {
    return tcp.u32("window") / MSS;
  }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

for (const sack of [true, false]) {
  const name = sack ? "SACK" : "no SACK";

  test(`${name}: the third duplicate acknowledgment has the first segment sent again (RFC 5681, 3.2)`, () => {
    const transfer = new Transfer({ sack, base: 0xfffff000 });
    assert.deepEqual(transfer.output(), numbers(0, 10));
    transfer.deliver(1);
    // Limited transmit (RFC 3042): the first two have a new segment sent each.
    assert.deepEqual(transfer.output(), [10]);
    transfer.deliver(2);
    assert.deepEqual(transfer.output(), [11]);
    assert.equal(transfer.state, OPEN);
    transfer.deliver(3);
    assert.equal(transfer.state, RECOVERING);
    assert.deepEqual(transfer.output(), [0]);
    assert.equal(tcp.u32("threshold"), 5 * MSS);
    for (const segment of numbers(4, 12)) {
      transfer.deliver(segment);
      transfer.output();
    }
    transfer.deliver(0);
    assert.equal(transfer.state, OPEN);
    assert.equal(transfer.window, 5);
    assert.equal(transfer.recoveries, 1);
  });

  test(`${name}: two duplicates are reordering`, () => {
    const transfer = new Transfer({ sack });
    transfer.output();
    transfer.deliver(1);
    transfer.output();
    transfer.deliver(2);
    transfer.output();
    transfer.deliver(0);
    assert.equal(transfer.state, OPEN);
    // Slow start goes on.
    assert.ok(transfer.window >= 11);
    for (const segment of numbers(3, 12)) transfer.deliver(segment);
    assert.equal(transfer.recoveries, 0);
  });

  test(`${name}: RFC 9937: while recovering, a segment is sent for each that arrives, times the reduction`, () => {
    const transfer = new Transfer({ sack, window: 40 });
    transfer.output();
    const sent: number[] = [];
    for (const segment of numbers(1, 40)) {
      transfer.deliver(segment);
      sent.push(...transfer.output());
    }
    assert.equal(sent.indexOf(0), 2);
    // Two by limited transmit; then half a segment for each of the others, of which the first is the lost one.
    assert.ok(sent.length >= 19 && sent.length <= 22, `${sent.length}`);
  });

  test(`${name}: RFC 5681, 3.1: a timeout has everything sent again in slow start, but what is known to have arrived`, () => {
    const transfer = new Transfer({ sack });
    transfer.output();
    transfer.deliver(5);
    transfer.output();
    transfer.timeOut();
    assert.equal(transfer.state, REPAIRING);
    assert.deepEqual(transfer.output(), [0]);
    transfer.deliver(0);
    assert.deepEqual(transfer.output(), [1, 2]);
    transfer.deliver(1);
    transfer.deliver(2);
    assert.deepEqual(transfer.output(), sack ? [3, 4, 6, 7] : [3, 4, 5, 6]);
    assert.equal(transfer.recoveries, 0);
  });

  test(`${name}: what is sent again after a timeout and lost again waits for the next timeout`, () => {
    const transfer = new Transfer({ sack, total: 10 });
    transfer.output();
    transfer.timeOut();
    const threshold = tcp.u32("threshold");
    transfer.output();
    transfer.timeOut();
    assert.equal(tcp.u32("threshold"), threshold);
    assert.deepEqual(transfer.output(), [0]);
  });

  test(`${name}: a smaller MTU has everything sent again, without congestion being to blame`, () => {
    const transfer = new Transfer({ sack });
    transfer.output();
    tcp.u32("resize", 500, transfer.at(transfer.nxt));
    assert.equal(transfer.window, 10);
    assert.equal(tcp.is("next", transfer.at(transfer.nxt), 500, 1), true);
    assert.deepEqual([tcp.u32("nextLeft"), tcp.u32("nextLength")], [0, 500]);
  });

  test(`${name}: any pattern of loss is repaired, and one loss in a window without a timeout`, () => {
    const bases = fc.constantFrom(0, 0xffff0000, 0x7fffff00);
    const losses = fc.array(fc.nat(250), { maxLength: 30 });
    fc.assert(
      fc.property(bases, losses, fc.integer({ min: 4, max: 60 }), (base, losses, window) => {
        const transfer = new Transfer({ sack, base, window, total: 120 });
        // Which transmissions are lost, by their number.
        const lost = new Set(losses);
        let count = 0;
        let line: number[] = [];
        for (let round = 0; transfer.una < 120; round++) {
          assert.ok(round < 2000, "it ends");
          line.push(...transfer.output().filter(() => !lost.has(count++)));
          const segment = line.shift();
          if (segment !== undefined) transfer.deliver(segment);
          else {
            transfer.timeOut();
            line = [];
          }
          assert.ok(tcp.u32("pipe", transfer.at(transfer.nxt)) <= (transfer.nxt - transfer.una) * 2 * MSS);
        }
        // A single loss with at least three segments behind it.
        if (lost.size === 1 && Math.min(...lost) < 110 && window >= 5) assert.equal(transfer.timeouts, 0);
        if (lost.size === 0) assert.equal(transfer.recoveries + transfer.timeouts, 0);
      }),
      { numRuns: 300 },
    );
  });
}

test("RFC 6675: several losses in a window are repaired in one recovery, each sent again once", () => {
  const transfer = new Transfer({ window: 20 });
  let line = transfer.output().filter((segment) => ![0, 4, 5, 9].includes(segment));
  const sent: number[] = [];
  while (line.length > 0) {
    transfer.deliver(line.shift() as number);
    if (transfer.state === OPEN && transfer.recoveries === 1) break;
    const more = transfer.output();
    sent.push(...more);
    line = [...line, ...more];
  }
  assert.deepEqual(
    sent.filter((segment) => segment < 20),
    [0, 4, 5, 9],
  );
  assert.equal(transfer.recoveries, 1);
  assert.equal(transfer.window, 10);
});

test("RFC 6582: without SACK a partial acknowledgment has the next lost segment sent again", () => {
  const transfer = new Transfer({ sack: false, window: 12 });
  transfer.output();
  for (const segment of [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]) {
    transfer.deliver(segment);
    transfer.output();
  }
  transfer.deliver(0);
  assert.equal(transfer.una, 5);
  assert.equal(transfer.state, RECOVERING);
  assert.ok(transfer.output().includes(5));
});

test("RFC 6582, 3.2, (2): duplicates of what was sent needlessly begin no recovery", () => {
  const transfer = new Transfer({ sack: false, total: 10 });
  transfer.output();
  transfer.timeOut();
  transfer.output();
  for (const segment of numbers(0, 10)) {
    transfer.deliver(segment);
    transfer.output();
  }
  assert.equal(transfer.state, OPEN);
  assert.equal(transfer.una, 10);
  for (let i = 0; i < 5; i++) transfer.acknowledge(10, []);
  assert.equal(transfer.recoveries, 0);
});

test("RFC 6675, 4: with nothing new to send, what is uncertain is sent, then the end once", () => {
  const transfer = new Transfer({ window: 20, total: 20 });
  transfer.output();
  // 17 and 19 have too little above them to be lost for certain.
  for (const segment of [...numbers(1, 17), 18]) transfer.deliver(segment);
  const sent: number[] = [];
  for (let i = 0; i < 3; i++) sent.push(...transfer.output());
  assert.deepEqual(sent, [0, 17, 19]);
});

test("small segments: three duplicates are a loss though they are few octets (RFC 6675, 5, (2))", () => {
  const transfer = new Transfer();
  transfer.output();
  const block = (right: number): [number, number][] => [[transfer.at(1), transfer.at(1) + right]];
  transfer.acknowledge(0, block(10));
  transfer.acknowledge(0, block(20));
  assert.equal(transfer.state, OPEN);
  transfer.acknowledge(0, block(20));
  assert.equal(transfer.state, OPEN, "no news is no duplicate");
  transfer.acknowledge(0, block(30));
  assert.equal(transfer.state, RECOVERING);
});

test("cwnd grows only where it is what holds the sender back", () => {
  const transfer = new Transfer({ window: 10, total: 4 });
  transfer.output();
  for (const segment of numbers(0, 4)) transfer.deliver(segment);
  assert.equal(transfer.window, 10);
});

test("RFC 5681, 3.1: after a lost SYN the initial window is one segment", () => {
  tcp.u32("establish", 0, MSS, 1, 1);
  assert.equal(tcp.u32("window"), MSS);
});

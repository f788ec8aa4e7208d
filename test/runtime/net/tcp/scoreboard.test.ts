import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GuestCalls } from "./guestcalls.ts";

const board = await GuestCalls.load(import.meta.url, "scoreboard.as.ts");
const SMSS = 10;
const u32 = (value: number): number => value >>> 0;

/** RFC 6675, sections 4 and 5, an octet at a time, as they are written. */
class Model {
  highAck = 0;
  highData = 0;
  highRxt = 0;
  readonly sacked = new Set<number>();
  /** "What was found lost stays so." */
  private readonly lost = new Set<number>();

  update(): void {
    for (let octet = this.highAck; octet < this.highData; octet++) if (this.isLostNow(octet)) this.lost.add(octet);
  }

  /** "IsLost (SeqNum)" */
  isLost(octet: number): boolean {
    return this.lost.has(octet);
  }

  private isLostNow(seqNum: number): boolean {
    let sequences = 0;
    let octets = 0;
    for (let octet = seqNum + 1; octet < this.highData; octet++) {
      if (!this.sacked.has(octet)) continue;
      octets++;
      if (!this.sacked.has(octet - 1) || octet === seqNum + 1) sequences++;
    }
    return !this.sacked.has(seqNum) && (sequences >= 3 || octets > 2 * SMSS);
  }

  /** "SetPipe ()" */
  pipe(): number {
    let pipe = 0;
    for (let octet = this.highAck; octet < this.highData; octet++) {
      if (this.sacked.has(octet)) continue;
      if (!this.isLost(octet)) pipe++;
      if (octet < this.highRxt) pipe++;
    }
    return pipe;
  }

  /** "NextSeg ()", rule (1) or (3). */
  nextSeg(lostOnly: boolean): [number, number] | undefined {
    const highest = Math.max(...this.sacked, -1);
    for (let octet = Math.max(this.highRxt, this.highAck); octet < highest; octet++) {
      if (this.sacked.has(octet) || (lostOnly && !this.isLost(octet))) continue;
      let length = 1;
      const more = (next: number): boolean =>
        next < highest && !this.sacked.has(next) && !(lostOnly && !this.isLost(next));
      while (length < SMSS && more(octet + length)) length++;
      return [octet, length];
    }
    return undefined;
  }
}

type Step =
  | { readonly send: number }
  | { readonly ack: number; readonly blocks: readonly (readonly [number, number])[] }
  | { readonly begin: true }
  | { readonly resend: "nextLost" | "nextUncertain" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 80 }).map((send) => ({ send })) },
  {
    weight: 5,
    arbitrary: fc.record({
      ack: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }),
      blocks: fc.array(fc.tuple(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 1, max: 25 })), { maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ begin: true } as const) },
  {
    weight: 4,
    arbitrary: fc.constantFrom("nextLost" as const, "nextUncertain" as const).map((resend) => ({ resend })),
  },
);

test("RFC 6675: agrees with the RFC's functions taken octet by octet", () => {
  const base = fc.constantFrom(0, 0xffffff80, 0x7fffffc0);
  fc.assert(
    fc.property(base, fc.array(step, { maxLength: 60 }), (base, steps) => {
      const model = new Model();
      board.u32("reset", base);
      for (const step of steps) {
        if ("send" in step) model.highData += step.send;
        else if ("ack" in step) {
          const una = Math.min(model.highAck + step.ack, model.highData);
          // What is acknowledged after SACKed octets acknowledges them too.
          let ack = una;
          while (model.sacked.has(ack)) ack++;
          model.highAck = ack;
          model.highRxt = Math.max(model.highRxt, ack);
          board.u32("acknowledge", u32(base + ack));
          for (const [offset, length] of step.blocks) {
            const left = ack + 1 + offset;
            board.u32("report", u32(base + left), u32(base + left + length), u32(base + model.highData));
            if (left + length > model.highData) continue;
            for (let octet = left; octet < left + length; octet++) model.sacked.add(octet);
          }
          for (const octet of model.sacked) if (octet < ack) model.sacked.delete(octet);
          board.u32("update", SMSS);
          model.update();
        } else if ("begin" in step) {
          board.u32("begin");
          model.highRxt = model.highAck;
        } else {
          const expected = model.nextSeg(step.resend === "nextLost");
          assert.equal(board.is(step.resend, SMSS), expected !== undefined, step.resend);
          if (expected) {
            const [left, length] = expected;
            assert.deepEqual([u32(board.u32("nextLeft") - base), board.u32("nextLength")], [left, length]);
            board.u32("resent", length, u32(base + model.highData));
            model.highRxt = Math.max(model.highRxt, left + length);
          }
        }
        assert.equal(board.u32("octets"), model.sacked.size);
        assert.equal(board.u32("pipe", u32(base + model.highData)), model.pipe(), "pipe");
      }
    }),
    { numRuns: 500 },
  );
});

test("RFC 6675, 4, rule (4): the rescue retransmission is the end of what is outstanding, and sent once", () => {
  board.u32("reset", 1000);
  board.u32("report", 1010, 1020, 1050);
  board.u32("update", SMSS);
  assert.equal(board.is("nextRescue", 1050, SMSS), true);
  assert.deepEqual([board.u32("nextLeft"), board.u32("nextLength")], [1040, 10]);
  assert.equal(board.is("nextRescue", 1050, SMSS), true);
  board.u32("rescue");
  assert.equal(board.is("nextRescue", 1050, SMSS), false);
  board.u32("begin");
  assert.equal(board.is("nextRescue", 1025, SMSS), true);
  assert.deepEqual([board.u32("nextLeft"), board.u32("nextLength")], [1020, 5]);
  board.u32("begin");
  assert.equal(board.is("nextRescue", 1020, SMSS), false);
});

test("blocks that report nothing that is outstanding change nothing", () => {
  board.u32("reset", 0xfffffff0);
  const sentBefore = 0x100;
  for (const [left, right] of [
    [0xffffff00, 0xffffff80], // a D-SACK below SND.UNA
    [0xffffff00, 0x10], // reaches over SND.UNA
    [0x10, 0x101], // never sent
    [0x100, 0x110],
    [0x20, 0x20],
    [0x30, 0x20],
    [0x80000000, 0x80000010],
  ] as const) {
    board.u32("report", left, right, sentBefore);
    assert.equal(board.is("isEmpty"), true, `${left} ${right}`);
  }
  board.u32("report", 0xfffffff8, 0x100, sentBefore);
  assert.equal(board.u32("octets"), 0x108);
  assert.equal(board.u32("highest"), 0x100);
});

test("hostile reports take bounded memory, and what is remembered stays right", () => {
  board.u32("reset", 0);
  for (let i = 1; i < 2000; i++) board.u32("report", i * 2, i * 2 + 1, 100000);
  assert.equal(board.u32("octets"), 256);
  board.u32("update", SMSS);
  assert.equal(board.u32("lostBefore"), 254 * 2 + 0);
  board.u32("acknowledge", 100000);
  assert.equal(board.is("isEmpty"), true);
});

test("after a timeout all is lost but what was SACKed; a peer that took it back is found out", () => {
  board.u32("reset", 0);
  board.u32("report", 20, 40, 100);
  board.u32("update", SMSS);
  board.u32("lose", 100);
  assert.equal(board.u32("pipe", 100), 0);
  const sent: number[][] = [];
  while (board.is("nextLost", SMSS)) {
    sent.push([board.u32("nextLeft"), board.u32("nextLength")]);
    board.u32("resent", board.u32("nextLength"), 100);
  }
  assert.deepEqual(sent, [
    [0, 10],
    [10, 10],
    [40, 10],
    [50, 10],
    [60, 10],
    [70, 10],
    [80, 10],
    [90, 10],
  ]);
  assert.equal(board.u32("pipe", 100), 80);
  assert.equal(board.is("isReneged"), false);
  board.u32("acknowledge", 20);
  assert.equal(board.is("isReneged"), true);
});

test("what is sent again and lost again is found by what was sent after it", () => {
  board.u32("reset", 0);
  board.u32("report", 20, 50, 100);
  board.u32("update", SMSS);
  for (const left of [0, 10]) {
    assert.equal(board.is("nextLost", SMSS), true);
    assert.equal(board.u32("nextLeft"), left);
    board.u32("resent", SMSS, 100);
  }
  const missing = (): boolean => {
    board.u32("update", SMSS);
    board.u32("findLostAgain", SMSS);
    return board.is("nextLost", SMSS) && board.u32("nextLeft") === 0;
  };
  // What was on its way before tells nothing.
  board.u32("report", 50, 100, 100);
  assert.equal(missing(), false);
  // Two segments behind may have overtaken it, three not.
  board.u32("report", 100, 120, 150);
  assert.equal(missing(), false);
  board.u32("report", 120, 130, 150);
  assert.equal(missing(), true);
  // And so once more, with what was sent after that.
  board.u32("resent", SMSS, 150);
  board.u32("report", 130, 150, 200);
  assert.equal(missing(), false);
  board.u32("report", 150, 180, 200);
  assert.equal(missing(), true);
});

/**
 * Power cuts: a store works on a disk whose writes and flushes are written down. At any of these events the power may
 * fail. What was flushed is there; of the rest each sector of 512 bytes is there or not, as chance has it, and writes that
 * were under way together may have been carried out in any order. What a store makes of such a disk must be what it was
 * after one of its changes, at the earliest the one before the last `sync` that had returned.
 */
import assert from "node:assert/strict";
import * as abi from "../../../runtime/abi/tender.ts";
import { Random } from "../../support/random.ts";
import { filled, perform, type Step, sorted } from "./rwscript.ts";
import { type DiskEvent, Model, Store, type StoreOptions } from "./rwstore.ts";

const SECTOR = 512;
const names = ["a", "b", "c", "dd", "e/f", "e/g", "e/h/i"];
/** Cannot be, as long as /a is a value. */
const IMPOSSIBLE = "/a/below";

/** What the store held after a step, and how many events there were at its beginning. */
interface State {
  /** What was done next. */
  next?: Step;
  readonly begun: number;
  readonly contents: string;
}

interface RecordingOptions extends StoreOptions {
  readonly steps: number;
  /** Bytes of the longest value. */
  readonly longest: number;
  /** How many steps of 13 and these make it durable. */
  readonly syncs: number;
  /** Keys besides those that all runs have. With some hundred of them a sweep takes several changes. */
  readonly more?: number;
}

/** A run that can be cut anywhere. */
export class Recording {
  readonly events: readonly DiskEvent[];
  private readonly before: Uint8Array;
  private readonly states: State[] = [];
  /** Numbers of events from which on at least a state must be found. */
  private readonly acknowledged: { readonly events: number; readonly state: number }[] = [];
  private readonly options: StoreOptions;
  private readonly keys: readonly string[];

  constructor(seed: number, options: RecordingOptions) {
    const random = new Random(seed);
    const model = new Model();
    this.keys = [...names, ...Array.from({ length: options.more ?? 0 }, (_, i) => `many/${i}`)].map((key) => `/${key}`);
    // The store is there, and holds something that was there before.
    const first = new Store({ ...options });
    for (const key of this.keys) perform({ kind: "set", key, length: 100, seed }, first, model);
    assert.equal(first.sync(), abi.OK);
    this.before = first.disk.slice();
    this.options = { ...options, disk: first.disk };
    const store = new Store(this.options);
    this.states.push({ begun: 0, contents: JSON.stringify(sorted(model.values)) });
    this.acknowledged.push({ events: 0, state: 0 });
    for (let i = 0; i < options.steps; i++) {
      const begun = store.events.length;
      if (random.below(40) === 0) {
        this.open(store, model);
        continue;
      }
      const step = this.randomStep(random, options);
      const before = this.states.at(-1);
      if (before) before.next = step;
      const said = perform(step, store, model);
      assert.equal(said.store, said.model, JSON.stringify(step));
      this.states.push({ begun, contents: JSON.stringify(sorted(model.values)) });
      if (step.kind === "sync") this.acknowledged.push({ events: store.events.length, state: this.states.length - 1 });
    }
    assert.deepEqual(sorted(store.contents()), sorted(model.values));
    this.events = store.events;
  }

  /** Its tender was killed, and another one opens the store: what was written is there, but nobody has flushed it. */
  private open(store: Store, model: Model): void {
    store.reopen();
    model.values = store.contents();
    const contents = JSON.stringify(sorted(model.values));
    const least = this.acknowledged.at(-1)?.state ?? 0;
    assert.ok(this.states.findLastIndex((state) => state.contents === contents) >= least, "a state that never was");
    this.states.push({ begun: store.events.length, contents });
  }

  /** How often a superblock was written: once for the opening, then for each checkpoint. */
  get superblocks(): number {
    return this.events.filter(({ flush, offset }) => !flush && offset < 8192).length;
  }

  /** Cuts the power after so many events, and looks at what is left. */
  check(cut: number, random: Random): void {
    const disk = this.cutAt(cut, random);
    const least = this.acknowledged.findLast(({ events }) => events <= cut)?.state ?? 0;
    const store = new Store({ ...this.options, disk });
    const contents = JSON.stringify(sorted(store.contents()));
    const found = this.states.findLastIndex((state) => state.begun <= cut && state.contents === contents);
    assert.ok(
      found >= least,
      `after event ${cut} of ${this.events.length}: state ${found}, expected ${least} or later`,
    );
    // It can be used, and cut again: what is left of the first life must not come back, also when the same is done again.
    for (let i = found + random.below(4), at = found; at < i; at++) {
      const step = this.states[at]?.next;
      if (step) perform(step, store, new Model());
    }
    assert.equal(store.sync(), abi.OK);
    const redone = sorted(store.contents());
    assert.deepEqual(sorted(new Store({ ...this.options, disk: store.disk.slice() }).contents()), redone);
    assert.equal(store.set("/after", filled(700, cut)), abi.OK);
    assert.equal(store.sync(), abi.OK);
    const expected = sorted(store.contents());
    assert.deepEqual(sorted(new Store({ ...this.options, disk: store.disk }).contents()), expected);
  }

  /** Where to cut: anywhere, and now and then when a superblock was written. */
  place(random: Random): number {
    const superblocks = this.events.flatMap(({ flush, offset }, i) => (!flush && offset < 8192 ? [i] : []));
    const near = superblocks[random.below(superblocks.length)] ?? 0;
    const place = random.below(3) > 0 ? random.below(this.events.length) : near - 20 + random.below(30);
    return Math.max(0, Math.min(place, this.events.length));
  }

  private randomStep(random: Random, { longest, syncs }: RecordingOptions): Step {
    const key = () => this.keys[random.below(this.keys.length)] ?? "";
    const [kind, seed] = [random.below(13 + syncs), random.below(256)];
    const length = random.below(8) === 0 ? random.below(longest) : random.below(600);
    if (kind < 6) return { kind: "set", key: key(), length, seed };
    if (kind < 8) return { kind: "setPart", key: key(), at: random.below(1000), length, seed };
    if (kind < 9) return { kind: "remove", key: key() };
    if (kind < 10) return { kind: "rename", key: key(), other: key() };
    if (kind < 12 && random.below(6) === 0) {
      // So many long names that the statements about them take more than one frame.
      const changes = Array.from({ length: 36 }, (_, i) => ({ key: `/${"n".repeat(240)}${i}`, length: 1, seed }));
      return { kind: "batch", changes };
    }
    if (kind < 12) {
      const changes = Array.from({ length: random.below(5) }, () => ({
        key: key(),
        length: random.below(3) > 0 ? random.below(longest / 4) : undefined,
        seed: random.below(256),
      }));
      return { kind: "batch", changes };
    }
    if (kind < 13) {
      // What was written of it already, for it takes more than one frame, must not be taken for part of what comes next.
      const lengths = [longest, longest, 1];
      const changes = lengths.map((length, i) => ({ key: i < 2 ? key() : IMPOSSIBLE, length, seed }));
      return { kind: "batch", changes };
    }
    return { kind: "sync" };
  }

  /** The disk after a power cut. */
  private cutAt(cut: number, random: Random): Uint8Array {
    const disk = this.before.slice();
    const flush = this.events.findLastIndex((event, i) => event.flush && i < cut);
    const turn = this.events[flush]?.turn ?? -1;
    const pending: DiskEvent[] = [];
    for (const [i, event] of this.events.entries()) {
      if (event.flush) continue;
      if (i < flush && event.turn < turn) disk.set(event.bytes, event.offset);
      // The one at the cut is under way: it may be there in part.
      else if (i <= cut) pending.push(event);
    }
    const mode = random.below(5);
    const last = pending.at(-1);
    if (mode === 4) {
      // All but one write.
      const lost = random.below(pending.length);
      for (const { bytes, offset } of pending.filter((_, i) => i !== lost)) disk.set(bytes, offset);
      return disk;
    }
    for (const event of mode === 0 ? pending : shuffled(pending, random)) {
      for (let at = 0; at < event.bytes.length; at += SECTOR) {
        const there = mode === 0 ? event !== pending.at(-1) || random.below(2) === 0 : random.below(mode + 1) > 0;
        // The power may fail within a sector, too.
        const length = event === last && random.below(8) === 0 ? random.below(SECTOR) : SECTOR;
        if (there) disk.set(event.bytes.subarray(at, at + length), event.offset + at);
      }
    }
    return disk;
  }
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const left = [...list];
  return Array.from(list, () => left.splice(random.below(left.length), 1)).flat();
}

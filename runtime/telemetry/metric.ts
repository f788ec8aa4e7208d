/**
 * The application's own metrics. Each is made once, and from then on in what /metrics tells:
 *
 *     const logins = new Counter("logins_total", "Users that have logged in.", "method");
 *     logins.of("password").add();
 *
 * Values are whole numbers; `decimals` says how many of their digits stand behind the point: what is counted in
 * microseconds, and told in seconds, has 6.
 */
import { Exposition } from "./exposition";

/** Values of a label, at most: what anybody chooses must not fill the memory. What is more is counted as "other". */
const SERIES_MAX: i32 = 64;
const DECIMALS_MAX: u32 = 18;

let first: Metric | null = null;
let last: Metric | null = null;

/** Writes all metrics. */
export function writeMetrics(to: Exposition): void {
  let metric = first;
  while (metric) {
    metric.write(to);
    metric = metric._next;
  }
}

export abstract class Metric {
  /** For this module only. */
  _next: Metric | null = null;

  /**
   * @param name letters, digits and `_`, a letter first, not `fata_`, no other metric's; @param help one sentence
   * @param decimals digits of values behind the point
   */
  constructor(
    readonly name: string,
    readonly help: string,
    protected decimals: i32,
  ) {
    assert(isName(name), "a metric's name has letters, digits and _, a letter first");
    assert(!name.startsWith("fata_"), "names that begin with fata_ are the library's metrics");
    assert(<u32>decimals <= DECIMALS_MAX, "a metric has 0 to 18 decimals");
    let other = first;
    while (other) {
      assert(other.name != name, "a metric's name is its own");
      other = other._next;
    }
    const before = last;
    if (before) before._next = this;
    else first = this;
    last = this;
  }

  abstract write(to: Exposition): void;
}

/** One value of a counter or a gauge. */
export class Series {
  /** For this module only. */
  _next: Series | null = null;
  value: i64 = 0;

  constructor(readonly label: string) {}

  /** Adds to it; of counters no negative number. */
  add(amount: i64 = 1): void {
    this.value += amount;
  }

  /** For gauges. */
  set(value: i64): void {
    this.value = value;
  }
}

/** A metric whose values are told apart by a label, or that has only one. */
abstract class Labelled extends Metric {
  private series: Series | null = null;
  private count: i32 = 0;

  constructor(
    name: string,
    help: string,
    private type: string,
    private label: string,
    decimals: i32,
  ) {
    super(name, help, decimals);
    assert(label.length == 0 || isName(label), "a label's name has letters, digits and _, a letter first");
    if (label.length == 0) this.of("");
  }

  /** The value of a label; keep it where it is wanted often. Beyond 64 of them, that of "other". */
  of(label: string): Series {
    let before: Series | null = null;
    let series = this.series;
    while (series) {
      if (series.label == label) return series;
      before = series;
      series = series._next;
    }
    // The last place is for that; somebody may have chosen the same name before.
    if (this.count >= SERIES_MAX - 1 && label != "other") return this.of("other");
    const made = new Series(label);
    this.count++;
    if (before) before._next = made;
    else this.series = made;
    return made;
  }

  write(to: Exposition): void {
    to.family(this.name, this.type, this.help);
    let series = this.series;
    while (series) {
      to.sample(this.name);
      if (this.label.length) to.label(this.label, series.label);
      to.value(series.value, this.decimals);
      series = series._next;
    }
  }
}

/** What only grows. By custom its name ends with `_total`. */
export class Counter extends Labelled {
  /** @param label the name of a label; without, there is one value */
  constructor(name: string, help: string, label: string = "", decimals: i32 = 0) {
    super(name, help, "counter", label, decimals);
  }

  /** Adds to a counter without labels. */
  add(amount: u64 = 1): void {
    this.of("").add(amount);
  }
}

/** What goes up and down. */
export class Gauge extends Labelled {
  constructor(name: string, help: string, label: string = "", decimals: i32 = 0) {
    super(name, help, "gauge", label, decimals);
  }

  /** Sets a gauge without labels. */
  set(value: i64): void {
    this.of("").set(value);
  }
}

/** How values are spread: how many were up to each bound. */
export class Histogram extends Metric {
  private buckets: StaticArray<u64>;
  private sum: u64 = 0;

  /** @param bounds of the buckets, ascending */
  constructor(
    name: string,
    help: string,
    private bounds: StaticArray<u64>,
    decimals: i32 = 0,
  ) {
    super(name, help, decimals);
    for (let i = 1; i < bounds.length; i++) assert(bounds[i - 1] < bounds[i], "the bounds of a histogram ascend");
    this.buckets = new StaticArray<u64>(bounds.length + 1);
  }

  /** Counts a value. */
  observe(value: u64): void {
    const bounds = this.bounds;
    let i = 0;
    while (i < bounds.length && value > bounds[i]) i++;
    this.buckets[i]++;
    this.sum += value;
  }

  write(to: Exposition): void {
    const name = this.name;
    const bounds = this.bounds;
    to.family(name, "histogram", this.help);
    let count: u64 = 0;
    for (let i = 0; i < bounds.length; i++) {
      count += this.buckets[i];
      to.sample(name, "_bucket");
      to.labelNumber("le", bounds[i], this.decimals);
      to.value(count);
    }
    count += this.buckets[bounds.length];
    to.sample(name, "_bucket");
    to.label("le", "+Inf");
    to.value(count);
    to.sample(name, "_sum");
    to.value(this.sum, this.decimals);
    to.sample(name, "_count");
    to.value(count);
  }
}

function isName(name: string): bool {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const letter = <u32>((code | 0x20) - 0x61) < 26 || code == 0x5f;
    if (!letter && !(i > 0 && <u32>(code - 0x30) < 10)) return false;
  }
  return name.length > 0;
}

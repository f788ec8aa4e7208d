/**
 * The text of /metrics: Prometheus' text exposition format, version 0.0.4.
 *
 *     # HELP requests_total Requests that were answered.
 *     # TYPE requests_total counter
 *     requests_total{code="200"} 17
 *
 * All samples of a family stand together behind its two lines.
 */
import { encodeUtf8, utf8Length } from "../base/utf8";

/** Octets at first: some hundred samples. */
const ROOM: usize = 16 * 1024;
/** Digits of the greatest number, with a sign and a point. */
const NUMBER_MAX: usize = 24;

export class Exposition {
  private block: ArrayBuffer = new ArrayBuffer(<i32>ROOM);
  private used: usize = 0;
  /** Whether the sample has labels. */
  private labelled: bool = false;

  /** Begins a family. @param type counter, gauge or histogram */
  family(name: string, type: string, help: string): void {
    this.text("# HELP ");
    this.text(name);
    this.text(" ");
    this.escaped(help, false);
    this.text("\n# TYPE ");
    this.text(name);
    this.text(" ");
    this.text(type);
    this.text("\n");
  }

  /** Begins a sample: its name. Labels may follow; value ends it. @param suffix of the name */
  sample(name: string, suffix: string = ""): void {
    this.text(name);
    this.text(suffix);
  }

  /** Adds a label to the sample. @param value any text */
  label(name: string, value: string): void {
    this.beginLabel(name);
    this.escaped(value, true);
    this.text('"');
  }

  /** Adds a label whose value is a number. @param decimals as of value */
  labelNumber(name: string, value: i64, decimals: i32): void {
    this.beginLabel(name);
    this.number(value, decimals);
    this.text('"');
  }

  /** Ends a sample. @param decimals digits of the value behind the point: 1234 with 3 is 1.234 */
  value(value: i64, decimals: i32 = 0): void {
    this.text(this.labelled ? "} " : " ");
    this.labelled = false;
    this.number(value, decimals);
    this.text("\n");
  }

  /** All that was written. Nothing may be written any more. */
  finish(): Uint8Array {
    return Uint8Array.wrap(this.block, 0, <i32>this.used);
  }

  /** Adds text as it is. */
  private text(text: string): void {
    const size = utf8Length(text);
    this.reserve(size);
    this.used += <usize>encodeUtf8(text, changetype<usize>(this.block) + this.used, size);
  }

  private beginLabel(name: string): void {
    this.text(this.labelled ? "," : "{");
    this.labelled = true;
    this.text(name);
    this.text('="');
  }

  /** Adds text that anyone chose. Backslashes, ends of lines and, in labels, quotes are escaped. */
  private escaped(text: string, quotes: bool): void {
    let begin = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code != 0x5c && code != 0x0a && !(quotes && code == 0x22)) continue;
      this.text(text.substring(begin, i));
      this.text(code == 0x0a ? "\\n" : code == 0x22 ? '\\"' : "\\\\");
      begin = i + 1;
    }
    this.text(begin ? text.substring(begin) : text);
  }

  private number(value: i64, decimals: i32): void {
    this.reserve(NUMBER_MAX);
    const start = changetype<usize>(this.block) + this.used;
    let at = start + NUMBER_MAX;
    let rest: u64 = value < 0 ? -value : value;
    for (let digits = 0; rest || digits <= decimals; digits++) {
      if (digits && digits == decimals) store<u8>(--at, 0x2e);
      store<u8>(--at, (0x30 + (rest % 10)) as u8);
      rest /= 10;
    }
    if (value < 0) store<u8>(--at, 0x2d);
    const size = start + NUMBER_MAX - at;
    memory.copy(start, at, size);
    this.used += size;
  }

  /** Makes room for so many octets. */
  private reserve(size: usize): void {
    const block = this.block;
    if (this.used + size <= <usize>block.byteLength) return;
    const larger = new ArrayBuffer(max(block.byteLength << 1, <i32>(this.used + size)));
    memory.copy(changetype<usize>(larger), changetype<usize>(block), this.used);
    this.block = larger;
  }
}

/** Paths, forms and field values of HTTP: each input is read by all of their parsers, some against an oracle. */
import { compileGuest } from "../support/guest.ts";
import { stringAt } from "../support/strings.ts";
import type { Target } from "./target.ts";
import { decodeStrictly } from "./text.ts";

const guest = await compileGuest(import.meta.url, "fields.as.ts");
const LENGTH_MAX = 2048;
const SIZE = 10_000n;
const PATTERN = "/a/:b/c/*";
/** What stands behind an input: it must not matter. */
const BEHIND = Buffer.from('%41"=&,;0-9 GMT');

export function fieldsTarget(): Target {
  const { exports, memory } = guest.instantiate();
  const call = (name: string, ...values: (number | bigint)[]) => exports[name]?.(...values);
  const [at, to, pattern] = [LENGTH_MAX + 64, LENGTH_MAX, 64].map((size) => Number(call("allocate", size))) as [
    number,
    number,
    number,
  ];
  memory.bytes(pattern, PATTERN.length).set(Buffer.from(PATTERN));
  const text = (address: unknown) => (address === 0 ? undefined : stringAt(memory, Number(address)));

  const feed = (whole: Uint8Array): void => {
    const input = Buffer.from(whole.subarray(0, LENGTH_MAX));
    memory.bytes(at, input.length).set(input);
    memory.bytes(at + input.length, BEHIND.length).set(BEHIND);
    checkDate(input, call("readDate", at, input.length, 1795246500n) as bigint);
    for (const strong of [0, 1]) within(-1, Number(call("tag", at, input.length, pattern, 3, strong)), 1);
    within(0, Number(call("gzip", at, input.length, at, input.length)), 1000);
    if (call("readRange", at, input.length, SIZE) === 1) {
      const [start, length] = [call("rangeStart") as bigint, call("rangeLength") as bigint];
      if (length < 1n || start + length > SIZE) throw new Error(`the range ${start}, ${length}`);
    }
    within(1, Number(call("type", at, input.length, to)), 40);
    for (const form of [false, true]) {
      const length = Number(call("decode", at, input.length, to, form ? 1 : 0));
      const expected = decodePercent(input, form);
      const found = length < 0 ? undefined : Buffer.from(memory.bytes(to, length));
      if (expected === undefined ? found : !found?.equals(expected)) throw new Error("percent-encoding is wrong");
    }
    call("openForm", at, input.length);
    const fields: (string | undefined)[][] = [];
    while (call("nextField")) fields.push([text(call("fieldName")), text(call("fieldText"))]);
    const expected = formOf(input);
    if (JSON.stringify(fields) !== JSON.stringify(expected)) throw new Error(`the form is ${JSON.stringify(fields)}`);
    const count = Number(call("match", pattern, PATTERN.length, at, input.length));
    for (let i = 0; i < count; i++) {
      const start = Number(call("parameterStart", i));
      within(at, start, at + input.length);
      within(start, start + Number(call("parameterLength", i)), at + input.length);
    }
  };
  return { name: "fields", feed };
}

function within(least: number, value: number, most: number): void {
  if (value < least || value > most) throw new Error(`${value} is not from ${least} to ${most}`);
}

/** What is taken for a date is the one that Date takes it for, but for leap seconds and years of two digits. */
function checkDate(input: Buffer, seconds: bigint): void {
  if (seconds === -(2n ** 63n)) return;
  const text = input.toString("latin1").replace(":60", ":59");
  const leap = text === input.toString("latin1") ? 0n : 1n;
  if (/^[A-Za-z]+, \d\d-/.test(text)) return;
  const expected = Date.parse(text.endsWith(" GMT") ? text : `${text} GMT`) / 1000;
  if (BigInt(expected) + leap !== seconds) throw new Error(`${text} is ${expected}, not ${seconds}`);
}

/** Undefined when it is malformed. */
function decodePercent(input: Buffer, form: boolean): Buffer | undefined {
  const text = input.toString("latin1");
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const spaced = form ? text.replaceAll("+", " ") : text;
  return Buffer.from(
    spaced.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
}

function formOf(input: Buffer): (string | undefined)[][] {
  const decode = (part: string) => {
    const octets = decodePercent(Buffer.from(part, "latin1"), true);
    return octets && decodeStrictly(octets);
  };
  return input
    .toString("latin1")
    .split("&")
    .filter((field) => field !== "")
    .map((field) => {
      const equals = field.indexOf("=");
      return equals < 0
        ? [decode(field), decode("")]
        : [decode(field.slice(0, equals)), decode(field.slice(equals + 1))];
    });
}

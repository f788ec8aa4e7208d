/**
 * The values of image arguments as the guest reads them: each is taken for what it says, or ends the image with one line
 * and status 64; and what a tender lets pass, the guest takes.
 */
import { type ArgumentType, isValue } from "../../runtime/abi/manifest.ts";
import { compileGuest } from "../support/guest.ts";
import { GuestExit, type SimulatedTender } from "../support/tender.ts";
import type { Target } from "./target.ts";
import { CONTROL, decodeStrictly } from "./text.ts";

const guest = await compileGuest(import.meta.url, "arguments.as.ts");
const USAGE = 64;
/** So many answers come from one instance, also after it has refused a value, for a fresh one each time takes long. */
const ANSWERS_MAX = 256;

/** What a value stands for, or undefined if it is to be refused. */
type Oracle = (text: string) => number | undefined;

export function argumentsTarget(): Target {
  const ask = asker();
  return {
    name: "arguments",
    feed(input) {
      ask("number", "i32", input, wholeNumber(-(2 ** 31), 2 ** 31 - 1));
      ask("port", "port", input, wholeNumber(1, 65535));
      ask("truth", "bool", input, (text) => ["false", "true"].indexOf(text) + 1 || undefined, 1);
    },
  };
}

export function levelsTarget(): Target {
  const ask = asker();
  return {
    name: "levels",
    feed(input) {
      ask("logs", "log-levels", input, levels);
    },
  };
}

/**
 * @returns a function that gives the argument `name` an input as its value, and compares what the export of that name
 * makes of it with the oracle, whose answers are greater by `offset`
 */
function asker() {
  const given: Uint8Array[] = [];
  let tender: SimulatedTender | undefined;
  let answers = 0;
  return (name: string, type: ArgumentType, input: Uint8Array, oracle: Oracle, offset = 0): void => {
    given[0] = Buffer.concat([Buffer.from(`--${name}=`), input]);
    if (!tender || ++answers % ANSWERS_MAX === 0) tender = guest.instantiate({ arguments: given });
    const text = decodeStrictly(input);
    const expected = text === undefined ? undefined : oracle(text);
    if (text !== undefined && expected === undefined && isValue({ type, default: "-" }, text))
      throw new Error(`${name}: a tender lets it pass`);
    const before = tender.lines.length;
    let answer: number | undefined;
    try {
      answer = Number(tender.exports[name]?.()) + offset;
    } catch (error) {
      if (!(error instanceof GuestExit) || error.status !== USAGE) throw tender.explain(error);
      const [line = "", ...rest] = tender.lines.slice(before);
      if (rest.length > 0 || !line.startsWith(`--${name}: "`) || CONTROL.test(line))
        throw new Error(`${name}: is refused with ${JSON.stringify([line, ...rest])}`);
    }
    if (answer !== expected) throw new Error(`${name}: is taken for ${answer}; it is ${expected}`);
  };
}

function wholeNumber(min: number, max: number): Oracle {
  return (text) => {
    const value = /^-?[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
    // Minus nought is nought.
    return value >= min && value <= max ? value + 0 : undefined;
  };
}

const LEVELS = ["quiet", "error", "warning", "info", "debug"];

function levels(text: string): number | undefined {
  const sources = new Map([["*", LEVELS.indexOf("info")]]);
  for (const word of text.split(",")) {
    const parts = word.split(":");
    const level = LEVELS.indexOf(parts.at(-1) ?? "");
    const source = parts.length === 1 ? "*" : parts[0];
    if (level < 0 || parts.length > 2 || !source) return undefined;
    sources.set(source, level);
  }
  const general = sources.get("*") ?? 0;
  return (sources.get("arp") ?? general) + 8 * (sources.get("other") ?? general);
}

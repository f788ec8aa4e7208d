/**
 * Traces of TCP as text, in the manner of packetdrill: what the peer sends, what the application does, and what the host must
 * send, in their order. README.md says how to read and write them.
 */
import { TCP_FLAG, type TcpOptions } from "../../support/packets.ts";

/** A segment as a trace writes it: sequence numbers count from the initial ones, which are 0. */
export interface Segment {
  readonly flags: number;
  /** Of an expected segment: undefined, any. */
  readonly sequence?: number;
  /** Octets of data. */
  readonly length: number;
  /** Of an expected segment with ACK: undefined, any. */
  readonly acknowledgment?: number;
  /** As in the header, not scaled. Of an expected segment: undefined, any. */
  readonly window?: number;
  /** Whether `window` is the least that is expected, not the only one. */
  readonly windowOrMore: boolean;
  readonly urgentPointer: number;
  readonly options: Options;
  /** Header length in octets, where it is to be wrong. */
  readonly dataOffset?: number;
  readonly badChecksum: boolean;
}

/** Options that are sent, or those among which an expected segment must have. */
export interface Options {
  readonly values: TcpOptions;
  /** Words for those whose value nobody can know, such as `TS`: sent as an honest peer would, expected with any value. */
  readonly any: readonly string[];
  /** Words for those that must not be there. */
  readonly absent: readonly string[];
  /** Octets to be sent as they are. */
  readonly raw?: Uint8Array;
}

/** One line of a trace. */
export interface Line {
  readonly number: number;
  readonly text: string;
  /** Seconds after the line before: the least and the most. */
  readonly delay: readonly [least: number, most: number];
  /** The connection it is about. */
  readonly connection: string;
  /** `<`, or `<*` where it does not matter what the host has sent before, `>`, or a word. */
  readonly verb: string;
  readonly rest: string;
}

const LINE =
  /^(?:\+([\d.]+?)(?:\.\.([\d.]+))?\s+)?(?:(\w+):\s+)?(<\*?|>|app|icmp|quiet|count|ignore|fill)(?:\s+(.*))?$/;
const SEGMENT = /^([SFRPUEW.]+)(?:\s+(-?\d+):(-?\d+)\((\d+)\))?(.*)$/;
const FLAGS: Readonly<Record<string, number>> = {
  ...{ S: TCP_FLAG.syn, F: TCP_FLAG.fin, R: TCP_FLAG.rst, P: TCP_FLAG.psh },
  ...{ ".": TCP_FLAG.ack, U: TCP_FLAG.urg, E: TCP_FLAG.ece, W: TCP_FLAG.cwr },
};

export function parseScript(script: string): Line[] {
  return script.split("\n").flatMap((whole, index) => {
    const text = whole.replace(/\/\/.*/, "").trim();
    if (text === "") return [];
    const match = LINE.exec(text);
    if (!match) throw new Error(`line ${index + 1} of the trace cannot be read: ${text}`);
    const [, least = "0", most = least, connection = "a", verb = "", rest = ""] = match;
    return [{ number: index + 1, text, delay: [Number(least), Number(most)] as const, connection, verb, rest }];
  });
}

export function parseSegment(text: string): Segment {
  const match = SEGMENT.exec(text.trim());
  if (!match) throw new Error(`no segment: ${text}`);
  const [, letters = "", sequence, end, length = "0", rest = ""] = match;
  if (sequence !== undefined && Number(sequence) + Number(length) !== Number(end))
    throw new Error(`sequence numbers that do not add up: ${text}`);
  const [, fields = "", , options] = /^([^<]*)(<(.*)>)?\s*$/.exec(rest) ?? [];
  const words = fields.trim().split(/\s+/).filter(Boolean);
  const value = (name: string): string | undefined => {
    const at = words.indexOf(name);
    return at < 0 ? undefined : words.splice(at, 2)[1];
  };
  const [ack, window, urgentPointer = "0", dataOffset] = ["ack", "win", "urg", "doff"].map(value);
  const badChecksum = words[0] === "badsum" && words.shift() !== undefined;
  if (words.length) throw new Error(`unknown: ${words.join(" ")}`);
  return {
    flags: [...letters].reduce((sum, letter) => sum | (FLAGS[letter] ?? 0), 0),
    ...(sequence !== undefined && { sequence: Number(sequence) }),
    length: Number(length),
    ...(ack !== undefined && { acknowledgment: Number(ack) }),
    ...(window !== undefined && { window: Number(window.replace(">=", "")) }),
    windowOrMore: window?.startsWith(">=") ?? false,
    urgentPointer: Number(urgentPointer),
    options: parseOptions(options ?? ""),
    ...(dataOffset !== undefined && { dataOffset: Number(dataOffset) }),
    badChecksum,
  };
}

function parseOptions(text: string): Options {
  let values: TcpOptions = {};
  let raw: Uint8Array | undefined;
  const [any, absent]: string[][] = [[], []];
  for (const option of text.split(",").filter(Boolean)) {
    const [word = "", ...numbers] = option.trim().split(/\s+/);
    if (word.startsWith("!")) absent?.push(word.slice(1));
    else if (word === "raw") raw = new Uint8Array(Buffer.from(numbers.join(""), "hex"));
    else if (word === "mss" && numbers.length) values = { ...values, mss: Number(numbers[0]) };
    else if (word === "wscale" && numbers.length) values = { ...values, windowScale: Number(numbers[0]) };
    else if (word === "sackOK") values = { ...values, sackPermitted: true };
    else if (word === "TS" && numbers.length)
      values = { ...values, timestamps: [Number(numbers[1]), Number(numbers[3])] };
    else if (word === "sack")
      values = { ...values, sack: numbers.map((block) => block.split(":").map(Number) as [number, number]) };
    else any?.push(word);
  }
  return { values, any: any ?? [], absent: absent ?? [], ...(raw && { raw }) };
}

/** A segment as a trace would have it, for people to read. */
export function describeSegment(
  segment: Pick<Segment, "flags" | "length" | "urgentPointer"> & {
    sequence: number;
    acknowledgment: number;
    window?: number;
  },
  options: TcpOptions,
): string {
  const letters = Object.entries(FLAGS).map(([letter, bit]) => (segment.flags & bit ? letter : ""));
  const { sequence, length, window, urgentPointer } = segment;
  const { mss, windowScale, sackPermitted, timestamps, sack } = options;
  const listed = [
    ...(mss === undefined ? [] : [`mss ${mss}`]),
    ...(sackPermitted ? ["sackOK"] : []),
    ...(timestamps ? [`TS val ${timestamps[0]} ecr ${timestamps[1]}`] : []),
    ...(windowScale === undefined ? [] : [`wscale ${windowScale}`]),
    ...(sack ? [`sack ${sack.map(([left, right]) => `${left}:${right}`).join(" ")}`] : []),
  ];
  return [
    `${letters.join("")} ${sequence}:${sequence + length}(${length})`,
    segment.flags & TCP_FLAG.ack ? ` ack ${segment.acknowledgment}` : "",
    window === undefined ? "" : ` win ${window}`,
    urgentPointer ? ` urg ${urgentPointer}` : "",
    listed.length ? ` <${listed.join(",")}>` : "",
  ].join("");
}

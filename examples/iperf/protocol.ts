/** What iperf3's client and server say to each other on their control connection (its source: iperf_api.h). */
import { Flow, OK } from "fata";

// States, one octet each.
export const TEST_START: u8 = 1;
export const TEST_RUNNING: u8 = 2;
export const TEST_END: u8 = 4;
export const PARAM_EXCHANGE: u8 = 9;
export const CREATE_STREAMS: u8 = 10;
export const EXCHANGE_RESULTS: u8 = 13;
export const DISPLAY_RESULTS: u8 = 14;
/** The server has a test already. */
export const ACCESS_DENIED: u8 = 0xff;
/** The server cannot; iperf3's number and the system's for why follow. */
export const SERVER_ERROR: u8 = 0xfe;

/** Octets of what a client begins each of its connections with. */
export const COOKIE = 37;
/** Octets of JSON that are read at most. */
const TEXT_MAX: u32 = 8192;

/** Sends one octet. @returns OK or a code */
export function sendState(flow: Flow, state: u8): i32 {
  const octet = new Uint8Array(1);
  octet[0] = state;
  return flow.write(octet);
}

/** Reads one octet. @returns it, or a code */
export function readState(flow: Flow): i32 {
  const octet = new Uint8Array(1);
  const result = flow.readExactly(octet);
  return result < 0 ? result : <i32>octet[0];
}

/** Reads JSON, which has its length before it. @returns null when it does not come within `ms` */
export function readText(flow: Flow, ms: u64): string | null {
  const length = new Uint8Array(4);
  if (flow.readExactly(length, 0, -1, ms) < 0) return null;
  const octets = bswap(load<u32>(length.dataStart));
  if (octets > TEXT_MAX) return null;
  const text = new Uint8Array(octets);
  if (octets && flow.readExactly(text, 0, -1, ms) < 0) return null;
  return String.UTF8.decodeUnsafe(text.dataStart, octets);
}

/** Sends JSON. @returns OK or a code */
export function sendText(flow: Flow, text: string): i32 {
  const octets = Uint8Array.wrap(String.UTF8.encode(text));
  const length = new Uint8Array(4);
  store<u32>(length.dataStart, bswap(<u32>octets.length));
  return flow.writev([length, octets]);
}

/** Says why there will be no test. */
export function refuse(flow: Flow): void {
  // IEUNIMP, "an option you are trying to set is not implemented yet", and no number of the system's.
  const why = new Uint8Array(8);
  why[3] = 13;
  if (sendState(flow, SERVER_ERROR) == OK) flow.write(why);
}

/** Whether JSON as iperf3 writes it has this member with the value true. */
export function isSet(json: string, name: string): bool {
  const at = json.indexOf(`"${name}":`);
  return (
    at >= 0 &&
    json
      .substr(at + name.length + 3)
      .trimStart()
      .startsWith("true")
  );
}

/** The number that a member has, or `otherwise` without it. */
export function numberOf(json: string, name: string, otherwise: i32): i32 {
  const at = json.indexOf(`"${name}":`);
  if (at < 0) return otherwise;
  let value = 0;
  let digits = 0;
  for (let i = at + name.length + 3; i < json.length && digits < 9; i++) {
    const character = json.charCodeAt(i);
    if (character == 0x20 || character == 0x09) continue;
    if (character < 0x30 || character > 0x39) break;
    value = value * 10 + character - 0x30;
    digits++;
  }
  return digits ? value : otherwise;
}

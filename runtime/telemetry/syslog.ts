/**
 * The log by syslog (RFC 5424) over UDP (RFC 5426), besides the console. A message:
 *
 *     <30>1 2026-11-21T07:35:00.123Z 10.0.0.2 website - http - BOM text
 *
 * Its host is our address, its application the image, its kind the source of the line. There is no structured data. Lines
 * are sent at a limited rate: when some were lost, the next message says how many since the start. What sending a line
 * makes others log is on the console only, or there would be no end.
 */

import { hexDigit } from "../base/hex";
import { encodeUtf8, loadUtf16, storeUtf8 } from "../base/utf8";
import { DatagramFlow } from "../flow/datagram";
import { imageName } from "../image";
import { Stack } from "../net/stack";
import { TokenBucket } from "../net/tokenbucket";
import { badArgument } from "../sys/args";
import { storeTime, TIME_SIZE } from "../sys/calendar";
import { now, wallNow } from "../sys/clock";
import { LEVEL_ERROR, LEVEL_INFO, LEVEL_WARNING, LogSink, LogSource, setLogSink } from "../sys/log";
import { formatIpv4, Ipv4Address, isUnicast, parseIpv4 } from "../wire/ipv4address";
import { portIn } from "../wire/port";

/** RFC 5426, 3.3. */
const PORT: u32 = 514;
/** "system daemons" (RFC 5424, 6.2.1). */
const FACILITY: u32 = 3;
const ERROR: u32 = 3;
const WARNING: u32 = 4;
const INFORMATIONAL: u32 = 6;
const DEBUG: u32 = 7;
/** Octets of a message: less than any path cuts (RFC 5426, 3.2), and than most receivers take. */
const MESSAGE_MAX: usize = 1024;
/** Octets of the header at most, with names of 64 octets at most. */
const HEADER_MAX: usize = 256;
/** RFC 5424, 6: lengths of APP-NAME and MSGID. */
const APP_NAME_MAX: i32 = 48;
const MSGID_MAX: i32 = 32;
/** Messages in a second, on average, and at once. */
const RATE: u32 = 100;
const BURST: u32 = 200;

export class Syslog extends LogSink {
  /** Lines that were not sent. */
  lost: u64 = 0;
  private socket: DatagramFlow | null = null;
  private address: Ipv4Address = 0;
  private port: u32 = PORT;
  private buffer: Uint8Array = new Uint8Array(<i32>MESSAGE_MAX);
  private bucket: TokenBucket = new TokenBucket(RATE, BURST);
  /** Whether that has grown since it was told. */
  private untold: bool = false;
  private sending: bool = false;

  /** @param to `ADDRESS` or `ADDRESS:PORT`; empty: nothing is sent. Else the image ends with one line and status 64 */
  constructor(
    private net: Stack,
    to: string,
  ) {
    super();
    if (to.length) this.open(to);
  }

  /** For main.ts, where it is one of the jobs. It does not keep the image from ending. */
  start(): void {}

  line(level: i32, source: string, text: string): void {
    if (this.sending) return;
    this.sending = true;
    if (!this.bucket.take(now())) this.miss();
    else {
      // All since the start: what was told before may have been lost itself, on the way to a collector that was away.
      if (this.untold && this.send(WARNING, "syslog", this.lost.toString() + " lines were lost since the start"))
        this.untold = false;
      if (!this.send(severityOf(level), source, text)) this.miss();
    }
    this.sending = false;
  }

  private open(to: string): void {
    const colon = to.indexOf(":");
    const address = parseIpv4(colon < 0 ? to : to.substring(0, colon));
    const port = colon < 0 ? PORT : portIn(to, colon + 1);
    if (address < 0 || !isUnicast(<u32>address) || port == 0)
      badArgument("syslog", to, "an address, or an address and a port; expected one such as 10.0.0.1 or 10.0.0.1:514");
    this.address = <u32>address;
    this.port = port;
    const socket = this.net.datagrams(0);
    if (!socket) return new LogSource("syslog").error("No port is left");
    // Nobody else is heard.
    socket.connect(this.address, port);
    this.socket = socket;
    setLogSink(this);
  }

  private miss(): void {
    this.lost++;
    this.untold = true;
  }

  /** @returns whether the network took it */
  private send(severity: u32, source: string, text: string): bool {
    const begin = this.buffer.dataStart;
    let at = this.putHeader(begin, severity, source);
    // RFC 5424, 6.4: UTF-8 begins with the byte order mark.
    at += storeUtf8(at, 0xfeff);
    at = putVisible(at, begin + MESSAGE_MAX, text);
    return this.socket!.sendTo(this.buffer, <i32>(at - begin), this.address, this.port) >= 0;
  }

  /** RFC 5424, 6.2. */
  private putHeader(at: usize, severity: u32, source: string): usize {
    at = put(at, "<" + (FACILITY * 8 + severity).toString() + ">1 ");
    const wall = wallNow() / 1000000;
    storeTime(at, wall / 1000);
    at += TIME_SIZE - 1;
    const fraction = <u32>(wall % 1000);
    at = put(at, "." + (1000 + fraction).toString().substring(1) + "Z ");
    const local = this.net.ipv4.addresses.primary;
    at = put(at, local ? formatIpv4(local) : "-");
    at = putName(put(at, " "), imageName(), APP_NAME_MAX);
    at = putName(put(at, " - "), source, MSGID_MAX);
    return put(at, " - ");
  }
}

function severityOf(level: i32): u32 {
  if (level == LEVEL_ERROR) return ERROR;
  if (level == LEVEL_WARNING) return WARNING;
  return level == LEVEL_INFO ? INFORMATIONAL : DEBUG;
}

function put(at: usize, text: string): usize {
  return at + <usize>encodeUtf8(text, at, HEADER_MAX);
}

/** Puts a name of the header: printable ASCII (RFC 5424, 6), cut to a length. */
function putName(at: usize, text: string, most: i32): usize {
  const length = min(text.length, most);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    store<u8>(at++, (code > 0x20 && code < 0x7f ? code : 0x5f) as u8);
  }
  if (length == 0) store<u8>(at++, 0x2d);
  return at;
}

/** Puts text as the console shows it, control characters as \xHH; what does not fit is cut off. */
function putVisible(at: usize, end: usize, text: string): usize {
  let from = changetype<usize>(text);
  const last = from + ((<usize>text.length) << 1);
  while (from < last && at + 4 <= end) {
    const code = loadUtf16(from, last);
    from += code > 0xffff ? 4 : 2;
    if (code >= 0x20 && (code < 0x7f || code >= 0xa0)) {
      at += storeUtf8(at, code);
      continue;
    }
    store<u16>(at, 0x785c);
    store<u8>(at, hexDigit(code >> 4) as u8, 2);
    store<u8>(at, hexDigit(code) as u8, 3);
    at += 4;
  }
  return at;
}

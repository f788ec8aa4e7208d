/**
 * A line for each response, in the Common Log Format that web servers and what reads their logs have in common:
 *
 *     10.0.0.1 - - [21/Nov/2026:07:35:00 +0000] "GET /css/site.css HTTP/1.1" 200 612
 *
 * A head that was refused may be anything: its line has "-" for a request. The lines are those of the log source `http` at
 * level info, without its heading: `--logs=http:warning` takes them away.
 */

import { Fn1 } from "../sched/combine";
import { wallNow } from "../sys/clock";
import { flushConsole, putCharacter, putDecimal, putEscaped, putOctets, putText } from "../sys/console";
import { LEVEL_INFO, LogSource } from "../sys/log";
import { CR } from "./ascii";
import { Context } from "./context";
import { LOG_FORM, storeForm } from "./date";
import { Middleware } from "./middleware";
import { settle } from "./settle";

/** 21/Nov/2026:07:35:00 +0000 */
const date: usize = memory.data(32);

export class AccessLog extends Middleware {
  private readonly source: LogSource = new LogSource("http");

  handle(c: Context, next: Fn1<Context, void>): void {
    next.call(c);
    settle(c);
    this.write(c, c.request.head.at);
  }

  refused(c: Context): void {
    this.write(c, 0);
  }

  /** @param line where the request's line is, or 0 */
  private write(c: Context, line: usize): void {
    if (!this.source.enabled(LEVEL_INFO)) return;
    const address = c.request.remoteAddress;
    for (let shift = 24; shift >= 0; shift -= 8) {
      putDecimal((address >> shift) & 255, 1);
      if (shift) putCharacter(0x2e);
    }
    putText(" - - [");
    putOctets(date, storeForm(date, LOG_FORM, wallNow() / 1_000_000_000) - date);
    putText('] "');
    if (line) putLine(line);
    else putCharacter(0x2d);
    putText('" ');
    putDecimal(c.status, 3);
    putCharacter(0x20);
    putNumber(c.size);
    putCharacter(0x0a);
    flushConsole();
  }
}

/** The request's line, whose octets are visible and ASCII. What would end the text is written as Apache does: \x22. */
function putLine(at: usize): void {
  // Empty lines may stand before it (RFC 9112, 2.2).
  while (<u32>load<u8>(at) == CR) at += 2;
  for (let octet = <u32>load<u8>(at); octet != CR; octet = <u32>load<u8>(++at)) {
    if (octet == 0x22 || octet == 0x5c) putEscaped(octet);
    else putCharacter(octet);
  }
}

function putNumber(value: u64): void {
  if (value > 9) putNumber(value / 10);
  putCharacter(0x30 + <u32>(value % 10));
}

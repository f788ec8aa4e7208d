/**
 * A line for each response of a handler, in the Common Log Format that web servers and what reads their logs have in common:
 *
 *     10.0.0.1 - - [21/Nov/2026:07:35:00 +0000] "GET /css/site.css HTTP/1.1" 200 612
 *
 * The lines are those of the log source `http` at level info, without its heading: `--logs=http:warning` takes them away.
 */

import { hexDigit } from "../base/hex";
import { Fn1 } from "../sched/combine";
import { dateOf } from "../sys/calendar";
import { wallNow } from "../sys/clock";
import { flushConsole, putCharacter, putDecimal, putText } from "../sys/console";
import { LEVEL_INFO, LogSource } from "../sys/log";
import { CR } from "./ascii";
import { Context } from "./context";
import { MONTHS } from "./date";
import { Middleware } from "./middleware";
import { settle } from "./settle";

export class AccessLog extends Middleware {
  private readonly source: LogSource = new LogSource("http");

  handle(c: Context, next: Fn1<Context, void>): void {
    next.call(c);
    settle(c);
    if (!this.source.enabled(LEVEL_INFO)) return;
    const request = c.request;
    const address = request.remoteAddress;
    for (let shift = 24; shift >= 0; shift -= 8) {
      putDecimal((address >> shift) & 255, 1);
      if (shift) putCharacter(0x2e);
    }
    putText(" - - [");
    putDateAndTime(wallNow() / 1000000000);
    putText('] "');
    putLine(request.head.at);
    putText('" ');
    putDecimal(c.status, 3);
    putCharacter(0x20);
    putNumber(c.size);
    putCharacter(0x0a);
    flushConsole();
  }
}

/** 21/Nov/2026:07:35:00 +0000 */
function putDateAndTime(seconds: u64): void {
  const date = dateOf(<u32>(seconds / 86400));
  putDecimal(date & 31, 2);
  putCharacter(0x2f);
  const month = changetype<usize>(MONTHS) + (<usize>((date >> 5) & 15) - 1) * 6;
  for (let i: usize = 0; i < 6; i += 2) putCharacter(load<u16>(month + i));
  putCharacter(0x2f);
  putDecimal(date >> 9, 4);
  const second = <u32>(seconds % 86400);
  putCharacter(0x3a);
  putDecimal(second / 3600, 2);
  putCharacter(0x3a);
  putDecimal((second / 60) % 60, 2);
  putCharacter(0x3a);
  putDecimal(second % 60, 2);
  putText(" +0000");
}

/** The request's line, whose octets are visible and ASCII. What would end the text is written as Apache does: \x22. */
function putLine(at: usize): void {
  // Empty lines may stand before it (RFC 9112, 2.2).
  while (<u32>load<u8>(at) == CR) at += 2;
  for (let octet = <u32>load<u8>(at); octet != CR; octet = <u32>load<u8>(++at)) {
    if (octet != 0x22 && octet != 0x5c) {
      putCharacter(octet);
      continue;
    }
    putText("\\x");
    putCharacter(hexDigit(octet >> 4));
    putCharacter(hexDigit(octet));
  }
}

function putNumber(value: u64): void {
  if (value > 9) putNumber(value / 10);
  putCharacter(0x30 + <u32>(value % 10));
}

/**
 * The console: text to the tender's standard output. Pieces are put into a static buffer and handed over together, so
 * that a line is one hypercall and needs no string to be built. Nothing here allocates or fails: panic relies on it.
 */

import { console_write } from "../abi/tender";
import { hexDigit } from "../base/hex";
import { loadUtf16, storeUtf8 } from "../base/utf8";

/** Well below CONSOLE_MAX; longer text goes in several hypercalls. */
const SIZE: usize = 1024;
const buffer: usize = memory.data(1024);
let used: usize = 0;

/** Hands over what was put. */
export function flushConsole(): void {
  if (used) console_write(buffer, used);
  used = 0;
}

/** Puts one character. @param code a code point that is no surrogate */
export function putCharacter(code: u32): void {
  if (used + 4 > SIZE) flushConsole();
  used += storeUtf8(buffer + used, code);
}

/** Puts octets of ASCII. */
export function putOctets(ptr: usize, size: usize): void {
  for (const end = ptr + size; ptr < end; ptr++) putCharacter(load<u8>(ptr));
}

/** Puts text; lone surrogates become U+FFFD. */
export function putText(text: string): void {
  let at = changetype<usize>(text);
  const end = at + ((<usize>text.length) << 1);
  while (at < end) {
    const code = loadUtf16(at, end);
    at += code > 0xffff ? 4 : 2;
    putCharacter(code);
  }
}

/**
 * Puts text that others chose (a host name, a path, an argument). Control characters become \xHH: they must neither
 * forge lines nor reach a terminal.
 */
export function putVisible(text: string): void {
  let at = changetype<usize>(text);
  const end = at + ((<usize>text.length) << 1);
  while (at < end) {
    const code = loadUtf16(at, end);
    at += code > 0xffff ? 4 : 2;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      putEscaped(code);
    } else {
      putCharacter(code);
    }
  }
}

/** Puts a character below 256 as \xHH. */
export function putEscaped(code: u32): void {
  putText("\\x");
  putCharacter(hexDigit(code >> 4));
  putCharacter(hexDigit(code));
}

/** Puts a number in decimal, with leading zeros up to `width` digits. */
export function putDecimal(value: u32, width: i32): void {
  if (value > 9 || width > 1) putDecimal(value / 10, width - 1);
  putCharacter(0x30 + (value % 10));
}

/** Writes text to the console, in UTF-8 and as it is: a line ends with "\n". */
export function consoleWrite(text: string): void {
  putText(text);
  flushConsole();
}

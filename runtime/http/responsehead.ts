/** The head of a response: its status line (RFC 9112, 4). */
import { OK } from "../base/result";
import { isValue, SPACE } from "./ascii";
import { Head } from "./head";
import { STATUS_BAD_REQUEST } from "./status";

/** "HTTP/1." as it lies in memory, and octets up to the phrase: "HTTP/1.1 200 ". */
const HTTP_1: u64 = 0x002e_312f_5054_5448;
const PHRASE: usize = 13;

export class ResponseHead extends Head {
  status: i32 = 0;

  /** HTTP-version SP status-code SP [ reason-phrase ]; the last space may be missing where there is no phrase. */
  protected startLine(at: usize, end: usize): i32 {
    if (end - at < PHRASE - 1 || (load<u64>(at) & 0x00ff_ffff_ffff_ffff) != HTTP_1) return STATUS_BAD_REQUEST;
    const minor = <u32>load<u8>(at, 7) - 0x30;
    let status = 0;
    for (let digit = at + 9; digit < at + 12; digit++) {
      const value = <u32>load<u8>(digit) - 0x30;
      if (value > 9) return STATUS_BAD_REQUEST;
      status = status * 10 + value;
    }
    if (minor > 9 || load<u8>(at, 8) != SPACE || status < 100 || status > 599) return STATUS_BAD_REQUEST;
    if (end - at >= PHRASE && (load<u8>(at, 12) != SPACE || !isValue(at + PHRASE, end))) return STATUS_BAD_REQUEST;
    this.minor = min<i32>(minor, 1);
    this.status = status;
    return OK;
  }

  protected known(_name: usize, _nameSize: usize, _value: usize, _end: usize): i32 {
    return OK;
  }

  /** Codings that are not known are refused: no other than chunked was asked for. */
  protected finish(): i32 {
    const framing = this.checkFraming();
    if (framing != OK) return framing;
    return this.unknownCoding || (this.coded && !this.chunked) ? STATUS_BAD_REQUEST : OK;
  }
}

/**
 * TCP's options (RFC 9293, 3.2; RFC 7323; RFC 2018), between the header's first 20 octets and the data.
 *
 *     End of Option List        | 0 |
 *     No-Operation              | 1 |
 *     Maximum Segment Size      | 2 |  4 | octets (2) |
 *     Window Scale              | 3 |  3 | shift |
 *     SACK Permitted            | 4 |  2 |
 *     SACK                      | 5 |  2 + 8 n | left edge (4) | right edge (4) | ...
 *     Timestamps                | 8 | 10 | TSval (4) | TSecr (4) |
 *
 * The writers write whole words, with No-Operations in front, so that the words behind stay aligned.
 */

import { load16be, load32be, store32be } from "../base/bytes";
import * as tcp from "./tcp";

const END: u32 = 0;
const NO_OPERATION: u32 = 1;
const MSS: u32 = 2;
const WINDOW_SCALE: u32 = 3;
const SACK_PERMITTED: u32 = 4;
const SACK: u32 = 5;
const TIMESTAMPS: u32 = 8;
/** Timestamps behind two No-Operations, as most segments have them (RFC 7323, Appendix A), as it lies in memory. */
const TIMESTAMPS_ALONE: u32 = 0x0a080101;

/** Octets that emitMss, emitWindowScale and emitSackPermitted write, each. */
export const WORD: u32 = 4;
/** Octets that emitTimestamps writes. */
export const TIMESTAMPS_LENGTH: u32 = 12;
/** Octets that emitSackBlocks writes before the blocks. */
export const SACK_LENGTH: u32 = 4;
/** Octets of a SACK block. */
export const SACK_BLOCK: u32 = 8;
/** Most blocks in a segment: 40 octets of options hold four, or three and timestamps (RFC 2018, 3). */
export const SACK_BLOCKS_MAX: u32 = 4;
/** "If a Window Scale option is received with a shift.cnt value larger than 14, the TCP SHOULD [...] use 14." */
export const WINDOW_SCALE_MAX: u32 = 14;

/** What the options of one segment say. Made once and used for each. */
export class TcpOptions {
  /** The peer's maximum segment size; 0 without the option. Only a SYN has it. */
  mss: u32 = 0;
  /** The shift of the peer's windows; -1 without the option. Only a SYN has it. */
  windowScale: i32 = -1;
  /** Whether the peer takes SACK options. Only a SYN has it. */
  sackPermitted: bool = false;
  /** Whether there are timestamps. */
  timestamps: bool = false;
  /** TSval and TSecr; without meaning unless `timestamps`. */
  timestampValue: u32 = 0;
  timestampEcho: u32 = 0;
  /** SACK blocks in the segment. */
  sackCount: u32 = 0;
  private sackAt: usize = 0;

  /**
   * Reads the options of a segment, valid as long as the segment lies there. Options of another kind, and those that belong
   * into a SYN in any other segment, are passed over (RFC 9293, 3.1: MUST-6).
   * @param ptr a header that tcp.check accepted
   * @returns false when an option's length is wrong (MUST-7); what stands before it is read, the rest is not
   */
  read(ptr: usize): bool {
    this.timestamps = false;
    this.sackCount = 0;
    const length = tcp.headerLength(ptr);
    let at = ptr + tcp.HEADER_LENGTH;
    const syn = (tcp.flags(ptr) & tcp.SYN) != 0;
    if (syn) {
      this.mss = 0;
      this.windowScale = -1;
      this.sackPermitted = false;
    }
    if (length == tcp.HEADER_LENGTH + TIMESTAMPS_LENGTH && load<u32>(at) == TIMESTAMPS_ALONE) {
      this.readTimestamps(at + 4);
      return true;
    }
    const end = ptr + length;
    while (at < end) {
      const kind = load<u8>(at++) as u32;
      if (kind == END) return true;
      if (kind == NO_OPERATION) continue;
      if (at == end) return false;
      const size = load<u8>(at++) as u32;
      // The length counts the two octets that kind and length take.
      if (size < 2 || at + size - 2 > end || !this.readOne(kind, size, at, syn)) return false;
      at += size - 2;
    }
    return true;
  }

  /** Left edge of a SACK block: its first sequence number. @param index below sackCount */
  sackLeft(index: u32): u32 {
    return load32be(this.sackAt + index * SACK_BLOCK);
  }

  /** Right edge of a SACK block: the sequence number behind its last. @param index below sackCount */
  sackRight(index: u32): u32 {
    return load32be(this.sackAt + index * SACK_BLOCK + 4);
  }

  /** Reads one option whose content lies at `at`. @returns whether its length is right for its kind */
  private readOne(kind: u32, size: u32, at: usize, syn: bool): bool {
    switch (kind) {
      case MSS:
        if (size != 4) return false;
        if (syn) this.mss = load16be(at);
        break;
      case WINDOW_SCALE:
        if (size != 3) return false;
        if (syn) this.windowScale = min(load<u8>(at) as u32, WINDOW_SCALE_MAX);
        break;
      case SACK_PERMITTED:
        if (size != 2) return false;
        if (syn) this.sackPermitted = true;
        break;
      case SACK:
        // What fits behind it into 40 octets is at most four blocks, so the count needs no limit of its own.
        if (size < 10 || ((size - 2) & 7) != 0) return false;
        this.sackCount = (size - 2) / SACK_BLOCK;
        this.sackAt = at;
        break;
      case TIMESTAMPS:
        if (size != 10) return false;
        this.readTimestamps(at);
    }
    return true;
  }

  private readTimestamps(at: usize): void {
    this.timestamps = true;
    this.timestampValue = load32be(at);
    this.timestampEcho = load32be(at + 4);
  }
}

/** Each of these writes one option at `at`. @returns the address behind it */
export function emitMss(at: usize, octets: u32): usize {
  store32be(at, (MSS << 24) | (4 << 16) | octets);
  return at + WORD;
}

/** @param shift at most WINDOW_SCALE_MAX */
export function emitWindowScale(at: usize, shift: u32): usize {
  store32be(at, (NO_OPERATION << 24) | (WINDOW_SCALE << 16) | (3 << 8) | shift);
  return at + WORD;
}

export function emitSackPermitted(at: usize): usize {
  store32be(at, (NO_OPERATION << 24) | (NO_OPERATION << 16) | (SACK_PERMITTED << 8) | 2);
  return at + WORD;
}

export function emitTimestamps(at: usize, value: u32, echo: u32): usize {
  store<u32>(at, TIMESTAMPS_ALONE);
  store32be(at + 4, value);
  store32be(at + 8, echo);
  return at + TIMESTAMPS_LENGTH;
}

/** Writes the head of a SACK option, behind which `count` blocks follow by emitSackBlock. @param count 1 to SACK_BLOCKS_MAX */
export function emitSack(at: usize, count: u32): usize {
  store32be(at, (NO_OPERATION << 24) | (NO_OPERATION << 16) | (SACK << 8) | (2 + count * SACK_BLOCK));
  return at + SACK_LENGTH;
}

export function emitSackBlock(at: usize, left: u32, right: u32): usize {
  store32be(at, left);
  store32be(at + 4, right);
  return at + SACK_BLOCK;
}

/** A response as it grows: the question, and behind it what the compiler has prepared (zone/format.ts). */
import { load16be, load32be, store16be } from "../../base/bytes";
import * as wire from "../../wire/dns";
import { NAME_MAX, nameLength, POINTER } from "../../wire/dnsname";
import {
  ANSWER_ADDITIONALS,
  ANSWER_ANSWERS,
  ANSWER_AUTHORITIES,
  ANSWER_BLOCKS,
  ANSWER_BODY,
  ANSWER_FLAGS,
  ANSWER_LENGTH,
  ANSWER_NAME_LENGTH,
  ANSWER_NEEDED,
  ANSWER_NEEDED_ADDITIONALS,
  ANSWER_SUFFIXES,
  ANSWER_WHOLES,
  PLACE_SIZE,
  RENAMING_TARGET,
  RENAMING_TTL,
} from "../zone/format";

/** Octets of a CNAME record before its data, with its owner as a pointer. */
const CNAME_HEAD: u32 = 12;

export class Response {
  /** AA and TC. */
  flags: u32 = 0;
  code: u32 = 0;
  /** Where the message begins, where it goes on, and where it must end. */
  private message: usize = 0;
  private at: usize = 0;
  private end: usize = 0;
  private body: usize = 0;
  private answers: u32 = 0;
  private authorities: u32 = 0;
  private additionals: u32 = 0;

  /**
   * Begins a response with the query's header and question.
   * @param to where; @param query from where; @param begin octets of header and question
   * @param room most octets of the response, without what finish is told of
   */
  open(to: usize, query: usize, begin: u32, room: u32, code: u32): void {
    memory.copy(to, query, begin);
    this.message = to;
    this.body = to + begin;
    this.end = to + room;
    this.code = code;
    this.empty(0);
  }

  /** Takes the records out. @param flags instead of those that were there */
  private empty(flags: u32): void {
    this.at = this.body;
    this.flags = flags;
    this.answers = 0;
    this.authorities = 0;
    this.additionals = 0;
  }

  /** Says that not all did fit. Nothing of it is sent then, so that nobody takes a part for the whole. */
  truncate(): void {
    this.empty(this.flags | wire.FLAG_TC);
  }

  /**
   * Appends a prepared answer, without what may be left out where there is no room for it.
   * @param name where in the message the name stands that it is the answer for; @param length that name's octets
   * @returns whether there was room; else the response is truncated
   */
  append(answer: usize, name: usize, length: u32): bool {
    const at = this.at;
    const room = (this.end - at) as u32;
    const flags = <u32>load<u16>(answer, ANSWER_FLAGS);
    // What is authoritative is said of the first name only (RFC 1035, 4.1.1), whether all of it fits or not.
    if (at == this.body) this.flags = flags & wire.FLAG_AA;
    let size = <u32>load<u16>(answer, ANSWER_LENGTH);
    let additionals = load16be(answer + ANSWER_ADDITIONALS);
    if (size > room) {
      size = load<u16>(answer, ANSWER_NEEDED);
      additionals = load16be(answer + ANSWER_NEEDED_ADDITIONALS);
      if (size > room) {
        this.truncate();
        return false;
      }
    }
    memory.copy(at, answer + ANSWER_BODY, size);
    const own = <u32>load<u8>(answer, ANSWER_NAME_LENGTH);
    // Where the body and its question are as the compiler thought: nothing to move.
    const offset = (name - this.message) as u32;
    if (offset != wire.HEADER_LENGTH || length != own) this.move(answer, at, size, offset, length - own, own);
    this.at = at + size;
    // The code is that of the last name (RFC 6604, 3).
    this.code = flags & wire.RCODE_MASK;
    this.answers += load16be(answer + ANSWER_ANSWERS);
    this.authorities += load16be(answer + ANSWER_AUTHORITIES);
    this.additionals += additionals;
    return true;
  }

  /** Moves the pointers of a body that was put to `at`, for a name at an offset in the message. */
  private move(answer: usize, at: usize, size: u32, offset: u32, delta: u32, own: u32): void {
    const before = wire.HEADER_LENGTH;
    let places = answer + ANSWER_BODY + load<u16>(answer, ANSWER_LENGTH);
    places = shift(places, load<u16>(answer, ANSWER_WHOLES), at, size, offset - before);
    places = shift(places, load<u16>(answer, ANSWER_SUFFIXES), at, size, offset - before + delta);
    const thought = before + own + wire.QUESTION_REST;
    shift(places, load<u16>(answer, ANSWER_BLOCKS), at, size, ((at - this.message) as u32) - thought);
  }

  /**
   * Appends an answer with a DNAME record, and the CNAME record that it makes of a name below it (RFC 6672, 3.1).
   * @param name where in the message that name stands, uncompressed; @param length its octets
   * @param below octets of the name before the DNAME record's owner
   * @returns where in the message the new name stands; 0 when it is too long, or there is no room for it
   */
  rename(answer: usize, name: usize, length: u32, below: u32): usize {
    if (!this.append(answer, name, length)) return 0;
    const target = answer + ANSWER_BODY + RENAMING_TARGET;
    const rest = nameLength(target);
    if (below + rest > NAME_MAX) {
      this.code = wire.RCODE_NAME_TOO_LONG;
      return 0;
    }
    let at = this.at;
    if (this.end - at < CNAME_HEAD + below + rest) {
      this.truncate();
      return 0;
    }
    store16be(at, ((POINTER << 8) | ((name - this.message) as u32)) as u16);
    const timeToLive = load32be(answer + ANSWER_BODY + RENAMING_TTL);
    at = wire.emitRecordRest(at + 2, wire.TYPE_CNAME, wire.CLASS_IN, timeToLive, below + rest);
    memory.copy(at, name, below);
    memory.copy(at + below, target, rest);
    this.answers++;
    this.at = at + below + rest;
    return at;
  }

  /**
   * Writes the header.
   * @param flags what is taken from the query: its opcode, RD and CD; @param questions how many there are: 0 or 1
   */
  writeHeader(flags: u32, questions: u32, edns: u32): void {
    wire.setFlags(this.message, flags | wire.FLAG_QR | this.flags | (this.code & wire.RCODE_MASK));
    wire.setCounts(this.message, questions, this.answers, this.authorities, this.additionals + edns);
  }

  /** Where it goes on. */
  get position(): usize {
    return this.at;
  }
}

/** Adds to the pointers of a list that lie whole in a body's first `size` octets. @returns the address behind the list */
function shift(places: usize, count: u32, body: usize, size: u32, by: u32): usize {
  const end = places + <usize>count * PLACE_SIZE;
  for (let at = places; at < end; at += PLACE_SIZE) {
    const place = <u32>load<u16>(at);
    if (place + 1 >= size) break;
    store16be(body + place, (load16be(body + place) + by) as u16);
  }
  return end;
}

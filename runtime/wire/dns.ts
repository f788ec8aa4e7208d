/**
 * DNS messages (RFC 1035, 4; EDNS: RFC 6891): a header, a question, and three sections of records.
 *
 *      0           2           4           6           8           10
 *     |ID         |flags      |QDCOUNT    |ANCOUNT    |NSCOUNT    |ARCOUNT    |
 *     |question: QNAME ... |QTYPE      |QCLASS     |
 *     |record: NAME ...    |TYPE       |CLASS      |TTL                    |RDLENGTH   |RDATA ...
 */
import { load16be, load32be, store16be, store32be } from "../base/bytes";
import { skipName } from "./dnsname";

const ID: usize = 0;
const FLAGS: usize = 2;
const QUESTIONS: usize = 4;
const ANSWERS: usize = 6;
const AUTHORITIES: usize = 8;
const ADDITIONALS: usize = 10;
export const HEADER_LENGTH: u32 = 12;
/** Octets of a question behind its name. */
export const QUESTION_REST: u32 = 4;
/** Octets of a record between its name and its data. */
const RECORD_REST: u32 = 10;

/** Where servers are asked, by UDP and TCP. */
export const PORT: u32 = 53;
/** Most octets of a message by UDP without EDNS. */
export const UDP_MAX: u32 = 512;
/** Octets of UDP that we say we take: what passes everywhere without being cut into fragments (RFC 9715, 3.1). */
export const EDNS_UDP_MAX: u32 = 1232;
/** Octets of an EDNS record without options. */
export const EDNS_LENGTH: u32 = 1 + RECORD_REST;

// Flags.
/** The message is a response. */
export const FLAG_QR: u32 = 0x8000;
/** The answer is the zone's own. */
export const FLAG_AA: u32 = 0x0400;
/** Not all of the answer did fit. */
export const FLAG_TC: u32 = 0x0200;
/** Recursion is desired. */
export const FLAG_RD: u32 = 0x0100;
/** Recursion is available. */
export const FLAG_RA: u32 = 0x0080;
/** Checking disabled (RFC 4035, 3.2.2). */
export const FLAG_CD: u32 = 0x0010;
export const OPCODE_MASK: u32 = 0x7800;
export const RCODE_MASK: u32 = 0x000f;

export const RCODE_NO_ERROR: u32 = 0;
export const RCODE_FORMAT_ERROR: u32 = 1;
export const RCODE_SERVER_FAILURE: u32 = 2;
/** The name does not exist (NXDOMAIN). */
export const RCODE_NAME_ERROR: u32 = 3;
export const RCODE_NOT_IMPLEMENTED: u32 = 4;
export const RCODE_REFUSED: u32 = 5;
/** A name became too long (RFC 6672, 2.2). */
export const RCODE_NAME_TOO_LONG: u32 = 6;
/** The version of EDNS is not known (RFC 6891, 9). */
export const RCODE_BAD_VERSION: u32 = 16;

export const TYPE_A: u32 = 1;
export const TYPE_NS: u32 = 2;
export const TYPE_CNAME: u32 = 5;
export const TYPE_SOA: u32 = 6;
export const TYPE_AAAA: u32 = 28;
export const TYPE_OPT: u32 = 41;
export const TYPE_TKEY: u32 = 249;
export const TYPE_TSIG: u32 = 250;
export const TYPE_IXFR: u32 = 251;
export const TYPE_AXFR: u32 = 252;
export const TYPE_MAILB: u32 = 253;
export const TYPE_MAILA: u32 = 254;
export const TYPE_ANY: u32 = 255;
export const CLASS_IN: u32 = 1;
export const CLASS_ANY: u32 = 255;

// EDNS (RFC 6891): fields of the TTL of its record, and options.
/** Where the version stands. */
export const EDNS_VERSION: u32 = 0x00ff0000;
/** DNSSEC OK (RFC 3225). */
export const EDNS_DO: u32 = 0x8000;
/** Octets of an option's code and length. */
export const OPTION_HEADER: u32 = 4;
export const OPTION_COOKIE: u32 = 10;
export const OPTION_KEEPALIVE: u32 = 11;

/** Whether `length` octets at `ptr` hold a header and one whole question. Records may be missing or malformed. */
export function check(ptr: usize, length: u32): bool {
  if (length < HEADER_LENGTH || questionCount(ptr) != 1) return false;
  const name = skipName(ptr + HEADER_LENGTH, ptr + length);
  return name != 0 && ptr + length - name >= QUESTION_REST;
}

/** Whether `length` octets at `ptr` begin with a header, and it says that no question follows. */
export function isWithoutQuestion(ptr: usize, length: u32): bool {
  return length >= HEADER_LENGTH && load16be(ptr + QUESTIONS) == 0;
}

// ---- Only of what passed check ---------------------------------------------------------------------------------------

/** What the answer has from its query. */
export function id(ptr: usize): u32 {
  return load16be(ptr + ID);
}

/** FLAG_*, opcode and response code. */
export function flags(ptr: usize): u32 {
  return load16be(ptr + FLAGS);
}

/** The kind of query: 0, a standard one. */
export function opcode(ptr: usize): u32 {
  return (flags(ptr) & OPCODE_MASK) >> 11;
}

/** RCODE_*, without the bits that EDNS adds. */
export function responseCode(ptr: usize): u32 {
  return flags(ptr) & RCODE_MASK;
}

/** QDCOUNT. */
export function questionCount(ptr: usize): u32 {
  return load16be(ptr + QUESTIONS);
}

/** The question's name, pointers not followed. */
export function questionName(ptr: usize): usize {
  return ptr + HEADER_LENGTH;
}

/** The address behind the question's name. */
function questionRest(ptr: usize): usize {
  return skipName(questionName(ptr), usize.MAX_VALUE);
}

export function questionType(ptr: usize): u32 {
  return load16be(questionRest(ptr));
}

export function questionClass(ptr: usize): u32 {
  return load16be(questionRest(ptr) + 2);
}

/** Where the records begin. */
export function questionEnd(ptr: usize): usize {
  return questionRest(ptr) + QUESTION_REST;
}

// Sections, as RecordReader tells them.
export const SECTION_ANSWER: u32 = 0;
export const SECTION_AUTHORITY: u32 = 1;
export const SECTION_ADDITIONAL: u32 = 2;

/** Walks through the records of a message. One object serves many messages. */
export class RecordReader {
  /** Where the record's owner stands, pointers not followed. */
  name: usize = 0;
  type: u32 = 0;
  /** The class; of EDNS' record, the octets of UDP that the other side takes. */
  class_: u32 = 0;
  /** Seconds. */
  timeToLive: u32 = 0;
  data: usize = 0;
  dataLength: u32 = 0;
  /** Which section the record is of. */
  section: u32 = 0;
  /** Whether a record was malformed or missing; `next` then ends. */
  malformed: bool = false;
  private message: usize = 0;
  private at: usize = 0;
  private end: usize = 0;
  private left: u32 = 0;

  /** Begins before the first record of a message that passed check. @param at where that is */
  open(ptr: usize, length: u32, at: usize = questionEnd(ptr)): void {
    this.message = ptr;
    this.at = at;
    this.end = ptr + length;
    this.section = SECTION_ANSWER;
    this.left = load16be(ptr + ANSWERS);
    this.malformed = false;
  }

  /** The address behind the last record taken. */
  get dataEnd(): usize {
    return this.at;
  }

  /** Takes the next record. @returns false when there is none */
  next(): bool {
    while (this.left == 0) {
      if (this.section == SECTION_ADDITIONAL) return false;
      this.section++;
      this.left = load16be(this.message + (this.section == SECTION_AUTHORITY ? AUTHORITIES : ADDITIONALS));
    }
    this.left--;
    const end = this.end;
    const rest = skipName(this.at, end);
    this.malformed = true;
    if (rest == 0 || end - rest < RECORD_REST) return this.stop();
    const dataLength = <u32>load16be(rest + 8);
    if (end - rest - RECORD_REST < dataLength) return this.stop();
    this.malformed = false;
    this.name = this.at;
    this.type = load16be(rest);
    this.class_ = load16be(rest + 2);
    this.timeToLive = load32be(rest + 4);
    this.data = rest + RECORD_REST;
    this.dataLength = dataLength;
    this.at = this.data + dataLength;
    return true;
  }

  private stop(): bool {
    this.section = SECTION_ADDITIONAL;
    this.left = 0;
    return false;
  }
}

// ---- Writing ---------------------------------------------------------------------------------------------------------

/** Writes a header, HEADER_LENGTH octets, whose counts are 0 but for one question. @param flags FLAG_* and response code */
export function emitHeader(ptr: usize, id: u32, flags: u32): void {
  store16be(ptr + ID, id as u16);
  setFlags(ptr, flags);
  setCounts(ptr, 1, 0, 0, 0);
}

/** Sets FLAG_*, opcode and response code. */
export function setFlags(ptr: usize, flags: u32): void {
  store16be(ptr + FLAGS, flags as u16);
}

/** Sets how many questions and records of each section there are. */
export function setCounts(ptr: usize, questions: u32, answers: u32, authorities: u32, additionals: u32): void {
  store16be(ptr + QUESTIONS, questions as u16);
  store16be(ptr + ANSWERS, answers as u16);
  store16be(ptr + AUTHORITIES, authorities as u16);
  store16be(ptr + ADDITIONALS, additionals as u16);
}

/** Writes what follows a question's name. @returns the address behind it */
export function emitQuestionRest(at: usize, type: u32, class_: u32): usize {
  store16be(at, type as u16);
  store16be(at + 2, class_ as u16);
  return at + QUESTION_REST;
}

/** Writes what stands between a record's name and its data. @returns where the data goes */
export function emitRecordRest(at: usize, type: u32, class_: u32, timeToLive: u32, dataLength: u32): usize {
  store16be(at, type as u16);
  store16be(at + 2, class_ as u16);
  store32be(at + 4, timeToLive);
  store16be(at + 8, dataLength as u16);
  return at + RECORD_REST;
}

/**
 * Writes the record of EDNS (RFC 6891, 6.1.2), EDNS_LENGTH octets and its options, which are written then.
 * @param size octets of UDP that we take; @param extended upper bits of the response code, version, and flags
 * @param options their octets
 * @returns where those go
 */
export function emitEdns(at: usize, size: u32, extended: u32 = 0, options: u32 = 0): usize {
  store<u8>(at, 0);
  return emitRecordRest(at + 1, TYPE_OPT, size, extended, options);
}

/** Writes the head of an option. @returns where its `length` octets go */
export function emitOption(at: usize, code: u32, length: u32): usize {
  store16be(at, code as u16);
  store16be(at + 2, length as u16);
  return at + OPTION_HEADER;
}

/** A query as it comes: everything that is wrong with it is found here, before anything of it is looked up. */
import { load16be } from "../../base/bytes";
import * as wire from "../../wire/dns";
import { isCookieLength } from "./cookies";
import { QueryName } from "./queryname";

/** In place of a response code: there is no answer at all. */
export const DROPPED: i32 = -1;

/** One object serves all queries, one after the other. */
export class Query {
  readonly name: QueryName = new QueryName();
  type: u32 = 0;
  /** Whether the class is ANY: then no answer is authoritative. */
  anyClass: bool = false;
  /** Octets of the question, behind the header; 0 where there is none, or none that can be repeated. */
  question: u32 = 0;
  /** Whether EDNS was used, and what it says. */
  edns: bool = false;
  /** Octets that the client takes by UDP. */
  size: u32 = 0;
  dnssecOk: bool = false;
  /** The cookie, octets of it, 0 where there is none. */
  cookie: usize = 0;
  cookieLength: u32 = 0;
  /** Whether the client asks how long it may keep its connection (RFC 7828). */
  keepAlive: bool = false;
  private records: wire.RecordReader = new wire.RecordReader();

  /**
   * Reads a message.
   * @returns the response code (RCODE_*) that it deserves as far as can be told without looking its name up, or DROPPED
   */
  read(ptr: usize, length: u32): i32 {
    this.type = 0;
    this.question = 0;
    this.edns = false;
    this.cookieLength = 0;
    this.keepAlive = false;
    if (length < wire.HEADER_LENGTH || wire.flags(ptr) & wire.FLAG_QR) return DROPPED;
    if (wire.opcode(ptr) != 0) return wire.RCODE_NOT_IMPLEMENTED;
    const questions = wire.questionCount(ptr);
    // RFC 9619: "A DNS message with OPCODE = 0 MUST NOT include a QDCOUNT parameter whose value is greater than 1".
    if (questions > 1) return wire.RCODE_FORMAT_ERROR;
    let class_ = wire.CLASS_IN;
    let at = ptr + wire.HEADER_LENGTH;
    if (questions != 0) {
      const size = this.name.read(at, ptr + length);
      at += size;
      if (size == 0 || ptr + length - at < wire.QUESTION_REST) return wire.RCODE_FORMAT_ERROR;
      this.type = load16be(at);
      class_ = load16be(at + 2);
      at += wire.QUESTION_REST;
      this.question = size + wire.QUESTION_REST;
    }
    const code = this.readRecords(ptr, length, at);
    if (code != wire.RCODE_NO_ERROR) return code;
    // RFC 7873, 5.4: who has no question may ask for a cookie.
    if (questions == 0) return this.cookieLength ? wire.RCODE_NO_ERROR : wire.RCODE_FORMAT_ERROR;
    this.anyClass = class_ == wire.CLASS_ANY;
    if (class_ != wire.CLASS_IN && !this.anyClass) return wire.RCODE_REFUSED;
    return judgeType(this.type);
  }

  /** Walks through what follows the question: nothing but additional records, one of them EDNS' at most. */
  private readRecords(ptr: usize, length: u32, at: usize): i32 {
    const records = this.records;
    let version: u32 = 0;
    records.open(ptr, length, at);
    while (records.next()) {
      if (records.section != wire.SECTION_ADDITIONAL) {
        // A zone's client tells the version that it has (RFC 1995, 3).
        if (records.section == wire.SECTION_AUTHORITY && this.type == wire.TYPE_IXFR) continue;
        return wire.RCODE_FORMAT_ERROR;
      }
      // Signatures of transactions (RFC 8945): nobody here has a key.
      if (records.type == wire.TYPE_TSIG) return wire.RCODE_FORMAT_ERROR;
      if (records.type != wire.TYPE_OPT) continue;
      // RFC 6891, 6.1.1: "If a query message with more than one OPT RR is received, a FORMERR [...] MUST be returned."
      if (this.edns || load<u8>(records.name) != 0) return wire.RCODE_FORMAT_ERROR;
      this.edns = true;
      this.size = records.class_;
      this.dnssecOk = (records.timeToLive & wire.EDNS_DO) != 0;
      version = records.timeToLive & wire.EDNS_VERSION;
      // What another version's options are, it alone knows.
      if (version == 0 && !this.readOptions(records.data, records.dataEnd)) return wire.RCODE_FORMAT_ERROR;
    }
    if (records.malformed || records.dataEnd != ptr + length) return wire.RCODE_FORMAT_ERROR;
    return version ? wire.RCODE_BAD_VERSION : wire.RCODE_NO_ERROR;
  }

  private readOptions(at: usize, end: usize): bool {
    while (at < end) {
      const data = at + wire.OPTION_HEADER;
      if (data > end) return false;
      const length = <u32>load16be(at + 2);
      if (end - data < length) return false;
      const code = load16be(at);
      if (code == wire.OPTION_COOKIE && this.cookieLength == 0) {
        if (!isCookieLength(length)) return false;
        this.cookie = data;
        this.cookieLength = length;
      } else if (code == wire.OPTION_KEEPALIVE) this.keepAlive = true;
      at = data + length;
    }
    return true;
  }
}

/** The response code for types that no record has. */
function judgeType(type: u32): i32 {
  // Zones are not transferred, and keys not agreed on (RFC 2930), from here.
  if (type == wire.TYPE_AXFR || type == wire.TYPE_IXFR) return wire.RCODE_REFUSED;
  if (type == wire.TYPE_OPT || type == wire.TYPE_TKEY || type == wire.TYPE_TSIG) return wire.RCODE_FORMAT_ERROR;
  return type == wire.TYPE_MAILA || type == wire.TYPE_MAILB ? wire.RCODE_NOT_IMPLEMENTED : wire.RCODE_NO_ERROR;
}

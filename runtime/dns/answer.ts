/** What a response says about a name: its addresses, or that it has none (RFC 1035, RFC 2181, RFC 2308). */
import { load32be } from "../base/bytes";
import { E_AGAIN, E_REFUSED, OK } from "../base/result";
import { E_NOT_FOUND } from "../sys/results";
import * as wire from "../wire/dns";
import { isSameName, isWithin, NAME_MAX, readName, skipName } from "../wire/dnsname";
import { Ipv4Address } from "../wire/ipv4address";

/** Addresses of a name that are kept. */
const ADDRESSES_MAX: u32 = 8;
/** Aliases between a name and its addresses. */
const ALIASES_MAX: u32 = 8;
/** Longest time that an answer is kept: a day (RFC 8767, 4 speaks of days), and one that there is none: three hours (RFC 2308, 5). */
const TIME_TO_LIVE_MAX: u32 = 86400;
const NEGATIVE_MAX: u32 = 10800;

/** Follows a name through the responses of servers. */
export class Answer {
  /** The name whose addresses are to be asked for next, in canonical form: the one that was asked for, or an alias of it. */
  readonly name: usize = heap.alloc(NAME_MAX);
  /** Addresses in the order of the response. */
  private addresses: StaticArray<Ipv4Address> = new StaticArray<Ipv4Address>(ADDRESSES_MAX);
  private count: u32 = 0;
  /** Seconds that all of this holds. */
  timeToLive: u32 = TIME_TO_LIVE_MAX;
  private aliases: u32 = 0;
  /** The name that this response has led to so far. */
  private current: usize = heap.alloc(NAME_MAX);
  private owner: usize = heap.alloc(NAME_MAX);
  private records: wire.RecordReader = new wire.RecordReader();

  /** @param length octets of the name, which is in canonical form */
  constructor(name: usize, length: u32) {
    memory.copy(this.name, name, length);
  }

  /** Gives its memory back. It must not be used any more. */
  release(): void {
    heap.free(this.name);
    heap.free(this.current);
    heap.free(this.owner);
  }

  /** The addresses that were found. */
  found(): StaticArray<Ipv4Address> {
    return this.addresses.slice<StaticArray<Ipv4Address>>(0, this.count);
  }

  /**
   * Reads the response to a question for `name`. Only what it says about that name, and those that it says are the name's
   * aliases, counts: a server has no say about others.
   * @param ptr a message that passed check; @param length its octets
   * @returns OK, there are addresses; E_NOT_FOUND, the name does not exist or has none; E_AGAIN, it is an alias of `name`,
   *   which is now to be asked for; E_REFUSED, the server does not know
   */
  read(ptr: usize, length: u32): i32 {
    const before = this.timeToLive;
    const outcome = this.follow(ptr, length);
    if (outcome == E_REFUSED) {
      this.count = 0;
      this.timeToLive = before;
    }
    return outcome;
  }

  private follow(ptr: usize, length: u32): i32 {
    memory.copy(this.current, this.name, NAME_MAX);
    let aliases = this.aliases;
    let outcome = this.readCurrent(ptr, length);
    for (; outcome == E_AGAIN; outcome = this.readCurrent(ptr, length)) {
      if (++aliases > ALIASES_MAX) return E_REFUSED;
    }
    if (outcome == E_REFUSED || this.count > 0) return outcome;
    outcome = this.readAbsence(ptr, length);
    if (outcome != E_AGAIN) return outcome;
    // Neither addresses nor word that there are none: the name that the aliases lead to has to be asked for.
    if (aliases == this.aliases) return E_REFUSED;
    this.aliases = aliases;
    memory.copy(this.name, this.current, NAME_MAX);
    return E_AGAIN;
  }

  /**
   * Takes the addresses of the current name.
   * @returns E_AGAIN, it has none, but is an alias of what is now current; E_REFUSED, what there is is malformed; else OK
   */
  private readCurrent(ptr: usize, length: u32): i32 {
    const records = this.records;
    const end = ptr + length;
    let alias: usize = 0;
    records.open(ptr, length);
    while (records.next() && records.section == wire.SECTION_ANSWER) {
      if (records.class_ != wire.CLASS_IN || (records.type != wire.TYPE_A && records.type != wire.TYPE_CNAME)) continue;
      if (!readName(ptr, end, records.name, this.owner) || !isSameName(this.owner, this.current)) continue;
      if (records.type == wire.TYPE_CNAME) alias = records.data;
      else if (records.dataLength == 4 && this.count < ADDRESSES_MAX)
        this.addresses[this.count++] = load32be(records.data);
      this.timeToLive = min(this.timeToLive, timeToLive(records));
    }
    if (records.malformed) return E_REFUSED;
    if (this.count > 0 || alias == 0) return OK;
    return readName(ptr, end, alias, this.current) ? E_AGAIN : E_REFUSED;
  }

  /** @returns E_NOT_FOUND, the response says that there are no addresses; E_REFUSED, it leads to other servers; E_AGAIN */
  private readAbsence(ptr: usize, length: u32): i32 {
    const records = this.records;
    const end = ptr + length;
    let referral = false;
    records.open(ptr, length);
    while (records.next() && records.section != wire.SECTION_ADDITIONAL) {
      if (records.section != wire.SECTION_AUTHORITY || records.class_ != wire.CLASS_IN) continue;
      if (!readName(ptr, end, records.name, this.owner) || !isWithin(this.current, this.owner)) continue;
      if (records.type == wire.TYPE_NS) referral = true;
      if (records.type != wire.TYPE_SOA) continue;
      // RFC 2308, 5: the lesser of the record's time and its last field, MINIMUM.
      const minimum = startOfAuthorityMinimum(records, end);
      this.timeToLive = min(this.timeToLive, min(min(timeToLive(records), minimum), NEGATIVE_MAX));
      return E_NOT_FOUND;
    }
    const nameError = wire.responseCode(ptr) == wire.RCODE_NAME_ERROR;
    if (!nameError && referral && !(wire.flags(ptr) & wire.FLAG_AA)) return E_REFUSED;
    if (!nameError && !isSameName(this.current, this.name)) return E_AGAIN;
    // Without that record it "SHOULD NOT be cached".
    this.timeToLive = 0;
    return E_NOT_FOUND;
  }
}

/** RFC 2181, 8: a time with its highest bit set is 0. */
function timeToLive(records: wire.RecordReader): u32 {
  const seconds = records.timeToLive;
  return seconds >> 31 ? 0 : seconds;
}

/** The field MINIMUM of the record: two names, and the last of five numbers; 0 when it is malformed. */
function startOfAuthorityMinimum(records: wire.RecordReader, message: usize): u32 {
  const end = min(records.data + records.dataLength, message);
  const mailbox = skipName(records.data, end);
  const numbers = mailbox ? skipName(mailbox, end) : 0;
  return numbers && end - numbers >= 20 ? load32be(numbers + 16) : 0;
}

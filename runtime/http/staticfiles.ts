/**
 * Answers with files of a key-value store: the path "/css/site.css" with the value "css/site.css", that of a folder with its
 * index.html, what is not there with 404.html. A file `NAME.br` or `NAME.gz` beside `NAME` is sent in its place to those who
 * take it. Conditional requests and ranges are answered as RFC 9110, 13 and 14, say.
 *
 * What lies in memory is sent from there, and what was found of it is kept: for a page that is asked for again nothing is
 * allocated, and no key looked up.
 */
import { equal } from "../base/bytes";
import { fnv1a } from "../base/fnv";
import { OK, resultName } from "../base/result";
import { KvRo } from "../kv/kvro";
import { wallNow } from "../sys/clock";
import { LogSource } from "../sys/log";
import { answerMethods, GET_AND_HEAD } from "./allow";
import { putNumber, putText } from "./ascii";
import { codingWeight } from "./coding";
import { Conditions, NOT_MODIFIED, PRECONDITION_FAILED } from "./conditions";
import { Context } from "./context";
import { DATE_SIZE, NO_DATE, storeDate } from "./date";
import { Handler } from "./handler";
import { Method } from "./method";
import { ByteRange, RANGE_BEYOND, RANGE_NONE } from "./range";
import { RequestHead } from "./requesthead";
import { LEADS_NOWHERE, LEADS_TO_FILE, LEADS_TO_FOLDER, Representation, Resource } from "./resource";

/** Resources that are kept, each in a place that its path tells. A power of two. */
const KEPT: i32 = 64;
/** Most octets of a path whose resource is kept. */
const KEPT_PATH: usize = 128;
/** The page that is sent where there is none. */
const MISSING: string = "/404.html";
const SLASH: u8 = 0x2f;

export class StaticFiles extends Handler {
  private readonly kept: StaticArray<Resource | null> = new StaticArray<Resource | null>(KEPT);
  /** Not in use. */
  private spare: Resource | null = null;
  private readonly log: LogSource = new LogSource("http");
  // Of one request after the other: nothing waits while they are used.
  private readonly conditions: Conditions = new Conditions();
  private readonly range: ByteRange = new ByteRange();
  private readonly scratch: StaticArray<u8> = new StaticArray<u8>(64);
  /** MISSING in octets. */
  private readonly missing: StaticArray<u8> = new StaticArray<u8>(MISSING.length);

  constructor(private files: KvRo) {
    super();
    putText(changetype<usize>(this.missing), MISSING);
  }

  handle(c: Context): void {
    const head = c.request.head;
    if (head.method != Method.Get && head.method != Method.Head) return answerMethods(c, GET_AND_HEAD);
    let found = this.lookUp(head.pathAt, head.pathSize);
    if (found.kind == LEADS_NOWHERE) {
      this.drop(found);
      c.status = 404;
      const page = this.missing;
      found = this.lookUp(changetype<usize>(page), page.length);
    }
    this.answer(c, found);
    this.drop(found);
  }

  /** What a path leads to; may wait for a disk. To be given to `drop` afterwards. */
  private lookUp(path: usize, size: usize): Resource {
    const keeps = size <= KEPT_PATH;
    const place = keeps ? placeOf(path, size) : 0;
    const known = unchecked(this.kept[place]);
    if (known && known.pathSize == size && equal(changetype<usize>(known.path), path, size)) return known;
    const spare = this.spare;
    const resource = spare ? spare : new Resource();
    this.spare = resource.next;
    resource.next = null;
    resource.follow(this.files, path, size);
    if (!keeps || resource.kind != LEADS_TO_FILE || !resource.stays) return resource;
    memory.copy(changetype<usize>(resource.path), path, size);
    resource.pathSize = size;
    this.kept[place] = resource;
    if (known) {
      known.pathSize = 0;
      this.drop(known);
    }
    return resource;
  }

  /** Has a resource used again, unless it is kept. */
  private drop(resource: Resource): void {
    if (resource.pathSize) return;
    resource.next = this.spare;
    this.spare = resource;
  }

  /** Makes the response, and sends the body of what is not in memory. */
  private answer(c: Context, resource: Resource): void {
    if (resource.kind == LEADS_TO_FOLDER) return redirect(c);
    if (resource.kind < 0) return this.fail(c, resource.kind);
    if (resource.kind == LEADS_NOWHERE) return c.fail(404);
    const one = this.choose(c, resource);
    if (c.status == 404) return this.sendPart(c, resource, one, 0, one.value.size);
    const head = c.request.head;
    const conditions = this.conditions;
    conditions.tag = changetype<usize>(one.tag);
    conditions.tagLength = one.tagSize;
    conditions.modified = one.modified;
    conditions.now = wallNow() / 1_000_000_000;
    const outcome = conditions.evaluate(head, true);
    if (outcome == PRECONDITION_FAILED) return c.fail(outcome);
    c._add("ETag: ", changetype<usize>(one.tag), one.tagSize);
    if (outcome == NOT_MODIFIED) {
      c.status = outcome;
      return;
    }
    const size = one.value.size;
    const range = this.rangeOf(head, size);
    if (range == RANGE_BEYOND) {
      this.addContentRange(c, -1, 0, size);
      return c.fail(416);
    }
    c._add("Accept-Ranges: bytes", 0, 0);
    if (one.modified != NO_DATE) {
      // Not later than now, by the clock that Date has (RFC 9110, 8.8.2.1).
      const scratch = changetype<usize>(this.scratch);
      storeDate(scratch, min<i64>(one.modified, conditions.now));
      c._add("Last-Modified: ", scratch, DATE_SIZE);
    }
    if (range == RANGE_NONE) return this.sendPart(c, resource, one, 0, size);
    c.status = 206;
    const start = this.range.start;
    const length = this.range.length;
    this.addContentRange(c, start, start + length - 1, size);
    this.sendPart(c, resource, one, start, length);
  }

  private fail(c: Context, code: i32): void {
    this.log.error("Cannot read a file: " + resultName(code));
    // When the head has left, the connection ends before the length that was promised, and so tells the client.
    if (c.begun) return;
    c.length = -1;
    c.fail(500);
  }

  /** The representation that the client wants most (RFC 9110, 12.5.3). */
  private choose(c: Context, resource: Resource): Representation {
    if (!resource.varies) return resource.plain;
    c._add("Vary: Accept-Encoding", 0, 0);
    const head = c.request.head;
    const brotli = resource.brotli.exists ? codingWeight(head, "br") : 0;
    const gzip = resource.gzip.exists ? codingWeight(head, "gzip") : 0;
    const best = max(brotli, gzip);
    if (!best || best < codingWeight(head, "identity")) return resource.plain;
    return brotli >= gzip ? resource.brotli : resource.gzip;
  }

  /** Which part is asked for, after the conditions were taken. @returns one of RANGE_* */
  private rangeOf(head: RequestHead, size: u64): i32 {
    const index = head.find("range", 0);
    // Ranges are those of GET (RFC 9110, 14.2).
    if (index < 0 || head.method != Method.Get || head.find("range", index + 1) >= 0) return RANGE_NONE;
    if (!this.conditions.isRangeWanted(head)) return RANGE_NONE;
    return this.range.read(head.valueAt(index), head.valueSize(index), size);
  }

  /** `bytes 0-499/1234`. @param first -1: there is no such range, as 416 says it */
  private addContentRange(c: Context, first: i64, last: u64, size: u64): void {
    const scratch = changetype<usize>(this.scratch);
    let at = scratch;
    if (first < 0) store<u8>(at++, 0x2a);
    else {
      at = putNumber(at, first);
      store<u8>(at, 0x2d);
      at = putNumber(at + 1, last);
    }
    store<u8>(at, SLASH);
    at = putNumber(at + 1, size);
    c._add("Content-Range: bytes ", scratch, at - scratch);
  }

  /** Sends octets of a file; waits for those of one that is not in memory. */
  private sendPart(c: Context, resource: Resource, one: Representation, start: u64, length: u64): void {
    c._add("Content-Type: ", changetype<usize>(resource.mediaType), resource.mediaTypeSize);
    if (one.field.length) c._add(one.field, 0, 0);
    c._clear();
    c.length = length;
    if (c.request.method != Method.Get) return;
    resource.context = c;
    const outcome = this.files.give(one.value, start, length, resource);
    if (outcome != OK) this.fail(c, outcome);
  }
}

/** A place among so many, of a path. */
function placeOf(path: usize, size: usize): i32 {
  const hash = fnv1a(path, size);
  return (hash ^ (hash >> 16)) & (KEPT - 1);
}

/** Sends the client to the same path with a slash at its end, so that links on the page of a folder lead into it. */
function redirect(c: Context): void {
  const head = c.request.head;
  let path = head.pathAt;
  let size = head.pathSize;
  // "//host/" would be another server's (RFC 3986, 4.2).
  while (size > 1 && load<u8>(path, 1) == SLASH) {
    path++;
    size--;
  }
  const query = head.querySize ? head.querySize + 1 : 0;
  const location = new StaticArray<u8>(<i32>(size + 1 + query));
  const at = changetype<usize>(location);
  memory.copy(at, path, size);
  store<u8>(at + size, SLASH);
  if (query) {
    store<u8>(at + size + 1, 0x3f);
    memory.copy(at + size + 2, head.queryAt, query - 1);
  }
  c.status = 301;
  if (c._add("Location: ", at, location.length) < 0) c.fail(404);
}

/**
 * What a path leads to in a store of files: a file, in each of the codings that it is there in, or a folder without its
 * slash. All that can be told of it before a request is looked at, so that it can be kept.
 */
import { OK } from "../base/result";
import {
  KEY_MAX,
  KV_DICTIONARY,
  KV_EPOCH,
  KV_PART_MAX,
  KV_VALUE,
  KvRo,
  KvTaker,
  KvValue,
  VERSION_MAX,
} from "../kv/kvro";
import { E_NOT_FOUND } from "../sys/results";
import { putHex, putText } from "./ascii";
import { Context } from "./context";
import { NO_DATE } from "./date";
import { MEDIA_TYPE_MAX, storeMediaType } from "./mediatype";
import { decodePercent } from "./percent";

/** What a path leads to. */
export const LEADS_NOWHERE: i32 = 0;
export const LEADS_TO_FILE: i32 = 1;
/** To a folder with a page of its own: but its path ends with a slash. */
export const LEADS_TO_FOLDER: i32 = 2;

/** Most octets of a path: one of a file has no more, but it may be percent-encoded. */
export const PATH_MAX: usize = 3 * <usize>KEY_MAX;
/** The page of a folder. */
const INDEX: string = "/index.html";
/** Most octets of an entity tag: a version in hex, the end of a variant's name and quotes. */
const TAG_MAX: i32 = 2 * <i32>VERSION_MAX + 5;
/** Room behind a key for the page of a folder and the end of a variant's name, or for a version. */
const KEY_ROOM: i32 = 48;
const SLASH: u8 = 0x2f;
const QUOTE: u8 = 0x22;

/** A file in one coding. */
export class Representation {
  readonly value: KvValue = new KvValue();
  /** Whether there is one. */
  exists: bool = false;
  readonly tag: StaticArray<u8> = new StaticArray<u8>(TAG_MAX);
  tagSize: usize = 0;
  /** When it was changed, in seconds since 1970, or NO_DATE. */
  modified: i64 = NO_DATE;

  /** @param ending of the names of files in it, @param field that tells its coding; "" for the file itself */
  constructor(
    readonly ending: string,
    readonly field: string,
  ) {}

  get stays(): bool {
    return !this.exists || this.value.address != 0;
  }
}

export class Resource extends KvTaker {
  /** One of LEADS_*, or a code of the store. */
  kind: i32 = LEADS_NOWHERE;
  readonly plain: Representation = new Representation("", "");
  readonly brotli: Representation = new Representation(".br", "Content-Encoding: br");
  readonly gzip: Representation = new Representation(".gz", "Content-Encoding: gzip");
  readonly mediaType: StaticArray<u8> = new StaticArray<u8>(<i32>MEDIA_TYPE_MAX);
  mediaTypeSize: usize = 0;
  /** For its users: the path that led here, and the next one in a list. */
  readonly path: StaticArray<u8> = new StaticArray<u8>(128);
  pathSize: usize = 0;
  next: Resource | null = null;
  /** Whom it is sent to. */
  context: Context | null = null;
  private block: StaticArray<u8> | null = null;
  private readonly key: StaticArray<u8> = new StaticArray<u8>(KEY_MAX + KEY_ROOM);

  /** Whether it has more than one representation. */
  get varies(): bool {
    return this.brotli.exists || this.gzip.exists;
  }

  /** Whether all of it lies in memory, where it stays. */
  get stays(): bool {
    return this.plain.stays && this.brotli.stays && this.gzip.stays;
  }

  takeAll(address: usize, length: usize): void {
    this.context!.sendFrom(address, length);
  }

  takePart(ptr: usize, length: usize): bool {
    return this.context!.writeFrom(ptr, length) == OK;
  }

  buffer(): usize {
    let block = this.block;
    if (!block) {
      block = new StaticArray<u8>(<i32>KV_PART_MAX);
      this.block = block;
    }
    return changetype<usize>(block);
  }

  /** Follows a path, which may wait for a disk. @param path as it came, percent-encoded; @param size its octets */
  follow(files: KvRo, path: usize, size: usize): void {
    this.kind = LEADS_NOWHERE;
    const key = changetype<usize>(this.key);
    const octets = this.decode(path, size, key);
    if (octets < 0) return;
    let length = <usize>octets;
    let kind = files.find(key, length, this.plain.value);
    const slash = length != 0 && load<u8>(key + length - 1) == SLASH;
    if (kind == KV_DICTIONARY) {
      // Of two slashes, one means nothing.
      length = putText(key + length, INDEX) - key;
      kind = files.find(key, length, this.plain.value);
      if (kind == KV_VALUE && !slash) this.kind = LEADS_TO_FOLDER;
    } else if (slash) kind = E_NOT_FOUND;
    if (kind < 0 && kind != E_NOT_FOUND) this.kind = kind;
    if (kind != KV_VALUE || this.kind == LEADS_TO_FOLDER) return;
    this.mediaTypeSize = storeMediaType(key, length, changetype<usize>(this.mediaType));
    this.find(files, this.brotli, length);
    this.find(files, this.gzip, length);
    // The variants' ends are behind the key.
    describe(files, this.plain, key + length);
    this.kind = LEADS_TO_FILE;
  }

  /** The key of a path. @returns octets, or -1: no file has one like that */
  private decode(path: usize, size: usize, key: usize): i32 {
    if (size > PATH_MAX) return -1;
    let slashes = 0;
    for (let i: usize = 0; i < size; i++) slashes += i32(load<u8>(path + i) == SLASH);
    // Decoding shortens. What is still too long is not decoded.
    const scratch = size > <usize>KEY_MAX ? changetype<usize>(new StaticArray<u8>(<i32>size)) : key;
    const length = decodePercent(path, size, scratch);
    if (length < 0 || length > KEY_MAX) return -1;
    if (scratch != key) memory.copy(key, scratch, length);
    // A slash that was encoded is part of a name (RFC 3986, 2.2), and no file has one in its name.
    for (let i: usize = 0; i < <usize>length; i++) slashes -= i32(load<u8>(key + i) == SLASH);
    return slashes ? -1 : length;
  }

  /** Looks for a variant. */
  private find(files: KvRo, variant: Representation, length: usize): void {
    const key = changetype<usize>(this.key);
    const end = putText(key + length, variant.ending);
    variant.exists = false;
    if (files.find(key, end - key, variant.value) == KV_VALUE) describe(files, variant, key + length);
  }
}

/** Makes the tag. @param room VERSION_MAX octets */
function describe(files: KvRo, one: Representation, room: usize): void {
  const value = one.value;
  one.exists = true;
  one.modified = value.modified > KV_EPOCH ? value.modified / 1_000_000_000 : NO_DATE;
  const tag = changetype<usize>(one.tag);
  let at = tag + 1;
  store<u8>(tag, QUOTE);
  for (const end = room + files.version(value, room); room < end; room++) at = putHex(at, load<u8>(room), 2);
  at = putText(at, one.ending);
  store<u8>(at, QUOTE);
  one.tagSize = at + 1 - tag;
}

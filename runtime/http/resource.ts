/**
 * What a path leads to in a store of files: a file, in each of the codings that it is there in, or a folder without its
 * slash. All that can be told of it before a request is looked at, so that it can be kept.
 */
import { hexDigit } from "../base/hex";
import { OK } from "../base/result";
import { KEY_MAX, KV_DICTIONARY, KV_VALUE, KvRo, KvValue } from "../kv/kvro";
import { randomU32 } from "../sys/random";
import { E_NOT_FOUND } from "../sys/results";
import { putText } from "./ascii";
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
/** Octets that are read of a file at a time. */
export const BUFFER_SIZE: u32 = 32768;
/** The page of a folder. */
const INDEX: string = "/index.html";
/** Octets of the digest that make an entity tag, in hex: 96 bits. */
const TAG_DIGEST: usize = 12;
/** Most octets of an entity tag: two numbers of 16 hex digits, a coding and what stands between. */
const TAG_MAX: i32 = 40;
/** Room behind a key for the page of a folder and the end of a variant's name, or for a digest. */
const KEY_ROOM: i32 = 48;
/** The day before which FAT has no time: where files have none, disks are made with this one. */
const FAT_EPOCH: i64 = 315_532_800;
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

  /** @param coding the ends of names of files in it; "" for the file itself */
  constructor(readonly coding: string) {}

  get stays(): bool {
    return !this.exists || this.value.address != 0;
  }
}

/** In tags of files whose time of change nobody knows: such a tag means nothing to the next start of the image. */
let unknownTime: u32 = 0;

export class Resource {
  /** One of LEADS_*, or a code of the store. */
  kind: i32 = LEADS_NOWHERE;
  readonly plain: Representation = new Representation("");
  readonly brotli: Representation = new Representation(".br");
  readonly gzip: Representation = new Representation(".gz");
  readonly mediaType: StaticArray<u8> = new StaticArray<u8>(<i32>MEDIA_TYPE_MAX);
  mediaTypeSize: usize = 0;
  /** For its users: the path that led here, and the next one in a list. */
  readonly path: StaticArray<u8> = new StaticArray<u8>(128);
  pathSize: usize = 0;
  next: Resource | null = null;
  /** Octets that are still to be sent of a value, and from where on. */
  left: u64 = 0;
  start: u64 = 0;
  value: KvValue = this.plain.value;
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

  /** BUFFER_SIZE octets for what is read of it. */
  get buffer(): usize {
    let block = this.block;
    if (!block) {
      block = new StaticArray<u8>(<i32>BUFFER_SIZE);
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
    this.kind = this.describe(files, this.plain, key, length);
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
    const end = putText(key + length, variant.coding);
    variant.exists = false;
    if (files.find(key, end - key, variant.value) == KV_VALUE) this.describe(files, variant, key, length);
  }

  /** Makes the tag. @returns LEADS_TO_FILE or a code */
  private describe(files: KvRo, one: Representation, key: usize, length: usize): i32 {
    const value = one.value;
    const modified = value.modified / 1_000_000_000;
    one.exists = true;
    one.modified = modified > FAT_EPOCH ? modified : NO_DATE;
    const tag = changetype<usize>(one.tag);
    let at = tag;
    store<u8>(at++, QUOTE);
    if (value.address) {
      // What lies in memory has its digest there, too.
      const digest = key + length;
      const outcome = files.digestTo(value, digest);
      if (outcome != OK) return outcome;
      for (let i: usize = 0; i < TAG_DIGEST; i++) at = putHex(at, load<u8>(digest + i), 2);
    } else {
      if (!unknownTime) unknownTime = randomU32() | 1;
      at = putHex(at, value.size, 1);
      store<u8>(at++, 0x2d);
      at = putHex(at, one.modified == NO_DATE ? unknownTime : <u64>value.modified, 1);
      at = putText(at, one.coding);
    }
    store<u8>(at++, QUOTE);
    one.tagSize = at - tag;
    return LEADS_TO_FILE;
  }
}

/** Writes a number in hex, in so many digits or as many as it needs. @returns the address behind it */
function putHex(at: usize, value: u64, digits: i32): usize {
  if (value > 15 || digits > 1) at = putHex(at, value >> 4, digits - 1);
  store<u8>(at, hexDigit(<u32>value & 15));
  return at + 1;
}

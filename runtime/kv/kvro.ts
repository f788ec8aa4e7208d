/**
 * A read-only key-value store: what a directory of files is to a program. Compiled into the image (crunch.ts), a tar
 * archive (tar.ts) or a FAT file system (fat.ts) on a disk, or whatever else extends this class.
 *
 * A key names a value or a dictionary by the names on the way to it, with "/" between them: "css/site.css". Slashes at
 * either end, and several in a row, mean nothing: "/css//site.css" is the same key, and "" or "/" the dictionary of all.
 * "." and ".." are names as any other, which no store has: a key from outside cannot lead out.
 *
 * Calls may suspend the fiber, but not those of crunch.
 */

import { E_TOO_LONG, OK } from "../base/result";
import { decodeUtf8, encodeUtf8 } from "../base/utf8";
import { SHA256_SIZE } from "../crypto/sha256";
import { E_INVALID, E_IO, E_NOT_FOUND } from "../sys/results";

/** What `exists` and `find` give for a value. */
export const KV_VALUE: i32 = 1;
/** What they give for a dictionary. */
export const KV_DICTIONARY: i32 = 2;
/** Most bytes of a key in UTF-8. No store has a longer one. */
export const KEY_MAX: i32 = 1024;
/** Most bytes that `get` reads, unless told otherwise. */
export const GET_MAX: u32 = 16 * 1024 * 1024;

/** Most bytes that are read of a value at a time, where it is handed on by parts. */
export const KV_PART_MAX: u32 = 32768;
/** Most bytes of what tells versions of a value apart. */
export const VERSION_MAX: usize = 16;
/**
 * The day up to which a value's time of change means nothing, in ns since 1970: where files have none, disks and archives
 * are made with this one, before which FAT has no time.
 */
export const KV_EPOCH: i64 = 315_532_800_000_000_000;

/** A value that was found, for reading it by parts. One object serves for many look-ups, one after the other. */
export class KvValue {
  /** Its bytes. */
  size: u64 = 0;
  /** When it was changed, in ns since 1970; 0 when the store does not know. */
  modified: i64 = 0;
  /** Where it lies in memory, if it does, and then stays there unchanged: it can be sent from there. Else 0. */
  address: usize = 0;
  /** For the store only: where it begins. */
  _start: u64 = 0;
  /** For the store only: a place in the value that was read from before, and what is there. */
  _place: u32 = 0;
  _cursor: u32 = 0;
}

/** An entry of a dictionary. */
export class KvEntry {
  /** @param name the last part of its key; @param kind KV_VALUE or KV_DICTIONARY */
  constructor(
    readonly name: string,
    readonly kind: i32,
  ) {}
}

/** What takes a value to send it on. */
export abstract class KvTaker {
  /** Takes all that was asked for, which lies in memory and stays there unchanged. */
  abstract takeAll(address: usize, length: usize): void;

  /** Takes the next part, which is in the buffer; may wait. @returns whether more is wanted */
  abstract takePart(ptr: usize, length: usize): bool;

  /** KV_PART_MAX bytes for parts, for one call of `give` at a time. */
  abstract buffer(): usize;
}

/** Where keys are written in UTF-8 to be looked up. */
const keyBytes: usize = memory.data(KEY_MAX);

export abstract class KvRo {
  /** OK; or why nothing can be read from the store, which was logged. Each call then gives this code. */
  status: i32 = OK;
  /** Why the last call that returned null did: E_NOT_FOUND, E_IO, ... */
  error: i32 = OK;
  /** For the calls that need one; null while one is under way. */
  private _spare: KvValue | null = null;

  /**
   * Looks a key up. What has a way to the value itself, such as a server, begins here: nothing is allocated by a store
   * that is in memory.
   * @param key address of the key in UTF-8, which may be used otherwise as soon as this suspends; @param length its bytes
   * @param value is set to the value; of a dictionary its size and address are 0
   * @returns KV_VALUE, KV_DICTIONARY, E_NOT_FOUND or another code
   */
  abstract find(key: usize, length: usize, value: KvValue): i32;

  /**
   * Reads a part of a value.
   * @param value as `find` set it
   * @param offset its first byte; @param ptr where to; @param length bytes
   * @returns the bytes read, fewer than `length` only at the value's end (0 beyond it), or a code
   */
  abstract read(value: KvValue, offset: u64, ptr: usize, length: u32): i32;

  /**
   * What is in a dictionary, in no particular order.
   * @returns null when it is none or cannot be read: see `error`
   */
  abstract list(key: string): KvEntry[] | null;

  /** The same as `find` for a string. */
  lookup(key: string, value: KvValue): i32 {
    const length = encodeUtf8(key, keyBytes, KEY_MAX);
    return length < 0 ? E_NOT_FOUND : this.find(keyBytes, length, value);
  }

  /** What a key names: KV_VALUE, KV_DICTIONARY, E_NOT_FOUND or another code. */
  exists(key: string): i32 {
    const value = this.take();
    const kind = this.lookup(key, value);
    this._spare = value;
    return kind;
  }

  /**
   * A whole value.
   * @param most bytes it may have: memory that cannot be had ends the image
   * @returns null when there is none, it is longer (E_TOO_LONG) or cannot be read: see `error`
   */
  get(key: string, most: u32 = GET_MAX): Uint8Array | null {
    const value = this.take();
    const outcome = this.lookupValue(key, value);
    let bytes: Uint8Array | null = null;
    if (outcome < 0) this.error = outcome;
    else if (value.size > most) this.error = E_TOO_LONG;
    else bytes = this.part(value, 0, <u32>value.size);
    this._spare = value;
    return bytes;
  }

  /**
   * A whole value as text.
   * @returns null as `get`, and when it is not UTF-8 (E_INVALID)
   */
  getText(key: string, most: u32 = GET_MAX): string | null {
    const bytes = this.get(key, most);
    if (!bytes) return null;
    const text = decodeUtf8(bytes.dataStart, bytes.byteLength);
    if (text === null) this.error = E_INVALID; // an empty text is none of these
    return text;
  }

  /**
   * A part of a value: as much of it as there is.
   * @param offset the first byte; @param length bytes
   * @returns null when there is no such value, or it cannot be read: see `error`
   */
  getPart(key: string, offset: u64, length: u32): Uint8Array | null {
    const value = this.take();
    const outcome = this.lookupValue(key, value);
    let bytes: Uint8Array | null = null;
    if (outcome < 0) this.error = outcome;
    else bytes = this.part(value, offset, <u32>min<u64>(length, value.size - min(offset, value.size)));
    this._spare = value;
    return bytes;
  }

  /** Bytes of a value, or a code. */
  size(key: string): i64 {
    const value = this.take();
    const outcome = this.lookupValue(key, value);
    const size = <i64>value.size;
    this._spare = value;
    return outcome < 0 ? outcome : size;
  }

  /** When a value was changed, in ns since 1970, 0 when the store does not know; or a code. */
  lastModified(key: string): i64 {
    const value = this.take();
    const outcome = this.lookupValue(key, value);
    const modified = value.modified;
    this._spare = value;
    return outcome < 0 ? outcome : max<i64>(modified, 0);
  }

  /**
   * The SHA-256 of a value: two values with one digest are the same.
   * @returns null when there is none, or it cannot be read: see `error`
   */
  digest(key: string): Uint8Array | null {
    const value = this.take();
    let outcome = this.lookupValue(key, value);
    let digest: Uint8Array | null = null;
    if (outcome >= 0) {
      digest = new Uint8Array(SHA256_SIZE);
      outcome = this.digestTo(value, digest.dataStart);
    }
    this._spare = value;
    if (outcome >= 0) return digest;
    this.error = outcome;
    return null;
  }

  /**
   * Hands a part of a value on.
   * @param offset its first byte; @param length bytes, all of them within the value
   * @returns OK, also when the taker wants no more; or why it cannot be read
   */
  abstract give(value: KvValue, offset: u64, length: u64, to: KvTaker): i32;

  /**
   * Bytes that differ from those of other contents of the value, sooner or later.
   * @param ptr where they go, with room for VERSION_MAX; @returns how many
   */
  abstract version(value: KvValue, ptr: usize): usize;

  /**
   * The SHA-256 of a value that was found.
   * @param ptr where its SHA256_SIZE bytes go
   * @returns OK or a code
   */
  abstract digestTo(value: KvValue, ptr: usize): i32;

  /** A value to use. Fibers may be in several calls at once: each gets one of its own. */
  private take(): KvValue {
    const spare = this._spare;
    this._spare = null;
    return spare ? spare : new KvValue();
  }

  private lookupValue(key: string, value: KvValue): i32 {
    const kind = this.lookup(key, value);
    return kind == KV_DICTIONARY ? E_NOT_FOUND : kind;
  }

  private part(value: KvValue, offset: u64, length: u32): Uint8Array | null {
    const bytes = new Uint8Array(length);
    const read = this.read(value, offset, bytes.dataStart, length);
    if (read == <i32>length) return bytes;
    this.error = read < 0 ? read : E_IO;
    return null;
  }
}

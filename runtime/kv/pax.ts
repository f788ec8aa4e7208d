/**
 * The extended header of pax (POSIX.1-2001): records "LENGTH KEY=VALUE\n", where the length counts the whole record.
 */

/** What an extended header says of the entry behind it. */
export class PaxRecords {
  /** The name, 0 when there is none; its bytes. */
  path: usize = 0;
  pathLength: u32 = 0;
  /** The same of what a link leads to. */
  link: usize = 0;
  linkLength: u32 = 0;
  /** Bytes; -1 when it does not say. */
  size: i64 = -1;
  /** In ns since 1970; -1 when it does not say. */
  modified: i64 = -1;
  /** Whether the content is not as it lies in the archive. */
  sparse: bool = false;

  reset(): void {
    this.path = 0;
    this.link = 0;
    this.size = -1;
    this.modified = -1;
    this.sparse = false;
  }

  /**
   * Reads records, up to the first that is malformed. What was read before of the same keys is replaced.
   * @param ptr which stays as long as `path` is used; @param length bytes
   * @returns whether all were well-formed
   */
  read(ptr: usize, length: usize): bool {
    const end = ptr + length;
    while (ptr < end) {
      // Zeros after the last record.
      if (!load<u8>(ptr)) return true;
      let at = ptr;
      let size: usize = 0;
      for (; at < end && isDigit(at) && size < length; at++) size = size * 10 + (load<u8>(at) - 0x30);
      if (at == ptr || at >= end || load<u8>(at) != 0x20 || size > end - ptr) return false;
      const last = ptr + size - 1;
      if (last <= at || load<u8>(last) != 0x0a) return false;
      const key = at + 1;
      let equals = key;
      while (equals < last && load<u8>(equals) != 0x3d) equals++;
      if (equals == last) return false;
      if (!this.take(key, <u32>(equals - key), equals + 1, <u32>(last - equals - 1))) return false;
      ptr = last + 1;
    }
    return true;
  }

  private take(key: usize, keyLength: u32, value: usize, length: u32): bool {
    if (is(key, keyLength, "path")) {
      this.path = value;
      this.pathLength = length;
    } else if (is(key, keyLength, "linkpath")) {
      this.link = value;
      this.linkLength = length;
    } else if (is(key, keyLength, "size")) {
      this.size = decimal(value, length, 0);
      return this.size >= 0;
    } else if (is(key, keyLength, "mtime")) {
      this.modified = decimal(value, length, 9);
    } else if (keyLength >= 11 && is(key, 11, "GNU.sparse.")) {
      this.sparse = true;
    }
    return true;
  }
}

function isDigit(ptr: usize): bool {
  return <u8>(load<u8>(ptr) - 0x30) <= 9;
}

/** Whether `length` bytes are this text of ASCII. */
function is(ptr: usize, length: u32, text: string): bool {
  if (<u32>text.length != length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(ptr + i) != <u8>text.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * A decimal number times ten to a power, what lies behind that cut off.
 * @returns -1 when it is none, negative or too large
 */
function decimal(ptr: usize, length: u32, power: u32): i64 {
  const end = ptr + length;
  let value: i64 = 0;
  const start = ptr;
  for (; ptr < end && isDigit(ptr); ptr++) {
    if (value > (i64.MAX_VALUE - 9) / 10) return -1;
    value = value * 10 + (load<u8>(ptr) - 0x30);
  }
  if (ptr == start) return -1;
  const point = ptr < end && load<u8>(ptr) == 0x2e;
  if (ptr < end && !point) return -1;
  if (point) ptr++;
  for (; power > 0; power--) {
    if (value > (i64.MAX_VALUE - 9) / 10) return -1;
    value *= 10;
    if (ptr < end && isDigit(ptr)) value += load<u8>(ptr++) - 0x30;
  }
  return value;
}

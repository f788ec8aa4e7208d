/** A change that is to be made with others. */
export class BatchChange {
  /** Of its first chunk among the places. */
  place: u32 = 0;

  /** @param key in UTF-8; @param value what the key gets; null, it is removed */
  constructor(
    readonly key: ArrayBuffer,
    readonly value: Uint8Array | null,
  ) {}
}

/**
 * Changes that are made together: readers, and a store after a power cut, see all of them or none. They are made in the
 * order in which they were added, by `KvRw.commit`.
 */
export class KvBatch {
  readonly _changes: BatchChange[] = [];
  /** Bytes of all values. */
  _bytes: u64 = 0;
  /** Bytes of all keys. */
  _keys: u32 = 0;

  /** A key gets a value. The bytes are copied when the batch is committed, not before. */
  set(key: string, value: Uint8Array): void {
    this.add(key, value);
    this._bytes += value.byteLength;
  }

  /** A value, or a dictionary with all that it holds, is removed, if there is one. */
  remove(key: string): void {
    this.add(key, null);
  }

  private add(key: string, value: Uint8Array | null): void {
    const bytes = String.UTF8.encode(key);
    this._changes.push(new BatchChange(bytes, value));
    this._keys += bytes.byteLength;
  }
}

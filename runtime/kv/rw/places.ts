/** A list of places where chunks lie, in memory that is not collected. */

const PLACE: usize = 16;

export class Places {
  length: u32 = 0;
  private ptr: usize = 0;
  private room: u32 = 0;

  clear(): void {
    this.length = 0;
  }

  add(address: u64, checksum: u32): void {
    if (this.length == this.room) {
      this.room = max(this.room << 1, 16);
      this.ptr = this.ptr ? heap.realloc(this.ptr, <usize>this.room * PLACE) : heap.alloc(<usize>this.room * PLACE);
    }
    const at = this.ptr + <usize>this.length * PLACE;
    this.length++;
    store<u64>(at, address);
    store<u32>(at, checksum, 8);
  }

  address(index: u32): u64 {
    return load<u64>(this.ptr + <usize>index * PLACE);
  }

  checksum(index: u32): u32 {
    return load<u32>(this.ptr + <usize>index * PLACE, 8);
  }

  /** Gives the memory back. */
  dispose(): void {
    if (this.ptr) heap.free(this.ptr);
    this.ptr = 0;
    this.room = 0;
    this.length = 0;
  }
}

import { BlockStore, consoleWrite, KV_VALUE, KvRo, KvValue, measure, OK, panic } from "fata";

/** Bytes that are read at once. */
const PART: u32 = 1 << 20;
const ROUNDS: i32 = 3;

/** Reads a disk, and the file "data" of two stores, from beginning to end in turns, and prints bytes and ns of each. */
export class Main {
  private buffer: usize = heap.alloc(PART);

  constructor(
    private raw: BlockStore,
    private tar: KvRo,
    private fat: KvRo,
  ) {}

  start(): void {
    // The first time counts for nothing.
    for (let i = 0; i < ROUNDS + 1; i++) {
      const begin = measure();
      const raw = this.readDisk();
      const second = measure();
      const tar = this.readValue(this.tar);
      const third = measure();
      const fat = this.readValue(this.fat);
      const end = measure();
      if (i) consoleWrite(`${raw} ${second - begin} ${tar} ${third - second} ${fat} ${end - third}\n`);
    }
  }

  private readDisk(): u64 {
    const disk = this.raw;
    let offset: u64 = 0;
    for (; offset < disk.size; offset += PART) {
      if (disk.readTo(offset, this.buffer, <u32>min<u64>(PART, disk.size - offset)) != OK) panic("the disk fails");
    }
    return disk.size;
  }

  private readValue(store: KvRo): u64 {
    const value = new KvValue();
    if (store.lookup("data", value) != KV_VALUE) panic("there is no data");
    let offset: u64 = 0;
    while (offset < value.size) {
      const read = store.read(value, offset, this.buffer, PART);
      if (read <= 0) panic("the store fails");
      offset += read;
    }
    return offset;
  }
}

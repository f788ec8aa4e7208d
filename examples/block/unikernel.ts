import { BlockDevice, E_RANGE, exit, LogSource, OK, resultName } from "fata";

const log = new LogSource("block");

/** The longest request of the tests, in sectors. */
const LONGEST: u64 = 12;

/** Writes and reads at both ends of a disk, and past its end. What was on the disk there is lost. */
export class Main {
  private started: i32 = 0;
  private passed: i32 = 0;
  private failed: i32 = 0;

  constructor(private storage: BlockDevice) {}

  start(): void {
    const storage = this.storage;
    const end = storage.sectors;
    log.info(`sectors = ${end}, read-only = ${storage.readOnly}, sector size = ${storage.blockSize}`);
    if (end < LONGEST) {
      log.error(`The disk is too small: expected at least ${LONGEST} sectors`);
      exit(1);
    }

    this.expectKept(0, 1);
    this.expectKept(end - 1, 1);
    this.expectKept(0, 2);
    this.expectKept(end - 2, 2);
    this.expectKept(0, LONGEST);
    this.expectKept(end - LONGEST, LONGEST);
    this.expectWriteRefused(end, 1);
    this.expectWriteRefused(end - LONGEST + 1, LONGEST);
    this.expectReadRefused(end, 1);
    this.expectReadRefused(end - LONGEST + 1, LONGEST);

    log.info("Test sequence finished");
    log.info(`Total tests started: ${this.started}`);
    log.info(`Total tests passed:  ${this.passed}`);
    log.info(`Total tests failed:  ${this.failed}`);
    if (this.failed) exit(1);
  }

  /** What is written is read again. */
  private expectKept(sector: u64, count: u64): void {
    this.begin(`Writing and reading sectors ${sector} to ${sector + count - 1}`);
    const offset = sector * this.storage.blockSize;
    const written = this.pattern(sector, count);
    const read = new Uint8Array(written.length);

    let result = this.storage.write(offset, written);
    if (result == OK) result = this.storage.flush();
    if (result == OK) result = this.storage.read(offset, read);
    if (result != OK) log.error(`Failed: ${resultName(result)}`);
    else if (!same(written, read)) log.error("What was read is not what was written");
    this.finish(result == OK && same(written, read));
  }

  private expectWriteRefused(sector: u64, count: u64): void {
    this.begin(`Writing sectors ${sector} to ${sector + count - 1}, past the end`);
    this.expectRefused(this.storage.write(sector * this.storage.blockSize, this.pattern(sector, count)));
  }

  private expectReadRefused(sector: u64, count: u64): void {
    this.begin(`Reading sectors ${sector} to ${sector + count - 1}, past the end`);
    this.expectRefused(this.storage.read(sector * this.storage.blockSize, this.pattern(sector, count)));
  }

  private expectRefused(result: i32): void {
    if (result == E_RANGE) log.info("Refused, as expected: E_RANGE");
    else log.error(`Expected E_RANGE, got ${resultName(result)}`);
    this.finish(result == E_RANGE);
  }

  private begin(what: string): void {
    this.started++;
    log.info(what);
  }

  private finish(passed: bool): void {
    if (passed) this.passed++;
    else this.failed++;
  }

  /** `count` sectors, each filled with a line of text with its number. */
  private pattern(sector: u64, count: u64): Uint8Array {
    const size = this.storage.blockSize;
    const bytes = new Uint8Array(<i32>count * size);
    for (let i: u32 = 0; i < <u32>count; i++) {
      const line = `${sector + i}: what is written here is written in sand.\n`;
      for (let at: u32 = 0; at < size; at++) bytes[i * size + at] = <u8>line.charCodeAt(at % line.length);
    }
    return bytes;
  }
}

function same(a: Uint8Array, b: Uint8Array): bool {
  for (let i = 0; i < a.length; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

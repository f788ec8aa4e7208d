import { E_NO_MEMORY, OK, resultName } from "../../base/result";
import { ByteReader } from "../../block/bytes";
import { BlockStore } from "../../block/store";
import { LogSource } from "../../sys/log";
import { E_INVALID } from "../../sys/results";
import { blockLength, check } from "./check";
import { ZONE_HEADER } from "./format";
import { Zones } from "./zones";

/** Zones on a disk, as `fata pack zone` writes them, read into memory when the image starts. */
export class DiskZones extends Zones {
  private readonly log: LogSource = new LogSource("dns");

  /** Reads and checks all of them, for which the fiber waits. */
  constructor(disk: BlockStore) {
    super();
    this.status = this.read(disk);
  }

  private read(disk: BlockStore): i32 {
    const reader = new ByteReader(disk);
    const header = heap.alloc(ZONE_HEADER);
    let outcome = disk.size < ZONE_HEADER ? E_INVALID : reader.read(0, header, <u32>ZONE_HEADER);
    const length = outcome == OK ? blockLength(header) : 0;
    heap.free(header);
    if (outcome == OK && (!length || length > disk.size)) outcome = E_INVALID;
    // The block, and what check needs besides.
    if (outcome == OK && !__grow_memory(length + (length >> 5))) outcome = E_NO_MEMORY;
    if (outcome != OK) return this.refuse(outcome);
    const address = heap.alloc(length);
    outcome = reader.read(0, address, length);
    if (outcome == OK && !check(address, length)) outcome = E_INVALID;
    if (outcome == OK) {
      this.address = address;
      return OK;
    }
    heap.free(address);
    return this.refuse(outcome);
  }

  private refuse(outcome: i32): i32 {
    if (outcome == E_INVALID) this.log.error("The disk holds no zones, or damaged ones: fata pack zone makes it anew");
    else if (outcome == E_NO_MEMORY) this.log.error("The zones do not fit into memory: give it more with --mem=");
    else this.log.error(`Cannot read the zones: ${resultName(outcome)}`);
    return outcome;
  }
}

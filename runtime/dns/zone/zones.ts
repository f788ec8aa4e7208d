/** Where a name server's zones are: what `zone`, `zoneDisk` and `genericZone` of config.ts make. */
import { OK } from "../../base/result";

/** A block of zones in memory, as format.ts draws it. */
export abstract class Zones {
  /** OK; or why there are none, which was logged: then `address` is 0. */
  status: i32 = OK;
  /** Where the block is. It stays there. */
  address: usize = 0;
}

/** Zones that were compiled into the image. */
export class CompiledZones extends Zones {
  /** @param address of the block; the compiler has made it, so it is not checked */
  constructor(address: usize) {
    super();
    this.address = address;
  }
}

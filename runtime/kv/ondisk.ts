/**
 * What the stores have in common whose values are not in memory. (It is not in KvRo, or images whose store is in memory
 * would contain it.)
 */
import { OK } from "../base/result";
import { Sha256 } from "../crypto/sha256";
import { randomU32 } from "../sys/random";
import { E_IO } from "../sys/results";
import { KV_EPOCH, KV_PART_MAX, KvRo, KvTaker, KvValue, VERSION_MAX } from "./kvro";

/** In versions of values whose time of change nobody knows: they mean nothing to the next start of the image. */
let unknownTime: u32 = 0;

export abstract class KvOnDisk extends KvRo {
  give(value: KvValue, offset: u64, length: u64, to: KvTaker): i32 {
    const buffer = to.buffer();
    while (length) {
      const read = this.read(value, offset, buffer, <u32>min<u64>(KV_PART_MAX, length));
      if (read <= 0) return read < 0 ? read : E_IO;
      if (!to.takePart(buffer, read)) return OK;
      offset += read;
      length -= read;
    }
    return OK;
  }

  /** By its size and when it was changed. */
  version(value: KvValue, ptr: usize): usize {
    if (!unknownTime) unknownTime = randomU32() | 1;
    store<u64>(ptr, value.size);
    store<u64>(ptr, value.modified > KV_EPOCH ? <u64>value.modified : unknownTime, 8);
    return VERSION_MAX;
  }

  /** By reading all of it. */
  digestTo(value: KvValue, ptr: usize): i32 {
    const hash = new Sha256();
    const buffer = new Uint8Array(<i32>KV_PART_MAX);
    for (let offset: u64 = 0; offset < value.size; ) {
      const read = this.read(value, offset, buffer.dataStart, KV_PART_MAX);
      if (read < 0) return read;
      hash.update(buffer.dataStart, read);
      offset += read;
    }
    hash.finish(ptr);
    return OK;
  }
}

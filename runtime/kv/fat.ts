/**
 * A FAT file system on a block device: FAT12, FAT16 or FAT32, with long names, as `mkfs.vfat` and cameras make them, or
 * `fata pack fat`. It is read only, and nothing of it is kept in memory but what was read last.
 *
 * As FAT has it, capital letters of ASCII are not told from small ones. Of a damaged file system, what can be found can
 * be read; a chain of clusters that leads nowhere gives E_INVALID.
 */

import { OK } from "../base/result";
import { decodeUtf8 } from "../base/utf8";
import { BlockStore } from "../block/store";
import { E_INVALID, E_NOT_FOUND } from "../sys/results";
import { FatDirectory } from "./fatdirectory";
import { FatVolume } from "./fatvolume";
import { KEY_MAX, KV_DICTIONARY, KV_VALUE, KvEntry, KvValue } from "./kvro";
import { canonicalKey } from "./names";
import { KvOnDisk } from "./ondisk";

export class Fat extends KvOnDisk {
  private readonly volume: FatVolume;

  /** Reads the first sector, for which the fiber waits. */
  constructor(disk: BlockStore) {
    super();
    const volume = new FatVolume(disk);
    this.volume = volume;
    this.status = volume.status;
  }

  find(key: usize, length: usize, value: KvValue): i32 {
    value.size = 0;
    value.address = 0;
    value.modified = 0;
    value._cursor = 0;
    value._start = this.volume.rootCluster;
    if (this.status != OK) return this.status;
    if (length > <usize>KEY_MAX) return E_NOT_FOUND;
    // The key is the caller's only until this suspends.
    const copy = new StaticArray<u8>(<i32>length);
    let at = changetype<usize>(copy);
    const end = at + canonicalKey(key, length, at);
    let kind = KV_DICTIONARY;
    while (at < end && kind == KV_DICTIONARY) {
      let next = at;
      while (next < end && load<u8>(next) != 0x2f) next++;
      kind = this.findIn(<u32>value._start, at, <u32>(next - at), value);
      // A file is no folder on the way to another.
      if (kind == KV_VALUE && next < end) return E_NOT_FOUND;
      at = next + 1;
    }
    return kind;
  }

  /** Finds a name in a directory. @param cluster its first one, or 0 */
  private findIn(cluster: u32, name: usize, length: u32, value: KvValue): i32 {
    const volume = this.volume;
    const directory = new FatDirectory(volume, cluster);
    for (;;) {
      const found = directory.next();
      if (found <= 0) return found < 0 ? found : E_NOT_FOUND;
      if (!directory.is(name, length)) continue;
      const first = directory.cluster;
      const size = directory.size;
      value._start = first;
      if (directory.isFolder) return volume.isCluster(first) ? KV_DICTIONARY : E_INVALID;
      // What the volume cannot hold is no file.
      if (size && (!volume.isCluster(first) || size > <u64>volume.clusters * volume.clusterSize)) return E_INVALID;
      value.size = size;
      value.modified = directory.modified;
      return KV_VALUE;
    }
  }

  read(value: KvValue, offset: u64, ptr: usize, length: u32): i32 {
    if (offset >= value.size) return 0;
    const volume = this.volume;
    const unit = volume.clusterSize;
    const whole = <u32>min<u64>(min<u32>(length, i32.MAX_VALUE), value.size - offset);
    const wanted = <u32>(offset / unit);
    // From the cluster that was read last, if it is not behind the wanted one.
    const known = value._cursor != 0 && value._place <= wanted;
    let place: u32 = known ? value._place : 0;
    let cluster = known ? value._cursor : <u32>value._start;
    for (; place < wanted; place++) {
      cluster = volume.next(cluster);
      if (!cluster) return this.broken();
    }
    let skip = <u32>(offset % unit);
    for (let done: u32 = 0; done < whole; ) {
      // As many clusters as lie one behind the other are one read.
      const first = cluster;
      let room: u64 = unit - skip;
      while (room < whole - done) {
        const next = volume.next(cluster);
        if (!next) return this.broken();
        place++;
        const follows = next == cluster + 1;
        cluster = next;
        if (!follows) break;
        room += unit;
      }
      const part = <u32>min<u64>(room, whole - done);
      const outcome = volume.data.read(volume.clusterStart(first) + skip, ptr + done, part);
      if (outcome != OK) return outcome;
      done += part;
      skip = 0;
    }
    value._place = place;
    value._cursor = cluster;
    return whole;
  }

  /** Why a chain ended before its file did. */
  private broken(): i32 {
    return this.volume.failure == OK ? E_INVALID : this.volume.failure;
  }

  list(key: string): KvEntry[] | null {
    const value = new KvValue();
    const kind = this.lookup(key, value);
    this.error = kind == KV_VALUE ? E_NOT_FOUND : kind;
    if (kind != KV_DICTIONARY) return null;
    const directory = new FatDirectory(this.volume, <u32>value._start);
    const list: KvEntry[] = [];
    let found = directory.next();
    while (found > 0) {
      const name = decodeUtf8(changetype<usize>(directory.name), directory.nameLength)!;
      list.push(new KvEntry(name, directory.isFolder ? KV_DICTIONARY : KV_VALUE));
      found = directory.next();
    }
    this.error = found;
    return found < 0 ? null : list;
  }
}

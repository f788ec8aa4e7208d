/** Access to a guest's linear memory that survives its growing. */
export class GuestMemory {
  constructor(readonly memory: WebAssembly.Memory) {}

  /** A view of bytes; it is good until the guest runs again. Throws when out of bounds. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address >>> 0, length >>> 0);
  }

  u32(address: number): number {
    return this.view.getUint32(address >>> 0, true);
  }

  setU32(address: number, value: number): void {
    this.view.setUint32(address >>> 0, value, true);
  }

  u64(address: number): bigint {
    return this.view.getBigUint64(address >>> 0, true);
  }

  setU64(address: number, value: bigint): void {
    this.view.setBigUint64(address >>> 0, value, true);
  }

  private get view(): DataView {
    return new DataView(this.memory.buffer);
  }
}

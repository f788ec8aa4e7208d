/** A module of runtime/wire under test: its functions, and memory to give them packets in. */
import { compileGuest } from "../../support/guest.ts";
import type { GuestMemory } from "../../support/memory.ts";

export class WireModule {
  private constructor(
    private readonly exports: Record<string, (...values: (number | bigint)[]) => number | bigint>,
    private readonly memory: GuestMemory,
    /** Where `put` puts. */
    readonly at: number,
  ) {}

  /** Compiles an entry, which exports `scratch`. @param testUrl the test's import.meta.url */
  static async load(testUrl: string, entry: string): Promise<WireModule> {
    const { exports, memory } = (await compileGuest(testUrl, entry)).instantiate();
    return new WireModule(exports, memory, Number(exports["scratch"]?.()));
  }

  /** Calls a function. Results are as JavaScript has them: signed i32, signed bigint. */
  call(name: string, ...values: (number | bigint)[]): number | bigint {
    const exported = this.exports[name];
    if (!exported) throw new Error(`the entry does not export ${name}`);
    return exported(...values);
  }

  /** Calls a function whose result is a bool. */
  test(name: string, ...values: (number | bigint)[]): boolean {
    return this.call(name, ...values) !== 0;
  }

  /** Calls a function whose result is a u32. */
  u32(name: string, ...values: (number | bigint)[]): number {
    return Number(this.call(name, ...values)) >>> 0;
  }

  /** Puts octets at `at`, and 0xee behind them, so that reading too far shows. */
  put(octets: Uint8Array): void {
    this.memory.bytes(this.at, octets.length + 64).fill(0xee);
    this.memory.bytes(this.at, octets.length).set(octets);
  }

  /** Memory of the guest's at an address: valid until it grows. */
  bytes(address: number, length: number): Uint8Array {
    return this.memory.bytes(address, length);
  }

  /** A copy of the octets at `at`. */
  get(length: number): Uint8Array {
    return this.memory.bytes(this.at, length).slice();
  }
}

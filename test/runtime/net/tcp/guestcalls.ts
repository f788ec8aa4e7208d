/** The functions of a test entry, called by name. */
import { compileGuest } from "../../../support/guest.ts";
import type { GuestMemory } from "../../../support/memory.ts";

export class GuestCalls {
  private constructor(
    private readonly exports: Record<string, (...values: (number | bigint)[]) => number | bigint>,
    readonly memory: GuestMemory,
  ) {}

  /** @param testUrl the test's import.meta.url */
  static async load(testUrl: string, entry: string): Promise<GuestCalls> {
    const { exports, memory } = (await compileGuest(testUrl, entry)).instantiate();
    return new GuestCalls(exports, memory);
  }

  /** Calls a function whose result is a u32, or nothing. */
  u32(name: string, ...values: (number | bigint)[]): number {
    return Number(this.call(name, ...values)) >>> 0;
  }

  /** Calls a function whose result is a u64. */
  u64(name: string, ...values: (number | bigint)[]): bigint {
    return BigInt.asUintN(64, BigInt(this.call(name, ...values)));
  }

  /** Calls a function whose result is a bool. */
  is(name: string, ...values: (number | bigint)[]): boolean {
    return this.call(name, ...values) !== 0;
  }

  private call(name: string, ...values: (number | bigint)[]): number | bigint {
    const exported = this.exports[name];
    if (!exported) throw new Error(`the entry does not export ${name}`);
    return exported(...values) ?? 0;
  }
}

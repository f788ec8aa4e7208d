import type { GuestMemory } from "./memory.ts";

/** The AssemblyScript string at an address: UTF-16, its length in bytes before it. */
export function stringAt(memory: GuestMemory, address: number): string {
  return Buffer.from(memory.bytes(address, memory.u32(address - 4))).toString("utf16le");
}

/** Writes the code units of `text`, lone surrogates too. */
export function writeUtf16(memory: GuestMemory, address: number, text: string): void {
  memory.bytes(address, text.length * 2).set(Buffer.from(text, "utf16le"));
}

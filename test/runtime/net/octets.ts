/** Octets that count up: data for packets, in which a misplaced piece shows. */
export function octets(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i & 255);
}

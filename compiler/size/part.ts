/** A part of an image, and what it consists of. */

export interface Part {
  readonly name: string;
  /** Of the file. The sum of those of its parts, where it has any. */
  readonly bytes: number;
  readonly parts?: readonly Part[];
}

/** A part that consists of others, the largest first. */
export function whole(name: string, parts: readonly Part[]): Part {
  const filled = parts.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
  return { name, bytes: filled.reduce((sum, { bytes }) => sum + bytes, 0), parts: filled };
}

/** Adds up bytes by the path of names that leads to them. */
export class Tally {
  readonly #below = new Map<string, Tally>();
  #bytes = 0;

  add(bytes: number, ...path: readonly string[]): void {
    let tally: Tally = this;
    for (const name of path) {
      const next = tally.#below.get(name) ?? new Tally();
      tally.#below.set(name, next);
      tally = next;
    }
    tally.#bytes += bytes;
  }

  /** What was added. */
  get parts(): Part[] {
    return [...this.#below].map(([name, tally]) => tally.#part(name));
  }

  #part(name: string): Part {
    return this.#below.size === 0 ? { name, bytes: this.#bytes } : whole(name, this.parts);
  }
}

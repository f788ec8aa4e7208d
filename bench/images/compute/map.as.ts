/** A map of objects that come and go, as a table of connections: what went is garbage, and collected between two calls. */

const LIVE: u32 = 4_000;
const EACH_CALL: u32 = 8_000;

class Entry {
  constructor(
    readonly key: u32,
    readonly text: string,
  ) {}
}

const map = new Map<u32, Entry>();
let next: u32 = 0;

function end(key: u32): u32 {
  const entry = map.get(key);
  map.delete(key);
  return entry.text.length + (entry.key & 1);
}

/** @returns a sum over the entries that went: from the second call on, as many as came */
export function collected(): u32 {
  let seen: u32 = 0;
  for (let i: u32 = 0; i < EACH_CALL; i++) {
    // Knuth's multiplicative hash: keys that are far apart, each once.
    const key = next * 2654435761;
    map.set(key, new Entry(key, (next % EACH_CALL).toString()));
    if (next >= LIVE) seen += end((next - LIVE) * 2654435761);
    next++;
  }
  return seen;
}

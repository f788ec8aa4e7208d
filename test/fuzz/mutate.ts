/** Mutations: what turns a good input into one that nobody thought of. */
import type { Random } from "../support/random.ts";

/** Values that code tends to be wrong about, as octets and in 16 bits. */
const EDGES = [0, 1, 2, 4, 5, 7, 8, 15, 16, 20, 31, 32, 64, 69, 127, 128, 192, 224, 240, 254, 255];
const EDGES_16 = [0, 1, 7, 8, 19, 20, 28, 255, 256, 576, 1500, 0x1fff, 0x2000, 0x3fff, 0x7fff, 0x8000, 0xfffe, 0xffff];
const LENGTH_MAX = 9000;

type Mutation = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const mutations: readonly Mutation[] = [
  function flipBit(input, random) {
    return change(input, random.below(input.length), (octet) => octet ^ (1 << random.below(8)));
  },
  function setEdge(input, random) {
    return change(input, random.below(input.length), () => pick(EDGES, random));
  },
  function setRandom(input, random) {
    return change(input, random.below(input.length), () => random.below(256));
  },
  function addSmall(input, random) {
    return change(input, random.below(input.length), (octet) => octet + random.below(9) - 4);
  },
  function setEdge16(input, random) {
    const at = random.below(input.length) & ~1;
    const value = pick(EDGES_16, random);
    return change(
      change(input, at, () => value >> 8),
      at + 1,
      () => value,
    );
  },
  function truncate(input, random) {
    return input.slice(0, random.below(input.length + 1));
  },
  function append(input, random) {
    return join(input, random.octets(random.below(64)));
  },
  function insert(input, random) {
    const at = random.below(input.length + 1);
    return join(input.subarray(0, at), random.octets(1 + random.below(8)), input.subarray(at));
  },
  function remove(input, random) {
    const at = random.below(input.length + 1);
    return join(input.subarray(0, at), input.subarray(at + 1 + random.below(8)));
  },
  function repeat(input, random) {
    const at = random.below(input.length + 1);
    return join(input.subarray(0, at), input.subarray(random.below(at + 1)));
  },
  function splice(input, random, other) {
    return join(input.subarray(0, random.below(input.length + 1)), other.subarray(random.below(other.length + 1)));
  },
];

/** A mutation, of one to four steps, of one of the inputs. */
export function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let input = pick(corpus, random);
  for (let steps = 1 + random.below(4); steps > 0; steps--) {
    input = pick(mutations, random)(input, random, pick(corpus, random)).subarray(0, LENGTH_MAX);
  }
  return input;
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[random.below(from.length)] as T;
}

function change(input: Uint8Array, at: number, value: (octet: number) => number): Uint8Array {
  const changed = input.slice();
  // Beyond the end there is nothing to change, as in an empty input.
  if (at < changed.length) changed[at] = value(changed[at] as number);
  return changed;
}

function join(...pieces: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

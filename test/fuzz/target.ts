/** What is fuzzed: something that takes any octets, and must neither fail nor disagree with its oracle. */
export interface Target {
  /** Also the folder of its corpus, test/fuzz/corpus/NAME. */
  readonly name: string;
  /** How much longer than others it takes for an input; 1 unless given. Long runs feed it as much less. */
  readonly cost?: number;
  /** Feeds one input. Throws when the target misbehaves; what happens to the input is otherwise its own affair. */
  feed(input: Uint8Array): void | Promise<void>;
}

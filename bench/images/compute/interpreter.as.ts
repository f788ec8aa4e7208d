/** An interpreter of a small register machine, which counts primes by a sieve. */
const OP_SET = 0; // a = bc
const OP_ADD = 1; // a = b + c
const OP_ADD_CONST = 2; // a = b + c, a constant
const OP_LOAD = 3; // a = data[b]
const OP_STORE = 4; // data[b] = a
const OP_LESS = 5; // a = b < c
const OP_JUMP = 6; // to bc
const OP_JUMP_ZERO = 7; // to bc when a is 0
const OP_END = 8;

const COMPOSITES = 20_000;

class Code {
  readonly words: u32[] = [];

  emit(op: u32, a: u32, b: u32, c: u32): i32 {
    return this.words.push(op | (a << 8) | (b << 16) | (c << 24)) - 1;
  }

  /** An instruction with a constant of 16 bits. */
  emitWide(op: u32, a: u32, bc: u32): i32 {
    return this.words.push(op | (a << 8) | (bc << 16)) - 1;
  }

  /** Lets a jump that was emitted before lead to what comes next. */
  land(at: i32): void {
    this.words[at] = (this.words[at] & 0xffff) | (this.words.length << 16);
  }
}

// Registers of the sieve.
const I = 0;
const J = 1;
const END = 2;
const COUNT = 3;
const ONE = 4;
const TEMP = 5;

function sieve(): u32[] {
  const code = new Code();
  code.emitWide(OP_SET, I, 2);
  code.emitWide(OP_SET, END, COMPOSITES);
  code.emitWide(OP_SET, COUNT, 0);
  code.emitWide(OP_SET, ONE, 1);
  const outer = code.emit(OP_LESS, TEMP, I, END);
  const finished = code.emitWide(OP_JUMP_ZERO, TEMP, 0);
  code.emit(OP_LOAD, TEMP, I, 0);
  const prime = code.emitWide(OP_JUMP_ZERO, TEMP, 0);
  const composite = code.emitWide(OP_JUMP, 0, 0);
  code.land(prime);
  code.emit(OP_ADD_CONST, COUNT, COUNT, 1);
  code.emit(OP_ADD, J, I, I);
  const inner = code.emit(OP_LESS, TEMP, J, END);
  const crossed = code.emitWide(OP_JUMP_ZERO, TEMP, 0);
  code.emit(OP_STORE, ONE, J, 0);
  code.emit(OP_ADD, J, J, I);
  code.emitWide(OP_JUMP, 0, inner);
  code.land(crossed);
  code.land(composite);
  code.emit(OP_ADD_CONST, I, I, 1);
  code.emitWide(OP_JUMP, 0, outer);
  code.land(finished);
  code.emit(OP_END, 0, 0, 0);
  return code.words;
}

// Words without a check of the index, which an interpreter's verifier would have done.
function get(words: StaticArray<u32>, index: u32): u32 {
  return load<u32>(changetype<usize>(words) + (index << 2));
}

function set(words: StaticArray<u32>, index: u32, value: u32): void {
  store<u32>(changetype<usize>(words) + (index << 2), value);
}

class Machine {
  private readonly registers: StaticArray<u32> = new StaticArray<u32>(8);
  private readonly data: StaticArray<u32> = new StaticArray<u32>(COMPOSITES);
  private at: i32 = 0;

  constructor(private readonly code: StaticArray<u32>) {}

  start(): void {
    this.data.fill(0);
    this.at = 0;
  }

  /** Runs at most so many instructions. @returns whether the program has ended */
  run(most: i32): bool {
    const code = this.code;
    const data = this.data;
    const r = this.registers;
    let at = this.at;
    for (let i = 0; i < most; i++) {
      const word = get(code, at++);
      const a = (word >> 8) & 7;
      const b = (word >> 16) & 7;
      switch (word & 0xff) {
        case OP_SET:
          set(r, a, word >> 16);
          break;
        case OP_ADD:
          set(r, a, get(r, b) + get(r, (word >> 24) & 7));
          break;
        case OP_ADD_CONST:
          set(r, a, get(r, b) + (word >> 24));
          break;
        case OP_LOAD:
          set(r, a, get(data, get(r, b)));
          break;
        case OP_STORE:
          set(data, get(r, b), get(r, a));
          break;
        case OP_LESS:
          set(r, a, get(r, b) < get(r, (word >> 24) & 7) ? 1 : 0);
          break;
        case OP_JUMP:
          at = word >> 16;
          break;
        case OP_JUMP_ZERO:
          if (get(r, a) == 0) at = word >> 16;
          break;
        case OP_END:
          this.at = at;
          return true;
        default:
          unreachable();
      }
    }
    this.at = at;
    return false;
  }

  get result(): u32 {
    return this.registers[COUNT];
  }
}

const machine = new Machine(StaticArray.fromArray(sieve()));

/** @returns how many primes there are below COMPOSITES */
export function interpreter(): u32 {
  machine.start();
  while (!machine.run(10_000)) {}
  return machine.result;
}

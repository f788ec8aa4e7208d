/**
 * A tender in plain TypeScript for tests: the ABI of runtime/abi/tender.ts with a simulated clock, networks whose frames
 * the test sends and sees, and disks in memory. Deterministic: nothing here reads a clock or draws a random number.
 */
import * as abi from "../../runtime/abi/tender.ts";
import { type BlockOptions, SimulatedBlock } from "./block.ts";
import { GuestMemory } from "./memory.ts";
import { type NetworkOptions, SimulatedNetwork } from "./network.ts";

/** The guest called exit. */
export class GuestExit extends Error {
  constructor(readonly status: number) {
    super(`the guest exited with status ${status}`);
  }
}

export interface TenderOptions {
  /** Image arguments, `--name=value` each; as bytes when they are to be no UTF-8. */
  readonly arguments?: readonly (string | Uint8Array)[];
  /** What the hypercall `random` gives: bytes counted up from this. */
  readonly seed?: number;
  /** Unix time in ns at now = 0. */
  readonly wall?: bigint;
}

/** The deadline that means "only I/O can wake me". */
export const NEVER = 2n ** 64n - 1n;

type Exports = Record<string, (...values: never[]) => unknown> & { memory: WebAssembly.Memory };

/** One instance of an image and the world around it. */
export class SimulatedTender {
  /** The instance's exports, to be called as they are; modules are initialised. */
  readonly exports: Record<string, (...values: (number | bigint)[]) => number | bigint>;
  readonly memory: GuestMemory;
  readonly networks = new Map<string, SimulatedNetwork>();
  readonly blocks = new Map<string, SimulatedBlock>();
  /** Nanoseconds since the start. */
  now = 0n;
  /** What the last start or step returned. */
  deadline = 0n;
  /** The status given to exit, once it was called by start or step. */
  status: number | undefined;
  /** How often start and step were called. */
  steps = 0;
  private readonly wall: bigint;
  private text = "";
  private random: number;
  private starting = false;

  constructor(
    module: WebAssembly.Module,
    private readonly options: TenderOptions = {},
  ) {
    this.wall = options.wall ?? 1_795_246_500_000_000_000n; // 2026-11-21T07:35:00Z
    this.random = options.seed ?? 0;
    const instance = new WebAssembly.Instance(module, { tender: this.imports() });
    const exports = instance.exports as unknown as Exports;
    this.exports = exports as unknown as typeof this.exports;
    this.memory = new GuestMemory(exports.memory);
    const initialize = this.exports["_initialize"];
    if (initialize) initialize();
  }

  /** The console's lines so far, without the last when it is not ended. */
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** Adds a network device; to be called before start. */
  network(name: string, options: NetworkOptions = {}): SimulatedNetwork {
    const network = new SimulatedNetwork(this.memory, options);
    this.networks.set(name, network);
    return network;
  }

  /** Adds a block device; to be called before start. */
  block(name: string, options: BlockOptions): SimulatedBlock {
    const block = new SimulatedBlock(this.memory, options);
    this.blocks.set(name, block);
    return block;
  }

  /** Calls start. */
  start(): this {
    this.starting = true;
    this.enter("start");
    this.starting = false;
    return this;
  }

  /** Calls step once, with the devices served before and after. */
  step(): this {
    for (const device of [...this.networks.values(), ...this.blocks.values()]) device.fill();
    this.enter("step");
    return this;
  }

  /** Steps until the guest has nothing left to do now. */
  settle(): this {
    for (let i = 0; i < 100_000; i++) {
      if (this.status !== undefined || !(this.deadline <= this.now || this.hasInput())) return this;
      this.step();
    }
    throw new Error("the guest does not come to rest");
  }

  /** Lets time pass, stepping at each deadline, as a real tender would. */
  advance(ms: number): this {
    const end = this.now + BigInt(Math.round(ms * 1e6));
    for (this.settle(); this.status === undefined && this.deadline <= end; this.settle()) this.now = this.deadline;
    this.now = end;
    return this;
  }

  /** Reports an event, to be heard in the next step. */
  event(kind: number): this {
    (this.exports["event"] as (kind: number) => void)(kind);
    this.deadline = 0n;
    return this;
  }

  private hasInput(): boolean {
    return [...this.networks.values(), ...this.blocks.values()].some((device) => device.hasInput());
  }

  private enter(name: "start" | "step"): void {
    this.steps++;
    try {
      this.deadline = BigInt.asUintN(64, this.exports[name]?.(this.now, this.wall + this.now) as bigint);
    } catch (error) {
      if (!(error instanceof GuestExit)) throw this.explain(error);
      this.status = error.status;
      this.deadline = NEVER;
    }
    for (const device of [...this.networks.values(), ...this.blocks.values()]) device.drain();
  }

  /** Adds the panic that the guest printed to the engine's error. */
  explain(error: unknown): unknown {
    const panic = this.lines.findLast((line) => line.startsWith("panic: "));
    if (error instanceof Error && panic) error.message = `${panic} (${error.message})`;
    return error;
  }

  private imports() {
    const text = (ptr: number, len: number) => new TextDecoder().decode(this.memory.bytes(ptr, len));
    return {
      exit: (status: number): void => {
        throw new GuestExit(status);
      },
      console_write: (ptr: number, len: number): void => {
        if (len > abi.CONSOLE_MAX) throw new Error("console_write of more than CONSOLE_MAX");
        this.text += text(ptr, len);
      },
      argv: (index: number, ptr: number, cap: number): number => {
        const argument = this.options.arguments?.[index];
        if (argument === undefined) return abi.E_NOT_FOUND;
        const bytes = typeof argument === "string" ? new TextEncoder().encode(argument) : argument;
        this.memory.bytes(ptr, cap).set(bytes.subarray(0, cap));
        return bytes.length;
      },
      random: (ptr: number, cap: number): number => {
        const bytes = this.memory.bytes(ptr, Math.min(cap, abi.RANDOM_MAX));
        for (let i = 0; i < bytes.length; i++) bytes[i] = this.random++;
        return bytes.length;
      },
      clock_monotonic: (): bigint => this.now,
      net_attach: (name: number, nameLen: number, ring: number): number =>
        this.attach(this.networks.get(text(name, nameLen)), ring),
      block_attach: (name: number, nameLen: number, queue: number): number =>
        this.attach(this.blocks.get(text(name, nameLen)), queue),
    } satisfies typeof abi_hypercalls;
  }

  private attach(device: SimulatedNetwork | SimulatedBlock | undefined, header: number): number {
    if (!this.starting) return abi.E_TOO_LATE;
    if (!device) return abi.E_NOT_FOUND;
    return device.attach(header);
  }
}

type Functions<T> = { [K in keyof T as T[K] extends (...values: never[]) => unknown ? K : never]: T[K] };
declare const abi_hypercalls: Functions<typeof abi>;

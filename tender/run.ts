/**
 * Runs an image: instantiates it, locks the process down, and goes round the loop of pump and step until the guest
 * ends. Nothing returns from here.
 */
import { setFlagsFromString } from "node:v8";
import { memoryTooSmall } from "../runtime/abi/command.ts";
import { EVENT_RESTORED, EVENT_STOP, type ImageExports } from "../runtime/abi/tender.ts";
import { reasonOf, status, TenderError } from "./errors.ts";
import { type Image, TABLE_MAX } from "./image.ts";
import { DEADLINE, type Native, NOW, PUMP_FOREVER, WALL } from "./native.ts";
import { describeTrap, FRAMES_MAX, readMap } from "./trap.ts";

export interface Limits {
  /** Most pages of 64 KiB that the guest's memory may have. */
  readonly memory: number;
  /** Whether to lock the process down. */
  readonly sandbox: boolean;
  /** How statistics are printed at the end; undefined: not at all. */
  readonly stats: "lines" | "json" | undefined;
  /** Microseconds to go on looking for frames before sleeping. */
  readonly busyPoll: number;
}

/** The guest's memory, and what the native core knows of it. */
class GuestMemory {
  private readonly native: Native;
  private memory: WebAssembly.Memory | undefined;
  private view = new Uint8Array(0);

  constructor(native: Native) {
    this.native = native;
  }

  set(memory: WebAssembly.Memory): void {
    this.memory = memory;
    this.refresh();
  }

  /** To be called before the native core looks into the memory: growing detaches the old buffer, whose length becomes 0. */
  refresh(): void {
    if (this.view.length !== 0 || !this.memory) return;
    this.view = new Uint8Array(this.memory.buffer);
    this.native.setMemory(this.memory.buffer);
  }
}

/**
 * Runs an image whose devices are attached.
 * @param args the image's arguments, normalised
 */
export function run(native: Native, image: Image, args: readonly string[], limits: Limits): never {
  const tooSmall = memoryTooSmall(image.manifest, limits.memory);
  if (tooSmall !== undefined) throw new TenderError(status.usage, tooSmall);
  setFlagsFromString(`--wasm-max-mem-pages=${limits.memory}`);
  setFlagsFromString(`--wasm-max-table-size=${TABLE_MAX}`);
  Error.stackTraceLimit = FRAMES_MAX;
  const memory = new GuestMemory(native);
  const exports = instantiate(image, hypercalls(native, memory));
  const map = readMap(image.path);
  native.setArguments(args.map((a) => `${a}\0`).join(""));
  try {
    native.prepare();
    native.trim();
    if (limits.sandbox) native.lockDown();
  } catch (error) {
    throw new TenderError(status.sandbox, reasonOf(error));
  }
  try {
    memory.set(exports.memory);
    native.setBusyPoll(limits.busyPoll);
    native.begin();
    if (limits.stats) native.chooseStatistics(limits.stats === "json");
    loop(native, memory, exports);
  } catch (error) {
    native.message(describeTrap(error, map));
  }
  native.end(status.trap);
}

type Exports = ImageExports & { readonly memory: WebAssembly.Memory };

/** From start() on. Returns when the guest cannot go on; throws when it traps. */
function loop(native: Native, memory: GuestMemory, { start, step, event }: Exports): void {
  const times = new BigUint64Array(native.times);
  times[DEADLINE] = start(times[NOW] ?? 0n, times[WALL] ?? 0n);
  for (;;) {
    memory.refresh();
    const events = native.pump();
    if (events !== 0) {
      if (events < 0) {
        native.message(events === PUMP_FOREVER ? FOREVER : `trap: ${native.fault()}`);
        return;
      }
      for (let kind = EVENT_STOP; kind <= EVENT_RESTORED; kind++) if (events & (1 << kind)) event(kind);
    }
    times[DEADLINE] = step(times[NOW] ?? 0n, times[WALL] ?? 0n);
  }
}

const FOREVER = "the guest waits for ever: it has no deadline, and no device that could wake it";

type Call = (...p: unknown[]) => unknown;
type Calls = Record<string, Call>;

/** The hypercalls, with the memory known as it is at the call. */
function hypercalls(native: Native, memory: GuestMemory): Calls {
  const wrap = (call: Call) => (a: unknown, b: unknown, c: unknown) => {
    memory.refresh();
    return call(a, b, c);
  };
  return Object.fromEntries(Object.entries(native.hypercalls).map(([name, call]) => [name, wrap(call as Call)]));
}

function instantiate(image: Image, imports: Calls): Exports {
  try {
    const module = new WebAssembly.Module(image.bytes);
    return new WebAssembly.Instance(module, { tender: imports }).exports as unknown as Exports;
  } catch (error) {
    throw new TenderError(status.image, `${image.path}: cannot be instantiated: ${reasonOf(error)}`);
  }
}

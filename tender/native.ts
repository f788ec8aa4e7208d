/**
 * The native core (tender/native) as JavaScript sees it.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { reasonOf, status, TenderError } from "./errors.ts";

type Abi = typeof import("../runtime/abi/tender.ts");

/** The hypercalls of the ABI. A pointer that is wrong throws an error with the code FAULT. */
export type Hypercalls = { [K in keyof Abi as Abi[K] extends (...p: never[]) => unknown ? K : never]: Abi[K] };

/** Code of the error that a hypercall throws when the guest gave a bad address, length or index. */
export const FAULT = "FATA_FAULT";

/** What `pump` returns, as in tender.h, when nothing can wake the guest. Any other result below zero is a fault. */
export const PUMP_FOREVER = -2;

/** Indices into `times`, as in tender.h. */
export const DEADLINE = 0;
export const NOW = 1;
export const WALL = 2;

export interface Native {
  /**
   * Opens a network device. Throws where that fails.
   * @param name the device's name in the manifest
   * @param target a tap's name or @FD
   * @param mac 6 bytes, or undefined for a random address
   * @param offload features that the guest may use, NET_F_* of the ABI
   * @returns a warning, or undefined
   */
  addNet(name: string, target: string, mac: Uint8Array | undefined, offload: number): string | undefined;
  /** Opens and locks a block device. Throws where that fails. */
  addBlock(name: string, path: string, readOnly: boolean, direct: boolean): void;
  /** The image's arguments, each ended by a zero. */
  setArguments(text: string): void;
  /** The guest's memory: to be called anew each time that it has grown. */
  setMemory(buffer: ArrayBuffer): void;
  /**
   * Opens what it takes to read and write the devices, which are attached, as `--io` says. Throws where that fails.
   * @param how auto, uring or rw
   * @returns what was chosen, and why
   */
  chooseIo(how: string): string;
  /** Opens what the loop is woken by, once all devices are added. SIGTERM, SIGINT and SIGUSR1 become events from here on. */
  prepare(): void;
  /** Gives back the memory that only the engine's start needed. Before lockDown. */
  trim(): void;
  /** Gives up everything that a running guest does not need. Throws where that fails. */
  lockDown(): void;
  /** What the guest is left, with lockDown or without, as text of one or several lines. After prepare. */
  explain(sandbox: boolean): string;
  /** Has statistics printed at the end of the process, too. After begin. */
  chooseStatistics(json: boolean): void;
  /** Has the pump go on looking for frames before it sleeps. */
  setBusyPoll(microseconds: number): void;
  /** Starts the guest's clock. To be followed by start(). */
  begin(): void;
  /**
   * Everything between two steps: output, sleep, input, time.
   * @returns the events to deliver, a bit each (1 << EVENT_*), PUMP_FOREVER, or another number below zero
   */
  pump(): number;
  /** What the guest did wrong, when pump has reported a fault. */
  fault(): string;
  /** Writes a line to standard error, `tender: ` before it; it works after lockDown, too. */
  message(text: string): void;
  /** Leaves at once, with what the guest has written to its console. */
  end(status: number): never;
  /** Leaves a descriptor open for `execute`. */
  inherit(fd: number): void;
  /**
   * Puts another program in this process's place. Throws where that fails.
   * @param words its arguments, each ended by a zero
   */
  execute(path: string, words: string): never;
  readonly hypercalls: Hypercalls;
  /** The types of each hypercall as "parameters:result": i for i32, I for i64. */
  readonly signatures: Readonly<Record<string, string>>;
  /** The deadline that the guest gave, and the times that its next step is given, as three u64. */
  readonly times: ArrayBuffer;
}

/** Loads the addon, which `npm install` has built. */
export function loadNative(): Native {
  const path = fileURLToPath(new URL("../../tender/native/build/tender.node", import.meta.url));
  const holder = { exports: {} };
  try {
    process.dlopen(holder, path);
  } catch (error) {
    const folder = dirname(dirname(path));
    throw new TenderError(
      status.sandbox,
      `the native core cannot be loaded (${reasonOf(error)}); build it: make -C ${folder}`,
    );
  }
  return holder.exports as Native;
}

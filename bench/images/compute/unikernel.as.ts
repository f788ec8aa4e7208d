import { consoleWrite, measure, yieldNow } from "fata";
import { checksum } from "./checksum.as";
import { interpreter } from "./interpreter.as";
import { mandelbrot } from "./mandelbrot.as";
import { collected } from "./map.as";
import { sha256 } from "./sha256.as";

/** Calls of each program: the engine compiles hot code anew during the first ones. */
const CALLS = 60;

/**
 * Functions that are called through the table: one that is called directly from here would be inlined here, where an
 * engine that compiles anew only what is called again never gets to it.
 */
const programs: (() => u32)[] = [sha256, checksum, collected, interpreter, mandelbrot];
const names = ["sha256", "checksum", "map", "interpreter", "mandelbrot"];

/** Prints, for each call, the program's name, its result and the nanoseconds that it took, collection included. */
export class Main {
  start(): void {
    for (let i = 0; i < programs.length; i++) {
      for (let call = 0; call < CALLS; call++) {
        const begin = measure();
        const result = programs[i]();
        // Memory is collected between two turns of fibers.
        yieldNow();
        consoleWrite(`${names[i]},${result},${measure() - begin}\n`);
      }
    }
  }
}

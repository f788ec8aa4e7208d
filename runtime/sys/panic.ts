/**
 * The end of an image that found itself broken. It allocates nothing, so that it also works when memory is exhausted.
 */
import { flushConsole, putCharacter, putDecimal, putText } from "./console";

/**
 * What a failed assertion calls (asc's `--use abort=~lib/fata/sys/panic/abort`). Prints
 * `panic: MESSAGE at FILE:LINE:COLUMN` and traps. Only `--dev` builds know the column (compiler/pipeline/assertions.ts).
 */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  putText("panic: ");
  putText(message ? message : "assertion failed");
  if (file) {
    putText(" at ");
    putText(file);
    putCharacter(0x3a);
    putDecimal(line, 1);
    if (column) {
      putCharacter(0x3a);
      putDecimal(column, 1);
    }
  }
  putCharacter(0x0a);
  flushConsole();
  unreachable();
}

/** Prints `panic: MESSAGE` and traps (exit status 70); the tender adds the stack. For broken invariants, not for input. */
export function panic(message: string): void {
  abort(message, null, 0, 0);
}

import { consoleWrite, flushConsole, putCharacter, putDecimal, putText } from "fata/sys/console";

/** A string of code units that lie at `ptr`, written to the console. */
export function write(ptr: usize, units: i32): void {
  consoleWrite(String.UTF16.decodeUnsafe(ptr, units << 1));
}

export function decimal(value: u32, width: i32): void {
  putDecimal(value, width);
  putCharacter(0x0a);
  flushConsole();
}

export function put(): void {
  putText("one ");
  putText("line\n");
}

export { flushConsole };

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}

import { putTime } from "fata/sys/calendar";
import { flushConsole, putCharacter } from "fata/sys/console";

export function time(seconds: u64): void {
  putTime(seconds);
  putCharacter(0x0a);
  flushConsole();
}

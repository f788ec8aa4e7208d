import { condition } from "./condition";
import { mutex } from "./mutex";
import { queue } from "./queue";
import { semaphore } from "./semaphore";
import { tasks } from "./tasks";

/** Shows what fibers can do: one file for each. */
export class Main {
  start(): void {
    tasks();
    mutex();
    condition();
    semaphore();
    queue();
  }
}

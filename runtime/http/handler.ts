/** What answers requests. */
import { Fn1 } from "../sched/combine";
import { Context } from "./context";

/**
 * Answers requests. Wherever one is asked for, so is each `Fn1<Context, void>`: a function of a context.
 *
 *     class Hello extends Handler {
 *       handle(c: Context): void {
 *         c.text("Hello!");
 *       }
 *     }
 */
export abstract class Handler extends Fn1<Context, void> {
  /** Answers one request; runs on the connection's fiber, and may wait. One handler serves many connections at once. */
  abstract handle(c: Context): void;

  call(c: Context): void {
    this.handle(c);
  }
}

/** What stands around handlers: logging, access control, fields that all responses have. */
import { Fn1 } from "../sched/combine";
import { Context } from "./context";

/**
 * Sees each request before the handler does, and the response before it leaves.
 *
 *     class Timing extends Middleware {
 *       handle(c: Context, next: Fn1<Context, void>): void {
 *         const start = measure();
 *         next.call(c);
 *         c.header("Server-Timing", `total;dur=${(measure() - start) / 1000000}`);
 *       }
 *     }
 */
export abstract class Middleware {
  /** @param next what is inside: the next middleware, or the handler. Who does not call it answers in its place */
  abstract handle(c: Context, next: Fn1<Context, void>): void;
}

/** A handler with middleware around it. */
class Link extends Fn1<Context, void> {
  constructor(
    private middleware: Middleware,
    public next: Fn1<Context, void>,
  ) {
    super();
  }

  call(c: Context): void {
    this.middleware.handle(c, this.next);
  }
}

/** Middleware around a handler, made once: a request passes it without anything being allocated. */
export class Chain {
  /** What to call. */
  first: Fn1<Context, void>;
  private last: Link | null = null;

  constructor(private handler: Fn1<Context, void>) {
    this.first = handler;
  }

  /** Puts middleware around the handler, inside of what was put there before. */
  use(middleware: Middleware): void {
    const link = new Link(middleware, this.handler);
    const last = this.last;
    if (last) last.next = link;
    else this.first = link;
    this.last = link;
  }
}

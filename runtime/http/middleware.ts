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

  /**
   * Sees the response to a head that is refused, when it stands around all of a server; must not wait. What was received is no
   * request: nothing but who has sent it may be looked at.
   */
  refused(_c: Context): void {}
}

/** A handler with middleware around it. */
class Link extends Fn1<Context, void> {
  /** What was put around the handler before it. */
  before: Link | null = null;

  constructor(
    readonly middleware: Middleware,
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
    link.before = last;
    this.last = link;
  }

  /** Tells the middleware, the innermost first, of a head that was refused. */
  refused(c: Context): void {
    let link = this.last;
    while (link) {
      link.middleware.refused(c);
      link = link.before;
    }
  }
}

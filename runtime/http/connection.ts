/** A connection: a fiber that receives requests, has them handled, and sends the responses, in their order. */
import { E_TIMEOUT, OK } from "../base/result";
import { Flow } from "../flow/stream";
import { after, Fiber, remaining } from "../sched/fiber";
import { Context } from "./context";
import { Method } from "./method";
import { HttpServer } from "./server";
import { DRAIN_MAX, settle } from "./settle";
import { STATUS_REQUEST_TIMEOUT } from "./status";

/** How long, and how much, is still received and dropped before a connection ends whose client may be sending. */
const LINGER_MS: u64 = 2000;
const LINGER_MAX: i32 = 1024 * 1024;
/** Requests in a row after which others have their turn. */
const ROW: i32 = 32;

/** Where what is not wanted goes: nobody reads it. */
const DISCARD: i32 = 4096;
const discard: usize = memory.data(DISCARD);

export class Connection extends Fiber {
  /** For the server's lists only. */
  before: Connection | null = null;
  behind: Connection | null = null;
  idle: bool = true;
  private lingers: bool = false;

  constructor(
    private server: HttpServer,
    private flow: Flow,
  ) {
    super();
  }

  run(): void {
    const server = this.server;
    const flow = this.flow;
    let patience = server.headTimeout;
    while (flow.readable(patience) == OK && !this.cancelled) {
      server.busy(this);
      const c = server.take();
      if (!c) break;
      c._open(flow, server.sendTimeout);
      const stays = this.serve(c);
      server.give(c);
      if (!stays || !server.rest(this)) break;
      patience = server.idleTimeout;
    }
    if (this.lingers) this.linger();
    flow.close();
    server.ended(this);
  }

  /** Ends it at once, whatever it is doing. */
  breakOff(): void {
    this.flow.abort();
    this.cancel();
  }

  /** Serves requests until nothing is left of what has come. @returns whether the connection stays */
  private serve(c: Context): bool {
    const server = this.server;
    const request = c.request;
    const head = request.head;
    const body = request._body;
    let row = 0;
    while (true) {
      let status = request._receive(after(server.headTimeout), server.bodyTimeout);
      if (status == E_TIMEOUT) status = STATUS_REQUEST_TIMEOUT;
      // There is no head, nor could it be answered.
      if (status < OK) return false;
      c._begin(head.method == Method.Head, head.minor == 0, !head.close);
      c._pattern = null;
      body.limit = server.bodyMax;
      if (status == OK) server._handler.call(c);
      else server.refuse(c, status);
      if (server.stopping) c.close();
      settle(c);
      let stays = c._finish();
      // What is left of a body is dropped, so that the next request can be found; or else the connection ends.
      const most = body.taken + DRAIN_MAX;
      while (stays && !body.ended) stays = body.read(discard, DISCARD) >= 0 && body.taken <= most;
      // Where it is we who end it, the client may be sending its next request; and when the image ends, what the client has
      // not taken yet would be lost with it.
      this.lingers = status != OK || !body.ended || server.stopping || !(stays || head.close);
      if (this.lingers || !stays) return false;
      c._input.release();
      if (c._input.empty) return true;
      if (++row % ROW == 0 && !server.letOthers()) return false;
    }
  }

  /**
   * Ends our direction and receives on, for a while: closed at once, with something unread, the client would get a reset, and
   * perhaps never see the response (RFC 9112, 9.6).
   */
  private linger(): void {
    const flow = this.flow;
    flow.shutdown();
    const deadline = after(LINGER_MS);
    let left = LINGER_MAX;
    do {
      const count = flow.readTo(discard, DISCARD, remaining(deadline));
      if (count <= 0) return;
      left -= count;
    } while (left > 0);
  }
}

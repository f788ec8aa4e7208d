/** A connection: a fiber that receives requests, has them handled, and sends the responses, in their order. */
import { E_AGAIN, E_TIMEOUT, OK } from "../base/result";
import { Flow } from "../flow/stream";
import { after, Fiber, remaining, yieldNow } from "../sched/fiber";
import { E_INVALID } from "../sys/results";
import { Body } from "./body";
import { Context } from "./context";
import { Method } from "./method";
import { HttpServer } from "./server";
import { DRAIN_MAX, refuse, settle } from "./settle";
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
    while (flow.readable(patience) == OK) {
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
    const head = c.request.head;
    const body = c.request._body;
    let row = 0;
    do {
      const status = this.receive(c);
      if (status < 0) return false;
      const refused = status > 0;
      c._begin(head.method == Method.Head, head.minor == 0, !head.close);
      c._pattern = null;
      if (!refused) {
        body.limit = server.bodyMax;
        server._handler.call(c);
        if (server.stopping) c.close();
        settle(c);
      } else refuse(c, status);
      const stays = c._finish();
      // What is left of a body is dropped, so that the next request can be found; or else the connection ends.
      this.lingers = refused || !(body.ended || (stays && this.drain(body)));
      // Where it is we who end it, the client may be sending its next request; and when the image ends, what the client has
      // not taken yet would be lost with it.
      if (server.stopping || !(stays || head.close)) this.lingers = true;
      if (this.lingers || !stays) return false;
      c._input.release();
      if (++row % ROW == 0 && yieldNow() != OK) return false;
    } while (!c._input.empty);
    return true;
  }

  /** Receives a head. @returns OK; a status that refuses it; or a code below 0: there is none, nor can it be answered */
  private receive(c: Context): i32 {
    const server = this.server;
    const request = c.request;
    const input = c._input;
    const deadline = after(server.headTimeout);
    request.head.reset();
    let outcome = request._parse(server.bodyTimeout);
    while (outcome == E_AGAIN) {
      input.compact();
      const count = input.fill(deadline);
      if (count == E_TIMEOUT) return STATUS_REQUEST_TIMEOUT;
      if (count <= 0) return E_INVALID;
      outcome = request._parse(server.bodyTimeout);
    }
    return outcome;
  }

  /** Drops what is left of a body. @returns whether it has come to its end */
  private drain(body: Body): bool {
    const most = body.taken + DRAIN_MAX;
    let count = 1;
    while (count > 0 && body.taken < most) count = body.read(discard, DISCARD);
    return count == 0;
  }

  /**
   * Ends our direction and receives on, for a while: closed at once, with something unread, the client would get a reset, and
   * perhaps never see the response (RFC 9112, 9.6).
   */
  private linger(): void {
    const flow = this.flow;
    flow.shutdown();
    const deadline = after(LINGER_MS);
    for (let left = LINGER_MAX; left > 0; ) {
      const count = flow.readTo(discard, DISCARD, remaining(deadline));
      if (count <= 0) return;
      left -= count;
    }
  }
}

/**
 * The server: takes connections, and bounds what they may take.
 *
 *     const server = new HttpServer(new Hello());
 *     const result = server.serve(stack, 80);
 *     if (result != OK) log.error(`Cannot listen on port 80: ${resultName(result)}`);
 */
import { E_CANCELLED, OK } from "../base/result";
import { Listener, Transport } from "../flow/stream";
import { Fn1 } from "../sched/combine";
import { atExit } from "../sched/exit";
import { after, Fiber, WaitQueue } from "../sched/fiber";
import { Connection } from "./connection";
import { ConnectionList } from "./connectionlist";
import { Context } from "./context";
import { Chain, Middleware } from "./middleware";
import { refuse } from "./settle";

/** Requests in progress at a time: each has buffers of 24 KiB, those that wait for one have none. */
const REQUESTS_MAX: i32 = 256;

export class HttpServer {
  /** Milliseconds in which a head must have come, from its first octet on, or from the connection's beginning. */
  headTimeout: u64 = 10_000;
  /** Milliseconds that a connection may be idle between requests. */
  idleTimeout: u64 = 60_000;
  /** Milliseconds that a body's beginning may take; then it must come at 1 KiB/s or more, on average. */
  bodyTimeout: u64 = 30_000;
  /** Milliseconds in which a client must take each 64 KiB of a response. */
  sendTimeout: u64 = 30_000;
  /** Most octets of a request's body, unless the handler says otherwise. */
  bodyMax: u64 = 1024 * 1024;
  /** Most connections. Beyond that the one that is idle for longest makes room, or else newcomers wait. */
  connectionsMax: i32 = 4096;
  /** Milliseconds that responses in progress have when the image is asked to stop. The tender waits for 5 s. */
  stopTimeout: u64 = 4_000;
  /** For connections only: what answers requests, with the middleware around it. */
  _handler: Fn1<Context, void>;
  /** For connections only: whether the server ends. */
  stopping: bool = false;
  /** Connections that there are. */
  count: i32 = 0;
  private listener: Listener | null = null;
  private idle: ConnectionList = new ConnectionList();
  private active: ConnectionList = new ConnectionList();
  /** Where those wait who want to know when a connection ends, or the server. */
  private changed: WaitQueue = new WaitQueue();
  /** Buffers for requests: those that are not in use, how many there are, and where those wait who want some. */
  private spare: Context | null = null;
  private made: i32 = 0;
  private returned: WaitQueue = new WaitQueue();

  private chain: Chain;

  /** @param handler answers all requests: one handler, or a Router */
  constructor(handler: Fn1<Context, void>) {
    this._handler = handler;
    this.chain = new Chain(handler);
  }

  /** Puts middleware around all that is answered. What was put first is outermost. */
  use(middleware: Middleware): HttpServer {
    this.chain.use(middleware);
    this._handler = this.chain.first;
    return this;
  }

  /**
   * Serves a port, until `stop`, which is called also when the image is asked to stop.
   * @param port 1 to 65535
   * @returns OK, or at once E_IN_USE
   */
  serve(transport: Transport, port: u32): i32 {
    const listener = transport.listen(port);
    if (!listener) return transport.error;
    this.listener = listener;
    atExit(new Stop(this));
    for (;;) {
      const flow = listener.accept(u64.MAX_VALUE);
      if (!flow) break;
      if (!this.makeRoom()) {
        flow.close();
        break;
      }
      this.count++;
      const connection = new Connection(this, flow);
      this.idle.push(connection);
      connection.spawn();
    }
    listener.close();
    return OK;
  }

  /**
   * Takes no more connections, ends those that are idle, and the others when the response that they are at has left.
   * @param ms how long to wait for these; what is left then is broken off
   * @returns OK; E_TIMEOUT, some were broken off; E_CANCELLED likewise
   */
  stop(ms: u64): i32 {
    this.stopping = true;
    const listener = this.listener;
    if (listener) listener.close();
    this.changed.wakeAll();
    let idle = this.idle.first;
    while (idle) {
      idle.cancel();
      idle = idle.behind;
    }
    const deadline = after(ms);
    let outcome = OK;
    while (this.count) {
      outcome = this.changed.waitUntil(deadline);
      if (outcome != OK) break;
    }
    let active = this.active.first;
    while (active) {
      active.breakOff();
      active = active.behind;
    }
    return outcome;
  }

  /** Waits until one more connection may come. @returns false when none will */
  private makeRoom(): bool {
    while (this.count >= this.connectionsMax && !this.stopping) {
      const longest = this.idle.first;
      if (longest) {
        this.busy(longest);
        longest.cancel();
      }
      if (this.changed.waitUntil(u64.MAX_VALUE) != OK) return false;
    }
    return !this.stopping;
  }

  /** For connections only: it is not idle any more. */
  busy(connection: Connection): void {
    if (!connection.idle) return;
    connection.idle = false;
    this.idle.remove(connection);
    this.active.push(connection);
  }

  /** For connections only: a request is done. @returns whether the connection may wait for another */
  rest(connection: Connection): bool {
    if (this.stopping) return false;
    connection.idle = true;
    this.active.remove(connection);
    this.idle.push(connection);
    if (this.count >= this.connectionsMax) this.changed.wakeAll();
    return true;
  }

  /** For connections only: lets others have their turn. @returns false when the fiber was cancelled */
  letOthers(): bool {
    // A wait whose time is over ends with the next step.
    return this.changed.waitUntil(0) != E_CANCELLED;
  }

  /** For connections only: answers a head that cannot be served. */
  refuse(c: Context, status: i32): void {
    refuse(c, status);
    this.chain.refused(c);
  }

  /** For connections only: it has ended. */
  ended(connection: Connection): void {
    if (connection.idle) this.idle.remove(connection);
    else this.active.remove(connection);
    this.count--;
    this.changed.wakeAll();
  }

  /** For connections only: buffers for a request; waits until there are some. Null when the fiber was cancelled. */
  take(): Context | null {
    while (true) {
      const spare = this.spare;
      if (spare) {
        this.spare = spare._next;
        return spare;
      }
      if (this.made < REQUESTS_MAX) {
        this.made++;
        return new Context();
      }
      if (this.returned.waitUntil(u64.MAX_VALUE) != OK) return null;
    }
  }

  /** For connections only: gives them back. */
  give(context: Context): void {
    context._release();
    context._next = this.spare;
    this.spare = context;
    this.returned.wakeOne();
  }
}

/** Ends a server when the image ends (SIGTERM). */
class Stop extends Fiber {
  constructor(private server: HttpServer) {
    super();
  }

  run(): void {
    this.server.stop(this.server.stopTimeout);
  }
}

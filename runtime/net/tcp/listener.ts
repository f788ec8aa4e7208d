/** LISTEN: where connections to a port come in, and wait until they are accepted. */
import { E_CLOSED, OK } from "../../base/result";
import { Flow, Listener } from "../../flow/stream";
import { after, WaitQueue } from "../../sched/fiber";
import { now } from "../../sys/clock";
import { abort } from "./close";
import { Connection } from "./connection";
import { TcpSocket } from "./socket";
import { State } from "./state";
import { Tcp } from "./tcp";

export class TcpListener extends Listener {
  /** For Tcp only: the next listener. */
  nextListener: TcpListener | null = null;
  /** Connections in SYN-RECEIVED, and of those the limit. */
  halfOpen: i32 = 0;
  /** Until when an ACK may bring a cookie, in ns on `now`'s clock. */
  cookiesUntil: u64 = 0;
  /** Connections that wait for accept. */
  waiting: i32 = 0;
  private first: Connection | null = null;
  private last: Connection | null = null;
  private acceptors: WaitQueue = new WaitQueue();
  private closed: bool = false;

  /** @param backlog most connections that wait for accept, and as many that are still being opened */
  constructor(
    private tcp: Tcp,
    port: u32,
    readonly backlog: i32,
  ) {
    super();
    this.port = port;
  }

  protected next(ms: u64): Flow | null {
    const deadline = after(ms);
    while (!this.first) {
      if (this.closed || this.acceptors.waitUntil(deadline) != OK) return null;
    }
    const c = this.first!;
    this.remove(c);
    return new TcpSocket(c);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.tcp.unlisten(this);
    for (let c = this.first; c; c = this.first) {
      this.remove(c);
      abort(c, E_CLOSED);
    }
    this.acceptors.wakeAll();
  }

  /** Whether cookies are out that may come back. */
  get awaitsCookies(): bool {
    return now() < this.cookiesUntil;
  }

  /** Whether one more connection could wait for accept, and memory for it is there. */
  get hasRoom(): bool {
    return this.waiting < this.backlog && this.tcp.pool.hasRoomToOpen;
  }

  /** For connections that were opened: waits for accept. @returns false when we are closed, and it has ended */
  opened(c: Connection): bool {
    this.halfOpen--;
    if (this.closed) {
      c.listener = null;
      abort(c, E_CLOSED);
      return false;
    }
    this.waiting++;
    const last = this.last;
    if (last) last.nextAccepted = c;
    else this.first = c;
    this.last = c;
    this.acceptors.wakeOne();
    return true;
  }

  /** For connections that end before they were accepted. */
  lost(c: Connection): void {
    if (c.state == State.SynReceived) this.halfOpen--;
  }

  /** Takes the first connection out of the queue. */
  private remove(c: Connection): void {
    this.first = c.nextAccepted;
    if (!c.nextAccepted) this.last = null;
    c.nextAccepted = null;
    c.listener = null;
    this.waiting--;
  }
}

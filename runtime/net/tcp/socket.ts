/** A connection in direct style: what the application holds. */
import { E_CANCELLED, E_CLOSED, OK } from "../../base/result";
import { Flow } from "../../flow/stream";
import { after, self } from "../../sched/fiber";
import { now } from "../../sys/clock";
import { tune } from "./autotune";
import { abort, close, shutdown } from "./close";
import { Connection } from "./connection";
import { KeepAlive } from "./keepalive";
import { State } from "./state";
import { shouldTell } from "./window";

export class TcpSocket extends Flow {
  private closed: bool = false;

  constructor(private connection: Connection) {
    super();
    this.remoteAddress = connection.remoteAddress;
    this.remotePort = connection.remotePort;
    this.localAddress = connection.localAddress;
    this.localPort = connection.localPort;
    connection.tcp.held.add(connection, changetype<usize>(this));
  }

  readTo(ptr: usize, length: i32, ms: u64): i32 {
    assert(length > 0, "nothing to read into");
    const c = this.connection;
    const deadline = after(ms);
    let result = OK;
    while (result == OK) {
      if (this.closed) return E_CLOSED;
      const count = take(c, ptr, length);
      if (count > 0) return count;
      if (c.error != OK) return c.error;
      if (c.finReceived) return 0;
      result = c.readers.waitUntil(deadline);
    }
    return result;
  }

  readable(ms: u64): i32 {
    const c = this.connection;
    const deadline = after(ms);
    let result = OK;
    while (result == OK) {
      if (this.closed) return E_CLOSED;
      if (c.readable || c.error != OK || c.finReceived) return OK;
      result = c.readers.waitUntil(deadline);
    }
    return result;
  }

  writeFrom(ptr: usize, length: i32, ms: u64, constant: bool): i32 {
    const c = this.connection;
    const deadline = after(ms);
    const fiber = self();
    if (fiber && fiber.cancelled) return E_CANCELLED;
    let result = OK;
    while (result == OK) {
      if (c.error != OK) return c.error;
      if (this.closed || c.finWanted || c.state == State.Closed) return E_CLOSED;
      const count = give(c, ptr, length, constant);
      ptr += count;
      length -= count;
      if (length == 0) return OK;
      result = c.writers.waitUntil(deadline);
    }
    return result;
  }

  shutdown(): void {
    shutdown(this.connection);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.connection.tcp.held.remove(this.connection);
    close(this.connection);
  }

  abort(): void {
    if (this.closed) return;
    this.closed = true;
    this.connection.tcp.held.remove(this.connection);
    abort(this.connection, E_CLOSED);
  }

  cork(): bool {
    if (this.connection.corked) return false;
    this.connection.corked = true;
    return true;
  }

  uncork(): void {
    this.connection.corked = false;
    this.connection.push();
  }

  /**
   * Whether short segments are sent at once, even while earlier ones are not acknowledged: Nagle's algorithm (RFC 9293,
   * 3.7.4) is off then. For protocols that send many small messages one way.
   */
  set noDelay(on: bool) {
    this.connection.noDelay = on;
    this.connection.push();
  }

  /**
   * Has the peer asked for a sign of life after as many milliseconds of silence from now on, then every 75 s or as often; without nine
   * answers in a row the connection ends with E_TIMEOUT (RFC 9293, 3.8.4). 0: never, which is the default.
   */
  set keepAlive(ms: u32) {
    const c = this.connection;
    c.vigil = null;
    if (ms == 0) return;
    const vigil = new KeepAlive(ms);
    c.vigil = vigil;
    if (c.state != State.Closed) c.wakeBy(vigil.next);
  }

  /** How many milliseconds what was written may stay unacknowledged until the connection ends with E_TIMEOUT (3.9.1). */
  set userTimeout(ms: u32) {
    this.connection.userTimeout = ms;
  }
}

/** Moves what has arrived to the application. @returns octets */
function take(c: Connection, ptr: usize, room: u32): i32 {
  const count = min(c.readable, room);
  if (count == 0) return 0;
  const from = c.rcvRead;
  c.receiveBuffer.read(from, ptr, count);
  c.rcvRead = from + count;
  tune(c);
  c.receiveBuffer.release(from, c.rcvRead, c.readable == 0 && !c.hasGap);
  if (!c.finReceived && shouldTell(c)) c.acknowledge();
  return count;
}

/** Takes from the application as much as fits. @returns octets */
function give(c: Connection, ptr: usize, length: u32, constant: bool): i32 {
  const used = c.queued;
  if (used >= c.sendLimit) return 0;
  // As long as the window is zero, nothing is sent that this would begin with.
  if (used == 0) c.unacknowledgedSince = now();
  const count = c.sendBuffer.write(c.sndUna, c.sndEnd, ptr, min(length, c.sendLimit - used), constant);
  c.sndEnd += count;
  if (count) c.push();
  // With less than a segment in the buffer, corked, no acknowledgment would wake us.
  else if (used == 0 || !c.tcp.pool.available) c.tcp.outlet.starve(c);
  return count;
}

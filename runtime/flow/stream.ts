/**
 * Byte streams in direct style: the interface for protocols that do not care what carries their octets (http, tls, dns).
 *
 * Calls suspend the fiber until they can be done, for at most `ms` milliseconds (the greatest u64, which is what most have
 * as their default: for ever). All of them return E_CANCELLED once the fiber is cancelled, and E_TIMEOUT when the time is over.
 *
 * A flow that nobody holds any more is closed once a collection of memory finds that out, which may take a while: call
 * `close` when done with it.
 */
import { E_CLOSED, E_UNREACHABLE, OK } from "../base/result";
import { DatagramFlow, DatagramResponder } from "./datagram";

import { Reporter } from "./report";

/** For ever. */
const NEVER: u64 = u64.MAX_VALUE;
/** Connections that wait for accept, unless told otherwise. */
const BACKLOG: i32 = 128;
/** In place of a length: what is left of the buffer. */
const REST: i32 = -1;

/** One connection: octets in order, both ways. One fiber may read while another writes. */
export abstract class Flow {
  /** The other side: an IPv4 address and a port. */
  remoteAddress: u32 = 0;
  remotePort: u32 = 0;
  /** This side. */
  localAddress: u32 = 0;
  localPort: u32 = 0;

  /**
   * Takes the octets that are there, as many as fit; waits until there is one.
   * @param ptr where to: memory that stays where it is until the call returns
   * @param length octets of room, at least 1
   * @returns how many octets; 0, the other side has ended its direction; or a code: E_RESET, the other side broke off;
   *   E_TIMEOUT (also: the other side is gone), E_UNREACHABLE, E_CLOSED (closed here), E_CANCELLED
   */
  abstract readTo(ptr: usize, length: i32, ms: u64): i32;

  /**
   * Waits until readTo would not wait: for those who take a buffer only when there is something to read.
   * @returns OK, or a code: E_TIMEOUT, E_CLOSED (closed here), E_CANCELLED. What ended the flow, readTo tells.
   */
  abstract readable(ms: u64): i32;

  /**
   * Takes octets to be sent, all of them; waits while too much is on its way. OK does not mean that the other side has
   * them.
   * @param ptr where from: memory that is not changed until the call returns; @param length octets
   * @param constant whether they never change, as the image's own data: they need not be copied then
   * @returns OK or a code, as readTo; then some of the octets may have been sent
   */
  abstract writeFrom(ptr: usize, length: i32, ms: u64, constant: bool): i32;

  /** Ends our direction: the other side reads 0 after what was written. Reading goes on. Never suspends. */
  abstract shutdown(): void;

  /**
   * Ends both directions; never suspends. What was written still goes out. What arrives afterwards, or had arrived and was
   * not read, is refused: the other side learns that by a reset (RFC 9293, 3.6.1; RFC 2525, 2.17). Waiting and later calls
   * return E_CLOSED.
   */
  abstract close(): void;

  /** Breaks off: what was written and not sent is dropped, and the other side is told by a reset. Else as close. */
  abstract abort(): void;

  /**
   * As readTo, into a buffer.
   * @param offset index of the first octet to write to; @param length room from there on, -1: to the buffer's end
   */
  read(buffer: Uint8Array, offset: i32 = 0, length: i32 = REST, ms: u64 = NEVER): i32 {
    const room = extent(buffer, offset, length);
    return room ? this.readTo(buffer.dataStart + offset, room, ms) : 0;
  }

  /**
   * Reads until `length` octets are there.
   * @returns length, or a code; E_CLOSED when the other side ended before
   */
  readExactly(buffer: Uint8Array, offset: i32 = 0, length: i32 = REST, ms: u64 = NEVER): i32 {
    const wanted = extent(buffer, offset, length);
    for (let have = 0; have < wanted; ) {
      const result = this.readTo(buffer.dataStart + offset + have, wanted - have, ms);
      if (result <= 0) return result == 0 ? E_CLOSED : result;
      have += result;
    }
    return wanted;
  }

  /**
   * As writeFrom, from a buffer.
   * @param offset index of the first octet; @param length octets, -1: to the buffer's end
   */
  write(buffer: Uint8Array, offset: i32 = 0, length: i32 = REST, ms: u64 = NEVER): i32 {
    return this.writeFrom(buffer.dataStart + offset, extent(buffer, offset, length), ms, false);
  }

  /** Writes whole buffers, one after the other, as if they were one. @returns as writeFrom */
  writev(buffers: Uint8Array[], ms: u64 = NEVER): i32 {
    const corked = this.cork();
    let result = OK;
    for (let i = 0; i < buffers.length && result == OK; i++) {
      result = this.writeFrom(buffers[i].dataStart, buffers[i].length, ms, false);
    }
    if (corked) this.uncork();
    return result;
  }

  /**
   * From now on what is written leaves in full segments only, what is left over with uncork: for what is written in pieces.
   * @returns false when that was so already
   */
  abstract cork(): bool;

  /** Sends what was left over. */
  abstract uncork(): void;

  /**
   * Whether short messages are sent at once, even while earlier ones are still on their way: for many answers to who does not
   * wait for each.
   */
  set noDelay(_on: bool) {}
}

/** Where connections come in. */
export abstract class Listener {
  /** Our port. */
  port: u32 = 0;

  /**
   * Takes the next connection; waits until there is one.
   * @returns null when there is none: the time is over, the fiber was cancelled, or the listener is closed
   */
  accept(ms: u64 = NEVER): Flow | null {
    return this.next(ms);
  }

  /** As accept says. */
  protected abstract next(ms: u64): Flow | null;

  /** Takes no more connections; those that nobody has accepted are aborted. Waiting calls of accept return null. */
  abstract close(): void;
}

/** What connections are made with: the network stack. */
export abstract class Transport {
  /** Why listen, connect or datagrams gave null last. */
  error: i32 = OK;

  /** Has the counters of a server told with those of the layers; of a transport without such, nobody is told. */
  addReporter(_reporter: Reporter): void {}

  /**
   * Takes connections to a port.
   * @param port 1 to 65535, or 0 for one that is free (see Listener.port)
   * @param backlog most connections that nobody has accepted yet
   * @returns null, with E_IN_USE in `error`, when the port is taken
   */
  listen(port: u32, backlog: i32 = BACKLOG): Listener | null {
    return this.openListener(port, backlog);
  }

  /**
   * Opens a connection; waits until the other side has agreed.
   * @param address IPv4; @param port 1 to 65535
   * @returns null, with the reason in `error`: E_REFUSED (nobody listens there), E_TIMEOUT, E_UNREACHABLE, E_IN_USE (no
   *   local port is left), E_NO_MEMORY, E_CANCELLED
   */
  connect(address: u32, port: u32, ms: u64 = NEVER): Flow | null {
    return this.openFlow(address, port, ms);
  }

  /**
   * Makes a datagram socket.
   * @param port ours, 1 to 65535, or 0 for one that is free
   * @returns null, with the reason in `error`: E_IN_USE
   */
  abstract datagrams(port: u32): DatagramFlow | null;

  /**
   * Has the datagrams that come to a port answered, from the address that each was sent to, until what it returns is closed.
   * @param port ours, 1 to 65535
   * @returns null, with the reason in `error`: E_IN_USE; E_UNREACHABLE by custom, of a transport without datagrams
   */
  respond(_port: u32, _responder: DatagramResponder): DatagramFlow | null {
    this.error = E_UNREACHABLE;
    return null;
  }

  /** The name servers that the network has told of (DHCP), the preferred ones first. */
  nameServers(): StaticArray<u32> {
    return [];
  }

  /** As listen and connect say. */
  protected abstract openListener(port: u32, backlog: i32): Listener | null;
  protected abstract openFlow(address: u32, port: u32, ms: u64): Flow | null;
}

/** Octets of a buffer from `offset` on, `length` of them or all that are left. */
function extent(buffer: Uint8Array, offset: i32, length: i32): i32 {
  assert(<u32>offset <= <u32>buffer.length, "the offset is beyond the buffer");
  const rest = buffer.length - offset;
  if (length == REST) return rest;
  assert(<u32>length <= <u32>rest, "the length reaches past the buffer");
  return length;
}

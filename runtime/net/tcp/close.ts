/** How connections end: CLOSE and ABORT of RFC 9293, 3.10.4 and 3.10.5, and what ends them from outside. */
import { E_CLOSED, OK } from "../../base/result";
import { ACK, RST } from "../../wire/tcp";
import { Connection } from "./connection";
import { send } from "./segment";
import { State } from "./state";
import { waitForFin } from "./timers";

/** Our direction ends after what was written. */
export function shutdown(c: Connection): void {
  if (c.finWanted || c.state == State.Closed) return;
  c.finWanted = true;
  c.writers.wakeAll();
  c.push();
}

/** Both directions end. */
export function close(c: Connection): void {
  c.readClosed = true;
  c.readers.wakeAll();
  c.writers.wakeAll();
  // RFC 9293, 3.6.1 (and RFC 2525, 2.17): data that was not read is lost, and the peer shall know.
  if (c.readable != 0 && c.state >= State.Established) return abort(c, E_CLOSED);
  c.receiveBuffer.clear();
  if (c.state == State.SynSent) end(c, E_CLOSED);
  else if (c.state == State.Closed) end(c, c.error);
  else if (c.state == State.FinWait2) waitForFin(c);
  else shutdown(c);
}

/** Breaks off, and tells the peer. @param error what waiting calls return */
export function abort(c: Connection, error: i32): void {
  if (c.state >= State.SynReceived) {
    send(c, RST | ACK, c.sndNxt, 0);
    c.tcp.tcpOutRsts++;
  }
  end(c, error);
}

/**
 * Takes the connection out of everything but its socket's hands.
 * @param error why it failed; OK when both sides have ended it
 */
export function end(c: Connection, error: i32): void {
  const tcp = c.tcp;
  // RFC 4022: transitions to CLOSED that are no proper end.
  if (c.state == State.SynSent || c.state == State.SynReceived) tcp.tcpAttemptFails++;
  else if (c.state == State.Established || c.state == State.CloseWait) tcp.tcpEstabResets++;
  const listener = c.listener;
  if (listener) listener.lost(c);
  tcp.forget(c);
  c.disarm();
  c.state = State.Closed;
  c.ackWanted = false;
  c.sendBuffer.clear();
  c.recovery.release();
  const reassembly = c.reassembly;
  if (reassembly) reassembly.forget();
  if (c.error == OK) c.error = error;
  if (error != OK || c.readClosed) c.receiveBuffer.clear();
  if (error != OK) c.rcvRead = c.rcvNxt - (c.finReceived ? 1 : 0);
  c.readers.wakeAll();
  c.writers.wakeAll();
}

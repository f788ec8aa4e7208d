/** Connections that are opened from here (RFC 9293, 3.10.1 and 3.10.7.3), which images that only listen have nothing of. */
import { E_REFUSED } from "../../base/result";
import { randomBelow } from "../../sys/random";
import { ACK, RST, SYN } from "../../wire/tcp";
import { refuse } from "./answer";
import { end } from "./close";
import { Connection } from "./connection";
import { established, receive } from "./input";
import { begin, EPHEMERAL_COUNT, EPHEMERAL_FIRST, hashOf, open, startReceiving } from "./opening";
import { agree } from "./options";
import { Segment } from "./segment";
import { State } from "./state";
import { requestSyn, restartRetransmission } from "./timers";

/** What a connection that was opened from here does with the answers to its SYN. */
export abstract class Opener {
  /** A segment has come. @returns whether that was all there is to do about it */
  abstract arrive(c: Connection, s: Segment): bool;
}

class ActiveOpener extends Opener {
  arrive(c: Connection, s: Segment): bool {
    if (c.state == State.SynSent) {
      synSent(c, s);
      return true;
    }
    // Both have opened at once, and this is the other side's answer to our SYN (3.5, figure 7): its SYN comes again with it.
    if (c.state != State.SynReceived || (s.flags & (SYN | ACK | RST)) != (SYN | ACK)) return false;
    if (s.seq != c.irs || s.ack != c.sndNxt) return false;
    c.acknowledge();
    established(c, s);
    return true;
  }
}

/** Gives a connection a port that is hard to guess (RFC 6056, 3.3.1). @returns whether there is one */
export function choosePort(c: Connection): bool {
  const start = randomBelow(EPHEMERAL_COUNT);
  for (let i: u32 = 0; i < EPHEMERAL_COUNT; i++) {
    const port = EPHEMERAL_FIRST + ((start + i) % EPHEMERAL_COUNT);
    if (c.tcp.table.find(c.localAddress, port, c.remoteAddress, c.remotePort)) continue;
    c.localPort = port;
    return true;
  }
  return false;
}

/** Sends the SYN. */
export function openActively(c: Connection): void {
  const tcp = c.tcp;
  tcp.tcpActiveOpens++;
  c.opener = new ActiveOpener();
  // What our SYN offers; `agree` takes back what theirs does not.
  c.sack = true;
  c.timestamps = true;
  c.rcvShift = tcp.windowShift;
  open(c, State.SynSent, hashOf(tcp, c.localAddress, c.localPort, c.remoteAddress, c.remotePort));
  begin(c);
}

/** SYN-SENT. */
function synSent(c: Connection, s: Segment): void {
  const acknowledges = s.has(ACK);
  if (acknowledges && s.ack != c.sndNxt) {
    refuse(c.tcp, s);
    return;
  }
  if (s.has(RST)) {
    if (acknowledges) end(c, E_REFUSED);
    return;
  }
  if (!s.has(SYN)) return;
  startReceiving(c, s.seq);
  agree(c, s);
  if (acknowledges) {
    c.acknowledge();
    established(c, s);
    receive(c, s);
    return;
  }
  // Simultaneous open.
  c.state = State.SynReceived;
  requestSyn(c);
  restartRetransmission(c);
}

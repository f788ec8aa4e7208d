/**
 * A connection's state: the TCB of RFC 9293, 3.3.1, with the same names, and what its other files share. What happens to
 * it is in those: input.ts (what arrives), output.ts (what is sent), timers.ts, close.ts (its end).
 *
 * The application holds a TcpSocket, which holds this; this does not hold the socket, so that the collector finds out when
 * the application has lost it (unheld.ts).
 */
import { E_TIMEOUT, OK } from "../../base/result";
import { WaitQueue } from "../../sched/fiber";
import { Opener } from "./active";
import { StreamBuffer } from "./buffer";
import { SCARCE_TO_RECEIVE, SCARCE_TO_SEND } from "./chunks";
import { Endpoint } from "./endpoint";
import { Vigil } from "./keepalive";
import { TcpListener } from "./listener";
import { Reassembly } from "./reassembly";
import { LossRecovery } from "./recovery";
import { RoundTrip } from "./rtt";
import { State } from "./state";
import { Tcp } from "./tcp";
import { expire, USER_TIMEOUT } from "./timers";

/** The segment size that every host takes (RFC 9293, 3.7.1). */
const MSS_DEFAULT: u32 = 536;
/** Octets that the send buffer holds at first. */
const SEND_BUFFER: u32 = 64 * 1024;

export class Connection extends Endpoint {
  // ---- What most is done with: in an object's first 128 octets that takes an octet of code less
  readonly tcp: Tcp;
  state: State = State.Closed;
  rcvNxt: u32 = 0;
  sndUna: u32 = 0;
  sndNxt: u32 = 0;
  sndWnd: u32 = 0;
  /** The number behind the last octet that was written: where the FIN goes. */
  sndEnd: u32 = 0;
  iss: u32 = 0;
  /** The number of the first octet that the application has not read. */
  rcvRead: u32 = 0;
  /** The right edge of the window that the peer was told of. */
  rcvEdge: u32 = 0;
  /** Octets of data in a full segment. */
  mss: u32 = MSS_DEFAULT;
  /** Timeouts in a row. */
  retries: u32 = 0;
  recovery: LossRecovery;
  rtt: RoundTrip = new RoundTrip();
  /** Octets that the receive buffer holds, at most. */
  receiveLimit: u32;
  /** The listener that it came by, as long as nobody has accepted it. */
  listener: TcpListener | null = null;
  /** The largest window the peer has offered: MAX.SND.WND. */
  sndWndMax: u32 = 0;
  /** Has something to send. */
  pending: bool = false;
  /** Waits for memory to write to. */
  starving: bool = false;
  /** The application has lost its socket. */
  lost: bool = false;
  /** Our direction is to end, after what was written. */
  finWanted: bool = false;
  finSent: bool = false;
  /** The octet before SND.NXT was sent to probe a window of zero. */
  probing: bool = false;
  noDelay: bool = false;
  corked: bool = false;
  ackWanted: bool = false;
  /** Our SYN is to be sent, or sent again. */
  synWanted: bool = false;
  finReceived: bool = false;
  /** The peer's FIN has come behind a gap, with the number finNumber. */
  finEarly: bool = false;
  /** Nobody will read any more: data is refused. */
  readClosed: bool = false;
  timestamps: bool = false;
  sack: bool = false;

  /** Why it ended: OK as long as it has not, or when both sides have ended it. */
  error: i32 = OK;
  /** Why to give up when the peer is silent. */
  silence: i32 = E_TIMEOUT;
  /** What concerns connections that were opened from here; null: a peer opened it. */
  opener: Opener | null = null;
  /** Asks for signs of life; null: nobody wants that. */
  vigil: Vigil | null = null;

  // ---- Its places
  /** The next of those that have something to send. */
  nextPending: Connection | null = null;
  /** The next of those that wait for memory to write to. */
  nextStarving: Connection | null = null;
  /** The next of the listener's that wait for accept. */
  nextAccepted: Connection | null = null;
  /** Neighbours among those with a socket; the socket itself, unseen by the collector, and 0 without. */
  nextHeld: Connection | null = null;
  previousHeld: Connection | null = null;
  socket: usize = 0;

  // ---- Sending, with what is above: SND.UNA, SND.NXT, SND.WND, SND.WL1, SND.WL2, ISS
  sndWl1: u32 = 0;
  sndWl2: u32 = 0;
  /** Behind the last segment that was sent and was not full (Nagle). */
  sndSmall: u32 = 0;
  sendBuffer: StreamBuffer;
  /** When something was sent last. */
  sentAt: u64 = 0;
  /** Most octets that the send buffer holds. */
  sendLimit: u32 = SEND_BUFFER;
  /** The MSS that the peer has offered: of segments without options. */
  mssOffered: u32 = MSS_DEFAULT;
  /** Octets of data in one packet to the device, which may cut it into segments. */
  sizeMax: u32 = MSS_DEFAULT;
  /** Shift of the windows that the peer sends. */
  sndShift: u32 = 0;

  // ---- Receiving, likewise: RCV.NXT, RCV.WND (by its right edge), IRS
  irs: u32 = 0;
  /** RCV.NXT of the last acknowledgment that was sent: Last.ACK.sent. */
  rcvAcked: u32 = 0;
  receiveBuffer: StreamBuffer;
  /** When receiveLimit was considered last, and rcvRead then. */
  tunedAt: u64 = 0;
  tunedRead: u32 = 0;
  /** The latest round trip from an acknowledgment of ours to what it let the peer send, by timestamps: ms. */
  rcvTrip: u32 = 0;
  rcvShift: u32 = 0;
  /** What the peer's full segments hold, as seen. */
  rcvMss: u32 = MSS_DEFAULT;
  /** Acknowledgments that are not delayed, at the start. */
  quick: u32 = 16;
  finNumber: u32 = 0;
  /** What has arrived behind a gap; made when there is one for the first time. */
  reassembly: Reassembly | null = null;

  // ---- Options agreed on
  tsRecent: u32 = 0;
  tsRecentAt: u64 = 0;
  /** Added to the clock in TSval. */
  tsOffset: u32 = 0;

  // ---- Time: 0 is none
  /** When to send again, or to probe a window of zero. */
  retransmitAt: u64 = 0;
  /** Since when the oldest outstanding octet is. */
  unacknowledgedSince: u64 = 0;
  /** When to acknowledge at last. */
  acknowledgeAt: u64 = 0;
  /** In FIN-WAIT-2, with nobody to read: until when the peer's FIN is waited for. */
  finAt: u64 = 0;
  /** How long data may stay unacknowledged, in ms. */
  userTimeout: u32 = USER_TIMEOUT;
  /** Challenge ACKs sent in a second, and when that began. */
  challenges: u32 = 0;
  challengesSince: u64 = 0;

  // ---- Who waits
  readers: WaitQueue = new WaitQueue();
  writers: WaitQueue = new WaitQueue();

  constructor(tcp: Tcp) {
    super(true);
    this.tcp = tcp;
    this.recovery = new LossRecovery(tcp.algorithm.make());
    this.sendBuffer = new StreamBuffer(tcp.pool, SCARCE_TO_SEND);
    this.receiveLimit = tcp.receiveFirst;
    this.receiveBuffer = new StreamBuffer(tcp.pool, SCARCE_TO_RECEIVE);
  }

  /** Whether octets have arrived that others are missing before. */
  get hasGap(): bool {
    const reassembly = this.reassembly;
    return reassembly !== null && !reassembly.isEmpty;
  }

  /** Octets that arrived in order and were not read. */
  get readable(): u32 {
    return this.rcvNxt - (this.finReceived ? 1 : 0) - this.rcvRead;
  }

  /** Whether our side has ended it, and the peer does not know that yet. */
  get isClosing(): bool {
    return this.finWanted && (!this.finSent || this.sndUna != this.sndNxt);
  }

  /** Octets in the send buffer, sent or not. */
  get queued(): u32 {
    const una = this.sndUna;
    // The SYN and the FIN take a number each, and are not there.
    const first = una == this.iss ? una + 1 : una;
    const count = (this.sndEnd - first) as i32;
    return max(count, 0);
  }

  /** Has something sent at the end of the step. */
  push(): void {
    if (!this.pending) this.tcp.outlet.enqueue(this);
  }

  /** Has an acknowledgment sent at the end of the step. */
  acknowledge(): void {
    this.ackWanted = true;
    this.push();
  }

  /** The timer shall fire at a time, or before. */
  wakeBy(at: u64): void {
    if (!this.armed || at < this._deadline) this.arm(at);
  }

  fire(): void {
    expire(this);
  }
}

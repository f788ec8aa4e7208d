/**
 * Plays traces: stands on the other end of the host's cable, and holds what the host does against the script. Both directions
 * are in this one file, as both keep the numbers of the connections: it has more than 400 lines for that.
 */
import assert from "node:assert/strict";
import { compileGuest } from "../../support/guest.ts";
import type { SimulatedNetwork } from "../../support/network.ts";
import {
  BROADCAST,
  decodeArp,
  decodeEthernet,
  decodeIpv4,
  decodeTcp,
  ETHERTYPE,
  encodeArp,
  encodeEthernet,
  encodeIcmp,
  encodeIpv4,
  encodeTcp,
  PROTOCOL,
  TCP_FLAG,
  type TcpOptions,
} from "../../support/packets.ts";
import type { SimulatedTender } from "../../support/tender.ts";
import { Application } from "./application.ts";
import { describeSegment, type Line, parseScript, parseSegment, type Segment } from "./script.ts";

const image = await compileGuest(import.meta.url, "app.as.ts");

const HOST = { mac: "02:00:00:00:00:02", ip: "10.0.0.2" } as const;
const PEER = { mac: "02:00:00:00:00:01", ip: "10.0.0.1" } as const;

/** Two times in a trace are the same when they are no further apart: timers need not be finer. */
const TOLERANCE = 0.011;
const SECOND = 1e9;

interface PlayerOptions {
  /** Features that the network device grants; undefined: a host with the plain device. */
  readonly features?: number;
  readonly mtu?: number;
}

/** What is known of a connection. */
interface Connection {
  readonly peerPort: number;
  /** 0 until the host has chosen it. */
  hostPort: number;
  readonly peerInitial: number;
  /** The host's initial sequence number, once it has shown it. */
  hostInitial: number | undefined;
  /** Where the window ends that the host has offered, and the number behind all that it has sent. */
  edge: number;
  next: number;
  /** The relative number behind what `fill` has sent. */
  filled: number;
  /** The host's latest TSval. */
  timestamp: number;
  /** The last segment that the host has sent, as an IPv4 packet, for ICMP errors to quote. */
  packet: Uint8Array;
  /** The last that was expected or ignored: its sequence number, acknowledgment and window. */
  last: { sequence: number; acknowledgment: number; window: number } | undefined;
}

/** A segment that the host has sent. */
interface Sent {
  readonly at: number;
  readonly connection: Connection;
  readonly segment: ReturnType<typeof decodeTcp>;
}

export class Player {
  readonly host: SimulatedTender;
  private readonly cable: SimulatedNetwork;
  private readonly application: Application;
  private readonly connections = new Map<string, Connection>();
  /** Segments that the host has sent and no line has spoken of. */
  private readonly sent: Sent[] = [];
  /** What was sent both ways, to be printed when the trace fails. */
  private readonly history: string[] = [];
  /** When the last line was done, in ns. */
  private last = 0;

  constructor({ features, mtu }: PlayerOptions = {}) {
    this.host = image.instantiate({ arguments: [`--offload=${features !== undefined}`], seed: 17 });
    const network = { ...(mtu !== undefined && { mtu }), features: features ?? 0 };
    this.cable = this.host.network("service", network);
    this.host.start();
    this.application = new Application(this.host);
    // The peer introduces itself, so that no segment waits for ARP.
    const zero = "00:00:00:00:00:00";
    this.arp(BROADCAST, { operation: 1, sha: PEER.mac, spa: PEER.ip, tha: zero, tpa: HOST.ip });
    this.settle();
  }

  play(script: string): void {
    let line: Line | undefined;
    try {
      for (line of parseScript(script)) this.perform(line);
      line = undefined;
      this.settle();
      this.refuse("at the end");
    } catch (error) {
      const place = line ? `line ${line.number}: ${line.text}\n` : "";
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${place}${reason}\nWhat was sent (> by the host):\n${this.history.join("\n")}`, {
        cause: error,
      });
    }
  }

  private perform(line: Line): void {
    const { verb, delay, rest } = line;
    const connection = this.connection(line.connection);
    if (verb === ">") {
      this.expect(connection, delay, parseSegment(rest), line);
      return;
    }
    if (verb === "ignore") {
      this.ignore(delay[1], rest);
      return;
    }
    if (verb !== "<*" && (verb !== "app" || delay[1] > 0)) this.wait(delay[1]);
    if (verb === "<" || verb === "<*") this.send(connection, parseSegment(rest));
    if (verb === "icmp") this.icmp(connection, rest);
    if (verb === "app") this.application.perform(line.connection, connection.peerPort, rest);
    if (verb === "count") this.count(rest);
    if (verb === "fill") this.fill(connection, rest);
    this.settle();
  }

  private connection(name: string): Connection {
    const found = this.connections.get(name);
    if (found) return found;
    const index = this.connections.size;
    const made: Connection = {
      peerPort: 40_000 + index,
      hostPort: 80,
      // The first connection's numbers go past the greatest one soon.
      peerInitial: index === 0 ? 0xfffff000 : 1_000_000_007 * index,
      hostInitial: undefined,
      edge: 0,
      next: 0,
      filled: 1,
      timestamp: 0,
      packet: new Uint8Array(),
      last: undefined,
    };
    this.connections.set(name, made);
    return made;
  }

  // ---- What the host sends -----------------------------------------------------------------------------------------

  /** Lets the host work, and takes what it sends. */
  private settle(): void {
    for (;;) {
      this.host.settle();
      assert.equal(this.host.status, undefined, "the image has ended");
      const frames = this.cable.take();
      if (frames.length === 0) return;
      for (const frame of frames) this.take(frame);
    }
  }

  private take(bytes: Uint8Array): void {
    const { type, payload } = decodeEthernet(bytes);
    if (type === ETHERTYPE.arp) {
      const { operation, sha, spa, tpa } = decodeArp(payload);
      if (operation === 1 && tpa === PEER.ip)
        this.arp(HOST.mac, { operation: 2, sha: PEER.mac, spa: PEER.ip, tha: sha, tpa: spa });
      return;
    }
    const packet = decodeIpv4(payload);
    assert.equal(packet.protocol, PROTOCOL.tcp, `the host sends protocol ${packet.protocol}`);
    assert.deepEqual([packet.source, packet.destination], [HOST.ip, PEER.ip]);
    const segment = decodeTcp(packet.payload, HOST.ip, PEER.ip);
    const connection = [...this.connections.values()].find(({ peerPort }) => peerPort === segment.destinationPort);
    assert.ok(connection, `a segment to port ${segment.destinationPort}`);
    if (segment.flags & TCP_FLAG.syn) {
      // A port that the host has chosen, or a new connection in place of one that is over.
      connection.hostPort = segment.sourcePort;
      connection.hostInitial = segment.sequence;
    }
    assert.equal(segment.sourcePort, connection.hostPort, "the segment's source port");
    if (segment.options.timestamps) connection.timestamp = segment.options.timestamps[0];
    connection.packet = payload;
    // Without scaling, as in the traces that fill windows.
    connection.edge = (segment.acknowledgment + segment.window) >>> 0;
    const occupied =
      segment.data.length + (segment.flags & TCP_FLAG.syn ? 1 : 0) + (segment.flags & TCP_FLAG.fin ? 1 : 0);
    if (((segment.sequence + occupied - connection.next) | 0) > 0 || segment.flags & TCP_FLAG.syn)
      connection.next = (segment.sequence + occupied) >>> 0;
    this.note(">", segment, connection);
    const base = connection.hostInitial ?? 0;
    segment.data.forEach((octet, i) => {
      const position = (segment.sequence - base - 1 + i) >>> 0;
      if (octet !== this.application.octet(position)) assert.fail(`octet ${position} of the stream is wrong`);
    });
    this.sent.push({ at: Number(this.host.now), connection, segment });
  }

  /** Lets time pass until the host sends something, at most until `end`. */
  private awaitSent(end: number): Sent | undefined {
    for (this.settle(); this.sent.length === 0; this.settle()) {
      if (this.host.deadline > BigInt(Math.ceil(end))) {
        this.host.now = BigInt(Math.ceil(end));
        return undefined;
      }
      this.host.now = this.host.deadline;
    }
    return this.sent.shift();
  }

  private expect(connection: Connection, delay: Line["delay"], expected: Segment, line: Line): void {
    const [least, most] = delay.map((seconds) => this.last + seconds * SECOND) as [number, number];
    const end = most + TOLERANCE * SECOND + delay[1] * SECOND * 0.02;
    for (;;) {
      const sent = this.awaitSent(end);
      if (!sent) throw new Error(`nothing was sent within ${(end - this.last) / SECOND} s`);
      const difference = sent.connection === connection ? this.differ(sent, expected) : "another connection's";
      if (difference !== undefined) {
        if (isWindowUpdate(sent)) {
          sent.connection.last = { ...sent.segment };
          continue;
        }
        throw new Error(`what was sent differs: ${difference}`);
      }
      assert.ok(sent.at >= least - TOLERANCE * SECOND, `sent after ${(sent.at - this.last) / SECOND} s already`);
      connection.last = { ...sent.segment };
      this.last = Math.min(Math.max(sent.at, least), Number(this.host.now));
      this.history.push(`        ${line.text}`);
      return;
    }
  }

  /** @returns what is not as expected */
  private differ({ connection, segment }: Sent, expected: Segment): string | undefined {
    const { psh } = TCP_FLAG;
    const hostBase = connection.hostInitial ?? 0;
    const ack =
      (expected.flags & TCP_FLAG.ack) === 0
        ? 0
        : expected.acknowledgment === undefined
          ? segment.acknowledgment
          : (expected.acknowledgment + connection.peerInitial) >>> 0;
    const wanted: Record<string, unknown> = {
      // PSH is expected where it is written; elsewhere it does not matter.
      flags: expected.flags & psh ? expected.flags : expected.flags & ~psh,
      sequence: expected.sequence === undefined ? segment.sequence : (expected.sequence + hostBase) >>> 0,
      length: expected.length,
      ack,
      urgentPointer: expected.urgentPointer,
    };
    const actual: Record<string, unknown> = {
      flags: expected.flags & psh ? segment.flags : segment.flags & ~psh,
      sequence: segment.sequence,
      length: segment.data.length,
      ack: segment.acknowledgment,
      urgentPointer: segment.urgentPointer,
    };
    for (const name of Object.keys(wanted)) if (wanted[name] !== actual[name]) return name;
    if (expected.window !== undefined) {
      const { window } = segment;
      if (expected.windowOrMore ? window < expected.window : window !== expected.window) return `window ${window}`;
    }
    return this.differingOption(segment.options, expected, connection);
  }

  private differingOption(actual: TcpOptions, { options }: Segment, connection: Connection): string | undefined {
    const names: Record<string, keyof TcpOptions> = {
      ...{ mss: "mss", wscale: "windowScale", sackOK: "sackPermitted", TS: "timestamps", sack: "sack" },
    };
    const present = (word: string) => actual[names[word] ?? "mss"] !== undefined;
    for (const word of options.any) if (!present(word)) return `no option ${word}`;
    for (const word of options.absent) if (present(word)) return `option ${word}`;
    const { mss, windowScale, timestamps, sack } = options.values;
    if (options.values.sackPermitted && !actual.sackPermitted) return "no option sackOK";
    if (mss !== undefined && actual.mss !== mss) return `mss ${actual.mss}`;
    if (windowScale !== undefined && actual.windowScale !== windowScale) return `wscale ${actual.windowScale}`;
    if (timestamps && actual.timestamps?.[1] !== timestamps[1]) return `TS ecr ${actual.timestamps?.[1]}`;
    if (!sack) return undefined;
    const blocks = (actual.sack ?? []).map((block) => block.map((edge) => (edge - connection.peerInitial) | 0));
    return JSON.stringify(blocks) === JSON.stringify(sack) ? undefined : `sack ${JSON.stringify(blocks)}`;
  }

  /** Lets time pass, in which the host must send nothing. */
  private wait(seconds: number): void {
    this.settle();
    const end = this.last + seconds * SECOND;
    for (;;) {
      this.refuse(`within ${seconds} s`);
      if (this.host.deadline > BigInt(Math.round(end))) break;
      this.host.now = this.host.deadline;
      this.settle();
    }
    this.host.now = BigInt(Math.round(Math.max(end, Number(this.host.now))));
    this.last = Number(this.host.now);
  }

  /** Lets time pass, and forgets what the host sends in it. @param text "<= N", when that is to be no more than N segments */
  private ignore(seconds: number, text: string): void {
    const end = this.last + seconds * SECOND;
    let count = 0;
    for (let sent = this.awaitSent(end); sent; sent = this.awaitSent(end)) {
      count++;
      sent.connection.last = { ...sent.segment };
    }
    const most = text === "" ? Number.POSITIVE_INFINITY : Number(/^<= (\d+)$/.exec(text)?.[1]);
    assert.ok(count <= most, `${count} segments were sent`);
    this.last = Number(this.host.now);
  }

  /** Fails when the host has sent something besides window updates. */
  private refuse(when: string): void {
    for (let sent = this.sent.shift(); sent; sent = this.sent.shift()) {
      if (!isWindowUpdate(sent)) throw new Error(`the host sends ${this.describe(sent)} ${when}`);
      sent.connection.last = { ...sent.segment };
    }
  }

  // ---- What the peer sends -----------------------------------------------------------------------------------------

  private send(connection: Connection, segment: Segment): void {
    const { options, flags } = segment;
    const { sequence: relative = 0 } = segment;
    const sequence = (relative + connection.peerInitial) >>> 0;
    const acknowledgment = flags & TCP_FLAG.ack ? this.hostSequence(connection, segment.acknowledgment ?? 0) : 0;
    const { timestamps, sack } = options.values;
    // Data begins behind a SYN.
    const first = relative - (flags & TCP_FLAG.syn ? 0 : 1);
    const values: TcpOptions = {
      ...options.values,
      // An honest peer's clock: it counts milliseconds, from 1,000.
      ...(options.any.includes("TS") && {
        timestamps: [1000 + Math.floor(Number(this.host.now) / 1e6), connection.timestamp],
      }),
      ...(timestamps && { timestamps: [timestamps[0] >>> 0, timestamps[1] >>> 0] }),
      ...(sack && { sack: sack.map((block) => block.map((edge) => this.hostSequence(connection, edge)) as never) }),
    };
    const whole = {
      sourcePort: connection.peerPort,
      destinationPort: connection.hostPort,
      sequence,
      acknowledgment,
      flags,
      window: segment.window ?? 65535,
      urgentPointer: segment.urgentPointer,
      options: options.raw ?? values,
      data: Uint8Array.from({ length: segment.length }, (_, i) => this.application.octet((first + i) >>> 0)),
      ...(segment.dataOffset !== undefined && { dataOffset: segment.dataOffset }),
      ...(segment.badChecksum && { checksum: 0xbad }),
    };
    this.note("<", { ...whole, options: values }, connection);
    this.packet(PROTOCOL.tcp, encodeTcp(whole, PEER.ip, HOST.ip));
  }

  /**
   * Sends as much as the host's window takes, and leaves what the host says then to be expected. With 1: one octet, whether
   * it fits or not. With reset: an RST with the next number.
   */
  private fill(connection: Connection, what: string): void {
    const { last } = connection;
    assert.ok(last, "the host has offered no window");
    const send = (flags: number, length: number) => {
      const sequence = connection.filled;
      const acknowledgment = (connection.next - (connection.hostInitial ?? 0)) | 0;
      const plain = { window: 65535, windowOrMore: false, urgentPointer: 0, badChecksum: false };
      const options = { values: {}, any: [], absent: [] };
      this.send(connection, { ...plain, flags, sequence, length, acknowledgment, options });
    };
    const room = () => (connection.edge - connection.peerInitial - connection.filled) | 0;
    if (what === "reset") {
      send(TCP_FLAG.rst, 0);
      return;
    }
    if (what === "1") {
      const fits = room() > 0;
      send(TCP_FLAG.ack, 1);
      if (fits) connection.filled++;
      return;
    }
    while (room() > 0) {
      for (const { connection: sender, segment } of this.sent.splice(0)) sender.last = { ...segment };
      const length = Math.min(room(), 1460);
      send(TCP_FLAG.ack, length);
      connection.filled += length;
      this.settle();
    }
  }

  private hostSequence(connection: Connection, relative: number): number {
    return (relative + (connection.hostInitial ?? 0)) >>> 0;
  }

  /** Sends an ICMP error about the host's last segment: TYPE CODE [mtu N] [seq N, when it is to be about another]. */
  private icmp(connection: Connection, text: string): void {
    const [, type, code, mtu = "0", sequence] = /^(\d+) (\d+)(?: mtu (\d+))?(?: seq (-?\d+))?$/.exec(text) ?? [];
    const quoted = Buffer.from(connection.packet.slice(0, 28));
    if (sequence !== undefined) quoted.writeUInt32BE(this.hostSequence(connection, Number(sequence)), 24);
    this.history.push(`${this.time()} < ICMP ${text}`);
    const message = { type: Number(type), code: Number(code), word: Number(mtu), data: quoted };
    this.packet(PROTOCOL.icmp, encodeIcmp(message));
  }

  private packet(protocol: number, payload: Uint8Array): void {
    const packet = encodeIpv4({ source: PEER.ip, destination: HOST.ip, protocol, payload });
    const ends = { destination: HOST.mac, source: PEER.mac };
    this.cable.send(encodeEthernet({ ...ends, type: ETHERTYPE.ipv4, payload: packet }));
  }

  private arp(destination: string, packet: Parameters<typeof encodeArp>[0]): void {
    const payload = encodeArp(packet);
    this.cable.send(encodeEthernet({ destination, source: PEER.mac, type: ETHERTYPE.arp, payload }));
  }

  // ---- The rest ----------------------------------------------------------------------------------------------------

  /** COUNTER = VALUE */
  private count(text: string): void {
    const [, name = "", value] = /^(\w+) = (\d+)$/.exec(text) ?? [];
    const read = this.host.exports[name];
    assert.ok(read, `app.as.ts does not export ${name}`);
    assert.equal(Number(read()), Number(value), name);
  }

  private describe({ connection, segment }: Pick<Sent, "connection" | "segment">): string {
    return this.text(segment, connection, connection.hostInitial ?? 0, connection.peerInitial);
  }

  private text(
    segment: Omit<Parameters<typeof describeSegment>[0], "length"> & { data: Uint8Array; options: TcpOptions },
    connection: Connection,
    base: number,
    otherBase: number,
  ): string {
    const name = [...this.connections].find(([, one]) => one === connection)?.[0];
    const relative = {
      ...segment,
      length: segment.data.length,
      sequence: (segment.sequence - base) | 0,
      acknowledgment: (segment.acknowledgment - otherBase) | 0,
    };
    const { sack } = segment.options;
    const blocks = sack?.map((block) => block.map((edge) => (edge - otherBase) | 0) as [number, number]);
    return `${name}: ${describeSegment(relative, { ...segment.options, ...(blocks && { sack: blocks }) })}`;
  }

  private note(direction: string, segment: Parameters<Player["text"]>[0], connection: Connection): void {
    const bases = [connection.hostInitial ?? 0, connection.peerInitial] as const;
    const [base, other] = direction === ">" ? bases : ([bases[1], bases[0]] as const);
    this.history.push(`${this.time()} ${direction} ${this.text(segment, connection, base, other)}`);
  }

  private time(): string {
    return (Number(this.host.now) / SECOND).toFixed(3).padStart(9);
  }
}

/** Whether a segment says nothing but that there is more room than before. */
function isWindowUpdate({ connection, segment }: Sent): boolean {
  const { last } = connection;
  return (
    last !== undefined &&
    segment.flags === TCP_FLAG.ack &&
    segment.data.length === 0 &&
    segment.sequence === last.sequence + 0 &&
    segment.acknowledgment === last.acknowledgment &&
    segment.window > last.window
  );
}

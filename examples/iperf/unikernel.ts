import { Fiber, Flow, formatIpv4, Listener, log, now, OK, resultName, Stack } from "fata";
import { keys } from "fata/keys";
import * as protocol from "./protocol";

/** Octets that are read or written at a time. */
const BLOCK = 128 * 1024;
/** Connections that a test may have. */
const STREAMS_MAX = 128;
/** How long a client may take for each step before the test, in ms. */
const PATIENCE: u64 = 10000;

/** One of a test's connections for data: sends, or takes what comes. */
class Stream extends Fiber {
  bytes: u64 = 0;

  constructor(
    private flow: Flow,
    private sends: bool,
  ) {
    super();
  }

  run(): void {
    const block = new Uint8Array(BLOCK);
    for (;;) {
      const result = this.sends ? this.flow.write(block) : this.flow.read(block);
      if (result < 0 || (!this.sends && result == 0)) break;
      this.bytes += this.sends ? BLOCK : result;
    }
  }

  close(): void {
    this.flow.close();
  }

  /** Sends no more than is on its way. */
  stop(): void {
    this.cancel();
    this.close();
  }
}

/** One test, from the client's first octet to its last. */
class Test {
  private streams: Stream[] = [];
  /** What the client begins each of its connections with. */
  private cookie: Uint8Array = new Uint8Array(protocol.COOKIE);
  /** Whether we send. */
  private reverse: bool = false;

  constructor(
    private listener: Listener,
    private control: Flow,
  ) {}

  run(): void {
    if (this.openStreams(this.agree())) this.measure();
    const streams = this.streams;
    for (let i = 0; i < streams.length; i++) streams[i].close();
    this.control.close();
  }

  /** Learns what the client wants. @returns with how many connections; 0 when there will be no test */
  private agree(): i32 {
    const control = this.control;
    if (control.readExactly(this.cookie, 0, -1, PATIENCE) < 0) return 0;
    if (protocol.sendState(control, protocol.PARAM_EXCHANGE) != OK) return 0;
    const wants = protocol.readText(control, PATIENCE);
    if (!wants) return 0;
    const streams = protocol.numberOf(wants, "parallel", 1);
    if (!protocol.isSet(wants, "tcp") || protocol.isSet(wants, "bidirectional") || streams > STREAMS_MAX) {
      log.warning("The client wants something other than TCP in one direction");
      protocol.refuse(control);
      return 0;
    }
    this.reverse = protocol.isSet(wants, "reverse");
    return streams;
  }

  /** Takes the connections for data. @returns whether all came */
  private openStreams(count: i32): bool {
    if (count == 0 || protocol.sendState(this.control, protocol.CREATE_STREAMS) != OK) return false;
    const cookie = new Uint8Array(protocol.COOKIE);
    while (this.streams.length < count) {
      const flow = this.listener.accept(PATIENCE);
      if (!flow) return false;
      if (flow.readExactly(cookie, 0, -1, PATIENCE) < 0) {
        flow.close();
      } else if (memory.compare(cookie.dataStart, this.cookie.dataStart, protocol.COOKIE) != 0) {
        // Somebody else.
        protocol.sendState(flow, protocol.ACCESS_DENIED);
        flow.close();
      } else {
        this.streams.push(new Stream(flow, this.reverse));
      }
    }
    return true;
  }

  private measure(): void {
    const control = this.control;
    const streams = this.streams;
    if (protocol.sendState(control, protocol.TEST_START) != OK) return;
    if (protocol.sendState(control, protocol.TEST_RUNNING) != OK) return;
    const start = now();
    for (let i = 0; i < streams.length; i++) streams[i].spawn();
    // The client says when it is over.
    if (protocol.readState(control) != <i32>protocol.TEST_END) return;
    const ms = (now() - start) / 1000000;
    // The client takes what comes, in whole blocks, until we end it: it would wait for the rest of the last one.
    if (this.reverse) for (let i = 0; i < streams.length; i++) streams[i].stop();
    if (protocol.sendState(control, protocol.EXCHANGE_RESULTS) != OK) return;
    if (!protocol.readText(control, PATIENCE)) return;
    if (protocol.sendText(control, this.results(ms)) != OK) return;
    if (protocol.sendState(control, protocol.DISPLAY_RESULTS) != OK) return;
    // That it is done, or the end.
    protocol.readState(control);
  }

  /** Logs the results. @returns them as iperf3's client wants them, which numbers the streams 1, 3, 4, 5 and so on */
  private results(ms: u64): string {
    const streams = this.streams;
    let total: u64 = 0;
    let list = "";
    for (let i = 0; i < streams.length; i++) {
      const bytes = streams[i].bytes;
      total += bytes;
      if (i) list += ",";
      list += `{"id":${i ? i + 2 : 1},"bytes":${bytes},"retransmits":-1,"jitter":0,"errors":0,"packets":0,`;
      list += `"start_time":0,"end_time":${ms / 1000}.${(1000 + (ms % 1000)).toString().substring(1)}}`;
    }
    const rate = (total * 8) / 1000 / max<u64>(ms, 1);
    log.info(`${total} bytes ${this.reverse ? "sent" : "received"} in ${ms} ms: ${rate} Mbit/s`);
    const head = `"cpu_util_total":0,"cpu_util_user":0,"cpu_util_system":0,"sender_has_retransmits":0`;
    return `{${head},"streams":[${list}]}`;
  }
}

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const listener = this.net.listen(keys.port);
    if (!listener) return log.error(`Cannot listen on port ${keys.port}: ${resultName(this.net.error)}`);
    log.info(`Server listening on ${keys.port}`);
    // One test at a time, as iperf3.
    for (;;) {
      const control = listener.accept();
      if (!control) break;
      log.info(`Accepted connection from ${formatIpv4(control.remoteAddress)}, port ${control.remotePort}`);
      new Test(listener, control).run();
    }
  }
}

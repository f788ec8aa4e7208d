import { Fiber, Flow, log, Stack } from "fata";

/** Echoes. */
const ECHO: u32 = 7;
/** Takes everything, and answers with how many octets it was. */
const DISCARD: u32 = 9;
/** Tells what TCP has, and closes. */
const STATISTICS: u32 = 11;
/** Sends zeros for as long as they are taken. */
const SOURCE: u32 = 19;
/** Answers one request as a web server would. */
const WEB: u32 = 80;

const PAGE = "<html>It works.</html>\n";

class Connection extends Fiber {
  constructor(
    private net: Stack,
    private port: u32,
    private flow: Flow,
  ) {
    super();
  }

  run(): void {
    const flow = this.flow;
    if (this.port == ECHO) this.echo();
    else if (this.port == DISCARD) this.discard();
    else if (this.port == STATISTICS) this.statistics();
    else if (this.port == SOURCE) this.source();
    else this.web();
    flow.close();
  }

  private echo(): void {
    const buffer = new Uint8Array(16384);
    for (;;) {
      const length = this.flow.read(buffer);
      if (length <= 0 || this.flow.write(buffer, 0, length) < 0) return;
    }
  }

  private discard(): void {
    const buffer = new Uint8Array(65536);
    let total: u64 = 0;
    for (;;) {
      const length = this.flow.read(buffer);
      if (length < 0) return;
      if (length == 0) break;
      total += length;
    }
    this.say(total.toString());
  }

  private source(): void {
    const buffer = new Uint8Array(65536);
    while (this.flow.write(buffer) == 0) {}
  }

  private statistics(): void {
    const tcp = this.net.tcp;
    const memory_ = (<u64>memory.size()) << 16;
    this.say(`{"connections":${tcp.tcpCurrEstab},"chunks":${tcp.pool.used},"memory":${memory_}}`);
  }

  /** Reads the head of a request, up to its empty line, and answers it. */
  private web(): void {
    const buffer = new Uint8Array(4096);
    let have = 0;
    while (have < buffer.length && !endsHead(buffer, have)) {
      const length = this.flow.read(buffer, have);
      if (length <= 0) return;
      have += length;
    }
    this.say(`HTTP/1.0 200 OK\r\nContent-Length: ${PAGE.length}\r\n\r\n${PAGE}`);
  }

  private say(text: string): void {
    this.flow.write(Uint8Array.wrap(String.UTF8.encode(text)));
  }
}

/** Whether the octets end with CR LF CR LF. */
function endsHead(buffer: Uint8Array, length: i32): bool {
  return length >= 4 && load<u32>(buffer.dataStart + length - 4) == 0x0a0d0a0d;
}

/** Takes the connections to one port. */
class Service extends Fiber {
  constructor(
    private net: Stack,
    private port: u32,
  ) {
    super();
  }

  run(): void {
    const listener = this.net.listen(this.port, 256)!;
    for (;;) {
      const flow = listener.accept();
      if (flow) new Connection(this.net, this.port, flow).spawn();
    }
  }
}

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const ports = [ECHO, DISCARD, STATISTICS, SOURCE];
    for (let i = 0; i < ports.length; i++) new Service(this.net, ports[i]).spawn();
    const web = new Service(this.net, WEB).spawn();
    log.info("Serving TCP");
    web.join();
  }
}

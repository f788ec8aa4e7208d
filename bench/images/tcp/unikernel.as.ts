import { Fiber, Flow, joinAll, OK, panic, resultName, Transport } from "fata";

/** As peers/tcp-client.h has them. */
const ECHO_PORT: u32 = 7;
const DISCARD_PORT: u32 = 9;
const SOURCE_PORT: u32 = 19;
const REQUEST_PORT: u32 = 80;

/** Octets of a call of the bulk services. */
const PIECE: i32 = 256 * 1024;
/** Each block of the source's stream begins with its number. */
const BLOCK: i32 = 4096;
/** Connections that wait for accept. */
const BACKLOG: i32 = 4096;

/** Serves one connection. */
abstract class Service extends Fiber {
  constructor(protected flow: Flow) {
    super();
  }
}

/** Sends back what comes. A request and its answer are shorter than this. */
class Echo extends Service {
  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(128);
    for (;;) {
      const length = flow.read(buffer);
      if (length <= 0 || flow.write(buffer, 0, length) != OK) break;
    }
    flow.close();
  }
}

/** Drops what comes. */
class Discard extends Service {
  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(PIECE);
    while (flow.read(buffer) > 0) {}
    flow.close();
  }
}

/** Sends as fast as it goes. */
class Source extends Service {
  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(PIECE);
    let number: u64 = 0;
    do {
      for (let at = 0; at < PIECE; at += BLOCK) store<u64>(buffer.dataStart + at, number++);
    } while (flow.write(buffer) == OK);
    flow.close();
  }
}

const answer = Uint8Array.wrap(String.UTF8.encode("HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"));

/** Answers what comes first with a line. */
class Answer extends Service {
  run(): void {
    const flow = this.flow;
    if (flow.read(new Uint8Array(512)) > 0) flow.write(answer);
    flow.close();
  }
}

/** Accepts the connections of a port. */
class Acceptor extends Fiber {
  constructor(
    private net: Transport,
    private port: u32,
  ) {
    super();
  }

  run(): void {
    const listener = this.net.listen(this.port, BACKLOG);
    if (!listener) panic(`port ${this.port}: ${resultName(this.net.error)}`);
    for (;;) {
      const flow = listener!.accept();
      if (!flow) break;
      this.serve(flow);
    }
  }

  private serve(flow: Flow): void {
    if (this.port == ECHO_PORT) new Echo(flow).spawn();
    else if (this.port == DISCARD_PORT) new Discard(flow).spawn();
    else if (this.port == SOURCE_PORT) new Source(flow).spawn();
    else new Answer(flow).spawn();
  }
}

/** What peers/tcp-server.c does, in direct style: a fiber for each connection. */
export class Main {
  constructor(private net: Transport) {}

  start(): void {
    const ports: u32[] = [ECHO_PORT, DISCARD_PORT, SOURCE_PORT, REQUEST_PORT];
    const acceptors: Fiber[] = [];
    for (let i = 0; i < ports.length; i++) acceptors.push(new Acceptor(this.net, ports[i]).spawn());
    joinAll(acceptors);
  }
}

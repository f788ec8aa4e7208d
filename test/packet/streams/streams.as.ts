/**
 * Both ends of many TCP connections. The client draws what each of them is to do, tells the server, and both do it: write and
 * read pieces of random sizes, end one direction before the other, or break off. Each octet that is read is compared.
 *
 *     --connect=true --connections=N --bytes=N       the client; without the first, the server
 */
import { E_CLOSED, E_RESET, E_TIMEOUT, OK } from "fata/base/result";
import { Flow } from "fata/flow/stream";
import { NetworkDevice } from "fata/net/device";
import { OffloadDevice } from "fata/net/offload";
import { Stack } from "fata/net/stack";
import { TcpSocket } from "fata/net/tcp/socket";
import { Fiber, sleep, WaitQueue } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { boolArgument, i32Argument } from "fata/sys/args";
import { randomBelow } from "fata/sys/random";
import { Ipv4Prefix } from "fata/wire/ipv4address";

const SERVER: u32 = 0x0a000002;
const PORT: u32 = 80;
/** Number, kind, octets from the client and from the server: what the client sends first. */
const HEADER: i32 = 16;
/** Octets of the largest piece that is written or read. */
const PIECE: u32 = 20000;
/** How long one waits for the other before something is wrong, in ms. */
const PATIENCE: u64 = 3600000;

// What a connection does.
// 0: both write and read at once.
/** The server answers when the client has ended its direction. */
const HALF_CLOSED: u32 = 1;
/** As 0, but the client breaks off in the middle. */
const CLIENT_ABORTS: u32 = 2;
/** As 0, but the server breaks off in the middle. */
const SERVER_ABORTS: u32 = 3;
/** As 0, with pieces of a few octets and without Nagle's algorithm. */
const SMALL: u32 = 4;
/** As 0, but what is read is taken late and slowly. */
const SLOW: u32 = 5;
const KINDS: u32 = 6;

let stack: Stack | null = null;
let finished: u32 = 0;
let wrongOctets: u32 = 0;
let wrongEnds: u32 = 0;
let octetsRead: u64 = 0;

/** The octet of a connection's stream at a position. */
function octetOf(stream: u32, position: u32): u8 {
  const mixed = (position ^ (stream * 2654435761)) * 2246822519;
  return (mixed >>> 24) as u8;
}

/** What a connection is to do. */
class Plan {
  number: u32 = 0;
  kind: u32 = 0;
  fromClient: u32 = 0;
  fromServer: u32 = 0;
}

/** Writes one direction, and ends it. */
class Writer extends Fiber {
  result: i32 = OK;
  private buffer: Uint8Array = new Uint8Array(PIECE);

  constructor(
    private flow: Flow,
    private plan: Plan,
    private stream: u32,
    private length: u32,
    private position: u32,
  ) {
    super();
  }

  run(): void {
    const buffer = this.buffer;
    const most: u32 = this.plan.kind == SMALL ? 50 : PIECE;
    const end = this.position + this.length;
    let position = this.position;
    while (position < end) {
      const count = min(<u32>(1 + randomBelow(most)), end - position);
      for (let i: u32 = 0; i < count; i++) buffer[i] = octetOf(this.stream, position + i);
      this.result = this.flow.write(buffer, 0, count, PATIENCE);
      if (this.result != OK) return;
      position += count;
      if (randomBelow(8) == 0) sleep(randomBelow(20));
    }
    this.flow.shutdown();
  }
}

/** Reads and compares one direction until its end. @returns octets, or a code */
function readAll(flow: Flow, plan: Plan, stream: u32, position: u32, most: u32): i32 {
  const buffer = new Uint8Array(PIECE);
  const piece: u32 = plan.kind == SMALL ? 50 : PIECE;
  let total = 0;
  while (position < most) {
    if (plan.kind == SLOW && randomBelow(4) == 0) sleep(randomBelow(3000));
    const count = flow.read(buffer, 0, 1 + randomBelow(piece), PATIENCE);
    if (count <= 0) return count < 0 ? count : total;
    for (let i = 0; i < count; i++) {
      if (buffer[i] != octetOf(stream, position + i)) wrongOctets++;
    }
    octetsRead += count;
    position += count;
    total += count;
  }
  return total;
}

/** One end of a connection. */
function take(flow: Flow, plan: Plan, client: bool): void {
  const mine = plan.number * 2 + u32(!client);
  const theirs = plan.number * 2 + u32(client);
  const writes = client ? plan.fromClient : plan.fromServer;
  const reads = client ? plan.fromServer : plan.fromClient;
  const header = client ? 0 : HEADER;
  if (plan.kind == SMALL) (flow as TcpSocket).noDelay = true;
  const aborts = plan.kind == (client ? CLIENT_ABORTS : SERVER_ABORTS);
  const aborted = plan.kind == (client ? SERVER_ABORTS : CLIENT_ABORTS);
  const waits = plan.kind == HALF_CLOSED && !client;
  const writer = new Writer(flow, plan, mine, writes, client ? HEADER : 0);
  if (!waits) writer.spawn();
  // Who is to break off does so after half of it.
  const limit = aborts ? reads / 2 : u32.MAX_VALUE;
  if (plan.kind == HALF_CLOSED && client) writer.join();
  const result = readAll(flow, plan, theirs, header, limit == u32.MAX_VALUE ? limit : limit + header);
  if (aborts) {
    flow.abort();
    writer.join();
    return;
  }
  if (waits) writer.spawn();
  writer.join();
  const whole = result == <i32>reads && writer.result == OK;
  if (!whole && !(aborted && (isEnd(result) || isEnd(writer.result)))) wrongEnds++;
  flow.close();
}

function isEnd(result: i32): bool {
  return result == E_RESET || result == E_CLOSED || result == E_TIMEOUT;
}

class Client extends Fiber {
  private plan: Plan = new Plan();

  constructor(number: u32, bytes: u32) {
    super();
    const plan = this.plan;
    plan.number = number;
    plan.kind = randomBelow(KINDS);
    const most = plan.kind == SMALL ? max<u32>(bytes / 20, 1) : bytes;
    plan.fromClient = randomBelow(most);
    plan.fromServer = randomBelow(most);
  }

  run(): void {
    sleep(randomBelow(2000));
    this.open();
    finished++;
  }

  private open(): void {
    let flow: Flow | null = null;
    // Corrupted ARP can hide a neighbour for a minute.
    for (let tries = 0; tries < 20 && !flow; tries++) flow = stack!.connect(SERVER, PORT, 60000);
    if (!flow) {
      wrongEnds++;
      return;
    }
    const plan = this.plan;
    const header = new Uint8Array(HEADER);
    store<u32>(header.dataStart, plan.number);
    store<u32>(header.dataStart, plan.kind, 4);
    store<u32>(header.dataStart, plan.fromClient, 8);
    store<u32>(header.dataStart, plan.fromServer, 12);
    if (flow.write(header) != OK) wrongEnds++;
    take(flow, plan, true);
  }
}

class Serving extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const flow = this.flow;
    const header = new Uint8Array(HEADER);
    const result = flow.readExactly(header, 0, -1, PATIENCE);
    if (result < 0) {
      // The client had nothing to read, and broke off at once.
      flow.close();
    } else {
      const plan = new Plan();
      plan.number = load<u32>(header.dataStart);
      plan.kind = load<u32>(header.dataStart, 4);
      plan.fromClient = load<u32>(header.dataStart, 8);
      plan.fromServer = load<u32>(header.dataStart, 12);
      take(flow, plan, false);
    }
    finished++;
  }
}

class Main extends Fiber {
  run(): void {
    const device = boolArgument("offload", false) ? new OffloadDevice("service") : new NetworkDevice("service");
    const client = boolArgument("connect", false);
    const made = new Stack(device, Ipv4Prefix.parse(client ? "10.0.0.3/24" : "10.0.0.2/24")!, 0);
    stack = made;
    assert(made.tcp.tcpCurrEstab == 0);
    if (client) {
      const count = i32Argument("connections", 1);
      for (let i = 0; i < count; i++) new Client(i, i32Argument("bytes", 1000)).spawn();
    } else {
      const listener = made.listen(PORT, 4)!;
      for (;;) {
        const flow = listener.accept();
        if (flow) new Serving(flow).spawn();
      }
    }
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };

// ---- What came of it -----------------------------------------------------------------------------------------------

export function getFinished(): u32 {
  return finished;
}

export function getWrongOctets(): u32 {
  return wrongOctets;
}

export function getWrongEnds(): u32 {
  return wrongEnds;
}

export function getOctetsRead(): u64 {
  return octetsRead;
}

/** Chunks of buffers in use. */
export function chunksUsed(): u32 {
  return stack!.tcp.pool.used;
}

export function tcpCurrEstab(): u32 {
  return stack!.tcp.tcpCurrEstab;
}

export function tcpRetransSegs(): u64 {
  return stack!.tcp.tcpRetransSegs;
}

/** The application side of the traces: does to its connections what the test says, and keeps what comes of it. */
import { Flow, Listener } from "fata/flow/stream";
import { NetworkDevice } from "fata/net/device";
import { OffloadDevice } from "fata/net/offload";
import { Stack } from "fata/net/stack";
import { TcpSocket } from "fata/net/tcp/socket";
import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { boolArgument } from "fata/sys/args";
import { Ipv4Prefix, parseIpv4 } from "fata/wire/ipv4address";

/** The result of a job that is not done. */
const PENDING: i32 = i32.MIN_VALUE;

// What a job can do.
const LISTEN = 0;
const ACCEPT = 1;
const CONNECT = 2;
const READ = 3;
const WRITE = 4;
const SHUTDOWN = 5;
const CLOSE = 6;
const ABORT = 7;
const UNLISTEN = 8;
const FORGET = 9;
const CORK = 10;
const UNCORK = 11;
const NO_DELAY = 12;
const KEEPALIVE = 13;
const USER_TIMEOUT = 14;

let stack: Stack | null = null;
const listeners: Listener[] = [];
const flows: (Flow | null)[] = [];
const jobs: Job[] = [];

class Job extends Fiber {
  result: i32 = PENDING;
  buffer: Uint8Array;

  constructor(
    private kind: i32,
    private handle: i32,
    private first: u32,
    private second: u32,
    private ms: u64,
  ) {
    super();
    this.buffer = new Uint8Array(kind == READ || kind == WRITE ? first : 0);
  }

  run(): void {
    this.result = this.perform();
  }

  private perform(): i32 {
    const kind = this.kind;
    const transport = stack!;
    if (kind == LISTEN) {
      const listener = transport.listen(this.first, this.second);
      return listener ? listeners.push(listener) - 1 : transport.error;
    }
    if (kind == CONNECT) {
      const flow = transport.connect(this.first, this.second, this.ms);
      return flow ? flows.push(flow) - 1 : transport.error;
    }
    if (kind == ACCEPT) {
      const flow = listeners[this.handle].accept(this.ms);
      return flow ? flows.push(flow) - 1 : -1;
    }
    if (kind == UNLISTEN) {
      listeners[this.handle].close();
      return 0;
    }
    const flow = flows[this.handle]!;
    if (kind == READ) return flow.read(this.buffer, 0, this.first, this.ms);
    if (kind == WRITE) return flow.write(this.buffer, 0, this.first, this.ms);
    if (kind == SHUTDOWN) flow.shutdown();
    if (kind == CLOSE) flow.close();
    if (kind == ABORT) flow.abort();
    if (kind == CORK) flow.cork();
    if (kind == UNCORK) flow.uncork();
    const socket = flow as TcpSocket;
    if (kind == NO_DELAY) socket.noDelay = true;
    if (kind == KEEPALIVE) socket.keepAlive = this.first;
    if (kind == USER_TIMEOUT) socket.userTimeout = this.first;
    if (kind == FORGET) flows[this.handle] = null;
    return 0;
  }
}

class Main extends Fiber {
  run(): void {
    const device = boolArgument("offload", false) ? new OffloadDevice("service") : new NetworkDevice("service");
    const made = new Stack(device, Ipv4Prefix.parse("10.0.0.2/24")!, parseIpv4("10.0.0.1") as u32);
    stack = made;
    // Before the first use of it there is no TCP at all.
    assert(made.tcp.tcpCurrEstab == 0);
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };

/** Starts a job. @returns its number */
export function job(kind: i32, handle: i32, first: u32, second: u32, ms: u64): i32 {
  const job = new Job(kind, handle, first, second, ms);
  job.spawn();
  return jobs.push(job) - 1;
}

/** Where the octets of a job are that reads or writes. */
export function bufferOf(job: i32): usize {
  return jobs[job].buffer.dataStart;
}

export function resultOf(job: i32): i32 {
  return jobs[job].result;
}

// ---- Counters ------------------------------------------------------------------------------------------------------

export function tcpCurrEstab(): u32 {
  return stack!.tcp.tcpCurrEstab;
}

/** Chunks of buffers in use. */
export function chunksUsed(): u32 {
  return stack!.tcp.pool.used;
}

export function remotePortOf(flow: i32): u32 {
  return flows[flow]!.remotePort;
}

/**
 * Both ends of TCP connections for tests: a server, and a client, which runs by itself what the arguments say. The server
 * echoes on port 7, loses each connection on port 9 as soon as it has read something, and on port 19 holds them and never
 * reads. Shows the counters.
 */

import { Flow } from "fata/flow/stream";
import { NetworkDevice } from "fata/net/device";
import { OffloadDevice } from "fata/net/offload";
import { Stack } from "fata/net/stack";
import { NewRenoAlgorithm } from "fata/net/tcp/algorithm";
import { Fiber, sleep } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { boolArgument, i32Argument, stringArgument } from "fata/sys/args";
import { exit } from "fata/sys/exit";
import { Ipv4Prefix, parseIpv4 } from "fata/wire/ipv4address";

const ROOM: i32 = 4096;

let stack: Stack | null = null;
let failures: i32 = 0;
let lastResult: i32 = 0;

/** The octet at a place of the stream that everybody here sends. */
function octetAt(place: u32): u8 {
  return ((place * 2654435761) >>> 24) as u8;
}

class Echo extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const buffer = new Uint8Array(ROOM);
    for (;;) {
      const length = this.flow.read(buffer);
      lastResult = length;
      if (length <= 0) break;
      lastResult = this.flow.write(buffer, 0, length);
      if (lastResult < 0) break;
    }
    this.flow.close();
  }
}

/** Ends without having closed its connection. */
class Loser extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    this.flow.read(new Uint8Array(ROOM));
  }
}

const unread: Flow[] = [];

class Server extends Fiber {
  constructor(private port: u32) {
    super();
  }

  run(): void {
    const listener = stack!.listen(this.port)!;
    for (;;) {
      const flow = listener.accept();
      if (!flow) return;
      if (this.port == 7) new Echo(flow).spawn();
      else if (this.port == 9) new Loser(flow).spawn();
      else unread.push(flow);
    }
  }
}

/** Sends a number of octets, ends, and sees that they come back. */
class Sender extends Fiber {
  constructor(
    private flow: Flow,
    private total: u32,
  ) {
    super();
  }

  run(): void {
    const buffer = new Uint8Array(ROOM);
    for (let sent: u32 = 0; sent < this.total; ) {
      const count = min<u32>(this.total - sent, ROOM);
      for (let i: u32 = 0; i < count; i++) buffer[i] = octetAt(sent + i);
      lastResult = this.flow.write(buffer, 0, count);
      if (lastResult != 0) {
        failures++;
        return;
      }
      sent += count;
    }
    this.flow.shutdown();
  }
}

class Client extends Fiber {
  constructor(
    private server: u32,
    private total: u32,
  ) {
    super();
  }

  run(): void {
    const flow = stack!.connect(this.server, 7);
    if (!flow) {
      lastResult = stack!.error;
      failures++;
      return;
    }
    const sender = new Sender(flow, this.total).spawn();
    const buffer = new Uint8Array(ROOM);
    let have: u32 = 0;
    for (;;) {
      const length = flow.read(buffer);
      if (length <= 0) {
        if (length < 0) failures++;
        break;
      }
      for (let i = 0; i < length; i++) {
        if (buffer[i] != octetAt(have + i)) failures++;
      }
      have += length;
    }
    if (have != this.total) failures++;
    sender.join();
    flow.close();
  }
}

class Main extends Fiber {
  run(): void {
    const prefix = Ipv4Prefix.parse(stringArgument("ipv4", "10.0.0.2/24"))!;
    stack = new Stack(
      boolArgument("offload", false) ? new OffloadDevice("service") : new NetworkDevice("service"),
      prefix,
      0,
    );
    if (boolArgument("newreno", false)) stack!.tcp.algorithm = new NewRenoAlgorithm();
    const server = parseIpv4(stringArgument("server", ""));
    if (server < 0) {
      new Server(9).spawn();
      new Server(19).spawn();
      new Server(7).spawn().join();
      return;
    }
    new Client(server as u32, i32Argument("total", 1000)).spawn().join();
    // The last acknowledgments are still on their way.
    sleep(1000);
    exit(failures ? 1 : 0);
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };

export function getFailures(): i32 {
  return failures;
}
export function getLastResult(): i32 {
  return lastResult;
}
/** Sets how much memory all buffers may have. */
export function setMemory(octets: u32): void {
  stack!.tcp.pool.limit = octets;
}
/** Takes the host's address away. */
export function removeAddress(): void {
  stack!.ipv4.removeAddress(parseIpv4("10.0.0.2") as u32);
}
/** Bytes of all managed objects, garbage included. */
export function heapUsed(): usize {
  return __heap_used();
}
export function timeWaits(): u32 {
  return stack!.tcp.timeWaits;
}
export function connections(): u32 {
  return stack!.tcp.table.count;
}
export function chunksUsed(): u32 {
  return stack!.tcp.pool.used;
}
export function tcpActiveOpens(): u64 {
  return stack!.tcp.tcpActiveOpens;
}
export function tcpPassiveOpens(): u64 {
  return stack!.tcp.tcpPassiveOpens;
}
export function tcpAttemptFails(): u64 {
  return stack!.tcp.tcpAttemptFails;
}
export function tcpEstabResets(): u64 {
  return stack!.tcp.tcpEstabResets;
}
export function tcpCurrEstab(): u32 {
  return stack!.tcp.tcpCurrEstab;
}
export function tcpInSegs(): u64 {
  return stack!.tcp.tcpInSegs;
}
export function tcpOutSegs(): u64 {
  return stack!.tcp.tcpOutSegs;
}
export function tcpRetransSegs(): u64 {
  return stack!.tcp.tcpRetransSegs;
}
export function tcpInErrs(): u64 {
  return stack!.tcp.tcpInErrs;
}
export function tcpOutRsts(): u64 {
  return stack!.tcp.tcpOutRsts;
}

/**
 * An image that echoes datagrams and the octets of TCP connections and, on demand, makes disk requests, in direct style. So that the test can be tested,
 * `--waste=` has it allocate once for each: an object or a block.
 */
import { BlockDevice } from "fata/block/device";
import { Flow } from "fata/flow/stream";
import { NetworkDevice } from "fata/net/device";
import { Stack } from "fata/net/stack";
import { UdpSocket } from "fata/net/udpsocket";
import { Fiber } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { stringArgument } from "fata/sys/args";
import { Ipv4Prefix } from "fata/wire/ipv4address";

export { event, step } from "fata/sched/loop";

/** A turn writes and reads, each as one buffer and as several, and flushes. */
const REQUESTS_PER_TURN = 5;
const SECTOR = 512;
/** Octets of a segment, and of a read from a connection. */
const SEGMENT = 512;
/** How long to wait for a datagram, in ms: the timer is armed each time. */
const PATIENCE: u64 = 1000;

let wanted = "";
let storage: BlockDevice | null = null;
let requests: i32 = 0;

function waste(): void {
  if (wanted == "object") new Turns(0, 0);
  else if (wanted == "block") heap.free(heap.alloc(64));
}

class TcpEcho extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(SEGMENT);
    for (;;) {
      const length = flow.read(buffer, 0, SEGMENT, PATIENCE);
      if (length < 0) continue;
      waste();
      flow.write(buffer, 0, length);
    }
  }
}

class Acceptor extends Fiber {
  constructor(private stack: Stack) {
    super();
  }

  run(): void {
    const listener = this.stack.listen(7)!;
    for (;;) new TcpEcho(listener.accept()!).spawn();
  }
}

class Echo extends Fiber {
  run(): void {
    wanted = stringArgument("waste", "");
    storage = new BlockDevice("storage");
    const stack = new Stack(new NetworkDevice("service"), Ipv4Prefix.parse("10.0.0.2/24")!, 0);
    new Acceptor(stack).spawn();
    const socket = new UdpSocket(stack.udp);
    const buffer = new Uint8Array(2048);
    socket.bind(7);
    for (;;) {
      const length = socket.recvFrom(buffer, PATIENCE);
      if (length < 0) continue;
      waste();
      socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
    }
  }
}

class Turns extends Fiber {
  private buffer: Uint8Array = new Uint8Array(SECTOR);
  private buffers: Uint8Array[] = [new Uint8Array(SECTOR), new Uint8Array(SECTOR)];

  constructor(
    private offset: u64,
    private turns: i32,
  ) {
    super();
  }

  run(): void {
    const disk = storage!;
    for (let turn = 0; turn < this.turns; turn++) {
      waste();
      const outcome =
        disk.write(this.offset, this.buffer) |
        disk.writev(this.offset, this.buffers) |
        disk.read(this.offset, this.buffer) |
        disk.readv(this.offset, this.buffers) |
        disk.flush();
      assert(outcome == 0, "a request failed");
      requests += REQUESTS_PER_TURN;
    }
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Echo(), now, wall);
}

/** Makes fibers that take turns with the disk. They run from the next step on. */
export function makeRequests(fibers: i32, turns: i32): void {
  for (let i = 0; i < fibers; i++) new Turns(<u64>i * 2 * SECTOR, turns).spawn();
}

/** Requests that were made. */
export function getRequests(): i32 {
  return requests;
}

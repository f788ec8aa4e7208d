/** A host with the echo service of TCP on port 7. */
import { Flow } from "fata/flow/stream";
import { NetworkDevice } from "fata/net/device";
import { OffloadDevice } from "fata/net/offload";
import { Stack } from "fata/net/stack";
import { Fiber } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { boolArgument } from "fata/sys/args";
import { Ipv4Prefix } from "fata/wire/ipv4address";

let stack: Stack | null = null;

class Echo extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(2048);
    for (;;) {
      const length = flow.read(buffer);
      if (length <= 0 || flow.write(buffer, 0, length) < 0) break;
    }
    flow.close();
  }
}

class Main extends Fiber {
  run(): void {
    const device = boolArgument("offload", false) ? new OffloadDevice("service") : new NetworkDevice("service");
    const made = new Stack(device, Ipv4Prefix.parse("10.0.0.2/24")!, 0);
    stack = made;
    const listener = made.listen(7, 16)!;
    for (;;) {
      const flow = listener.accept();
      if (flow) new Echo(flow).spawn();
    }
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };

/** Connections that exist. */
export function tcpCurrEstab(): u32 {
  return stack!.tcp.tcpCurrEstab;
}

/** Chunks of buffers in use. */
export function chunksUsed(): u32 {
  return stack!.tcp.pool.used;
}

/** An image that echoes TCP, a fiber for each connection, which holds `--hold=` octets more than it needs. */
import { Flow } from "fata/flow/stream";
import { NetworkDevice } from "fata/net/device";
import { Stack } from "fata/net/stack";
import { Fiber } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { i32Argument } from "fata/sys/args";
import { Ipv4Prefix } from "fata/wire/ipv4address";

export { event, step } from "fata/sched/loop";

const SEGMENT = 128;
let connections: i32 = 0;

class Echo extends Fiber {
  private held: Uint8Array = new Uint8Array(i32Argument("hold", 0));

  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const buffer = new Uint8Array(SEGMENT);
    connections++;
    for (;;) {
      const length = this.flow.read(buffer);
      if (length <= 0) break;
      this.flow.write(buffer, 0, length);
    }
    this.flow.close();
    connections--;
  }
}

class Acceptor extends Fiber {
  run(): void {
    const stack = new Stack(new NetworkDevice("service"), Ipv4Prefix.parse("10.0.0.2/24")!, 0);
    const listener = stack.listen(7)!;
    for (;;) new Echo(listener.accept()!).spawn();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Acceptor(), now, wall);
}

/** Connections that are open. */
export function getConnections(): i32 {
  return connections;
}

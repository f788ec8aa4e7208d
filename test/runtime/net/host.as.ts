/** A host on the network for tests: answers ARP and ping by itself, and echoes UDP on port 7. */

import { NetworkDevice } from "fata/net/device";
import { Stack } from "fata/net/stack";
import { UdpSocket } from "fata/net/udpsocket";
import { Fiber } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { stringArgument } from "fata/sys/args";
import { Ipv4Prefix, parseIpv4 } from "fata/wire/ipv4address";

class Host extends Fiber {
  run(): void {
    const prefix = Ipv4Prefix.parse(stringArgument("ipv4", "10.0.0.2/24"))!;
    const gateway = parseIpv4(stringArgument("ipv4-gateway", "0.0.0.0")) as u32;
    const stack = new Stack(new NetworkDevice("service"), prefix, gateway);
    const socket = new UdpSocket(stack.udp);
    const buffer = new Uint8Array(2048);
    socket.bind(7);
    for (;;) {
      const length = socket.recvFrom(buffer);
      if (length < 0) break;
      socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
    }
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Host(), now, wall);
}

export { event, step };

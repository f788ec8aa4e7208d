/** A host that gets its address by DHCP: its application echoes UDP on port 7 once there is one. */

import { NetworkDevice } from "fata/net/device";
import { DhcpStack } from "fata/net/dhcpstack";
import { UdpSocket } from "fata/net/udpsocket";
import { Fiber } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { boolArgument, stringArgument } from "fata/sys/args";
import { Ipv4Prefix } from "fata/wire/ipv4address";

let host: DhcpStack | null = null;

class Host extends Fiber {
  run(): void {
    const prefix = Ipv4Prefix.parse("10.0.0.2/24")!;
    const hostName = stringArgument("hostname", "");
    const stack = new DhcpStack(new NetworkDevice("service"), prefix, 0, boolArgument("dhcp", true), hostName);
    host = stack;
    const socket = new UdpSocket(stack.udp);
    const buffer = new Uint8Array(9000);
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

/** Whether the application has been started. */
export function started(): bool {
  return host !== null;
}

/** The name server of an index that DHCP told of; 0 when there is none. */
export function nameServer(index: i32): u32 {
  const servers = host!.nameServers();
  return index < servers.length ? servers[index] : 0;
}

/** Where datagrams for an address go to first: the next hop, or 0 without a route. */
export function nextHop(address: u32): u32 {
  return host!.ipv4.routes.nextHop(address);
}

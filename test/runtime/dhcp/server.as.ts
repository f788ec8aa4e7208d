/** A DHCP server with a pool on its link and one behind a relay, as the arguments have it. */
import { BlockDevice } from "fata/block/device";
import { DhcpPool } from "fata/dhcp/pool";
import { DhcpServer } from "fata/dhcp/server";
import { NetworkDevice } from "fata/net/device";
import { Stack } from "fata/net/stack";
import { Fiber } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { boolArgument, i32Argument, stringListArgument } from "fata/sys/args";
import { exit } from "fata/sys/exit";
import {
  OPTION_CLASSLESS_ROUTES,
  OPTION_DNS_SERVERS,
  OPTION_DOMAIN_NAME,
  OPTION_MTU,
  OPTION_ROUTER,
} from "fata/wire/dhcp";
import { Ipv4Prefix } from "fata/wire/ipv4address";

let made: DhcpServer | null = null;

class Host extends Fiber {
  run(): void {
    const prefix = Ipv4Prefix.parse("192.168.1.5/24")!;
    const disk = boolArgument("disk", false) ? new BlockDevice("leases") : null;
    const stack = new Stack(new NetworkDevice("service"), prefix, 0xc0a80101);
    const server = new DhcpServer(stack);
    made = server;
    const first: u32 = 0xc0a80146;
    const pool = new DhcpPool(prefix, first, first + i32Argument("addresses", 31) - 1);
    const options = pool.options;
    options.addNumber(OPTION_ROUTER, 0xc0a80101);
    options.addAddresses(OPTION_DNS_SERVERS, [0xc0a80105, 0x08080808]);
    options.addText(OPTION_DOMAIN_NAME, "example.org");
    options.addShort(OPTION_MTU, 1400);
    // 10.0.0.0/8 by 192.168.1.1
    assert(options.addFrom("121=080ac0a80101") && OPTION_CLASSLESS_ROUTES == 121);
    const others = stringListArgument("options", "");
    for (let i = 0; i < others.length; i++) if (!options.addFrom(others[i])) exit(2);
    server.add(pool);
    // Others of the same network.
    const more = i32Argument("more", 0);
    for (let i = 0, at: u32 = 0xc0a80196; i < more; i++, at++) server.add(new DhcpPool(prefix, at, at));
    server.add(new DhcpPool(Ipv4Prefix.parse("10.9.0.1/24")!, 0x0a09000a, 0x0a09000c));
    // Large ones behind relays.
    const networks = i32Argument("networks", 0);
    for (let i: i32 = 0; i < networks; i++) {
      const first: u32 = (10 << 24) | ((16 + i) << 16) | 1;
      server.add(new DhcpPool(new Ipv4Prefix(first, 16), first, first + 4095));
    }
    const hosts = stringListArgument("hosts", "");
    for (let i = 0; i < hosts.length; i++) if (!server.reserve(hosts[i])) exit(3);
    if (disk && server.keepOn(disk) != 0) exit(1);
    server.run();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Host(), now, wall);
}

export { event, step };

/** Messages that were no DHCP client's. */
export function malformed(): u32 {
  return made!.counters.malformed as u32;
}

/** Messages that were not answered for want of an address, or for their number. */
export function dropped(): u32 {
  return made!.counters.dropped as u32;
}

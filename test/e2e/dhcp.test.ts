/** The example dhcp on a bridge, with the clients of Linux and our own. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../support/repository.ts";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-dhcp-"));
after(() => rmSync(folder, { recursive: true }));

/** Sets what udhcpc was given, and notes it in a file. */
const script = join(folder, "udhcpc.sh");
writeFileSync(
  script,
  `#!/bin/sh
case $1 in deconfig) ip addr flush dev $interface;; bound|renew)
  ip addr add $ip/$mask dev $interface
  [ -z "$router" ] || ip route replace default via $router dev $interface
  env | sort > ${folder}/$interface.lease;;
esac
`,
  { mode: 0o755 },
);
/** The same for dhclient. */
const hook = join(folder, "dhclient.sh");
writeFileSync(
  hook,
  `#!/bin/sh
case $reason in BOUND|RENEW|REBIND|REBOOT)
  ip addr replace $new_ip_address/$new_subnet_mask dev $interface
  env | sort > ${folder}/$interface.lease;;
RELEASE|EXPIRE|FAIL|STOP) ip addr flush dev $interface;;
esac
`,
  { mode: 0o755 },
);

const SERVER_MAC = "02:00:00:00:00:05";
const TOLD = [
  "--router=192.168.1.1",
  "--dns-servers=192.168.1.1,9.9.9.9",
  "--domain=example.org",
  "--ntp-servers=192.168.1.3",
];

describe("dhcp", () => {
  const disk = join(folder, "leases.img");
  let bridge: Host;
  let server: Program;
  const clients: Host[] = [];

  const serve = async (): Promise<void> => {
    // Of an address that stays: a client sends its DHCPRELEASE once, to the Ethernet address that it knows.
    const devices = ["--net=tap0", `--net-mac=${SERVER_MAC}`, `--disk=${disk}`];
    const options = [...devices, await image("examples/dhcp"), "--", ...TOLD];
    server = await bridge.serving("Serving 31 addresses as 192.168.1.5", ...options);
  };
  const leaseOf = (client: number): Record<string, string> => {
    const lines = readFileSync(join(folder, `c${client}.lease`), "utf8").split("\n");
    return Object.fromEntries(lines.map((line) => line.split("=", 2) as [string, string]));
  };
  const host = (client: number): Host => clients[client] as Host;
  const udhcpc = (client: number, ...words: string[]) =>
    host(client).run("udhcpc", "-i", `c${client}`, "-f", "-q", "-n", "-s", script, "-t", "5", "-T", "2", ...words);
  /** dhclient's words, with files of a client's own. */
  const dhclientOf = (client: number, ...words: string[]) => {
    const files = ["-lf", join(folder, `c${client}.leases`), "-pf", join(folder, `c${client}.pid`)];
    return ["-4", "-v", "-sf", hook, "-cf", "/dev/null", ...files, ...words, `c${client}`];
  };
  /** Has dhclient get a lease. It goes on, to renew that, and ends with its host. @returns what it prints */
  const dhclient = async (client: number) => {
    const program = host(client).start("dhclient", dhclientOf(client, "-1", "-d"));
    await program.printed("bound to");
    return program.output;
  };
  /** Ends dhclient, and has another give the lease back. */
  const release = (client: number) => host(client).run("dhclient", ...dhclientOf(client, "-r"));

  before(async () => {
    writeFileSync(disk, "");
    truncateSync(disk, 65_536);
    bridge = await Host.make();
    await bridge.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0");
    await bridge.run("ip", "link", "set", "br0", "up");
    for (const tap of ["tap0", "tap1"]) {
      await bridge.tap(tap);
      await bridge.run("ip", "link", "set", tap, "master", "br0");
    }
    for (let i = 0; i < 3; i++) {
      const client = await Host.make();
      clients.push(client);
      await bridge.run("ip", "link", "add", `v${i}`, "master", "br0", "type", "veth", "peer", "name", `c${i}`);
      await bridge.run("ip", "link", "set", `v${i}`, "up");
      await bridge.give(`c${i}`, client);
    }
    await serve();
  });

  test("udhcpc, dhclient and a client of ours at once, each with an address of its own", async () => {
    const guest = bridge.tender(
      "--net=tap1",
      `--net-mac=${GUEST_MAC}`,
      await image("examples/dns-lookup"),
      "--",
      "--dhcp",
    );
    const [, told] = await Promise.all([
      udhcpc(0, "-O", "ntpsrv"),
      dhclient(1),
      guest.printed(/service has 192\.168\.1\.\d+\/24, gateway 192\.168\.1\.1, by DHCP from 192\.168\.1\.5 for 3600 s/),
    ]);
    assert.match(told, /DHCPACK of 192\.168\.1\.\d+ from 192\.168\.1\.5/);
    const [first, second] = [leaseOf(0), leaseOf(1)];
    const { mask, router, dns, domain, ntpsrv, lease, serverid } = first;
    assert.deepEqual(
      { mask, router, dns, domain, ntpsrv, lease, serverid },
      {
        ...{ mask: "24", router: "192.168.1.1", dns: "192.168.1.1 9.9.9.9", domain: "example.org" },
        ...{ ntpsrv: "192.168.1.3", lease: "3600", serverid: "192.168.1.5" },
      },
    );
    assert.equal(second["new_domain_name_servers"], "192.168.1.1 9.9.9.9");
    assert.equal(second["new_dhcp_lease_time"], "3600");
    guest.kill("SIGTERM");
    await guest.ended();
    await server.printed(new RegExp(`${GUEST_MAC} gives 192.168.1.\\d+ back`));
    // A lease that was given back is free on the disk, too, as soon as anybody has heard of a later one.
    await udhcpc(0);
    const given = [...server.output.matchAll(/(192\.168\.1\.\d+) is leased/g)].map(([, address]) => address);
    assert.equal(new Set(given).size, 3);
    assert.ok(given.includes(first["ip"]) && given.includes(second["new_ip_address"]));
  });

  test("a server that is killed knows its leases when it is back", async () => {
    const [first, second] = [leaseOf(0)["ip"], leaseOf(1)["new_ip_address"]];
    server.kill("SIGKILL");
    await server.ended();
    await serve();
    assert.match(server.output, /The disk holds 2 leases/);
    // It gives its lease back by one datagram, and takes its address away at once: the kernel must know whom to send it to.
    await host(1).ping("192.168.1.5");
    // What it asks for at first is the address that it had.
    await Promise.all([udhcpc(0), release(1).then(() => dhclient(1))]);
    assert.deepEqual([leaseOf(0)["ip"], leaseOf(1)["new_ip_address"]], [first, second]);
    await server.printed(`gives ${second} back`);
  });

  test("an address that somebody took is set aside, by the server and by a client that declines it", async () => {
    const taken = leaseOf(0)["ip"] as string;
    await host(0).run("ip", "addr", "flush", "dev", "c0");
    await host(2).run("ip", "addr", "add", `${taken}/24`, "dev", "c2");
    await host(2).run("ip", "addr", "add", "192.168.1.90/24", "dev", "c2");
    // The server offers the client its own address without looking for it; the client looks (-a).
    await host(0).run("udhcpc", "-i", "c0", "-f", "-q", "-n", "-s", script, "-a", "-t", "8", "-T", "2", "-A", "1");
    await server.printed(`declines ${taken}: somebody has it; it is set aside`);
    assert.notEqual(leaseOf(0)["ip"], taken);
    await udhcpc(0, "-r", "192.168.1.90", "-x", "0x3d:ff0102");
    await server.printed("has 192.168.1.90, which is set aside");
    await host(2).run("ip", "addr", "flush", "dev", "c2");
  });

  test("a kill while leases are given takes none back that a client knows of", async () => {
    await host(2).run("ip", "addr", "add", "192.168.1.2/24", "dev", "c2");
    rmSync(disk);
    writeFileSync(disk, "");
    truncateSync(disk, 65_536);
    const many = join(root, "build/test/e2e/clients/leases.js");
    const acknowledged = new Set<string>();
    for (let run = 0; run < 3; run++) {
      server.kill("SIGKILL");
      await server.ended();
      await serve();
      const held = Number(/The disk holds (\d+) leases/.exec(server.output)?.[1] ?? 0);
      assert.ok(held >= acknowledged.size, `${held} of ${acknowledged.size}`);
      const relay = host(2).node(many, "192.168.1.5", "192.168.1.2", `${5 + run * 12}`);
      await relay.printed(/(\d+\n){2}/);
      // At once, in the first rounds: some are on their way.
      if (run === 2) await relay.endedWith(0);
      for (const client of relay.output.split("\n").slice(0, -1)) acknowledged.add(client);
      if (relay.running) relay.kill("SIGKILL");
    }
    assert.equal(acknowledged.size, 29);
  });
});

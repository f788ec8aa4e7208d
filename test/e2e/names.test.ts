/** Addresses and names from the servers that Linux has: dnsmasq and ISC's dhcpd, on a tap. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-names-"));
after(() => rmSync(folder, { recursive: true }));
const MAC = `--net-mac=${GUEST_MAC}`;

/** The lines of the application's log, without times. */
function said(output: string): string[] {
  return [...output.matchAll(/: (\[\w+\] \[application\] .*)/g)].map(([, line]) => line ?? "");
}

describe("dnsmasq", () => {
  const BIG = Array.from({ length: 120 }, (_, i) => `10.1.0.${i + 1} big.test`);

  /** A host on which dnsmasq gives addresses and answers for .test. */
  async function serve(t: { after(end: () => Promise<void>): void }): Promise<{ host: Host; server: Program }> {
    const host = await Host.make();
    t.after(() => host.remove());
    await host.tap("tap0", "10.0.0.1/24");
    const hosts = join(folder, "hosts");
    writeFileSync(hosts, `${["10.8.8.8 b.test", "fd00::1 six.test", ...BIG].join("\n")}\n`);
    const server = host.start("dnsmasq", [
      ...["--no-daemon", "--user=root", "--conf-file=/dev/null", "--pid-file", "--log-dhcp", "--log-facility=-"],
      ...[
        "--interface=tap0",
        "--bind-interfaces",
        "--no-resolv",
        "--no-hosts",
        `--addn-hosts=${hosts}`,
        "--local=/test/",
      ],
      ...["--cname=alias.test,b.test", "--cname=second.test,alias.test", "--no-ping", "--dhcp-authoritative"],
      ...["--dhcp-range=10.0.0.50,10.0.0.60,120s", `--dhcp-leasefile=${join(folder, "dnsmasq.leases")}`],
    ]);
    await server.printed("DHCP, IP range 10.0.0.50");
    return { host, server };
  }

  const LEASED = /service has 10\.0\.0\.\d+\/24, gateway 10\.0\.0\.1, by DHCP from 10\.0\.0\.1 for 120 s/;

  test("a lease with a name server, and the lease given back", async (t) => {
    const { host, server } = await serve(t);
    const words = ["--dhcp", "--hostname=web-1", "--domain-name=b.test"];
    const output = await host.tender("--net=tap0", MAC, await image("examples/dns-lookup"), ...words).endedWith(0);
    assert.deepEqual(said(output), ["[INFO] [application] b.test: 10.8.8.8"]);
    assert.match(output, LEASED);
    await server.printed(/DHCPACK\(tap0\) 10\.0\.0\.\d+ 02:00:00:00:00:02 web-1/);
    await server.printed(/DHCPRELEASE\(tap0\) 10\.0\.0\.\d+ 02:00:00:00:00:02/);
  });

  test("names, aliases, and what there is not", async (t) => {
    const { host } = await serve(t);
    const lookup = await image("examples/dns-lookup");
    for (const [name, lines] of [
      ["second.test", ["[INFO] [application] second.test: 10.8.8.8"]],
      ["nothing.test", ["[ERROR] [application] nothing.test: E_NOT_FOUND"]],
      ["six.test", ["[ERROR] [application] six.test: E_NOT_FOUND"]],
      ["192.0.2.1", ["[INFO] [application] 192.0.2.1: 192.0.2.1"]],
      // dnsmasq refuses what it has nobody to ask for.
      ["example.org", ["[ERROR] [application] example.org: E_REFUSED"]],
    ] as const) {
      const words = ["--ipv4=10.0.0.2/24", "--dns-servers=10.0.0.1", `--domain-name=${name}`];
      assert.deepEqual(said(await host.tender("--net=tap0", MAC, lookup, ...words).endedWith(0)), lines);
    }
  });

  test("more addresses than a datagram holds", async (t) => {
    const { host } = await serve(t);
    const words = ["--ipv4=10.0.0.2/24", "--dns-servers=10.0.0.77,10.0.0.1", "--domain-name=big.test"];
    const output = await host.tender("--net=tap0", MAC, await image("examples/dns-lookup"), ...words).endedWith(0);
    const lines = said(output);
    assert.equal(lines.length, 8);
    for (const line of lines) assert.match(line, /big\.test: 10\.1\.0\.\d+$/);
  });
});

describe("ISC's dhcpd", () => {
  /** Starts it with addresses from 10.0.0.50 on. @param seconds of a lease */
  async function serve(host: Host, name: string, last: number, seconds: number): Promise<Program> {
    const [config, leases] = [join(folder, `${name}.conf`), join(folder, `${name}.leases`)];
    writeFileSync(leases, "", { flag: "a" });
    const times = `default-lease-time ${seconds}; max-lease-time ${seconds}; min-lease-time ${seconds};`;
    const range = `range 10.0.0.50 10.0.0.${last}; option routers 10.0.0.1; option domain-name-servers 10.0.0.1;`;
    const subnet = `subnet 10.0.0.0 netmask 255.255.255.0 { ${range} }`;
    writeFileSync(config, `authoritative; ping-check false; ${times}\n${subnet}\n`);
    const server = host.start("dhcpd", ["-f", "-d", "-4", "-cf", config, "-lf", leases, "--no-pid", "tap0"]);
    await server.printed("Server starting service");
    return server;
  }

  test("a lease is renewed; when the server is gone it ends; when it is back there is one again", async (t) => {
    const host = await Host.withTap(t, "10.0.0.1/24");
    let server = await serve(host, "renew", 60, 4);
    const tender = host.tender("--net=tap0", MAC, await image("test/e2e/projects/echo"), "--dhcp");
    await tender.printed("by DHCP from 10.0.0.1 for 4 s");
    const [, address = ""] = /service has ([\d.]+)\/24/.exec(tender.output) ?? [];
    await host.ping(address);
    const bound = server.output.length;
    await server.printed(`DHCPREQUEST for ${address} from ${GUEST_MAC} via tap0`, bound);
    await server.printed(`DHCPACK on ${address} to ${GUEST_MAC} via tap0`, bound);
    server.kill("SIGKILL");
    await server.ended();
    await tender.printed(`service has no address any more: the lease of ${address}/24 ended`);
    await assert.rejects(host.run("ping", "-c", "1", "-W", "1", address));
    const ended = tender.output.length;
    server = await serve(host, "renew", 60, 4);
    await tender.printed(/service has 10\.0\.0\.\d+\/24/, ended);
    tender.kill("SIGTERM");
    await tender.endedWith(0);
    await server.printed(/DHCPRELEASE of 10\.0\.0\.\d+ from 02:00:00:00:00:02/);
  });

  test("an address that somebody has is declined", async (t) => {
    const host = await Host.withTap(t, "10.0.0.1/24");
    // The host itself answers for the address that the server would give: this range has but one.
    await host.run("ip", "address", "add", "10.0.0.50/32", "dev", "tap0");
    const server = await serve(host, "decline", 50, 60);
    const tender = host.tender("--net=tap0", MAC, await image("test/e2e/projects/echo"), "--dhcp");
    await tender.printed(/has 10\.0\.0\.50 already; declining it/);
    await server.printed(/DHCPDECLINE of 10\.0\.0\.50 from 02:00:00:00:00:02 via tap0: (abandoned|not found)?/);
    assert.equal(tender.output.includes("by DHCP from"), false);
    tender.kill("SIGTERM");
    await tender.endedWith(0);
  });
});

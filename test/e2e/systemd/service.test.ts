/** `fata deploy systemd --install` on a machine with systemd: the unikernel serves, confined, and comes back. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { hasKvm } from "../../support/native.ts";
import { Machine } from "./machine.ts";

const image = "/tmp/network-udp.wasm";

/** What a process has that the kernel would let it do or see, by the names of /proc/PID/status. */
function statusOf(text: string): Map<string, string> {
  return new Map(text.split("\n").map((line) => line.split(":\t", 2) as [string, string]));
}

/** The commands that `fata deploy` tells the user to type. */
function toType(output: string): string[] {
  const [, list = ""] = /type(?:, as root| as root):\n((?: {2}.*\n)+)/.exec(output) ?? [];
  return list
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("journalctl --follow"));
}

describe("a service", () => {
  let machine: Machine;

  const fata = (...args: string[]) => machine.run(process.execPath, "/opt/fata/build/compiler/cli.js", ...args);
  const ping = (address: string) => machine.until("an answer", "ping", "-q", "-c", "1", "-W", "1", address);
  /** The journal hears of a line later than the console. */
  const logged = (name: string, text: string) =>
    machine.until(`"${text}"`, "bash", "-c", `journalctl --unit ${name} | grep --fixed-strings "${text}"`);
  const mainPid = (name: string) => machine.run("systemctl", "show", "--property=MainPID", "--value", name);

  before(async () => {
    machine = await Machine.boot();
    await fata("build", "/opt/fata/examples/network-udp", "--native", "--quiet", "-o", image);
  });

  for (const [name, isolation, net] of [
    ["native", "seccomp", 1],
    ["node", "v8", 2],
    ...(hasKvm ? ([["virtual", "kvm", 5]] as const) : []),
  ] as const)
    describe(`with ${isolation}`, () => {
      const address = `10.0.${net}.2`;
      const tap = `tap-${net}`;
      const bridge = `br${net}`;

      test("is installed, started, and answers", async () => {
        const output = await fata(
          "deploy",
          "systemd",
          image,
          "--install",
          `--name=${name}`,
          `--net=${tap}`,
          `--bridge=${bridge}`,
          `--bridge-address=10.0.${net}.1/24`,
          `--isolation=${isolation}`,
          "--mem=16M",
          "--",
          `--ipv4=${address}/24`,
        );
        assert.match(output, new RegExp(`Now type, as root:\n  systemctl enable --now ${name}\\.service\n`));
        // As udev does, which has not seen the device come.
        if (isolation === "kvm") await machine.run("chgrp", "kvm", "/dev/kvm");
        await machine.run("systemctl", "enable", "--now", `${name}.service`);
        assert.match(await ping(address), /1 received/);
        await logged(name, "[application] Echoing UDP on port 7");
      });

      test("its tap belongs to its user and to the bridge", async () => {
        const link = await machine.run("ip", "-details", "link", "show", tap);
        assert.match(link, new RegExp(`master ${bridge} `));
        assert.match(link, new RegExp(`tun type tap pi off vnet_hdr off persist on user fata-${name}`));
      });

      test("has no privileges, its own user, one view of the files that it cannot write", async () => {
        const pid = (await mainPid(name)).trim();
        const status = statusOf(await machine.run("cat", `/proc/${pid}/status`));
        const uid = (await machine.run("id", "--user", `fata-${name}`)).trim();
        assert.notEqual(uid, "0");
        assert.deepEqual(status.get("Uid")?.split("\t"), [uid, uid, uid, uid]);
        for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
          assert.equal(status.get(set), "0000000000000000", set);
        assert.equal(status.get("NoNewPrivs"), "1");
        assert.equal(status.get("Seccomp"), "2");
        // One of systemd's for each SystemCallFilter= and the like, and the tender's own.
        assert(Number(status.get("Seccomp_filters")) >= 2);
        const mounts = await machine.run("cat", `/proc/${pid}/mounts`);
        assert.match(mounts, /^overlay \/ overlay ro,/m);
      });

      test("is started again when it is killed, and when the tap has been taken away", async () => {
        const first = await mainPid(name);
        // Not by systemctl, which fails where the process is gone before it has sent a signal to the rest of the service.
        await machine.run("kill", "-KILL", first.trim());
        await machine.until(
          "another process",
          "bash",
          "-c",
          `
          pid=$(systemctl show --property=MainPID --value ${name}); [ "$pid" != 0 ] && [ "$pid" != ${first.trim()} ]`,
        );
        assert.match(await ping(address), /1 received/);
        await machine.run("ip", "link", "delete", tap);
        await machine.until("the end", "bash", "-c", `! systemctl is-active --quiet ${name}`);
        // Again and again: networkd may hear of the tap's end later than of the command.
        await machine.until("the service", "bash", "-c", `networkctl reload; systemctl is-active ${name}`);
        assert.match(await ping(address), /1 received/);
      });

      test("stops when it is told to", async () => {
        await machine.run("systemctl", "stop", name);
        const result = await machine.run("systemctl", "show", "--property=Result,ExecMainStatus", name);
        assert.equal(result, "Result=success\nExecMainStatus=0\n");
      });
    });

  test("is installed by the commands that are printed, on a bridge that is there", async () => {
    const output = await machine.run(
      "bash",
      "-c",
      `cd /opt/fata && ${process.execPath} build/compiler/cli.js deploy systemd ${image} --output=/tmp/by-hand --name=third \
        --net=tap3 --bridge=br3 --bridge-address=10.0.3.1/24 --restart=no -- --ipv4=10.0.3.2/24`,
    );
    const commands = toType(output);
    assert(commands.includes("systemctl enable --now third.service"), output);
    for (const command of commands) await machine.run("bash", "-c", `cd /opt/fata && ${command}`);
    assert.match(await ping("10.0.3.2"), /1 received/);

    const second = await fata(
      "deploy",
      "systemd",
      image,
      "--install",
      "--name=fourth",
      "--net=tap4",
      "--bridge=br3",
      "--",
      "--ipv4=10.0.3.3/24",
    );
    assert.doesNotMatch(second, /br3\.net/);
    for (const command of toType(second)) await machine.run("bash", "-c", command);
    assert.match(await ping("10.0.3.3"), /1 received/);
    assert.match(await ping("10.0.3.2"), /1 received/);
  });

  test("has its disk, whatever the file's name, and runs once where it is not to be started again", async () => {
    const disk = "/var/lib/a disk, 100% $full;.img";
    const block = "/tmp/block.wasm";
    await fata("build", "/opt/fata/examples/block", "--native", "--quiet", "-o", block);
    const output = await fata("deploy", "systemd", block, "--install", `--disk=${disk}`, "--restart=no");
    await machine.run("truncate", "--size=1M", disk);
    for (const command of toType(output)) await machine.run("bash", "-c", command);
    await machine.until("its end", "bash", "-c", '[ "$(systemctl is-active block)" = inactive ]');
    await logged("block", "Total tests failed:  0");
    const result = await machine.run("systemctl", "show", "--property=Result,ExecMainStatus", "block");
    assert.equal(result, "Result=success\nExecMainStatus=0\n");
  });
});

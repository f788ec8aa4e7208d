/** How a guest's life ends, what it may not do meanwhile, and what it survives. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { isNative } from "../tender/engine.ts";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";
import { within } from "./support/program.ts";
import { udp } from "./support/udp.ts";

const GUEST = "10.0.0.2";
const serves = "Echoing UDP on port 7";
const echo = "test/e2e/projects/echo";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} ends a guest that serves, with status 0`, async (t) => {
    const host = await Host.withTap(t, "10.0.0.1/24");
    const tender = await host.serving(serves, "--net=tap0", await image("examples/network-udp"));
    await host.ping(GUEST);
    tender.kill(signal);
    await tender.endedWith(0);
    await assert.rejects(host.run("ping", "-c", "1", "-W", "1", GUEST), /100% packet loss/);
  });

  test(`${signal} gives the guest's exit hooks time to say farewell, also on the network`, async (t) => {
    const host = await Host.withTap(t, "10.0.0.1/24");
    const tender = await host.serving("Echoing", "--net=tap0", await image(echo));
    const client = host.filter("socat", "-", "udp:10.0.0.2:7");
    let heard = "";
    const bye = new Promise<void>((resolve) => {
      client.child.stdout?.on("data", (bytes) => {
        heard += bytes;
        if (heard === "hello") tender.kill(signal);
        if (heard === "hellobye") resolve();
      });
    });
    client.child.stdin?.write("hello");
    await within(() => `the guest's farewell; it said "${heard}"`, bye);
    assert.match(await tender.endedWith(0), /\[INFO\] \[application\] Bye\n$/);
  });
}

test("a guest that only computes is ended by the second signal", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving("Echoing", "--net=tap0", await image(echo), "--busy");
  await host.run("bash", "-c", "echo > /dev/udp/10.0.0.2/7");
  await tender.printed("Computing");
  tender.kill("SIGINT");
  tender.kill("SIGTERM"); // two of a kind at once would be one; of these two, either may come first
  const { status } = await tender.ended();
  const [, second] = /ended by SIG(INT|TERM): the second signal\n$/.exec(tender.output) ?? [];
  assert(second, tender.output);
  assert.equal(status, second === "INT" ? 130 : 143);
});

test("a guest that is stopped for a while goes on, inside the sandbox", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving(serves, "--net=tap0", await image("examples/network-udp"));
  for (let i = 0; i < 5; i++) {
    await host.ping(GUEST);
    tender.kill("SIGSTOP");
    await stateOf(tender.pid, "T");
    // What arrives meanwhile waits in the tap.
    const answer = host.run("ping", "-c", "1", "-w", "20", GUEST);
    tender.kill("SIGCONT");
    await answer;
  }
  const job = { address: GUEST, port: 7, sizes: Array.from({ length: 500 }, () => 64), window: 8 };
  assert.deepEqual(await udp(host, job), { answered: 500, strange: 0 });
});

/** Waits until a process is in a state, such as T: stopped. */
async function stateOf(pid: number, state: string): Promise<void> {
  const search = async () => {
    while (/^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] !== state)
      await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await within(() => `state ${state} of process ${pid}`, search());
}

/** A field of each thread's status. */
function ofThreads(pid: number, field: string): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
    return new RegExp(`^${field}:\\s+(.*)$`, "m").exec(status)?.[1] ?? "";
  });
}

test("the tender of a running guest is locked down on all its threads", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving(serves, "--net=tap0", await image("examples/network-udp"));
  await host.ping(GUEST);
  const threads = ofThreads(tender.pid, "Name").length;
  assert(isNative ? threads === 1 : threads > 1, `${threads} threads`);
  const all = (field: string, value: string) =>
    assert.deepEqual([...new Set(ofThreads(tender.pid, field))], [value], field);
  all("Seccomp", "2");
  all("NoNewPrivs", "1");
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) all(set, "0000000000000000");
  // Root is root no more.
  all("Uid", "65534\t65534\t65534\t65534");
});

test("--no-sandbox leaves all that, and says so", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving(serves, "--no-sandbox", "--net=tap0", await image("examples/network-udp"));
  assert.match(tender.output, /warning: the sandbox is off\n/);
  assert.equal(ofThreads(tender.pid, "Seccomp")[0], "0");
  await host.ping(GUEST);
});

test("--mem: too little is refused, or ends the guest with a reason; 2 MiB are enough for this one", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const args = ["--net=tap0", await image("examples/network-udp")];
  const refused = await host.tender("--mem=64K", ...args).endedWith(64);
  const [, initial] = /^tender: --mem=64K is too small: network-udp needs at least --mem=(\w+)\n$/.exec(refused) ?? [];
  assert(initial, refused);
  // That is what its memory begins with; the network's buffers come on top.
  assert.match(await host.tender(`--mem=${initial}`, ...args).endedWith(70), /^panic: out of memory at /m);
  await host.serving(serves, "--mem=2M", ...args);
  await host.ping(GUEST);
});

/** `npm start`: builds the example website, serves it on a tap, and undoes what it made. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { chooseWire, hostRoutes, interfaceExists, ownsTap, tapCommands, type Wire } from "./start/tap.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const user = process.getuid?.() ?? 0;

/** After a signal the tender ends its guest by itself; should it not, it is ended after this time. */
const KILL_AFTER_MS = 15_000;

/** What to undo, the latest first. */
const undo: (() => void)[] = [];
let running: ChildProcess | undefined;
let stopped = false;

/** Runs a program of this repository. Resolves to its exit status, -1 when a signal ended it. */
function run(script: string, ...args: string[]): Promise<number> {
  if (stopped) return Promise.resolve(-1);
  console.log(`\n$ node ${[script, ...args].join(" ")}`);
  return new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C reaches this process alone, which passes it on once. (A tender that gets a second
    // signal ends its guest at once.)
    const child = spawn(process.execPath, [script, ...args], {
      cwd: root,
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
    });
    running = child;
    child.once("error", reject);
    child.once("exit", (status) => {
      running = undefined;
      resolve(status ?? -1);
    });
  });
}

function build(example: string): Promise<number> {
  return run("build/compiler/cli.js", "build", `examples/${example}`);
}

function stop(): void {
  if (stopped) return; // npm passes a signal on that the terminal has sent already
  stopped = true;
  const child = running;
  child?.kill("SIGTERM");
  setTimeout(() => child?.kill("SIGKILL"), KILL_AFTER_MS).unref();
}

/** Makes the wire, or says what to type. */
function makeWire(): Wire | undefined {
  if (user !== 0 && ownsTap("tap0", user)) {
    console.log("\ntap0 belongs to you already: it is used as it is.");
    return { tap: "tap0", host: "10.0.0.1/24", guest: "10.0.0.2/24", conflicts: [] };
  }
  const wire = chooseWire(hostRoutes(), interfaceExists);
  if (!wire) {
    console.log("\nAll networks that could be used for a tap are routed elsewhere; see: ip -4 route");
    return undefined;
  }
  for (const { network, route } of wire.conflicts) console.log(`\n${network} is in use on this host (route ${route}).`);
  const commands = tapCommands(wire, user);
  for (const [program = "", ...args] of commands) {
    const result = spawnSync(program, args, { encoding: "utf8" });
    if (result.status !== 0) {
      console.log(`\n${wire.tap} could not be made (${(result.stderr || String(result.error)).trim()}).`);
      console.log("To serve the website, type this, then `npm start` again:\n");
      for (const command of commands) console.log(`  sudo ${command.join(" ")}`);
      return undefined;
    }
    if (args[0] === "tuntap") undo.push(() => spawnSync("ip", ["link", "delete", wire.tap]));
  }
  console.log(`\nMade ${wire.tap} with the address ${wire.host}; it goes when this ends.`);
  return wire;
}

/** @returns the exit status */
async function main(): Promise<number> {
  const status = await build("website");
  if (status !== 0 || stopped) return status;
  const wire = makeWire();
  if (!wire) {
    console.log("\nHere is an example without a network:");
    const status = await build("hello");
    if (status !== 0) return status;
    return run("build/tender/tender.cjs", "examples/hello/dist/hello.wasm");
  }
  const address = wire.guest.replace(/\/.*/, "");
  console.log(`\nOpen http://${address}/ in a browser on this machine, or try, in another terminal:\n`);
  console.log(`  curl -i http://${address}/\n  ping ${address}\n\nStop with Ctrl-C.`);
  const own = wire.guest === "10.0.0.2/24" ? [] : [`--ipv4=${wire.guest}`];
  return run("build/tender/tender.cjs", `--net=${wire.tap}`, "examples/website/dist/website.wasm", ...own);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
try {
  const status = await main();
  process.exitCode = stopped ? 0 : status < 0 ? 1 : status;
} finally {
  for (const step of undo.reverse()) step();
}

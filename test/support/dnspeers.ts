/** Name servers that others have written, on the loopback, with zones of a test. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Zone {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
}

interface Program {
  readonly name: string;
  /** The text of its configuration. */
  readonly configure: (folder: string, port: number, zones: readonly Zone[]) => string;
  readonly start: (config: string) => readonly [program: string, ...args: string[]];
}

const PROGRAMS: readonly Program[] = [
  {
    name: "NSD",
    configure: (folder, port, zones) =>
      [
        `server:\n ip-address: 127.0.0.1@${port}\n username: ""\n zonesdir: "${folder}"\n database: ""\n server-count: 1`,
        ` pidfile: "${folder}/pid"\n xfrdfile: "${folder}/xfrd"\n zonelistfile: "${folder}/list"\n rrl-ratelimit: 0`,
        " refuse-any: no\nremote-control:\n control-enable: no",
        ...zones.map(({ name, file }) => `zone:\n name: ${name}\n zonefile: "${file}"`),
        "",
      ].join("\n"),
    start: (config) => ["nsd", "-d", "-c", config],
  },
  {
    name: "Knot",
    configure: (folder, port, zones) =>
      [
        `server:\n  rundir: "${folder}"\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1`,
        `  background-workers: 1\ndatabase:\n  storage: "${folder}"\ntemplate:\n  - id: default`,
        "    semantic-checks: off\n    journal-content: none\n    zonefile-sync: -1\nzone:",
        ...zones.map(({ name, file }) => `  - domain: ${name}\n    file: "${file}"`),
        "",
      ].join("\n"),
    start: (config) => ["knotd", "-c", config],
  },
  {
    name: "BIND",
    configure: (folder, port, zones) =>
      [
        `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;`,
        `pid-file "${folder}/pid"; session-keyfile "${folder}/key"; notify no; dnssec-validation no; minimal-responses no;`,
        "minimal-any no; answer-cookie no; zero-no-soa-ttl no; check-names primary ignore; }; controls { };",
        ...zones.map(({ name, file }) => `zone "${name}" { type primary; file "${file}"; };`),
        "",
      ].join("\n"),
    start: (config) => ["named", "-g", "-n", "1", "-c", config],
  },
];

/** Ports that are tried. */
const PORTS = 3;

export class DnsPeer {
  readonly name: string;
  private readonly waiting = new Map<number, (message: Buffer) => void>();

  private constructor(
    program: Program,
    private readonly process: ChildProcess,
    private readonly socket: Socket,
    private readonly folder: string,
  ) {
    this.name = program.name;
    socket.on("message", (message) => this.waiting.get(message.readUInt16BE(0))?.(message));
  }

  /** Starts all three. Each of them is to be stopped. */
  static async startAll(zones: readonly Zone[]): Promise<DnsPeer[]> {
    return Promise.all(
      PROGRAMS.map(async (program) => {
        // Between the look for a free port and its use another program may take it.
        for (let tries = 1; tries < PORTS; tries++) {
          const peer = await DnsPeer.start(program, zones).catch(() => undefined);
          if (peer) return peer;
        }
        return DnsPeer.start(program, zones);
      }),
    );
  }

  private static async start(program: Program, zones: readonly Zone[]): Promise<DnsPeer> {
    const folder = mkdtempSync(path.join(tmpdir(), "fata-dns-peer-"));
    const port = await freePort();
    const config = path.join(folder, "config");
    writeFileSync(config, program.configure(folder, port, zones));
    const [command, ...args] = program.start(config);
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: PATH_OF_DAEMONS },
    });
    let told = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (told += text));
    const socket = createSocket("udp4");
    socket.connect(port, "127.0.0.1");
    await once(socket, "connect");
    // Until it listens, what is sent comes back as an error.
    socket.on("error", () => {});
    const peer = new DnsPeer(program, child, socket, folder);
    const [first] = zones;
    const query = soaQuery(first?.name ?? "");
    for (let tries = 0; ; tries++) {
      if (child.exitCode !== null || tries > 300) {
        await peer.stop();
        throw new Error(`${program.name} does not start: ${told}`);
      }
      const answer = await peer.ask(query, 100).catch(() => undefined);
      if (answer && (answer.readUInt8(3) & 15) === 0) return peer;
    }
  }

  /** Asks, and again each second: a datagram may be lost. @throws when there is no answer after `timeout` ms */
  async ask(query: Buffer, timeout = 30_000): Promise<Buffer> {
    const id = query.readUInt16BE(0);
    const send = () => this.socket.send(query, () => {});
    const answered = new Promise<Buffer>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.name} does not answer ${query.toString("hex")}`)),
        timeout,
      );
      this.waiting.set(id, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
    send();
    const again = setInterval(send, 1000);
    return answered.finally(() => {
      clearInterval(again);
      this.waiting.delete(id);
    });
  }

  async stop(): Promise<void> {
    this.socket.close();
    if (this.process.exitCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Where Debian has daemons. */
const PATH_OF_DAEMONS = `${process.env["PATH"] ?? ""}:/usr/sbin`;

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}

function soaQuery(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  const octets = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...octets, 0, 0, 6, 0, 1]);
}

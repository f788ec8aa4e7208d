/** An authoritative DNS server over UDP: tenders with its image against NSD and Knot with one worker each, and the same zone. */
import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { fata, type Ground } from "./ground.ts";
import { cpuOf, onLoadCore, onServerCore, type Running, type Server, tenderWith, withServer } from "./server.ts";
import { type Limit, type Row, ratios, row } from "./table.ts";

const ZONE = "example.org";
const HOSTS = 1000;
const WARM_SECONDS = 1;
const RUN_SECONDS = 2;
/** Queries a second at which CPU time is compared. */
const RATE = 30_000;
/** Queries on their way at any time, where the rate is as great as can be, and the ports that they come from. */
const OUTSTANDING = 100;
const CLIENTS = 10;
/** A server is there after this time. */
const UP_WITHIN_MS = 20_000;

/** The zone: hosts with addresses, mail, aliases, a wildcard and a delegation. */
function zoneText(): string {
  const lines = [
    `$ORIGIN ${ZONE}.`,
    "$TTL 3600",
    "@ SOA ns1 hostmaster 2026112101 7200 3600 1209600 300",
    "@ NS ns1",
    "@ NS ns2",
    "@ MX 10 mail",
    "ns1 A 192.0.2.1",
    "ns2 A 192.0.2.2",
    "mail A 192.0.2.3",
    "*.wild A 192.0.2.4",
    "sub NS ns.sub",
    "ns.sub A 192.0.2.5",
  ];
  for (let i = 0; i < HOSTS; i++) {
    lines.push(`host${i} A 198.51.${i >> 8}.${i & 255}`, `host${i} AAAA 2001:db8::${i.toString(16)}`);
    if (i % 10 === 0) lines.push(`alias${i} CNAME host${i}`);
  }
  return `${lines.join("\n")}\n`;
}

/** What is asked: mostly names that are there. */
function queriesText(): string {
  const others = [`@MX`, `alias0A`, `name.wildA`, `www.subA`, `nothingA`, `host1TXT`].map(
    (text) => /^(.*?)\.?(MX|TXT|A)$/.exec(text) ?? [],
  );
  const lines = Array.from({ length: HOSTS }, (_, i) => {
    const [, name = "", type = ""] = others[i % 20] ?? ["", `host${(i * 7919) % HOSTS}`, i % 3 === 0 ? "AAAA" : "A"];
    return `${name === "@" ? "" : `${name}.`}${ZONE} ${type}`;
  });
  return `${lines.join("\n")}\n`;
}

interface Files {
  readonly zone: string;
  readonly queries: string;
}

function makeFiles(ground: Ground): Files {
  const [zone, queries] = [ground.file(`${ZONE}.zone`), ground.file("queries")];
  writeFileSync(zone, zoneText());
  writeFileSync(queries, queriesText());
  return { zone, queries };
}

/** Makes a server of Linux's in a namespace of its own. @param configure its configuration, of a folder and its address */
function linuxServer(
  name: string,
  program: readonly string[],
  ground: Ground,
  configure: (folder: string, address: string) => string,
): Server {
  return {
    name,
    async start() {
      const folder = ground.file(name);
      mkdirSync(folder, { recursive: true });
      const { namespace, address } = await ground.link(true);
      writeFileSync(`${folder}/conf`, configure(folder, address));
      return { child: await ground.serveIn(namespace, ...onServerCore([...program, `${folder}/conf`])), address };
    },
  };
}

function nsd(ground: Ground, { zone }: Files): Server {
  return linuxServer("NSD", ["/usr/sbin/nsd", "-d", "-c"], ground, (folder, address) =>
    [
      `server:\n server-count: 1\n rrl-ratelimit: 0\n ip-address: ${address}\n username: ""\n database: ""\n zonesdir: "${folder}"`,
      ` pidfile: "${folder}/pid"\n xfrdfile: "${folder}/xfrd"\n zonelistfile: "${folder}/zones"\n xfrdir: "${folder}"`,
      ` logfile: "${folder}/log"\nremote-control:\n control-enable: no`,
      `zone:\n name: ${ZONE}\n zonefile: ${zone}\n`,
    ].join("\n"),
  );
}

function knot(ground: Ground, { zone }: Files): Server {
  return linuxServer("Knot", ["/usr/sbin/knotd", "-c"], ground, (folder, address) =>
    [
      `server:\n  rundir: ${folder}\n  listen: ${address}@53\n  udp-workers: 1\n  tcp-workers: 1`,
      "  background-workers: 1",
      `database:\n  storage: ${folder}\nlog:\n  - target: stderr\n    any: error`,
      `zone:\n  - domain: ${ZONE}\n    storage: ${folder}\n    file: ${zone}\n    zonefile-sync: -1\n    journal-content: none\n`,
    ].join("\n"),
  );
}

/** Tenders with examples/dns, each of which reads the zone from a disk. */
async function makeTenders(ground: Ground, { zone }: Files): Promise<Server[]> {
  const disk = ground.file("zones");
  await ground.run(process.execPath, fata, "pack", "zone", zone, "-o", disk);
  const image = await ground.image("examples/dns", "--native", "--zones=disk");
  return (["native", "Node"] as const).map((name) =>
    tenderWith(name, image, [`--disk=${disk},ro`], ["--rate-limit=0"]),
  );
}

/** Waits until a server answers. */
async function waitForAnswer(ground: Ground, { address, child }: Running): Promise<void> {
  const words = ["+short", "+tries=1", "+timeout=1", `@${address}`, `host0.${ZONE}`];
  const end = Date.now() + UP_WITHIN_MS;
  for (let said = ""; said.trim() !== "198.51.0.0"; ) {
    if (Date.now() > end || child.exitCode !== null) throw new Error(`host0.${ZONE} is not answered: ${said}`);
    await sleep(20);
    said = await ground.runInside("sh", "-c", 'dig "$@" || true', "dig", ...words);
  }
}

/** What dnsperf has found. */
interface Report {
  readonly completed: number;
  readonly seconds: number;
  readonly latency: number;
}

/** @param rate queries a second at most; as many as can be without */
async function dnsperf(ground: Ground, at: Running, files: Files, seconds: number, rate?: number): Promise<Report> {
  const options = ["-s", at.address, "-d", files.queries, "-l", `${seconds}`, "-t", "1", "-c", `${CLIENTS}`];
  const limit = rate ? ["-Q", `${rate}`] : ["-q", `${OUTSTANDING}`];
  const output = await ground.runInside(...onLoadCore(["dnsperf", ...options, ...limit]));
  const read = (name: string) => Number(new RegExp(`${name}: +([\\d.]+)`).exec(output)?.[1]);
  const [completed, lost] = [read("Queries completed"), read("Queries lost")];
  if (!(completed > 0) || lost > completed / 1000) throw new Error(`${lost} of ${completed} queries were lost`);
  return { completed, seconds: read("Run time \\(s\\)"), latency: read("Average Latency \\(s\\)") * 1e6 };
}

/** What was measured of a server. */
class Results {
  readonly cpu: number[] = [];
  readonly rate: number[] = [];
  /** The part of its core that it needed for that. */
  readonly busy: number[] = [];
  readonly latency: number[] = [];

  constructor(readonly server: Server) {}

  async measure(ground: Ground, files: Files): Promise<void> {
    await withServer(ground, this.server, async (running) => {
      const { pid = 0 } = running.child;
      await waitForAnswer(ground, running);
      await dnsperf(ground, running, files, WARM_SECONDS);
      let before = cpuOf(pid);
      const fixed = await dnsperf(ground, running, files, RUN_SECONDS, RATE);
      this.cpu.push((cpuOf(pid) - before) / fixed.completed);
      before = cpuOf(pid);
      const greatest = await dnsperf(ground, running, files, RUN_SECONDS);
      this.busy.push((cpuOf(pid) - before) / 1e6 / greatest.seconds);
      this.rate.push(greatest.completed / greatest.seconds);
      this.latency.push(greatest.latency);
    });
  }

  /** Rows for information. */
  details(): Row[] {
    const { name } = this.server;
    return [
      row(`  ${name}: CPU per query at ${RATE} a second, server`, this.cpu, " us", 2),
      row(`  ${name}: queries per second`, this.rate, "", 0),
      row(`  ${name}: part of its core that it needs for them`, this.busy, "", 2),
      row(`  ${name}: time, mean`, this.latency, " us", 0),
    ];
  }
}

export const dnsUdp: Bench = {
  name: "dns-udp",
  async measure(ground, runs) {
    const files = makeFiles(ground);
    const peers = [new Results(nsd(ground, files)), new Results(knot(ground, files))];
    const ours = (await makeTenders(ground, files)).map((server) => new Results(server));
    const all = [...peers, ...ours];
    for (let i = 0; i < runs; i++) for (const results of all) await results.measure(ground, files);
    const compare = (what: "cpu" | "rate", said: string, limit: Limit) =>
      ours.flatMap((own) =>
        peers.map((peer) =>
          row(`DNS: ${said}, ${own.server.name} / ${peer.server.name}`, ratios(own[what], peer[what]), "", 2, limit),
        ),
      );
    return [
      ...compare("cpu", "CPU per query", { atMost: 1 }),
      ...compare("rate", "queries/s", { atLeast: 1 }),
      ...all.flatMap((results) => results.details()),
    ];
  },
};

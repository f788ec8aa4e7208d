/** What an image tells of itself: /metrics as Prometheus' own parser reads it, syslog as rsyslog and RFC 5424 do. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  decodeArp,
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  ETHERTYPE,
  encodeArp,
  encodeEthernet,
  encodeIpv4,
  encodeUdp,
  PROTOCOL,
} from "../support/packets.ts";
import { SimulatedTender } from "../support/tender.ts";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";
import { type Program, within } from "./support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-telemetry-"));
after(() => rmSync(folder, { recursive: true }));

/** Reads the text of /metrics as Prometheus does, and prints its families as JSON. */
const PARSER = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([[f.name, f.type, f.documentation, [[s.name, s.labels, s.value] for s in f.samples]]
  for f in text_string_to_metric_families(open(sys.argv[1]).read())]))
`;
type Family = [name: string, type: string, help: string, samples: [string, Record<string, string>, number][]];

describe("on a tap", () => {
  const messages = join(folder, "messages");
  let host: Host;
  let tender: Program;

  before(async () => {
    host = await Host.make();
    await host.tap("tap0", "10.0.0.1/24");
    const fields =
      "%protocol-version%|%syslogfacility-text%|%syslogseverity-text%|%timereported:::date-rfc3339%|%hostname%|" +
      "%app-name%|%procid%|%msgid%|%structured-data%|%msg%";
    writeFileSync(
      join(folder, "rsyslog.conf"),
      `module(load="imudp")
input(type="imudp" address="10.0.0.1" port="514")
template(name="all" type="string" string="${fields}\\n")
action(type="omfile" file="${messages}" template="all")
`,
    );
    const files = ["-f", join(folder, "rsyslog.conf"), "-i", join(folder, "rsyslog.pid")];
    const syslog = host.start("rsyslogd", ["-n", ...files]);
    while (!(await host.run("ss", "-lun")).includes("10.0.0.1:514")) {
      assert(syslog.running, syslog.output);
      await pause(20);
    }
    const options = ["--net=tap0", await image("test/e2e/projects/telemetry"), "--", "--syslog=10.0.0.1"];
    tender = await host.serving("[application] Ready", ...options);
  });

  const send = async (...texts: string[]): Promise<void> => {
    for (const text of texts) {
      await host.run("bash", "-c", `printf '%s' "$0" > /dev/udp/10.0.0.2/7`, text);
      await tender.printed(text.slice(0, 8));
    }
  };
  const scrape = async (): Promise<Family[]> => {
    const text = join(folder, "metrics");
    await host.run("curl", "-sSf", "-o", text, "http://10.0.0.2:9100/metrics");
    return JSON.parse(await host.run("/usr/bin/python3", "-c", PARSER, text));
  };

  test("rsyslog gets the lines of the log", async () => {
    await send("hello, world", "warn: grün", "error: 100 %");
    // The lines of other sources come in between, so the last of these tells that all are there.
    const written = () => existsSync(messages) && readFileSync(messages, "utf8").includes("error: 100 %\n");
    const search = async () => {
      while (!written()) await pause(20);
    };
    await within(() => `the last line of the log; rsyslog has written\n${readFileSync(messages, "utf8")}`, search());
    const lines = readFileSync(messages, "utf8").split("\n").slice(0, -1);
    const times = lines.map((line) => line.split("|")[3] ?? "");
    for (const time of times) assert.ok(Math.abs(Date.parse(time) - Date.now()) < 600_000, time);
    const about = (line: string) => line.split("|").filter((_, i) => i !== 3);
    const from = ["10.0.0.2", "telemetry", "-"];
    assert.deepEqual(
      lines.map(about).filter(([, , , , , , id]) => id === "application"),
      [
        ["1", "daemon", "info", ...from, "application", "-", "\ufeffReady"],
        ["1", "daemon", "info", ...from, "application", "-", "\ufeffhello, world"],
        ["1", "daemon", "warning", ...from, "application", "-", "\ufeffwarn: grün"],
        ["1", "daemon", "err", ...from, "application", "-", "\ufefferror: 100 %"],
      ],
    );
  });

  test("Prometheus' parser reads all metrics, each family once", async () => {
    const before = new Map((await scrape()).map((family) => [family[0], family]));
    await send("x", "y", 'q"\\uote', "x again");
    const list = await scrape();
    const families = new Map(list.map((family) => [family[0], family]));
    assert.equal(families.size, list.length, "a family in two parts");
    const value = (name: string, from = families) => from.get(name)?.[3].at(-1)?.[2] ?? Number.NaN;

    for (const [name, type] of [
      ["fata_if_in_octets", "counter"],
      ["fata_ip_in_receives", "counter"],
      ["fata_ip_reasm_oks", "counter"],
      ["fata_icmp_in_echos", "counter"],
      ["fata_tcp_passive_opens", "counter"],
      ["fata_udp_in_datagrams", "counter"],
      ["fata_arp_in_requests", "counter"],
      ["fata_dhcp_naks", "counter"],
      ["fata_memory_bytes", "gauge"],
      ["fata_fibers", "gauge"],
      ["app_octets", "histogram"],
    ])
      assert.equal(families.get(name as string)?.[1], type, name);
    assert.equal(value("fata_udp_in_datagrams") - value("fata_udp_in_datagrams", before), 4);
    assert.deepEqual(families.get("fata_udp_in_datagrams")?.[3][0]?.slice(0, 2), [
      "fata_udp_in_datagrams_total",
      { device: "service" },
    ]);
    assert.deepEqual(families.get("fata_dhcp_acks")?.[3], [["fata_dhcp_acks_total", { device: "service" }, 3]]);
    assert.ok(value("fata_tcp_passive_opens") >= 2);
    assert.ok(value("fata_uptime_seconds") > value("fata_uptime_seconds", before));
    assert.equal(value("fata_memory_bytes") % 65536, 0);
    assert.ok(value("fata_fibers") >= 3 && value("fata_fibers") < 20);
    assert.deepEqual(families.get("fata_build_info")?.[3], [
      ["fata_build_info", { image: "telemetry", version: "0.0.0" }, 1],
    ]);
  });

  test("the application's own are as it made them", async () => {
    const families = new Map((await scrape()).map(([name, , help, samples]) => [name, { help, samples }]));
    const letters = families.get("app_datagrams");
    assert.equal(letters?.help, 'Datagrams, by their "first" letter;\na \\ and a new line.');
    const counts = Object.fromEntries(letters?.samples.map(([, labels, value]) => [labels["letter"], value]) ?? []);
    assert.deepEqual([counts["x"], counts["y"], counts["q"]], [2, 1, 1]);
    assert.equal(families.get("app_level")?.samples[0]?.[2], -1.25);
    assert.deepEqual(families.get("app_seconds")?.samples, [
      ["app_seconds_bucket", { le: "0.001000" }, 1],
      ["app_seconds_bucket", { le: "0.500000" }, 1],
      ["app_seconds_bucket", { le: "+Inf" }, 2],
      ["app_seconds_sum", {}, 1.500999],
      ["app_seconds_count", {}, 2],
    ]);
    const octets = families.get("app_octets")?.samples ?? [];
    const buckets = octets.filter(([name]) => name === "app_octets_bucket").map(([, , value]) => value);
    assert.deepEqual(
      buckets,
      buckets.toSorted((a, b) => a - b),
    );
    assert.equal(buckets.at(-1), octets.at(-1)?.[2]);
  });

  test("labels that anyone chooses stay bounded", async () => {
    // A name that the rest has later.
    await send("other");
    const words = Array.from({ length: 100 }, (_, i) => String.fromCodePoint(0x4e00 + i));
    await host.run("bash", "-c", `for w in "$@"; do printf %s "$w" > /dev/udp/10.0.0.2/7; done`, "bash", ...words);
    await tender.printed(words.at(-1) as string);
    const samples = (await scrape()).find(([name]) => name === "app_datagrams")?.[3] ?? [];
    assert.equal(samples.length, 63);
    assert.equal(new Set(samples.map(([, { letter }]) => letter)).size, samples.length);
    assert.ok((samples.find(([, { letter }]) => letter === "other")?.[2] ?? 0) > 30);
  });

  test("what is not /metrics is not there, and only GET and HEAD are allowed", async () => {
    const status = (...words: string[]) => host.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", ...words);
    assert.equal(await status("http://10.0.0.2:9100/"), "404");
    assert.equal(await status("-X", "POST", "http://10.0.0.2:9100/metrics"), "405");
    const head = await host.run("curl", "-sI", "http://10.0.0.2:9100/metrics");
    assert.match(head, /200 OK/);
    assert.match(head, /Content-Type: text\/plain; version=0\.0\.4; charset=utf-8/i);
  });
});

/** RFC 5424, 6: a message without structured data, in UTF-8. */
const MESSAGE =
  /^<(?<pri>\d{1,3})>1 (?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) (?<host>[!-~]{1,255}) (?<app>[!-~]{1,48}) - (?<id>[!-~]{1,32}) - \ufeff(?<text>[^\p{Cc}]*)$/u;

describe("on a simulated link", () => {
  const server = "02:00:00:00:00:01";

  /** An image that sends to 10.0.0.1, and what it has sent. */
  async function guest(...words: string[]) {
    const tender = new SimulatedTender(
      new WebAssembly.Module(readFileSync(await image("test/e2e/projects/telemetry"))),
      {
        arguments: words,
      },
    );
    const net = tender.network("service");
    tender.start().settle();
    const sent: { port: number; text: string; length: number }[] = [];
    let answers = true;
    const work = (ms = 0): void => {
      tender.advance(ms);
      for (const bytes of net.take()) {
        const frame = decodeEthernet(bytes);
        if (frame.type === ETHERTYPE.arp) {
          const arp = decodeArp(frame.payload);
          if (!answers || arp.tpa !== "10.0.0.1") continue;
          const reply = { operation: 2, sha: server, spa: "10.0.0.1", tha: arp.sha, tpa: arp.spa };
          net.send(
            encodeEthernet({ source: server, destination: arp.sha, type: ETHERTYPE.arp, payload: encodeArp(reply) }),
          );
          continue;
        }
        const packet = decodeIpv4(frame.payload);
        if (packet.protocol !== PROTOCOL.udp) continue;
        const { destinationPort, data } = decodeUdp(packet.payload, packet.source, packet.destination);
        const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
        sent.push({ port: destinationPort, text, length: data.length });
      }
    };
    const say = (text: string): void => {
      const ends = { source: "10.0.0.1", destination: "10.0.0.2" };
      const data = new TextEncoder().encode(text);
      const udp = encodeUdp({ sourcePort: 4000, destinationPort: 7, data }, ends.source, ends.destination);
      const payload = encodeIpv4({ ...ends, protocol: PROTOCOL.udp, payload: udp });
      net.send(encodeEthernet({ source: server, destination: "02:00:00:00:00:02", type: ETHERTYPE.ipv4, payload }));
      tender.settle();
    };
    work(10);
    work(10);
    return {
      tender,
      say,
      /** Has the collector answer ARP, or be gone. */
      answer: (on: boolean) => {
        answers = on;
      },
      /** What was sent since the last call, each in the form of RFC 5424. */
      take: () => {
        work();
        return sent.splice(0).map(({ port, text, length }) => {
          assert.ok(length <= 1024, `${length}`);
          const fields = MESSAGE.exec(text)?.groups;
          assert(fields, `not of RFC 5424: ${JSON.stringify(text)}`);
          return { port, ...fields } as { port: number } & Record<
            "pri" | "time" | "host" | "app" | "id" | "text",
            string
          >;
        });
      },
    };
  }

  test("each message has the form of RFC 5424, whatever its text", async () => {
    const { say, take } = await guest("--syslog=10.0.0.1:5514", "--logs=debug");
    take();
    for (const [text, shown, pri = "30"] of [
      ["hello", "hello"],
      ["a\nforged\u0000line\u0085", "a\\x0aforged\\x00line\\x85"],
      ["grün 日本 🙂", "grün 日本 🙂"],
      ["warn", "warn", "28"],
      ["error", "error", "27"],
      ["debug", "debug", "31"],
      ["z".repeat(1400), "z".repeat(1400)],
      ["日".repeat(450), "日".repeat(450)],
    ] as const) {
      say(text);
      const [message, more] = take();
      assert(message && !more);
      assert.deepEqual([message.port, message.pri, message.host, message.app], [5514, pri, "10.0.0.2", "telemetry"]);
      assert.equal(message.id, pri === "31" ? "a_source" : "application");
      assert.equal(message.time, "2026-11-21T07:35:00.020Z");
      assert.ok(shown.length < 300 ? message.text === shown : shown.startsWith(message.text));
    }
  });

  test("no more than 100 a second, and the next one says how many were lost", async () => {
    const { say, take, tender } = await guest("--syslog=10.0.0.1");
    take();
    let sent = 0;
    for (let i = 0; i < 1000; i++) {
      say(`${i}`);
      sent += take().length;
    }
    assert.ok(sent >= 150 && sent <= 200, `${sent}`);
    tender.advance(1000);
    say("after");
    const [first, second] = take();
    assert.deepEqual(
      [first?.id, first?.pri, first?.text],
      ["syslog", "28", `${1000 - sent} lines were lost since the start`],
    );
    assert.deepEqual([second?.port, second?.text], [514, "after"]);
  });

  test("what sending makes others log ends there, and a receiver that is away does no harm", async () => {
    const { say, answer, tender } = await guest("--syslog=10.0.0.9", "--logs=debug");
    answer(false);
    for (let i = 0; i < 20; i++) {
      say(`${i}`);
      tender.advance(1000);
    }
    assert.equal(tender.status, undefined);
    assert.equal(tender.lines.filter((line) => /\[application\] \d+$/.test(line)).length, 20);
  });

  test("how many lines were lost while the collector was away is told when it is back", async () => {
    const { say, answer, take, tender } = await guest("--syslog=10.0.0.1");
    answer(false);
    take();
    // What is known of its station has to go stale first.
    const arrived: string[] = [];
    const saysSo = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        say(`line ${i}`);
        tender.advance(500);
        arrived.push(...take().map(({ text }) => text));
      }
    };
    saysSo(0, 300);
    const before = arrived.length;
    assert.ok(before < 200, `${before} lines arrived`);
    answer(true);
    saysSo(300, 350);
    assert.equal(arrived.at(-1), "line 349");
    // The network counts as sent what it has kept for the station in vain; what it has refused is told.
    const told = arrived.flatMap((text) => /^(\d+) lines were lost since the start$/.exec(text)?.[1] ?? []).map(Number);
    const own = arrived.length - told.length;
    assert.ok((told.at(-1) ?? 0) >= 50 && (told.at(-1) ?? 0) <= 350 - own, `${told} of 350, ${own} arrived`);
  });

  test("without --syslog nothing is sent; with a wrong one the image does not start", async () => {
    const { say, take } = await guest();
    say("hello");
    assert.deepEqual(take(), []);
    for (const wrong of ["x", "10.0.0", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "224.0.0.1", "10.0.0.1:5x"]) {
      const { tender } = await guest(`--syslog=${wrong}`);
      assert.equal(tender.status, 64, wrong);
      assert.match(tender.lines.at(-1) ?? "", /^--syslog: ".*" is not an address, or an address and a port; expected/);
    }
  });
});

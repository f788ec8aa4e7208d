/**
 * node build/bench/cwnd.js
 *
 * Draws docs/network-cwnd.svg: the congestion window of a connection over a bottleneck, as images/cwnd tells it while it
 * sends through test/e2e/peers/line.c.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Ground, nativeTender, peer } from "./ground.ts";

const OUTPUT = fileURLToPath(new URL("../../docs/network-cwnd.svg", import.meta.url));
/** 100 ms there and back, 50 Mbit/s: 625 kB fit onto the line, and half as much into the queue before it. */
const LINE = ["--delay", "50", "--rate", "50", "--queue", "300"];
const ROUND_TRIP_OCTETS = 625_000;
const SECONDS = 40;
/** Between two lines of the drawing, in segments. */
const GRID = 200;
const SEGMENT = 1460;

interface Sample {
  readonly seconds: number;
  readonly segments: number;
}

async function record(ground: Ground): Promise<Sample[]> {
  const image = await ground.image("bench/images/cwnd", "--native");
  const tap = await ground.tap(0);
  const far = await ground.addNamespace();
  const line = await ground.converse(peer("line"), "left", "right", ...LINE);
  await once(line.stdout ?? line, "data");
  await ground.runInside("sysctl", "-qw", "net.ipv4.ip_forward=1");
  await ground.runInside("ip", "addr", "add", "10.0.10.1/24", "dev", "left");
  await ground.runInside("ip", "link", "set", "dev", "left", "up");
  await ground.runInside("ip", "link", "set", "dev", "right", "netns", far.name);
  await far.run("ip", "addr", "add", "10.0.10.2/24", "dev", "right");
  await far.run("ip", "link", "set", "dev", "right", "up");
  await far.run("ip", "route", "add", "10.0.0.0/24", "via", "10.0.10.1");
  const words = [`--net=${tap.name}`, image, `--ipv4=${tap.guest}/24`, `--ipv4-gateway=${tap.host}`];
  const tender = await ground.converse(nativeTender, "--isolation=seccomp", ...words);
  let output = "";
  tender.stdout?.on("data", (text) => {
    output += text;
  });
  await sleep(500);
  const receiver = join("/dev/tcp", tap.guest, "19");
  const reader = far.spawn("bash", ["-c", `cat < ${receiver} > /dev/null`], { stdio: "ignore" });
  await sleep(SECONDS * 1000);
  reader.kill();
  const samples = [...output.matchAll(/^(\d+) (\d+) \d+$/gm)];
  return samples.map(([, ms, octets]) => ({ seconds: Number(ms) / 1000, segments: Number(octets) / SEGMENT }));
}

// ---- The drawing: 880 by 300, of which the plot is 800 by 220.

const [LEFT, TOP, WIDTH, HEIGHT] = [60, 40, 800, 220] as const;

function draw(samples: readonly Sample[]): string {
  const most = Math.ceil(Math.max(...samples.map(({ segments }) => segments)) / GRID) * GRID;
  const x = (seconds: number) => (LEFT + (seconds / SECONDS) * WIDTH).toFixed(1);
  const y = (segments: number) => (TOP + HEIGHT - (segments / most) * HEIGHT).toFixed(1);
  const path = samples.map(({ seconds, segments }, i) => `${i === 0 ? "M" : "L"}${x(seconds)} ${y(segments)}`).join("");
  const across = (segments: number, style: string) =>
    `<path class="${style}" d="M${LEFT} ${y(segments)}H${LEFT + WIDTH}"/>`;
  const ticks = Array.from({ length: most / GRID + 1 }, (_, i) => i * GRID);
  const times = Array.from({ length: SECONDS / 5 + 1 }, (_, i) => i * 5);
  const full = ROUND_TRIP_OCTETS / 1514;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 300" font-family="DejaVu Sans, Verdana, sans-serif" font-size="12">`,
    `  <title>The congestion window of a connection over a bottleneck</title>`,
    `  <style>.grid{stroke:#cbd5e1}.full{stroke:#166534;stroke-dasharray:5 4}.cwnd{fill:none;stroke:#1e40af;stroke-width:1.6}</style>`,
    `  <rect width="880" height="300" fill="#ffffff"/>`,
    `  <text x="${LEFT}" y="24">cwnd in segments; 50 Mbit/s, 100 ms there and back, a queue of 300 KiB</text>`,
    ...ticks.map((n) => `  ${across(n, "grid")}<text x="${LEFT - 8}" y="${y(n)}" dy="4" text-anchor="end">${n}</text>`),
    ...times.map((s) => `  <text x="${x(s)}" y="${TOP + HEIGHT + 20}" text-anchor="middle">${s} s</text>`),
    `  ${across(full, "full")}`,
    `  <text x="${LEFT + WIDTH - 4}" y="${y(full)}" dy="-5" text-anchor="end" fill="#166534">the line is full</text>`,
    `  <path class="cwnd" d="${path}"/>`,
    `</svg>`,
  ];
  return `${lines.join("\n")}\n`;
}

const ground = new Ground();
try {
  writeFileSync(OUTPUT, draw(await record(ground)));
} finally {
  await ground.clear();
}

/** Zones in config.ts, and `fata pack zone`. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fata, makeProject } from "../project.ts";
import { START } from "./files.ts";

const config = (
  device: string,
): string => `import { block, genericZones, register, unikernel, zones, zonesDisk } from "fata/config";
const main = unikernel("./unikernel", { zones: "zones" });
export default register("names", main({ zones: ${device} }));
`;
const UNIKERNEL = `import { log, Zones } from "fata";
export class Main {
  constructor(private zones: Zones) {}
  start(): void {
    log.info(load<u32>(this.zones.address, 4).toString(16));
  }
}
`;
const project = (device: string, zone = START) =>
  makeProject({
    "config.ts": config(device),
    "unikernel.ts": UNIKERNEL,
    "z.zone": zone,
    "other.zone": START.replaceAll("z.", "y."),
  });

describe("zones in config.ts", () => {
  test("compiled in: main.ts has their address", () => {
    const folder = project('zones("z.zone", "other.zone")');
    const { stdout: ran, stderr } = fata(folder, "run", ".", "--dev");
    // "ZONE", the second half of the magic.
    assert.match(ran, /454e4f5a/, stderr);
    const main = readFileSync(join(folder, "dist/main.ts"), "utf8");
    assert.match(main, /const z = new CompiledZones\(zones\.z\); \/\/ config\.ts:3/);
    assert.match(main, /import \{ zones \} from "fata\/zones";/);
    const { stdout } = fata(folder, "describe");
    assert.match(stdout, /zones: z \(zones, CompiledZones\).*\n.*files: z\.zone, other\.zone/);
  });

  test("on a disk, that the build writes", () => {
    const folder = project('genericZones("z.zone")', `${START}a MX 1 gone\n`);
    const { stdout: ran, stderr } = fata(folder, "run", ".", "--dev", "--zones=disk");
    assert.match(ran, /454e4f5a/, stderr);
    assert.match(stderr, /z\.zone:6: warning: gone\.z, which this MX record names, has no address/);
    assert.ok(existsSync(join(folder, "dist/z.zones")));
    assert.match(readFileSync(join(folder, "dist/main.ts"), "utf8"), /new DiskZones\(zDevice|new DiskZones\(\w+\)/);
    const { stdout } = fata(folder, "clean");
    assert.match(stdout, /dist/);
    assert.ok(!existsSync(join(folder, "dist")));
  });

  test("an error of a zone has its file and line, however it is read", () => {
    for (const device of ['zones("z.zone")', 'zonesDisk("z.zone")']) {
      const folder = project(device, `${START}a A 1\nb A 2\n`);
      const { status, stderr } = fata(folder, "build", "--quiet");
      assert.equal(status, 65);
      assert.match(stderr, /z\.zone:6\b[\s\S]*"1" is no IPv4 address[\s\S]*z\.zone:7: "2" is no IPv4 address/);
    }
  });

  test("what is no zone file", () => {
    for (const [device, message] of [
      ['zones("gone.zone")', /zones: there is no file gone\.zone beside this file/],
      ["zonesDisk(3 as any)", /zonesDisk: expected paths of zone files, found a number/],
      ["(zones as any)()", /zones: expected at least one zone file, such as "example\.org\.zone"/],
    ] as const) {
      const { status, stderr } = fata(project(device), "build", "--quiet");
      assert.equal(status, 65);
      assert.match(stderr, message);
    }
  });
});

describe("fata pack zone", () => {
  test("writes the same bytes each time, and says what is wrong", () => {
    const folder = makeProject({ "z.zone": START, "bad.zone": "@ A 1.2.3.4\n" });
    const pack = (name: string, output: string) => fata(folder, "pack", "zone", name, "-o", output);
    assert.equal(pack("z.zone", "1.img").status, 0);
    assert.equal(pack("z.zone", "2.img").status, 0);
    const disk = readFileSync(join(folder, "1.img"));
    assert.deepEqual(disk, readFileSync(join(folder, "2.img")));
    assert.equal(disk.toString("latin1", 0, 8), "FATAZONE");
    assert.equal(disk.length % 4096, 0);
    const bad = pack("bad.zone", "3.img");
    assert.equal(bad.status, 65);
    assert.match(bad.stderr, /bad\.zone:1\b[\s\S]*no time to live; put such as \$TTL 1h before the first record/);
    assert.ok(!existsSync(join(folder, "3.img")));
    // With the line itself, but for what a terminal would take for an order; a pipe is not waited for.
    writeFileSync(join(folder, "orders.zone"), "@ 1 A 1.2.3.\u001b[2J\n");
    const orders = pack("orders.zone", "3.img").stderr;
    assert.match(orders, /orders\.zone:1: .*is no IPv4 address.*\n 1 │ @ 1 A 1\.2\.3\.\ufffd\[2J/);
    execFileSync("mkfifo", [join(folder, "pipe.zone")]);
    assert.match(pack("pipe.zone", "3.img").stderr, /pipe\.zone:1: cannot read pipe\.zone: it is no file/);
    assert.match(pack(".", "3.img").stderr, /^fata: \.:1: cannot read \.: it is no file/m);
    const over = pack("z.zone", "z.zone");
    assert.equal(over.status, 64);
    assert.match(over.stderr, /it is one of the files that are packed/);
  });
});

/** Nothing is allocated per packet or request in the tender: counted in its C library's allocator. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { root } from "../support/repository.ts";
import { architecture, isNative, isolation, tenderCommand } from "../tender/engine.ts";
import { image, peer } from "./support/builds.ts";
import { Host } from "./support/host.ts";
import { udp } from "./support/udp.ts";

const MANY = 10_000;
/** By then the engine has compiled what is hot. */
const WARM = 20_000;
/** What V8 may allocate for itself meanwhile, such as when it collects its garbage. */
const ENGINE_MAX = isNative ? 0 : MANY / 20;
const SERVICE = { address: "10.0.0.2", port: 7 };
/** What allocates, and what the counter uses to allocate when it is told to. */
const WRAPPED = ["malloc", "calloc", "realloc", "mmap", "read", "readv"];

const folder = mkdtempSync(join(tmpdir(), "fata-allocations-"));
after(() => rmSync(folder, { recursive: true }));

/** The tender with the counter. */
let command: readonly string[];
before(async () => {
  command = isNative
    ? [await countingNativeTender(), `--isolation=${isolation}`]
    : ["env", `LD_PRELOAD=${await peer("allocations", "-shared", "-fPIC")}`, ...tenderCommand];
});

/** Links the native tender anew. @returns its path */
async function countingNativeTender(): Promise<string> {
  const counter = await peer("allocations-static", "-c", "-fno-stack-protector", "-U_FORTIFY_SOURCE");
  const LDFLAGS = [...WRAPPED.map((name) => `-Wl,--wrap=${name}`), counter].join(" ");
  const make = ["-s", "-C", join(root, "tender/native"), "-f", "tender.mk", `OUT=${folder}/native`, architecture];
  execFileSync("make", make, { env: { ...process.env, LDFLAGS }, stdio: ["ignore", "ignore", "inherit"] });
  return join(folder, "native/tender");
}

interface Allocations {
  /** Of the native core, by any thread. */
  readonly core: number;
  /** Of the main thread, the engine's included. */
  readonly main: number;
}

interface Circumstances {
  /** Most datagrams on their way at once. */
  readonly window: number;
  /** How the tender reads and writes. */
  readonly io: "auto" | "rw";
  /** Whether each read is to allocate. */
  readonly waste?: boolean;
}

/**
 * Echoes 10,000 datagrams, each after two requests to a disk.
 * @returns what was allocated meanwhile
 */
async function measure(t: TestContext, { window, io, waste = false }: Circumstances): Promise<Allocations> {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const [disk, counts] = [join(folder, "disk.img"), join(folder, "counts")];
  writeFileSync(disk, Buffer.alloc(64 * 1024));
  writeFileSync(counts, Buffer.alloc(16));
  const options = [`--io=${io}`, "--net=tap0", `--disk=${disk}`, await image("test/e2e/projects/journal")];
  const tender = host.start("env", [`ALLOCATIONS=${counts}`, ...(waste ? ["WASTE=1"] : []), ...command, ...options]);
  await tender.printed("Keeping a journal");
  await host.carrier("tap0");
  const echo = async (count: number) => {
    const job = { ...SERVICE, sizes: Array.from({ length: count }, () => 64), window };
    assert.deepEqual(await udp(host, job), { answered: count, strange: 0 });
  };
  const read = (): Allocations => {
    const bytes = readFileSync(counts);
    return { core: Number(bytes.readBigUInt64LE(0)), main: Number(bytes.readBigUInt64LE(8)) };
  };
  await echo(WARM);
  const begin = read();
  assert.ok(begin.core > 0 && begin.main > 0, "allocations are not counted");
  await echo(MANY);
  const end = read();
  return { core: end.core - begin.core, main: end.main - begin.main };
}

for (const io of ["auto", "rw"] as const)
  for (const window of [32, 1])
    test(`10,000 datagrams and 20,000 requests, ${window} at once, --io=${io}: nothing is allocated`, async (t) => {
      const { core, main } = await measure(t, { window, io });
      assert.equal(core, 0);
      assert.ok(main <= ENGINE_MAX, `${main} allocations on the main thread`);
    });

test("an allocation for each read is found", async (t) => {
  const { core, main } = await measure(t, { window: 1, io: "rw", waste: true });
  assert.ok(core >= MANY && main >= MANY, `${core} and ${main}`);
});

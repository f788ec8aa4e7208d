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
/** Octets of a full segment's data, and of what the client writes at once. */
const MSS = 1448;
const CHUNK = 65536;
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
  /** How the tender reads and writes. */
  readonly io: "auto" | "rw";
  /** Whether each read is to allocate. */
  readonly waste?: boolean;
}

/** Has `count` packets come to the guest and go from it. */
type Traffic = (host: Host, count: number) => Promise<void>;

/** Datagrams, `window` of them on their way at once, each of which the guest sends back after two requests to a disk. */
function datagrams(window: number): Traffic {
  return async (host, count) => {
    const job = { ...SERVICE, sizes: Array.from({ length: count }, () => 64), window };
    assert.deepEqual(await udp(host, job), { answered: count, strange: 0 });
  };
}

/** A TCP connection whose octets come back: at least `count` segments each way. */
const segments: Traffic = async (host, count) => {
  const bytes = Math.ceil((count * MSS) / CHUNK) * CHUNK;
  const client = join(root, "build/test/e2e/clients/tcp.js");
  const echo = host.node(client, "echo", SERVICE.address, `${SERVICE.port}`, `${bytes}`);
  assert.equal((await echo.endedWith(0)).trim(), `received ${bytes}`);
};

/**
 * Lets 10,000 packets pass.
 * @returns what was allocated meanwhile
 */
async function measure(t: TestContext, traffic: Traffic, { io, waste = false }: Circumstances): Promise<Allocations> {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const [disk, counts] = [join(folder, "disk.img"), join(folder, "counts")];
  writeFileSync(disk, Buffer.alloc(64 * 1024));
  writeFileSync(counts, Buffer.alloc(16));
  const options = [`--io=${io}`, "--net=tap0", `--disk=${disk}`, await image("test/e2e/projects/journal")];
  const tender = host.start("env", [`ALLOCATIONS=${counts}`, ...(waste ? ["WASTE=1"] : []), ...command, ...options]);
  await tender.printed("Keeping a journal");
  await host.carrier("tap0");
  const read = (): Allocations => {
    const bytes = readFileSync(counts);
    return { core: Number(bytes.readBigUInt64LE(0)), main: Number(bytes.readBigUInt64LE(8)) };
  };
  await traffic(host, WARM);
  const begin = read();
  assert.ok(begin.core > 0 && begin.main > 0, "allocations are not counted");
  await traffic(host, MANY);
  const end = read();
  return { core: end.core - begin.core, main: end.main - begin.main };
}

for (const io of ["auto", "rw"] as const)
  for (const [what, traffic] of [
    ["datagrams and 20,000 requests, 32 at once", datagrams(32)],
    ["datagrams and 20,000 requests, 1 at once", datagrams(1)],
    ["segments of TCP each way", segments],
  ] as const)
    test(`10,000 ${what}, --io=${io}: nothing is allocated`, async (t) => {
      const { core, main } = await measure(t, traffic, { io });
      assert.equal(core, 0);
      assert.ok(main <= ENGINE_MAX, `${main} allocations on the main thread`);
    });

for (const [what, traffic] of [
  ["of a datagram", datagrams(1)],
  ["of a segment", segments],
] as const)
  test(`an allocation for each read ${what} is found`, async (t) => {
    const { core, main } = await measure(t, traffic, { io: "rw", waste: true });
    assert.ok(core >= MANY && main >= MANY, `${core} and ${main}`);
  });

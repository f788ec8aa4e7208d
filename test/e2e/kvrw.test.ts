/** A read-write store whose tender is killed, and one whose disk fails. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Contents } from "../../compiler/kv/contents.ts";
import { Disk } from "../../compiler/kv/disk.ts";
import { FaultyDisk } from "../support/disk/faulty.ts";
import { tenderCommand } from "../tender/engine.ts";
import { image } from "./support/builds.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-kvrw-"));
after(() => rmSync(folder, { recursive: true }));
const counter = await image("test/e2e/projects/counter");
const [program = "", ...options] = tenderCommand;

function makeDisk(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, "");
  truncateSync(path, 1024 * 1024);
  return path;
}

/** What a disk holds must be whole; it is the number that was counted to last. */
function countOn(path: string): number {
  return Disk.with(path, (disk) => {
    const contents = new Contents(disk);
    assert.deepEqual(contents.problems, []);
    const values = new Map(contents.values.map((value) => [value.key, contents.read(value)]));
    const count = Number(values.get("/count/a"));
    assert.deepEqual(values.get("/count/a"), values.get("/count/b"));
    for (const [key, value] of values) {
      assert.ok(typeof value !== "string", String(value));
      // It belongs to a number that was counted to, or to the one after, and all of its bytes do.
      const [, rest] = /^\/filled\/(\d+)$/.exec(key) ?? [];
      if (rest === undefined) continue;
      const of = Array.from({ length: 31 }, (_, i) => count + 1 - i).find((n) => n % 30 === Number(rest)) ?? Number.NaN;
      const possible = [of, of - 30].some((n) => Buffer.alloc((n * 37) % 3000, n & 255).equals(value));
      assert.ok(possible, `${key} is not what was written at ${of}`);
    }
    return count;
  });
}

test("a tender that is killed while it writes has kept what was synced", async () => {
  const disk = makeDisk("killed.img");
  let last = 0;
  for (let run = 0; run < 8; run++) {
    const child = spawn(program, [...options, `--disk=${disk}`, counter], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.split("\n").length > 30 + run * 17) child.kill("SIGKILL");
    });
    await once(child, "close");
    const lines = output
      .split("\n")
      .slice(0, -1)
      .filter((line) => !line.includes("[kv]"));
    const [from, ...counted] = lines;
    assert.ok(Number(from?.replace("from ", "")) >= last, `${from} after ${last}`);
    const acknowledged = Number(counted.at(-1));
    last = countOn(disk);
    assert.ok(last >= acknowledged, `${last} is on the disk, ${acknowledged} was durable`);
  }
});

test("a disk that fails: what was synced is kept, and the image is told", async () => {
  if (!existsSync("/dev/fuse")) {
    console.error("there is no /dev/fuse, which this test needs");
    return;
  }
  const faulty = await FaultyDisk.make(1 << 20);
  try {
    const result = async (rounds: number, ...words: string[]) => {
      const child = spawn(program, [...options, `--disk=${faulty.path}`, counter, `--rounds=${rounds}`, ...words]);
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      const [status] = await once(child, "close");
      return { status, last: output.trim().split("\n").at(-1) };
    };
    // What it holds at first is no store.
    assert.deepEqual(await result(20, "--format"), { status: 0, last: "20" });
    await faulty.tell("fail flush 0 5");
    assert.deepEqual(await result(20), { status: 1, last: "E_IO" });
    await faulty.tell("clear", "fail write 0 28", "fail write 4096 28");
    assert.equal((await result(20)).status, 1);
    await faulty.tell("clear", "short read 8192 512", "short write 20000 512");
    const { status, last } = await result(20);
    assert.equal(status, 0);
    assert.ok(Number(last) >= 40);
  } finally {
    await faulty.close();
  }
});

/** What a folder becomes when it is compiled in. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type CrunchRequest, crunchFolder } from "../../../compiler/pack/crunch.ts";
import { packFat } from "../../../compiler/pack/fat.ts";
import { packTar } from "../../../compiler/pack/tar.ts";
import { DICTIONARY, E_NOT_FOUND, Store, type Tree, withFolder } from "./store.ts";

const crunch = (tree: Tree, more: (folder: string) => void = () => {}, request: CrunchRequest = {}): Promise<Buffer> =>
  withFolder(tree, (folder) => {
    more(folder);
    return crunchFolder(folder, request);
  });

/** Pages of a site, of which each is there twice. */
const site: Tree = new Map(
  Array.from({ length: 2000 }, (_, i) => [
    `pages/${i % 40}/page-${i}.html`,
    Buffer.alloc(5000 + (i % 1000), `${i % 1000}`),
  ]),
);

afterEach(() => {
  delete process.env["SOURCE_DATE_EPOCH"];
});

describe("crunch", () => {
  test("the same content is there once, and what is added is little", async () => {
    const archive = await crunch(site);
    const distinct = new Set([...site.values()].map((bytes) => bytes.toString()));
    const content = [...distinct].reduce((sum, text) => sum + text.length, 0);
    assert.equal(distinct.size, 1000);
    assert.ok(archive.length < 1.03 * content, `${archive.length} for ${content}, and 1000 names more`);
  });

  test("look-ups allocate nothing, whether there is a value or not", async () => {
    const store = await Store.open("crunch", await crunch(site));
    assert.equal(store.allocatedBy("pages/7/page-7.html"), 0);
    assert.equal(store.allocatedBy("/pages//7/page-47.html"), 0);
    assert.equal(store.allocatedBy("pages/7"), 0);
  });

  test("an empty folder is an empty dictionary", async () => {
    const archive = await crunch(new Map([["a/b", Buffer.from("x")]]), (folder) => mkdirSync(join(folder, "a/none")));
    const store = await Store.open("crunch", archive);
    assert.deepEqual([store.list("a"), store.list("a/none"), store.list("a/non")], [["b", "none/"], [], E_NOT_FOUND]);
    assert.equal(store.call("exists", "a/none/").result, DICTIONARY);
  });

  test("compressed variants are made of what becomes shorter, and are the file", async () => {
    const text = Buffer.from("All work and no play makes Jack a dull boy.\n".repeat(200));
    const own = Buffer.from("of the folder's own");
    const tree = new Map([
      ["page.html", text],
      ["short.html", text.subarray(0, 300)],
      ["noise.png", randomBytes(4000)],
      ["made.js", text],
      ["made.js.gz", own],
      ["archive.gz", text],
    ]);
    const archive = await crunch(tree, () => {}, { compress: true });
    const store = await Store.open("crunch", archive);
    assert.deepEqual(
      store.list("").toString(),
      "archive.gz,made.js,made.js.br,made.js.gz,noise.png,page.html,page.html.br,page.html.gz,short.html",
    );
    const bytes = (key: string) => Buffer.from(store.call("get", key).bytes ?? []);
    assert.deepEqual(brotliDecompressSync(bytes("page.html.br")), text);
    assert.deepEqual(gunzipSync(bytes("page.html.gz")), text);
    assert.deepEqual(bytes("made.js.gz"), own);
    assert.deepEqual(await crunch(tree, () => {}, { compress: true }), archive, "the same files, the same bytes");
  });

  test("names that begin alike, and are not ASCII", async () => {
    const names = ["a-b", "a.b", "ab", "a/x", "ä😀", "0"];
    const tree = new Map(names.map((name) => [name, Buffer.from(name)]));
    const store = await Store.open("crunch", await crunch(tree));
    for (const name of names) assert.equal(store.call("get", name).bytes?.toString(), name);
    assert.deepEqual(store.list(""), ["0", "a-b", "a.b", "a/", "ab", "ä😀"]);
  });
});

test("the time of all files is SOURCE_DATE_EPOCH, and else not known", async () => {
  const made = (pack: (folder: string, target: string) => void) =>
    withFolder(new Map([["a", Buffer.from("x")]]), (folder, scratch) => {
      pack(folder, join(scratch, "disk"));
      return readFileSync(join(scratch, "disk"));
    });
  const times = async () => {
    const stores = [
      await Store.open("crunch", await crunch(new Map([["a", Buffer.from("x")]]))),
      await Store.open("tar", await made(packTar)),
      await Store.open("fat", await made(packFat)),
    ];
    return stores.map((store) => store.call("modified", "a").result / 1e9);
  };
  const [start1980, start2026] = [Date.UTC(1980) / 1000, Date.UTC(2026) / 1000];
  assert.deepEqual(await times(), [0, 0, start1980]);
  process.env["SOURCE_DATE_EPOCH"] = String(start2026 + 2);
  assert.deepEqual(await times(), [start2026 + 2, start2026 + 2, start2026 + 2]);
});

test("a time in parts of a second, as pax has it", async () => {
  const archive = await withFolder(new Map([["a", Buffer.from("x")]]), (folder, scratch) => {
    packTar(folder, join(scratch, "disk"));
    return readFileSync(join(scratch, "disk"));
  });
  const header = Buffer.from(archive.subarray(0, 512));
  header.write("x", 156);
  const record = "30 mtime=1767225600.123456789\n";
  assert.equal(record.length, 30);
  header.write("00000000036", 124);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  const extended = Buffer.alloc(512);
  extended.write(record);
  const store = await Store.open("tar", Buffer.concat([header, extended, archive]));
  assert.equal(Math.floor(store.call("modified", "a").result / 1e6), 1767225600123);
});

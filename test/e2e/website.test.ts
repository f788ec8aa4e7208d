/**
 * The example website, compiled in, from a tar archive and from a FAT file system, against programs that know HTTP. One
 * namespace has all three, each on a tap of its own.
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { variantsOf } from "../../compiler/pack/compress.ts";
import { packFat } from "../../compiler/pack/fat.ts";
import { packTar } from "../../compiler/pack/tar.ts";
import { root } from "../support/repository.ts";
import { isNative } from "../tender/engine.ts";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";

const htdocs = join(root, "examples/website/htdocs");
const folder = mkdtempSync(join(tmpdir(), "fata-website-"));
/** When the files on disks were changed. */
const CHANGED = Date.UTC(2026, 0, 2) / 1000;
const all = [
  { store: "crunch", number: 0, options: [] },
  { store: "tar", number: 1, options: ["--dev"] },
  { store: "fat", number: 2, options: ["--dev"] },
] as const;
/** Native code takes long to build, and test/e2e/files.test.ts has native stores on disks. */
const stores = isNative ? all.slice(0, 1) : all;

let host: Host;
const tenders: Program[] = [];

before(async () => {
  const images = Promise.all(
    stores.map(({ store, options }) => image("examples/website", `--kv_ro=${store}`, ...options)),
  );
  host = await Host.make();
  makeDisks();
  const disks = {
    crunch: [],
    tar: [`--disk=${join(folder, "htdocs.tar")},ro`],
    fat: [`--disk=${join(folder, "fat")},ro`],
  };
  for (const [index, path] of (await images).entries()) {
    const { store, number } = stores[index] as (typeof stores)[number];
    await host.tap(`tap${number}`, `10.0.${number}.1/24`);
    const net = [`--net=tap${number}`, `--net-mac=${GUEST_MAC.replace(/.$/, String(number))}`];
    tenders.push(await host.serving("Serving HTTP", ...net, ...disks[store], path, `--ipv4=10.0.${number}.2/24`));
  }
});

after(() => rmSync(folder, { recursive: true }));

/** The site with its compressed variants as files, on disks that know when they were changed. */
function makeDisks(): void {
  const copy = join(folder, "copy");
  cpSync(htdocs, copy, { recursive: true });
  for (const name of files(copy))
    for (const [suffix, bytes] of variantsOf(name, readFileSync(join(copy, name))))
      writeFileSync(join(copy, name + suffix), bytes);
  process.env["SOURCE_DATE_EPOCH"] = String(CHANGED);
  packTar(copy, join(folder, "htdocs.tar"));
  packFat(copy, join(folder, "fat"));
  delete process.env["SOURCE_DATE_EPOCH"];
}

/** The files below a folder, sorted. */
function files(top: string): string[] {
  const names = readdirSync(top, { recursive: true, encoding: "utf8" });
  return names.filter((name) => statSync(join(top, name)).isFile()).sort();
}

const page = (name: string) => readFileSync(join(htdocs, name), "utf8");

for (const { store, number } of stores) {
  const home = `http://10.0.${number}.2`;
  const curl = (...words: string[]) => host.run("curl", "-sS", ...words);

  /** What curl is answered: status, fields by their names in small letters, body. */
  const ask = async (path: string, ...words: string[]) => {
    const text = await curl("-i", "--path-as-is", ...words, `${home}${path}`);
    const [head = "", ...rest] = text.split("\r\n\r\n");
    const [line = "", ...lines] = head.split("\r\n");
    const fields = new Map(
      lines.map((field) => {
        const colon = field.indexOf(":");
        return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
      }),
    );
    return { status: Number(line.split(" ")[1]), fields, body: rest.join("\r\n\r\n") };
  };
  const withField = (path: string, name: string, value: string) => ask(path, "-H", `${name}: ${value}`);

  describe(store, () => {
    test("pages, with types and validators", async () => {
      for (const [path, name, type] of [
        ["/", "index.html", "text/html; charset=utf-8"],
        ["/how/", "how/index.html", "text/html; charset=utf-8"],
        ["/css/site.css", "css/site.css", "text/css; charset=utf-8"],
        ["//css//site%2Ecss?x=1", "css/site.css", "text/css; charset=utf-8"],
        ["/img/logo.svg", "img/logo.svg", "image/svg+xml"],
      ] as const) {
        const { status, fields, body } = await ask(path);
        assert.equal(status, 200, path);
        assert.equal(body, page(name));
        assert.equal(fields.get("content-type"), type);
        assert.equal(fields.get("content-length"), String(Buffer.byteLength(body)));
        assert.match(fields.get("etag") ?? "", /^"[0-9a-f-]{9,}"$/);
        assert.equal(
          fields.get("last-modified"),
          store === "crunch" ? undefined : new Date(CHANGED * 1000).toUTCString(),
        );
        assert.equal(fields.get("accept-ranges"), "bytes");
      }
    });

    test("what is not there, in whatever way it is asked for", async () => {
      for (const path of [
        "/none",
        "/css/",
        "/img",
        "/css/site.css/",
        "/css%2Fsite.css",
        "/%2e%2e/htdocs/index.html",
        "/../htdocs/index.html",
        "/./index.html",
        "/how/..%2findex.html",
        "/css%5csite.css",
        "/index.html%00",
        "/%zz",
        "/index.htm%C3",
        `/${"a/".repeat(2000)}`,
      ]) {
        const { status, fields, body } = await ask(path);
        assert.equal(status, 404, path);
        assert.equal(body, page("404.html"));
        assert.equal(fields.get("content-type"), "text/html; charset=utf-8");
        assert.equal(fields.get("etag"), undefined);
      }
    });

    test("a folder is at its path with a slash", async () => {
      for (const [path, location] of [
        ["/how", "/how/"],
        ["/how?a=b/c", "/how/?a=b/c"],
        ["//how", "/how/"],
        ["/%68ow", "/%68ow/"],
      ] as const) {
        const { status, fields } = await ask(path);
        assert.deepEqual([status, fields.get("location")], [301, location]);
      }
      assert.equal(await curl("-L", `${home}/how`), page("how/index.html"));
    });

    test("HEAD, and methods that files have not", async () => {
      const [whole, head] = [await ask("/css/site.css"), await ask("/css/site.css", "-I")];
      assert.deepEqual([head.status, head.body], [200, ""]);
      for (const field of ["content-length", "content-type", "etag", "vary"])
        assert.equal(head.fields.get(field), whole.fields.get(field), field);
      const post = await ask("/", "-d", "a=b");
      assert.deepEqual([post.status, post.fields.get("allow")], [405, "GET, HEAD, OPTIONS"]);
      const options = await ask("/", "-X", "OPTIONS");
      assert.deepEqual([options.status, options.fields.get("allow")], [204, "GET, HEAD, OPTIONS"]);
    });

    test("compressed variants, to those who take them", async () => {
      const path = "/css/site.css";
      const plain = await ask(path);
      assert.equal(plain.fields.get("vary"), "Accept-Encoding");
      assert.equal(plain.fields.get("content-encoding"), undefined);
      for (const [accept, coding] of [
        ["gzip, deflate, br, zstd", "br"],
        ["br;q=0.5, gzip", "gzip"],
        ["gzip", "gzip"],
        ["*;q=0.1", "br"],
        ["br;q=0, gzip;q=0", undefined],
        ["identity, gzip;q=0.5", undefined],
        ["identity", undefined],
      ] as const) {
        const { status, fields } = await ask(path, "-I", "-H", `Accept-Encoding: ${accept}`);
        assert.deepEqual([status, fields.get("content-encoding")], [200, coding], accept);
        assert.equal(fields.get("etag") === plain.fields.get("etag"), coding === undefined, "a tag is of one variant");
        assert.equal(fields.get("content-type"), plain.fields.get("content-type"));
      }
      assert.equal(await curl("--compressed", `${home}${path}`), page("css/site.css"));
      assert.equal(await curl("-H", "Accept-Encoding: br", "--compressed", `${home}${path}`), page("css/site.css"));
      const target = join(folder, `${store}.gz`);
      await curl("-H", "Accept-Encoding: gzip", "-o", target, `${home}${path}`);
      assert.equal(gunzipSync(readFileSync(target)).toString(), page("css/site.css"));
    });

    test("ranges", async () => {
      const text = page("css/site.css");
      const size = text.length;
      for (const [range, status, from, to] of [
        ["bytes=0-9", 206, 0, 10],
        ["bytes=-10", 206, size - 10, size],
        [`bytes=${size - 1}-`, 206, size - 1, size],
        ["bytes=5-999999", 206, 5, size],
        ["bytes=0-1,4-5", 200, 0, size],
        ["bytes=9-3", 200, 0, size],
        ["lines=1-2", 200, 0, size],
      ] as const) {
        const answer = await withField("/css/site.css", "Range", range);
        assert.deepEqual([answer.status, answer.body], [status, text.slice(from, to)], range);
        const expected = status === 206 ? `bytes ${from}-${to - 1}/${size}` : undefined;
        assert.equal(answer.fields.get("content-range"), expected);
      }
      const beyond = await withField("/css/site.css", "Range", `bytes=${size}-`);
      assert.deepEqual([beyond.status, beyond.fields.get("content-range")], [416, `bytes */${size}`]);
      const { fields } = await ask("/css/site.css");
      const tag = fields.get("etag") ?? "";
      const range = ["-H", "Range: bytes=0-3"];
      assert.equal((await ask("/css/site.css", ...range, "-H", `If-Range: ${tag}`)).status, 206);
      assert.equal((await ask("/css/site.css", ...range, "-H", 'If-Range: "other"')).status, 200);
      assert.equal((await ask("/css/site.css", ...range, "-I")).status, 200, "HEAD has no ranges");
    });

    test("conditions", async () => {
      const tag = (await ask("/")).fields.get("etag") ?? "";
      for (const [name, value, status] of [
        ["If-None-Match", tag, 304],
        ["If-None-Match", `"a", W/${tag}`, 304],
        ["If-None-Match", "*", 304],
        ["If-None-Match", '"other"', 200],
        ["If-Match", tag, 200],
        ["If-Match", "*", 200],
        ["If-Match", '"other"', 412],
        ["If-Modified-Since", new Date(CHANGED * 1000).toUTCString(), store === "crunch" ? 200 : 304],
        ["If-Modified-Since", new Date(CHANGED * 1000 - 1000).toUTCString(), 200],
        ["If-Unmodified-Since", new Date(CHANGED * 1000 - 1000).toUTCString(), store === "crunch" ? 200 : 412],
      ] as const) {
        const answer = await withField("/", name, value);
        assert.equal(answer.status, status, `${name}: ${value}`);
        if (status !== 304) continue;
        assert.equal(answer.body, "");
        assert.equal(answer.fields.get("etag"), tag);
        assert.equal(answer.fields.get("content-length"), undefined);
      }
    });

    test("wget --mirror takes the whole site", async () => {
      const target = join(folder, `mirror-${store}`);
      await host
        .run("wget", "-q", "--mirror", "--no-host-directories", "-P", target, `${home}/`)
        .catch((error: Error) => {
          // The site has one link that leads nowhere: status 8 says so.
          assert.match(error.message, /status: 8/);
        });
      const expected = files(htdocs).filter((name) => name !== "404.html");
      assert.deepEqual(
        files(target).filter((name) => name !== "robots.txt"),
        expected,
      );
      for (const name of expected) assert.deepEqual(readFileSync(join(target, name)), readFileSync(join(htdocs, name)));
    });

    test("Python's http.client, on one connection", async () => {
      const size = page("css/site.css").length;
      const output = await host.run("python3", join(root, "test/e2e/clients/keepalive.py"), `10.0.${number}.2`);
      assert.deepEqual(output.trimEnd().split("\n"), [
        `GET / 200 ${page("index.html").length} None None`,
        "HEAD /css/site.css 200 0 None None",
        `GET /css/site.css 206 5 bytes 0-4/${size} None`,
        `GET /css/site.css 416 21 bytes */${size} None`,
        `GET /none 404 ${page("404.html").length} None None`,
        "DELETE / 405 18 None None",
        "GET /how 301 0 None /how/",
        "GET /how/ 412 19 None None",
        "1 connection",
      ]);
    });
  });
}

describe("chromium", () => {
  const chromium = (...words: string[]) =>
    host.run(
      "chromium",
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      `--user-data-dir=${join(folder, "chromium")}`,
      ...words,
    );

  test("shows the page, with its style and its picture", async () => {
    const picture = join(folder, "website.png");
    const from = tenders[0]?.output.length ?? 0;
    const output = await chromium(
      "--window-size=1000,1060",
      `--screenshot=${picture}`,
      "--dump-dom",
      "http://10.0.0.2/",
    );
    assert.match(output, /<h1>There is nothing behind this page<\/h1>/);
    assert.match(output, /<a href="\/" aria-current="page">Home<\/a>/);
    for (const path of ["/", "/css/site.css", "/img/logo.svg", "/img/morgana.svg"])
      await tenders[0]?.printed(`"GET ${path} HTTP/1.1" 200 `, from);
    if (process.env["UPDATE_GOLDEN"] === "1") cpSync(picture, join(root, "docs/website.png"));
    for (const file of [picture, join(root, "docs/website.png")]) {
      const png = readFileSync(file);
      assert.equal(png.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1000, 1060]);
      // A page without style, or none at all, is packed into far less.
      assert.ok(png.length > 40_000, `${file} has ${png.length} bytes`);
    }
  });
});

test("all end well, and have logged what was asked in the Common Log Format", async () => {
  for (const [index, tender] of tenders.entries()) {
    const from = tender.output.length;
    const nonsense = `exec 3<>/dev/tcp/10.0.${index}.2/80; printf 'NONSENSE\\r\\n' >&3; cat <&3`;
    assert.match(await host.run("bash", "-c", nonsense), /^HTTP\/1.1 400 Bad Request\r\n/);
    await tender.printed('] "-" 400 11\n', from);
    tender.kill("SIGTERM");
    await tender.endedWith(0);
    assert.doesNotMatch(tender.output, /WARNING|ERROR|panic|trap/);
    const date = String.raw`\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000`;
    for (const line of [
      String.raw`"GET / HTTP/1\.1" 200 ${page("index.html").length}`,
      String.raw`"HEAD /css/site\.css HTTP/1\.1" 200 0`,
    ])
      assert.match(tender.output, new RegExp(`^10\\.0\\.${index}\\.1 - - \\[${date}\\] ${line}$`, "m"));
  }
});

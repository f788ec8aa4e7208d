/** The HTTP server of an image against the programs of Linux. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { root } from "../support/repository.ts";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";

const HOME = "http://10.0.0.2";

let host: Host;
let tender: Program;

before(async () => {
  host = await Host.make();
  await host.tap("tap0", "10.0.0.1/24");
  const words = ["--net=tap0", `--net-mac=${GUEST_MAC}`, await image("test/e2e/projects/http")];
  tender = await host.serving("Serving HTTP", ...words);
});

const shell = (line: string) => host.run("bash", "-c", line);

describe("curl", () => {
  test("gets pages, also many on one connection, and heads without bodies", async () => {
    assert.equal(await host.run("curl", "-sS", `${HOME}/`), "<html>It works.</html>\n");
    const urls = Array.from({ length: 100 }, () => `${HOME}/`);
    const output = await host.run("curl", "-sS", "-w", "%{num_connects}\n", ...urls);
    assert.equal(output, `<html>It works.</html>\n1\n${"<html>It works.</html>\n0\n".repeat(99)}`);
    const head = await host.run("curl", "-sSI", `${HOME}/`);
    assert.match(head, /^HTTP\/1.1 200 OK\r\n/);
    assert.match(head, /\r\nContent-Length: 23\r\n\r\n$/);
  });

  test("sends bodies with a length and in chunks, and gets them back", async () => {
    assert.equal(await host.run("curl", "-sS", "-d", "hello", `${HOME}/echo`), "hello");
    const chunked = ["-H", "Transfer-Encoding: chunked", "-d", "hello"];
    assert.equal(await host.run("curl", "-sS", ...chunked, `${HOME}/echo`), "hello");
    assert.equal(await host.run("curl", "-sS", ...chunked, `${HOME}/whole`), "hello");
    assert.equal(await shell(`head -c 5000000 /dev/zero | curl -sS -T - ${HOME}/count`), "5000000\n");
    const refused = await shell(`head -c 5000000 /dev/zero | curl -sSi --data-binary @- ${HOME}/whole`);
    assert.match(refused, /^HTTP\/1.1 413 Content Too Large\r\n/);
  });

  test("gets bodies in chunks", async () => {
    const lines = (await host.run("curl", "-sS", `${HOME}/parts`)).split("\n");
    assert.deepEqual(lines, [...Array.from({ length: 1000 }, (_, i) => `line ${i}`), ""]);
    const old = (await host.run("curl", "-sS", "--http1.0", `${HOME}/parts`)).split("\n");
    assert.deepEqual(old, lines);
  });
});

test("data of the image goes out as it is, to several at once and to some that go away meanwhile", async () => {
  const data = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => i % 251));
  const expected = createHash("sha256")
    .update(Buffer.concat([data, data, data]))
    .digest("hex");
  const urls = Array.from({ length: 3 }, () => `${HOME}/large`).join(" ");
  const sums = await shell(
    `for i in 1 2 3 4 5 6 7 8; do (curl -sS ${urls} | sha256sum) & curl -s ${HOME}/large | head -c 9999 >/dev/null & done; wait`,
  );
  assert.equal(sums, `${expected}  -\n`.repeat(8));
});

test("10,000 requests on a connection: nothing is allocated", async () => {
  const used = async () => Number((await host.run("curl", "-sS", `${HOME}/used`)).split(" ")[0]);
  const requests = () => shell(`curl -sS "${HOME}/q?[1-10000]" | wc -c`);
  assert.equal(await requests(), "10000000\n");
  const before = await used();
  assert.equal(await requests(), "10000000\n");
  const more = (await used()) - before;
  // Two connections, and a text.
  assert.ok(more > 0 && more < 10_000, `${more} octets`);
});

test("wget gets pages, and follows redirections", async () => {
  assert.equal(await host.run("wget", "-qO-", `${HOME}/redirect`), "<html>It works.</html>\n");
  assert.match(await shell(`wget -SO- ${HOME}/nothing 2>&1; true`), /HTTP\/1.1 404 Not Found/);
});

test("Python's http.client, pipelining, smuggling and slow heads", async () => {
  const client = join(root, "test/e2e/clients/http_client.py");
  assert.equal(await host.run("python3", client, "10.0.0.2"), "well\n");
});

describe("examples/http-fetch", () => {
  /** What it logs, of the application only. */
  const fetch = async (path: string, server = "http://10.0.1.1:8000") => {
    const words = ["--net=tap1", await image("examples/http-fetch"), `--uri=${server}${path}`, "--ipv4=10.0.1.2/24"];
    const output = await host.tender(...words).endedWith(0);
    return [...output.matchAll(/\[application\] (.*)/g)].map(([, line]) => line);
  };

  before(async () => {
    await host.tap("tap1", "10.0.1.1/24");
    const server = host.start("python3", [join(root, "test/e2e/peers/http_server.py"), "10.0.1.1", "8000"]);
    await server.printed("serving");
  });

  test("gets bodies in each framing, and follows redirections", async () => {
    const plain = ["Status: 200", "Content-Type: none"];
    assert.deepEqual(await fetch("/length"), [...plain, "Received body length: 3000000"]);
    assert.deepEqual(await fetch("/chunks"), [...plain, "Received body length: 100000"]);
    assert.deepEqual(await fetch("/close"), [...plain, "Received body length: 54321"]);
    assert.deepEqual(await fetch("/redirect"), [...plain, "Received body length: 3000000"]);
    assert.equal((await fetch("/loop"))[0], "Status: 302");
    assert.equal((await fetch("/nothing"))[0], "Status: 404");
  });

  test("says what is wrong", async () => {
    assert.equal((await fetch("/short")).at(-1), "http://10.0.1.1:8000/short: E_CLOSED after 5 octets");
    assert.deepEqual(await fetch("/", "https://10.0.1.1"), ["https://10.0.1.1/: E_INVALID"]);
    assert.deepEqual(await fetch("/", "http://10.0.1.1:1"), ["http://10.0.1.1:1/: E_REFUSED"]);
  });
});

test("ends well after all that", async () => {
  assert.doesNotMatch(tender.output, /WARNING|ERROR|panic|trap/);
  tender.kill("SIGTERM");
  await tender.endedWith(0);
});

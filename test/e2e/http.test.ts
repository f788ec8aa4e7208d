/** The HTTP server of an image against the programs of Linux. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
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

test("ends well after all that", async () => {
  assert.doesNotMatch(tender.output, /WARNING|ERROR|panic|trap/);
  tender.kill("SIGTERM");
  await tender.endedWith(0);
});

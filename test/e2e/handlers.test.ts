/** The program of docs/guides/handlers.md answers as the page says, and as it does not say, too. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { readRepository } from "../support/repository.ts";
import { image } from "./support/builds.ts";
import { GUEST_MAC, Host } from "./support/host.ts";
import type { Program } from "./support/program.ts";

const HOME = "http://10.0.0.2";
const [commands = "", printed = ""] =
  /tested by[^\n]*\n```sh\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/
    .exec(readRepository("docs/guides/handlers.md"))
    ?.slice(1) ?? [];

let host: Host;
let tender: Program;

before(async () => {
  const program = image("test/e2e/projects/handlers", "--dev");
  host = await Host.make();
  await host.tap("tap0", "10.0.0.1/24");
  tender = await host.serving("Serving HTTP", "--net=tap0", `--net-mac=${GUEST_MAC}`, await program);
});

const curl = (...words: string[]) => host.run("curl", "-sS", ...words);
const answer = async (...words: string[]): Promise<[number, string]> => {
  const text = await curl("-w", "%{http_code}", ...words);
  return [Number(text.slice(-3)), text.slice(0, -3)];
};

describe("handlers", () => {
  test("answer as their page says", async () => {
    assert.ok(commands.split("\n").length > 6);
    assert.equal(await host.run("bash", "-c", commands.replaceAll("curl ", "curl -sS ")), printed);
  });

  test("parts of the path are decoded, and what cannot be decoded is refused", async () => {
    assert.deepEqual(await answer(`${HOME}/hello/a%2Fb%20c`), [200, "Hello a/b c\n"]);
    assert.deepEqual(await answer(`${HOME}/h%65llo/x`), [200, "Hello x\n"]);
    for (const name of ["%", "%zz", "%ff", "%c3%28"]) {
      assert.deepEqual(await answer(`${HOME}/hello/${name}`), [400, "Bad Request"], name);
    }
    assert.deepEqual(await answer("--path-as-is", `${HOME}/hello/`), [404, "There is no /hello/\n"]);
  });

  test("queries", async () => {
    assert.deepEqual(await answer(`${HOME}/search?a=1&q=%C3%A4&q=zwei`), [200, '{"searched":1}\n']);
    assert.deepEqual(await answer(`${HOME}/search?q`), [200, '{"searched":0}\n']);
    for (const query of ["", "?", "?p=1", "?q=%zz"])
      assert.equal((await answer(`${HOME}/search${query}`))[0], 400, query);
  });

  test("forms", async () => {
    const made = await curl(
      "-o",
      "/dev/null",
      "-w",
      "%{http_code} %{redirect_url}",
      "-d",
      "x=1&text=a+b%26c",
      `${HOME}/notes`,
    );
    assert.equal(made, `303 ${HOME}/notes/2`);
    assert.deepEqual(await answer(`${HOME}/notes/2`), [200, "a b&c\n"]);
    assert.equal((await answer("-d", "text=", `${HOME}/notes`))[0], 422);
    assert.equal((await answer("-d", "text=%zz", `${HOME}/notes`))[0], 422);
    assert.equal((await answer("-H", "Content-Type: text/plain", "-d", "text=x", `${HOME}/notes`))[0], 415);
    assert.equal(
      (
        await answer(
          "-H",
          "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
          "-d",
          "text=x",
          `${HOME}/notes`,
        )
      )[0],
      303,
    );
    const long = `head -c 2000000 /dev/zero | tr '\\0' x | curl -sS -o /dev/null -w '%{http_code}' -d @- ${HOME}/notes`;
    assert.equal(await host.run("bash", "-c", long), "413");
  });

  test("methods", async () => {
    const head = await curl("-I", `${HOME}/hello/x`);
    assert.match(head, /^HTTP\/1.1 200 OK\r\n/);
    assert.match(head, /\r\nContent-Length: 8\r\n/);
    assert.match(
      await curl("-i", "-X", "DELETE", `${HOME}/hello/x`),
      /^HTTP\/1.1 405 .*\r\nAllow: GET, HEAD, OPTIONS\r\n/s,
    );
    assert.match(await curl("-i", "-X", "OPTIONS", `${HOME}/notes`), /^HTTP\/1.1 204 .*\r\nAllow: POST, OPTIONS\r\n/s);
    const whole = await curl("-i", "-X", "OPTIONS", "--request-target", "*", HOME);
    assert.match(whole, /^HTTP\/1.1 204 .*\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n/s);
  });

  test("middleware stands around all, and may answer itself", async () => {
    for (const path of ["/hello/x", "/nowhere", "/admin/hello/x"])
      assert.match(await curl("-i", `${HOME}${path}`), /\r\nX-Powered-By: Fata\r\n/);
    assert.equal((await answer(`${HOME}/admin/none`))[0], 403);
    assert.equal((await answer("-H", "x-password: sesame", `${HOME}/admin/none`))[0], 404);
    assert.equal((await answer("-H", "x-password: wrong", `${HOME}/admin/hello/x`))[0], 403);
  });
});

test("a response on its way is finished after SIGTERM, and logged", async () => {
  const slow = host.start("curl", ["-sSN", `${HOME}/count`]);
  await slow.printed("1\n");
  tender.kill("SIGTERM");
  assert.equal(await slow.endedWith(0), "1\n2\n3\n");
  await tender.endedWith(0);
  assert.match(tender.output, /"GET \/count HTTP\/1.1" 200 6\n$/);
  assert.match(tender.output, /"POST \/notes HTTP\/1.1" 413 17\n/);
  assert.doesNotMatch(tender.output, /WARNING|ERROR|panic|trap/);
});

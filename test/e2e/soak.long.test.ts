/** A million requests: the image's memory does not grow. wrk asks, on connections that stay, and on new ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { image } from "./support/builds.ts";
import { Host } from "./support/host.ts";

const HOME = "http://10.0.0.2";
const MANY = 1_000_000;
/** Of these, as many on a connection each, at least. */
const CONNECTIONS = 100_000;
/** Records of connections that have ended are kept for a minute: at most so many, all there after as many. */
const TIME_WAIT = 16_384;

test("a million requests leave memory as 10,000 have", async (t) => {
  const host = await Host.withTap(t, "10.0.0.1/24");
  const tender = await host.serving("Serving HTTP", "--net=tap0", await image("test/e2e/projects/http"));

  /** Asks for a page at least so often. */
  const ask = async (count: number, ...options: string[]): Promise<number> => {
    let done = 0;
    while (done < count) {
      const output = await host.run("wrk", "-t1", "-c32", "-d2s", ...options, `${HOME}/q`);
      assert.doesNotMatch(output, /Socket errors|Non-2xx/);
      done += Number(/(\d+) requests in/.exec(output)?.[1]);
    }
    return done;
  };
  const closing = ["-H", "Connection: close"];
  /** Octets of the image's memory. */
  const memory = async () => Number((await host.run("curl", "-sS", `${HOME}/used`)).split(" ")[1]) * 65536;

  await ask(10_000);
  await ask(2 * TIME_WAIT, ...closing);
  const before = await memory();
  const connections = await ask(CONNECTIONS, ...closing);
  await ask(MANY - connections);
  assert.equal(await memory(), before);
  assert.doesNotMatch(tender.output, /WARNING|ERROR|panic|trap/);
  tender.kill("SIGTERM");
  await tender.endedWith(0);
});

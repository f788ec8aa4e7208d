import assert from "node:assert/strict";
import { test } from "node:test";
import { assertPrints } from "./output.ts";

const ping = `64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.415 ms
3 packets transmitted, 3 received, 0% packet loss, time 2046ms
rtt min/avg/max/mdev = 0.198/0.273/0.415/0.100 ms
`;
const log = "2026-11-21T07:35:00Z: [INFO] [application] hello\n";
const built = "built hello/dist/hello.wasm: 9.7 kB in 2.1 s\n";

test("times may differ, and sizes by a tenth", () => {
  assertPrints(
    ping,
    ping.replace("0.415 ms", "12 ms").replace("2046ms", "1ms").replace("0.198/0.273/0.415/0.100", "1.1/2.5/12/3.007"),
  );
  assertPrints(log, log.replace("2026-11-21T07:35:00Z", "2031-01-02T03:04:05Z"));
  assertPrints(built, built.replace("2.1 s", "40.0 s").replace("9.7", "10.6"));
});

test("nothing else may", () => {
  for (const [said, printed] of [
    [log, log.replace("INFO", "ERROR")],
    [log, log + log],
    [log, ""],
    [ping, ping.replace("icmp_seq=1", "icmp_seq=2")],
    [ping, ping.replace("3 received", "2 received")],
    [built, built.replace("9.7", "10.8")],
    [built, built.replace("9.7", "8.7")],
    [built, built.replace("kB", "MB")],
  ] as const)
    assert.throws(() => assertPrints(said, printed), assert.AssertionError, printed);
});

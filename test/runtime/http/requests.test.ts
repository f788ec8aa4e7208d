import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Case, cases, octetsOf } from "./requests.ts";
import { type Client, Server } from "./server.ts";

/** Octets around which long requests are split as well. */
const EDGE = 40;

function check(client: Client, expected: Case): string {
  const taken = client.take();
  // Whose body comes later than its head is told to go on.
  const response = expected.statuses.includes(100) ? taken : taken.replace("HTTP/1.1 100 Continue\r\n\r\n", "");
  const statuses = [...response.matchAll(/HTTP\/1\.1 (\d{3}) [A-Za-z ]*\r\n/g)].map(([, status]) => Number(status));
  assert.deepEqual(statuses, expected.statuses);
  const stays = expected.stays ?? statuses.every((status) => status < 400);
  assert.equal(!client.ended, stays, stays ? "the connection was ended" : "the connection was not ended");
  if (expected.has !== undefined) assert.ok(response.includes(expected.has), response.slice(-300));
  return response;
}

describe("what the RFCs say of requests", () => {
  for (const expected of cases)
    test(`${expected.rfc}: ${expected.what}`, () => {
      const server = new Server();
      const octets = octetsOf(expected);
      const whole = check(server.connect().send(octets), expected);
      // However it is cut into two, the response is the same.
      const step = octets.length > 1000 ? 997 : 1;
      for (let at = 1; at < octets.length; at += at > octets.length - EDGE ? 1 : step) {
        const client = server.connect().send(octets.subarray(0, at));
        assert.equal(check(client.send(octets.subarray(at)), expected), whole);
      }
      const client = server.connect();
      for (const octet of octets.length > 1000 ? [] : octets) client.send(Uint8Array.of(octet));
      if (octets.length <= 1000) check(client, expected);
      // And nothing is left of it all.
      server.advance(120_000);
      assert.equal(server.call("connections"), 0);
    });
});

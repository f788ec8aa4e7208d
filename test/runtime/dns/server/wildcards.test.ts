/** Wildcards: the zone of RFC 4592, 2.2.1, and what that section and 3.3.1 say of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FLAG } from "../../../support/dnsmessage.ts";
import { T } from "./model.ts";
import { query, Served } from "./served.ts";

const served = new Served(`
$ORIGIN example.
$TTL 3600
example.                 SOA   ns.example.com. admin 1 2 3 4 60
example.                 NS    ns.example.com.
example.                 NS    ns.example.net.
*.example.               TXT   "a"
*.example.               MX    10 host1.example.
sub.*.example.           TXT   "b"
host1.example.           A     192.0.2.1
_ssh._tcp.host1.example. SRV   0 0 22 host1.example.
_ssh._tcp.host2.example. SRV   0 0 22 host1.example.
subdel.example.          NS    ns.example.com.
subdel.example.          NS    ns.example.net.
; Not of the RFC: names with the wildcard's label in data.
*.data.example.          MX    1 *.data.example.
*.data.example.          MX    2 sub.*.data.example.
*.data.example.          A     192.0.2.2
`);

const MX = "10 host1.example";
const [A, B] = ["0161", "0162"];
/** What is asked, and the data that answer; or why there are none. */
const TABLE: readonly (readonly [name: string, type: number, expected: readonly string[] | string])[] = [
  ["host3.example", T.mx, [MX]],
  ["host3.example", T.a, "NODATA"],
  ["foo.bar.example", T.txt, [A]],
  ["host1.example", T.mx, "NODATA"],
  ["sub.*.example", T.mx, "NODATA"],
  ["_telnet._tcp.host1.example", T.srv, "NXDOMAIN"],
  ["host.subdel.example", T.a, "referral"],
  ["ghost.*.example", T.mx, "NXDOMAIN"],
  // 2.1.1 and 2.2.3: asked for itself, it is a name as any other; and so is one between two names that exist.
  ["*.example", T.mx, [MX]],
  ["*.example", T.a, "NODATA"],
  ["sub.*.example", T.txt, [B]],
  ["host2.example", T.txt, "NODATA"],
  ["_tcp.host2.example", T.mx, "NODATA"],
  ["x.host2.example", T.txt, "NXDOMAIN"],
  // 3.3.1: only the owner is replaced.
  ["x.data.example", T.mx, ["1 *.data.example", "2 sub.*.data.example"]],
  ["y.x.data.example", T.mx, ["1 *.data.example", "2 sub.*.data.example"]],
];

describe("RFC 4592", () => {
  for (const [name, type, expected] of TABLE) {
    test(`${name} ${type}: ${expected}`, () => {
      const { code, flags, answers, authorities } = served.ask(query(name, type));
      if (typeof expected !== "string") {
        assert.deepEqual(
          answers.map((one) => [one.name, one.data]),
          expected.map((data) => [name, data]),
        );
        return;
      }
      assert.deepEqual(answers, []);
      assert.equal(code, expected === "NXDOMAIN" ? 3 : 0);
      assert.equal((flags & FLAG.aa) === 0, expected === "referral");
      assert.equal(authorities[0]?.type, expected === "referral" ? T.ns : T.soa);
    });
  }

  test("addresses that go along are those of the name in the data", () => {
    const { additionals } = served.ask(query("x.data.example", T.mx));
    assert.deepEqual(
      additionals.map(({ name, data }) => [name, data]),
      [["*.data.example", "192.0.2.2"]],
    );
  });
});

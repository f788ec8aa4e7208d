/** Aliases that lead from one zone into another: the search "goes back to step 1" (RFC 1034, 4.3.2, 3.a), in all zones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { T } from "./model.ts";
import { query, Served } from "./served.ts";

const head = (origin: string): string =>
  `$ORIGIN ${origin}.\n$TTL 300\n@ SOA ns admin 1 2 3 4 60\n@ NS ns\nns A 192.0.2.1\n`;
const DS = `1 8 1 ${"ab".repeat(20)}`;
const served = new Served([
  `${head("one.example")}
plain    CNAME www.two.example.
missing  CNAME missing.two.example.
renamed  CNAME www.old.two.example.
lower    CNAME www.sub.two.example.
apex     CNAME sub.two.example.
referred CNAME www.cut.two.example.
there    CNAME back.two.example.
circle   CNAME circle.two.example.
mail     CNAME mail.two.example.
`,
  `${head("two.example")}
www      A     192.0.2.2
old      DNAME sub.two.example.
back     CNAME ns.one.example.
circle   CNAME circle.one.example.
mail     MX    1 www
sub      NS    ns.sub
sub      DS    ${DS}
ns.sub   A     192.0.2.3
cut      NS    ns.cut
ns.cut   A     192.0.2.4
`,
  `${head("sub.two.example")}
www      A     192.0.2.5
`,
]);

/** What is asked; the owners and types of the answers, then of the authorities. */
const TABLE: readonly (readonly [name: string, type: number, code: number, answers: string, authorities: string])[] = [
  ["plain", T.a, 0, "plain.one 5, www.two 1", ""],
  ["plain", T.cname, 0, "plain.one 5", ""],
  ["plain", T.txt, 0, "plain.one 5", "two 6"],
  ["missing", T.a, 3, "missing.one 5", "two 6"],
  ["renamed", T.a, 0, "renamed.one 5, old.two 39, www.old.two 5, www.sub.two 1", ""],
  // The zone with the most specific apex, also where the one above delegates it; but of a cut's DS record that above.
  ["lower", T.a, 0, "lower.one 5, www.sub.two 1", ""],
  ["apex", T.soa, 0, "apex.one 5, sub.two 6", ""],
  ["apex", T.ds, 0, "apex.one 5, sub.two 43", ""],
  ["referred", T.a, 0, "referred.one 5", "cut.two 2"],
  ["there", T.a, 0, "there.one 5, back.two 5, ns.one 1", ""],
  ["circle", T.a, 0, "circle.one 5, circle.two 5", ""],
  ["mail", T.mx, 0, "mail.one 5, mail.two 15", ""],
];

for (const [name, type, code, answers, authorities] of TABLE) {
  test(`${name}.one.example, type ${type}`, () => {
    const response = served.ask(query(`${name}.one.example`, type));
    const shown = (records: typeof response.answers): string =>
      records.map((one) => `${one.name.replace(".example", "")} ${one.type}`).join(", ");
    assert.deepEqual(
      [response.code, shown(response.answers), shown(response.authorities)],
      [code, answers, authorities],
    );
  });
}

test("addresses that go along are those of the zone where the aliases end", () => {
  const addresses = (name: string, type: number): string[] =>
    served.ask(query(`${name}.one.example`, type)).additionals.map((one) => `${one.name} ${one.data}`);
  assert.deepEqual(addresses("mail", T.mx), ["www.two.example 192.0.2.2"]);
  assert.deepEqual(addresses("referred", T.a), ["ns.cut.two.example 192.0.2.4"]);
});

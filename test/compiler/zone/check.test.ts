/** What a zone must be to be served, and what its author is told besides. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { START, said, saidOf } from "./files.ts";

const NAME63 = "x".repeat(63);

describe("zones that are refused", () => {
  const tables: readonly [text: string, said: readonly string[]][] = [
    ["@ SOA ns m 1 2 3 4 6\n", ["1: z has a SOA record already"]],
    ["a SOA ns m 1 2 3 4 6\n", ["1: a second SOA record, of a.z; a zone has one"]],
    ["a CNAME b\na A 1.2.3.4\n", ["2: a.z has a CNAME record, and other data: A (RFC 1034, 3.6.2)"]],
    ["a A 1.2.3.4\na CNAME b\n", ["2: a.z has a CNAME record, and other data: A (RFC 1034, 3.6.2)"]],
    ["a CNAME b\na CNAME c\n", ["2: a.z has a CNAME record already"]],
    ["a DNAME b\na DNAME c\n", ["2: a.z has a DNAME record already"]],
    ["a DNAME b\nx.a A 1.2.3.4\n", ["2: x.a.z lies below a DNAME, which renames it (RFC 6672, 2.4)"]],
    ["a.y. A 1.2.3.4\nz2. A 1.2.3.4\n", ["1: a.y is not of the zone z", "2: z2 is not of the zone z"]],
    ["@ NS gone\n", ["1: gone.z, which this NS record names, has no address: glue is missing (RFC 1034, 4.2.2)"]],
    ["c NS ns.c\n", ["1: ns.c.z, which this NS record names, has no address: glue is missing (RFC 1034, 4.2.2)"]],
    ["*.w NS ns\n", ["1: what NS means at a wildcard is not defined (RFC 4592, 4.2 and 4.4)"]],
    ["*.w DNAME v\n", ["1: what DNAME means at a wildcard is not defined (RFC 4592, 4.2 and 4.4)"]],
    ["@ TYPE43 \\# 6 0001 02 09 aabb\n", ["1: the DS records of a zone's apex belong to the zone above"]],
  ];
  for (const [text, lines] of tables) test(JSON.stringify(text), () => assert.deepEqual(said(text), lines));

  test("no record, no SOA record, no NS record at the apex, no file, the same zone twice", () => {
    assert.deepEqual(saidOf({ "a.zone": "; nothing\n" }, ["a.zone"]), ["a.zone:1: the file has no records"]);
    assert.deepEqual(saidOf({ "a.zone": "@ 1 A 1.2.3.4\n" }, ["a.zone"]), ["a.zone:1: the zone has no SOA record"]);
    const bare = { "a.zone": "\n@ 1 SOA a b 1 2 3 4 5\n" };
    assert.deepEqual(saidOf(bare, ["a.zone"]), ["a.zone:2: the zone a has no NS record at its apex"]);
    assert.match(saidOf({}, ["a.zone"]).join(), /^a.zone:1: cannot read .*: there is no such file$/);
    const twice = saidOf({ a: START, b: START }, ["a", "b"]);
    assert.deepEqual(twice, ["b:3: the zone z is given twice"]);
  });

  test("what a file holds does not reach the terminal as an order", () => {
    const orders = "a\u001b[2J\u009b\u0007";
    assert.match(
      said(`${orders.repeat(12)} A 192.0.2.1\n`).join("\n"),
      /^1: (a\\x1b\[2JÂ\\x9b\\x07)+: a label of 96 octets/,
    );
    assert.doesNotMatch(said(`${orders} MX 10 ${orders}\n`).join(""), /\p{Cc}/u);
  });

  test("a relative name where no origin is known", () => {
    assert.match(saidOf({ db: "a 1 A 1.2.3.4\n" }, ["db"])[0] ?? "", /^db:1: a: relative to no \$ORIGIN; give one/);
  });

  test("records that are too many for a message", () => {
    const texts = Array.from({ length: 300 }, (_, i) => `big TXT "${i}${"x".repeat(230)}"\n`).join("");
    assert.deepEqual(said(texts), ["1: the records that answer big.z TXT are too long for a message"]);
  });
});

describe("what is warned of", () => {
  const tables: readonly [text: string, said: readonly string[]][] = [
    ["a A 1.2.3.4\na A 1.2.3.4\n", ["2: warning: the record is there already; one is used"]],
    ["a MX 1 NS\na MX 1 ns\n", ["2: warning: the record is there already; one is used"]],
    [
      "a 5 A 1.2.3.4\na 6 A 1.2.3.5\n",
      ["2: warning: the records a.z A have different times to live; 5 is used (RFC 2181, 5.2)"],
    ],
    ["a CNAME ns\n@ MX 1 a\n", ["2: warning: a.z, which this MX record names, is an alias (RFC 2181, 10.3)"]],
    ["a CNAME ns\n@ NS a\n", ["2: warning: a.z, which this NS record names, is an alias (RFC 2181, 10.3)"]],
    ["@ MX 1 gone\n", ["1: warning: gone.z, which this MX record names, has no address"]],
    ["c NS ns\nx.c TXT x\n", ["2: warning: x.c.z lies below a cut: this TXT is never answered"]],
    [
      "a CNAME b\nb CNAME a\n",
      ["1: warning: the aliases of a.z lead back to it", "2: warning: the aliases of b.z lead back to it"].reverse(),
    ],
    ["a DS 1 2 9 aa\n", ["1: warning: a.z has DS records and no NS record: nothing is delegated"]],
    [
      "a RRSIG \\# 1 00\n",
      [
        "1: warning: the zone is signed; RRSIG records are answered when asked for, and never sent along: serve it unsigned",
      ],
    ],
    // What is as it should be.
    [
      "@ MX 1 mx.elsewhere.\n@ NS ns.c\nc NS ns.c\nns.c A 1.2.3.4\nw CNAME *.w\n*.w A 1.2.3.4\n@ MX 2 a.w\n. MX 0 .\n".replace(
        ". MX 0 .\n",
        "",
      ),
      [],
    ],
    [`${NAME63} A 1.2.3.4\n`, []],
  ];
  for (const [text, lines] of tables)
    test(JSON.stringify(text), () => assert.deepEqual([...said(text)].sort(), [...lines].sort()));
});

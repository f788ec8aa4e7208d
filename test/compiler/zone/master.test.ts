/** Master files: what is read, and what is refused, with the line and the reason. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { showName } from "../../../compiler/zone/names.ts";
import { showType } from "../../../compiler/zone/types.ts";
import { recordsOf, said } from "./files.ts";

/** Records as "name ttl type hex". */
const read = (text: string, more: Readonly<Record<string, string>> = {}): string[] =>
  recordsOf(text, more).map(
    ({ owner, ttl, type, data }) =>
      `${showName(owner)} ${ttl} ${showType(type)} ${Buffer.from(data, "latin1").toString("hex")}`,
  );

describe("entries of a master file (RFC 1035, 5.1)", () => {
  const tables: readonly [text: string, records: readonly string[]][] = [
    ["@ 60 A 1.2.3.4", ["z 60 A 01020304"]],
    [
      "a 60 IN A 1.2.3.4\na IN 61 A 1.2.3.4\nb CLASS1 A 1.2.3.4",
      ["a.z 60 A 01020304", "a.z 61 A 01020304", "b.z 61 A 01020304"],
    ],
    [
      "$TTL 1h\na A 1.2.3.4\nb 2 A 1.2.3.4\n  A 1.2.3.5",
      ["a.z 3600 A 01020304", "b.z 2 A 01020304", "b.z 3600 A 01020305"],
    ],
    ["a 1w2d3h4m5s A 1.2.3.4", ["a.z 788645 A 01020304"]],
    ["a 1 A ( 1.2.3.4 ) ; comment\n; a comment\n\n \t\nb 1 A 1.2.3.4", ["a.z 1 A 01020304", "b.z 1 A 01020304"]],
    ['a 1 TXT ( "x" ; comment (\n  y\n\n"z ;)" )', ["a.z 1 TXT 01780179047a203b29"]],
    ["(a 1 A 1.2.3.4)\r\n(\r\n b 1\r\nA 1.2.3.4 )", ["a.z 1 A 01020304", "b.z 1 A 01020304"]],
    [
      "$ORIGIN b\na 1 A 1.2.3.4\n$ORIGIN c.\na A 1.2.3.4\n@ A 1.2.3.4",
      ["a.b.z 1 A 01020304", "a.c 1 A 01020304", "c 1 A 01020304"],
    ],
    ["\\097\\.b\\\\.\\@ 1 A 1.2.3.4", ["a\\.b\\\\.\\@.z 1 A 01020304"]],
    ["\xef\xbb\xbfa 1 a 1.2.3.4", ["a.z 1 A 01020304"]],
    ['a 1 TXT \\"\\032\\;', ["a.z 1 TXT 0322203b"]],
    // What looks like a time is the owner where the owner is.
    ["10 1 PTR 20", ["10.z 1 PTR 023230017a00"]],
    ["in 1 IN A 1.2.3.4\nA A 1.2.3.4", ["in.z 1 A 01020304", "A.z 1 A 01020304"]],
    [". 1 NS .", [". 1 NS 00"]],
  ];
  for (const [text, records] of tables) test(JSON.stringify(text), () => assert.deepEqual(read(text), records));

  test("$INCLUDE: relative to its file, with an origin or without, and nothing of it stays", () => {
    const more = {
      "sub/one": "x A 1.1.1.1\n$INCLUDE two other\n$ORIGIN gone.\n$TTL 9\n",
      "sub/two": "@ A 2.2.2.2\nx A 3.3.3.3",
    };
    assert.deepEqual(read("$TTL 5\na A 1.2.3.4\n$INCLUDE sub/one\n A 1.2.3.5\nb A 1.2.3.6", more), [
      "a.z 5 A 01020304",
      "x.z 5 A 01010101",
      "other.z 5 A 02020202",
      "x.other.z 5 A 03030303",
      "a.z 9 A 01020305",
      "b.z 9 A 01020306",
    ]);
  });
});

describe("data of each type", () => {
  const tables: readonly [text: string, hex: string][] = [
    ["AAAA 2001:db8::1", "20010db8000000000000000000000001"],
    ["AAAA ::ffff:1.2.3.4", "00000000000000000000ffff01020304"],
    ["AAAA 1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["NS a", "0161017a00"],
    ["CNAME A.B.", "0141014200"],
    ["SOA a b 1 1h 2 3 4294967", "0161017a000162017a000000000100000e1000000002000000030041" + "8937"],
    ["MX 10 a", "000a0161017a00"],
    ['TXT "" ab', "00026162"],
    ["SRV 1 2 3 a", "0001000200030161017a00"],
    ['CAA 0 issue ";"', "00056973737565" + "3b"],
    ["DNAME a", "0161017a00"],
    ["DS 1 2 1 2BB183AF5F22588179A53B0A98631FAD1A2921 18", "000102012bb183af5f22588179a53b0a98631fad1a292118"],
    ["TLSA 3 1 1 aabb CC", "030101aabbcc"],
    ["TYPE1 \\# 4 01020304", "01020304"],
    ["A \\# 4 0102 0304", "01020304"],
    ["TYPE65280 \\# 0", ""],
    ["MX \\# 5 000a 0161 00", "000a016100"],
    // RFC 9460, Appendix D.
    ["HTTPS 0 foo.example.com.", "000003666f6f076578616d706c6503636f6d00"],
    ["SVCB 1 .", "000100"],
    ["SVCB 16 . port=53", "001000" + "000300020035"],
    ["SVCB 1 . key667=hello", "000100" + "029b000568656c6c6f"],
    ['SVCB 1 . key667="hello\\210qoo"', "000100" + "029b000968656c6c6fd2716f6f"],
    [
      'SVCB 1 . ipv6hint="2001:db8::1,2001:db8::53:1"',
      "000100" + "00060020" + "20010db8000000000000000000000001" + "20010db8000000000000000000530001",
    ],
    [
      "SVCB 16 . alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
      "001000" + "0000000400010004" + "0001000902683205" + "68332d3139" + "00040004c0000201",
    ],
    ['SVCB 16 . alpn="f\\\\\\\\oo\\\\,bar,h2"', "001000" + "0001000c08665c6f6f2c626172026832"],
    ["SVCB 16 . alpn=f\\\\\\092oo\\092,bar,h2", "001000" + "0001000c08665c6f6f2c626172026832"],
    [
      "SVCB 1 . alpn=h2 no-default-alpn ech=AAAA dohpath=/q{?dns} ohttp",
      "000100" + "000100030268320002000000050003000000000700082f717b3f646e737d00080000",
    ],
  ];
  for (const [text, hex] of tables)
    test(text, () => assert.equal(Buffer.from(recordsOf(`a 1 ${text}`)[0]?.data ?? "", "latin1").toString("hex"), hex));
});

describe("what is refused, with its line and the reason", () => {
  const long = "x".repeat(64);
  const tables: readonly [text: string, message: string | RegExp][] = [
    ["a A 1.2.3", '1: "1.2.3" is no IPv4 address; expected such as 192.0.2.1'],
    ["\na A 999.1.1.1", /^2: "999.1.1.1" is no IPv4 address/],
    ["a AAAA 1::2::3", /^1: "1::2::3" is no IPv6 address/],
    ["a AAAA fe80::1%eth0", /^1: "fe80::1%eth0" is no IPv6 address/],
    ["a A 1.2.3.4 5", '1: "5" is too much: the record ends before it; texts need quotes'],
    ["a MX mail", '1: the preference is "mail"; expected a number from 0 to 65535'],
    ["a MX 10", "1: the record's data ends where a mail server's name is expected"],
    ["a MX 70000 m", /^1: the preference is "70000"; expected a number from 0 to 65535/],
    ["a", "1: the record's type is missing"],
    ["a B c", '1: "B" is no type of record; expected such as A, or TYPE123 (RFC 3597, 5)'],
    ["a TYPE70000 \\# 0", /no type of record/],
    ["a TYPE255 \\# 0", /no zone has records of type TYPE255/],
    ["a OPT", /no type of record/],
    ["a CH TXT x", "1: the class is CH; only IN is served"],
    ["a 4294967296 A 1.2.3.4", /^1: the time to live is "4294967296"; expected seconds, at most 2147483647/],
    [`${long} A 1.2.3.4`, /a label of 64 octets; at most 63 are allowed/],
    [`${`${"x".repeat(63)}.`.repeat(4)} A 1.2.3.4`, /with 257 octets the name is too long; at most 255 are allowed/],
    ["a..b A 1.2.3.4", /an empty label/],
    ["a CNAME \\256", /no octet; expected three digits/],
    [`a TXT "${"x".repeat(256)}"`, /^1: a text of 256 octets; at most 255 are allowed, so break it/],
    ['a TXT "x', "1: a quotation mark that no other one closes in its line"],
    ["a TXT ( x\ny", "1: a parenthesis that none closes"],
    ["a TXT ( x\n(y", "2: a parenthesis within the one of line 6"],
    ["a TXT x )", "1: a closing parenthesis that none opens"],
    ["a TXT x\\", "1: a backslash at the end of a line"],
    ["$GENERATE 1-2 a A 1.2.3.4", '1: there is no directive "$GENERATE"; expected $ORIGIN, $TTL or $INCLUDE'],
    ["$TTL", "1: $TTL takes a time"],
    ["$ORIGIN a b", "1: $ORIGIN takes a name"],
    ["a TYPE65280 x", /data of type TYPE65280 are given as octets: \\# LENGTH HEXADECIMAL/],
    ["a TYPE65280 \\# 2 aabbcc", "1: the data have 3 octets, and are to have 2"],
    ["a TYPE65280 \\# 1 a", /expected pairs of hexadecimal digits/],
    ["a A \\# 3 010203", "1: the data ends within an IPv4 address"],
    ["a A \\# 5 0102030405", "1: 1 octets are too much for A"],
    ["a MX \\# 4 000ac00c", /too long, or a pointer/],
    ["a CAA 0 is-sue x", /the tag is no word/],
    ["a DS 1 2 1 aabb", "1: a digest of type 1 has 20 octets; this one has 2"],
    ["a DNSKEY 1 3 8 ab*=", /expected base64/],
    ["a SVCB 1 . port=53 port=54", "1: the parameter port is given twice"],
    ["a SVCB 1 . mandatory=alpn", "1: alpn is mandatory and missing"],
    ["a SVCB 1 . mandatory=mandatory", /cannot be mandatory/],
    ["a SVCB 1 . no-default-alpn=x", /has no value/],
    ["a SVCB 1 . no-default-alpn", /no-default-alpn is there without alpn/],
    ["a SVCB 1 . port", "1: the parameter port needs a value: port=..."],
    ["a SVCB 1 . key65535=x", /is no parameter/],
    ["a SVCB 0 b alpn=h2", /with priority 0, an alias, there can be no parameters/],
    ["a SVCB \\# 11 0001 00 0003 0002 0035 0003", /the data ends within a parameter/],
    ["$INCLUDE nothing", /there is no such file/],
    ["$INCLUDE ../secret", /leads out of/],
    ["$INCLUDE /etc/passwd", /leads out of/],
    ["$INCLUDE test.zone", /more than 8 files include one another/],
  ];
  for (const [text, message] of tables) {
    test(JSON.stringify(text.slice(0, 60)), () => {
      const [first = ""] = said(`${text}\n`);
      if (typeof message === "string") assert.equal(first, message);
      else assert.match(first, message);
    });
  }

  test("all errors are told at once, up to twenty", () => {
    assert.deepEqual(
      said("a A 1\nb A 1.2.3.4\nc A 2\n").map((line) => line.replace(/;.*/, "")),
      ['1: "1" is no IPv4 address', '3: "2" is no IPv4 address'],
    );
    assert.equal(said("a A 1\n".repeat(1000)).length, 20);
  });

  test("a text and a word of megabytes", () => {
    const long = "x".repeat(1 << 23);
    for (const text of [`"${long}"`, long])
      assert.match(said(`a TXT ${text}\n`)[0] ?? "", /^1: a text of 8388608 octets/);
    assert.match(said(`a TXT "${"\\".repeat(1 << 20)}\n`)[0] ?? "", /^1: a quotation mark that no other one closes/);
  });

  test("a link that leads out of the folder", () => {
    assert.match(said("$INCLUDE ./sub/../../x\n").join(), /leads out of/);
  });
});

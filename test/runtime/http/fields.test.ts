/**
 * Values of fields and paths, with the examples of the RFCs, and against other implementations where there are. More than
 * 400 lines: another file would build its guest once more.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";
import { stringAt } from "../../support/strings.ts";

const guest = await compileGuest(import.meta.url, "fields.as.ts");
const { exports, memory } = guest.instantiate();
const call = (name: string, ...values: (number | bigint)[]) => exports[name]?.(...values);
const places = Array.from({ length: 8 }, () => Number(call("allocate", 8192)));
const output = Number(call("allocate", 8192));

/** Puts text into memory. @returns address and octets */
function put(text: string | Uint8Array, place = 0): [number, number] {
  const octets = Buffer.from(text as string);
  const at = places[place] as number;
  memory.bytes(at, octets.length).set(octets);
  return [at, octets.length];
}

const written = (length: unknown): string => Buffer.from(memory.bytes(output, Number(length))).toString();
const textAt = (address: unknown): string | null => (address === 0 ? null : stringAt(memory, Number(address)));

describe("dates (RFC 9110, 5.6.7)", () => {
  const NONE = -(2n ** 63n);
  const now = BigInt(Date.UTC(2026, 10, 21) / 1000);
  const read = (text: string) => call("readDate", ...put(text), now);

  test("all three forms of the RFC's example", () => {
    const expected = BigInt(Date.UTC(1994, 10, 6, 8, 49, 37) / 1000);
    for (const text of ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
      assert.equal(read(text), expected, text);
    assert.equal(read("Wed Nov 16 08:49:37 1994"), expected + 864000n);
  });

  test("what is written is as Date has it, and read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253402300799 }), (seconds) => {
        const text = written(call("date", BigInt(seconds), output));
        assert.equal(text, new Date(seconds * 1000).toUTCString());
        assert.equal(read(text), BigInt(seconds));
      }),
    );
  });

  test("each day of 400 years has its name and comes back", () => {
    for (let day = Date.UTC(1800, 0, 1); day < Date.UTC(2200, 0, 1); day += 86400_000)
      assert.equal(read(new Date(day).toUTCString()), BigInt(day / 1000));
  });

  test("a year of two digits is at most 50 years ahead", () => {
    const at = (year: number) => BigInt(Date.UTC(year, 10, 6, 8, 49, 37) / 1000);
    assert.equal(read("Sunday, 06-Nov-26 08:49:37 GMT"), at(2026));
    assert.equal(read("Sunday, 06-Nov-76 08:49:37 GMT"), at(2076));
    assert.equal(read("Sunday, 06-Nov-77 08:49:37 GMT"), at(1977));
    assert.equal(read("Sunday, 06-Nov-99 08:49:37 GMT"), at(1999));
  });

  test("a leap second is read", () => {
    assert.equal(read("Sat, 31 Dec 2016 23:59:60 GMT"), BigInt(Date.UTC(2017, 0, 1) / 1000));
  });

  for (const text of [
    "",
    "0",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 29 Feb 2023 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 06 Nov 1994 08-49-37 GMT",
    "Sun, 06 Nov -994 08:49:37 GMT",
    "Sun Nov 06 08:49:37 1994 GMT",
    "Sun Nov 6 08:49:37 1994 ",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun-ay, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-9x 08:49:37 GMT",
    "Sunday  06-Nov-94 08:49:37 GMT",
  ])
    test(`"${text}" is none`, () => assert.equal(read(text), NONE));
});

describe("entity tags (RFC 9110, 8.8.3)", () => {
  const find = (list: string, tag: string, strong: boolean) =>
    call("tag", ...put(list), ...put(tag, 1), strong ? 1 : 0);

  // The table of 8.8.3.2.
  for (const [one, two, strong, weak] of [
    ['W/"1"', 'W/"1"', 0, 1],
    ['W/"1"', 'W/"2"', 0, 0],
    ['W/"1"', '"1"', 0, 1],
    ['"1"', '"1"', 1, 1],
  ] as const)
    test(`${one} and ${two}`, () => assert.deepEqual([find(one, two, true), find(one, two, false)], [strong, weak]));

  test("lists", () => {
    for (const list of ['"xyzzy", "r2d2xxxx", "c3piozzzz"', ',, "r2d2xxxx" ,', "*", " * ", '"a,b","r2d2xxxx"'])
      assert.equal(find(list, '"r2d2xxxx"', true), 1, list);
    for (const list of ['"xyzzy"', "", ",", '""', '"r2d2xxxX"']) assert.equal(find(list, '"r2d2xxxx"', true), 0, list);
    for (const list of ["r2d2xxxx", '"a" "r2d2xxxx"', '"r2d2xxxx', "*, *", 'w/"r2d2xxxx"', '"a b"', "W/", "W"])
      assert.equal(find(list, '"r2d2xxxx"', false), -1, list);
    assert.equal(call("tag", ...put("*"), 0, 0, 1), 0, "of nothing there is no tag");
  });
});

describe("weights of codings (RFC 9110, 12.5.3)", () => {
  for (const [list, weight] of [
    ["", 0],
    ["compress, gzip", 1000],
    ["*", 1000],
    ["compress;q=0.5, gzip;q=1.0", 1000],
    ["gzip;q=1.0, identity; q=0.5, *;q=0", 1000],
    ["br;q=1.0, *;q=0.25", 250],
    ["gzip;q=0", 0],
    ["gzip;q=0.000, *", 0],
    ["GZip ; Q=0.123", 123],
    ["gzip;q=0.1234", 0],
    ["gzip;q=1.001", 0],
    ["gzip;q=2", 0],
    ["gzip;q=", 0],
    ["gzip;level=9", 0],
    ["gzipped, xgzip", 0],
    [", ,gzip", 1000],
    ["gzip;q=0.", 0],
    ["gzip;q=1.", 1000],
    ["(gzip)", 0],
  ] as const)
    test(`"${list}" has gzip at ${weight}`, () => assert.equal(call("gzip", ...put(list), 0, 0), weight));

  // RFC 9110, 5.3: lines of one name are one list.
  for (const [first, second, weight] of [
    ["br", "gzip", 1000],
    ["gzip;q=0.5", "*", 500],
    ["*", "gzip;q=0.25", 250],
    ["*;q=0.1", "br", 100],
  ] as const)
    test(`"${first}" and "${second}" have gzip at ${weight}`, () =>
      assert.equal(call("gzip", ...put(first), ...put(second, 1)), weight));
});

describe("ranges (RFC 9110, 14.1.2), of 10,000 octets", () => {
  const read = (text: string, size = 10000) => {
    const outcome = call("readRange", ...put(text), BigInt(size));
    if (outcome !== 1) return outcome === 0 ? "none" : "beyond";
    const start = Number(call("rangeStart"));
    return [start, start + Number(call("rangeLength")) - 1];
  };

  for (const [text, expected] of [
    ["bytes=0-499", [0, 499]],
    ["bytes=500-999", [500, 999]],
    ["bytes=-500", [9500, 9999]],
    ["bytes=9500-", [9500, 9999]],
    ["bytes=0-0", [0, 0]],
    ["bytes=-1", [9999, 9999]],
    ["Bytes= 0-499 ", [0, 499]],
    ["bytes=0-20000", [0, 9999]],
    ["bytes=-20000", [0, 9999]],
    ["bytes=0-99999999999999999999999999", [0, 9999]],
    ["bytes=10000-", "beyond"],
    ["bytes=99999999999999999999999999-", "beyond"],
    ["bytes=-0", "beyond"],
    ["bytes=0-0,-1", "none"],
    ["bytes=500-600,601-999", "none"],
    ["bytes=5-4", "none"],
    ["bytes=", "none"],
    ["bytes=-", "none"],
    ["bytes=a-b", "none"],
    ["bytes=1", "none"],
    ["bytes=1-2x", "none"],
    ["bytes 1-2", "none"],
    ["octets=0-4", "none"],
    ["", "none"],
  ] as const)
    test(`"${text}"`, () => assert.deepEqual(read(text), expected));

  test("of nothing", () => {
    assert.equal(read("bytes=0-", 0), "beyond");
    assert.equal(read("bytes=-5", 0), "beyond");
  });
});

describe("percent-encoding and forms", () => {
  const decode = (text: string, form = false) => {
    const length = Number(call("decode", ...put(text), output, form ? 1 : 0));
    return length < 0 ? length : written(length);
  };

  test("decoding is strict", () => {
    assert.equal(decode("/a%20b%2Fc%c3%a4+d"), "/a b/cä+d");
    assert.equal(decode("a+b%2B", true), "a b+");
    for (const text of ["%", "%4", "%4g", "%g4", "a%%41", "%-1", "%u1234"]) assert.equal(decode(text), -2, text);
    assert.equal(textAt(call("decodeText", ...put("%c3%a4"))), "ä");
    assert.equal(textAt(call("decodeText", ...put("%c3"))), null);
    assert.equal(textAt(call("decodeText", ...put(""))), "");
  });

  test("decodes what encodeURIComponent encodes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        assert.equal(decode(encodeURIComponent(text)), text);
      }),
    );
  });

  const fields = (text: string) => {
    call("openForm", ...put(text));
    const found: (string | null)[][] = [];
    while (call("nextField")) found.push([textAt(call("fieldName")), textAt(call("fieldText"))]);
    return found;
  };

  test("fields are those of URLSearchParams", () => {
    const pair = fc.tuple(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.string({ unit: "grapheme", maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 10 }), (pairs) => {
        const text = new URLSearchParams(pairs).toString();
        assert.deepEqual(fields(text), [...new URLSearchParams(text)]);
        for (const [name] of pairs) {
          const value = textAt(call("firstValue", ...put(text), ...put(name, 1)));
          assert.equal(value, new URLSearchParams(text).get(name));
        }
      }),
    );
    for (const text of ["", "&", "a", "a=", "=b", "a=b=c", "&&a=1&&b=2&", "a=1&a=2", "a+b=c+d"])
      assert.deepEqual(fields(text), [...new URLSearchParams(text)], text);
  });

  test("what is malformed has no value, and there is none without the name", () => {
    assert.deepEqual(fields("a=%&%zz=1&b=%ff"), [
      ["a", null],
      [null, "1"],
      ["b", null],
    ]);
    assert.equal(textAt(call("firstValue", ...put("ab=1&%61=2&a=3"), ...put("a", 1))), "2");
    assert.equal(textAt(call("firstValue", ...put("ab=1"), ...put("a", 1))), null);
    assert.equal(textAt(call("firstValue", ...put(""), ...put("", 1))), null);
  });
});

describe("media types", () => {
  for (const [name, type] of [
    ["index.html", "text/html; charset=utf-8"],
    ["css/site.min.CSS", "text/css; charset=utf-8"],
    ["a.b/app.mjs", "text/javascript; charset=utf-8"],
    ["logo.svg", "image/svg+xml"],
    ["photo.JPG", "image/jpeg"],
    ["favicon.ico", "image/vnd.microsoft.icon"],
    ["data.json", "application/json"],
    ["app.js.map", "application/json"],
    ["a.woff2", "font/woff2"],
    ["a.mp3", "audio/mpeg"],
    ["a.webmanifest", "application/manifest+json"],
    ["README", "application/octet-stream"],
    ["a.", "application/octet-stream"],
    ["html", "application/octet-stream"],
    ["a.htm", "application/octet-stream"],
    ["a.htmlx", "application/octet-stream"],
    ["a.text/", "application/octet-stream"],
    ["a.svg=svg+xml", "application/octet-stream"],
    ["a.plain", "application/octet-stream"],
    ["", "application/octet-stream"],
  ] as const)
    test(`"${name}" is ${type}`, () => assert.equal(written(call("type", ...put(name), output)), type));
});

describe("conditions (RFC 9110, 13)", () => {
  const [modified, now] = [784111777, 1795219200];
  const date = (seconds: number) => new Date(seconds * 1000).toUTCString();
  const names = [
    ...["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"],
    ...["second If-Match", "second If-None-Match"],
  ];
  const evaluate = (fields: Readonly<Record<string, string>>, safe = true, changed = BigInt(modified)) => {
    for (const [index, name] of names.entries()) {
      const text = fields[name];
      const [at, length] = text === undefined ? [0, 0] : put(text, index);
      call("condition", index, at, length);
    }
    return call("evaluate", ...put('"v2"', 7), changed, BigInt(now), safe ? 1 : 0);
  };
  const [before, at, after] = [date(modified - 1), date(modified), date(modified + 1)];

  for (const [fields, safe, status] of [
    [{}, true, 200],
    [{ "If-Match": '"v2"' }, true, 200],
    [{ "If-Match": "*" }, false, 200],
    [{ "If-Match": '"v1"' }, true, 412],
    [{ "If-Match": 'W/"v2"' }, true, 412],
    [{ "If-Match": "v2" }, true, 412],
    [{ "If-None-Match": '"v2"' }, true, 304],
    [{ "If-None-Match": 'W/"v2"' }, true, 304],
    [{ "If-None-Match": "*" }, true, 304],
    [{ "If-None-Match": '"v2"' }, false, 412],
    [{ "If-None-Match": '"v1"' }, true, 200],
    [{ "If-None-Match": '"v1"', "If-Modified-Since": at }, true, 200],
    [{ "If-None-Match": '"v2"', "If-Modified-Since": before }, true, 304],
    [{ "If-None-Match": "v2" }, true, 200],
    [{ "If-Modified-Since": at }, true, 304],
    [{ "If-Modified-Since": after }, true, 304],
    [{ "If-Modified-Since": before }, true, 200],
    [{ "If-Modified-Since": at }, false, 200],
    [{ "If-Modified-Since": "yesterday" }, true, 200],
    [{ "If-Unmodified-Since": at }, true, 200],
    [{ "If-Unmodified-Since": before }, true, 412],
    [{ "If-Unmodified-Since": "yesterday" }, true, 200],
    [{ "If-Match": '"v2"', "If-Unmodified-Since": before }, true, 200],
    // RFC 9110, 5.3: lines of one name are one list.
    [{ "If-Match": '"v1"', "second If-Match": '"v2"' }, true, 200],
    [{ "If-Match": '"v2"', "second If-Match": '"v1"' }, true, 200],
    [{ "If-Match": '"v1"', "second If-Match": '"v3"' }, true, 412],
    [{ "If-Match": '"v2"', "second If-Match": "v3" }, true, 412],
    [{ "If-Match": '"v2"', "second If-Match": "" }, true, 200],
    [{ "If-None-Match": '"v1"', "second If-None-Match": 'W/"v2"' }, true, 304],
    [{ "If-None-Match": '"v1"', "second If-None-Match": '"v2"' }, false, 412],
    [{ "If-Match": '"v2"', "If-None-Match": '"v2"' }, true, 304],
    [{ "If-Match": '"v1"', "If-None-Match": '"v2"' }, true, 412],
  ] as const)
    test(`${safe ? "GET" : "PUT"} ${JSON.stringify(fields)}: ${status}`, () =>
      assert.equal(evaluate(fields, safe), status));

  test("without a time of change, dates say nothing", () => {
    const none = -(2n ** 63n);
    assert.equal(evaluate({ "If-Modified-Since": date(now) }, true, none), 200);
    assert.equal(evaluate({ "If-Unmodified-Since": date(0) }, true, none), 200);
  });

  test("If-Range", () => {
    for (const [text, wanted] of [
      ['"v2"', 1],
      ['W/"v2"', 0],
      ['"v1"', 0],
      ['"v2" ', 0],
      [at, 1],
      [before, 0],
      [after, 0],
      ["", 0],
    ] as const) {
      evaluate({ "If-Range": text });
      assert.equal(call("isRangeWanted"), wanted, text);
    }
    evaluate({});
    assert.equal(call("isRangeWanted"), 1);
    evaluate({ "If-Range": date(now) }, true, BigInt(now));
    assert.equal(call("isRangeWanted"), 0, "it may change again within the second");
  });
});

describe("path patterns", () => {
  const match = (pattern: string, path: string) => {
    const count = Number(call("match", ...put(pattern), ...put(path, 1)));
    if (count < 0) return null;
    return Array.from({ length: count }, (_, i) =>
      Buffer.from(memory.bytes(Number(call("parameterStart", i)), Number(call("parameterLength", i)))).toString(),
    );
  };

  for (const [pattern, path, expected] of [
    ["/", "/", []],
    ["/", "/a", null],
    ["/", "", null],
    ["/a", "/a", []],
    ["/a", "/a/", null],
    ["/a/", "/a", null],
    ["/abc", "/ab", null],
    ["/users/:id", "/users/17", ["17"]],
    ["/users/:id", "/users/", null],
    ["/users/:id", "/users", null],
    ["/users/:id", "/users/17/", null],
    ["/users/:id", "/users/a%2Fb", ["a%2Fb"]],
    ["/users/:id/posts/:post", "/users/17/posts/4", ["17", "4"]],
    ["/users/:id/posts/:post", "/users/17/post/4", null],
    ["/:a/:b", "/x/y", ["x", "y"]],
    ["/files/*", "/files/", [""]],
    ["/files/*", "/files/a/b.txt", ["a/b.txt"]],
    ["/files/*", "/files", null],
    ["/:user/*", "/me/a/b", ["me", "a/b"]],
    ["*", "/", null],
    ["/*", "/", [""]],
    ["/a:b", "/a:b", []],
    ["/Aa", "/%41%61", []],
    ["/a/b", "/a%2fb", null],
    ["/a/b", "/a%2Fb", null],
    ["/%41", "/A", null],
    ["/a", "/%6", null],
    ["/a", "/%zz", null],
    ["/straße", "/stra%C3%9Fe", []],
    ["/a", "/A", null],
  ] as const)
    test(`${pattern} and ${path}`, () => {
      if (!pattern.startsWith("/")) assert.throws(() => match(pattern, path));
      else assert.deepEqual(match(pattern, path), expected);
    });

  test("parameters by their names", () => {
    match("/:user/posts/:post/*", "/");
    const index = (name: string) => call("parameterIndex", ...put(name));
    assert.deepEqual(["user", "post", "*", "posts", "use", ""].map(index), [0, 1, 2, -1, -1, -1]);
    match("/:user", "/");
    assert.equal(index("*"), -1);
  });

  test("patterns that are none trap", () => {
    for (const pattern of ["", "a", "/*/a", "/*a", `/${":x/".repeat(9)}`])
      assert.throws(() => guest.instantiate().exports["match"]?.(...put(pattern), ...put("/", 1)));
  });
});

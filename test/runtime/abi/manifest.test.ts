import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  argumentTypes,
  durationMs,
  encodeManifest,
  ipv6Groups,
  isName,
  isValue,
  MANIFEST_MAX,
  type Manifest,
  parseManifest,
  valueForm,
} from "../../../runtime/abi/manifest.ts";
import { values } from "../../vectors/values.ts";

const manifest: Manifest = {
  abi: 1,
  name: "website",
  version: "1.0.0",
  devices: [{ name: "service", kind: "network" }],
  memory: { initial: 2, maximum: 1024 },
  arguments: [{ name: "port", short: "p", type: "port", default: "80", doc: 'The "port".\n' }],
  build: "0123456789abcdef0123456789abcdef",
};

/** A manifest with one thing changed, as hostile text. */
function changed(change: object): string {
  return JSON.stringify({ ...manifest, ...change });
}

describe("a manifest", () => {
  test("survives a round trip", () => {
    assert.deepEqual(parseManifest(encodeManifest(manifest)), manifest);
  });

  test("survives a round trip with offloads", () => {
    const devices = [{ name: "service", kind: "network", offload: 255 }] as const;
    const text = encodeManifest({ ...manifest, devices });
    assert.match(text, /"devices":\[\{"name":"service","kind":"network","offload":255\}\]/);
    assert.deepEqual(parseManifest(text), { ...manifest, devices });
  });

  test("is refused when it is not canonical", () => {
    const text = encodeManifest(manifest);
    assert.equal(parseManifest(`${text} `), "the manifest is not in canonical form");
    assert.equal(parseManifest(text.replace('"abi":1', '"abi":1.0')), "the manifest is not in canonical form");
    assert.equal(parseManifest(changed({ more: 1 })), "the manifest is not in canonical form");
    const { build, ...rest } = manifest;
    assert.equal(parseManifest(JSON.stringify({ build, ...rest })), "the manifest is not in canonical form");
  });

  test("is refused when it is truncated anywhere", () => {
    const text = encodeManifest(manifest);
    for (let length = 0; length < text.length; length++)
      assert.equal(parseManifest(text.slice(0, length)), "the manifest is not in canonical form");
  });

  test("is refused for what is wrong in it, by name", () => {
    const [device] = manifest.devices;
    const [argument] = manifest.arguments;
    const cases: [string, RegExp][] = [
      ["null", /not in canonical form/],
      ["[]", /not in canonical form/],
      [" ".repeat(MANIFEST_MAX + 1), /longer than 65536 bytes/],
      [changed({ abi: -1 }), /^abi is not/],
      [changed({ name: "Web site" }), /^name is not a name/],
      [changed({ version: 1 }), /not in canonical form/],
      [changed({ version: "x".repeat(65) }), /^version is not/],
      [changed({ devices: {} }), /not in canonical form/],
      [changed({ devices: [device, device] }), /^device service is declared twice/],
      [
        changed({ devices: Array.from({ length: 64 }, (_, i) => ({ name: `d${i}`, kind: "block" })) }),
        /^devices is not a list of at most 63/,
      ],
      [changed({ devices: [{ name: "x", kind: "clock" }] }), /^device x is of no known kind/],
      [changed({ devices: [{ name: "x", kind: "block", offload: 1 }] }), /^device x has offloads, but is no network/],
      [changed({ devices: [{ ...device, offload: 0 }] }), /^device service has offloads that are no set of features/],
      [changed({ devices: [{ ...device, offload: -1 }] }), /^device service has offloads that are no set of features/],
      [changed({ devices: [{ ...device, offload: 2 ** 32 }] }), /^device service has offloads that are no set/],
      [changed({ devices: [{ ...device, offload: true }] }), /not in canonical form/],
      [changed({ devices: [{ ...device, offload: null }] }), /not in canonical form/],
      [changed({ devices: [{ offload: 1, ...device }] }), /not in canonical form/],
      [changed({ devices: [{ name: "X", kind: "block" }] }), /^a device has no proper name/],
      [changed({ memory: { initial: 2, maximum: 1 } }), /^memory.initial is above/],
      [changed({ memory: { initial: 2, maximum: 65537 } }), /^memory has no initial and maximum/],
      [
        changed({ arguments: Array.from({ length: 257 }, (_, i) => ({ ...argument, name: `a${i}`, short: "" })) }),
        /^arguments is not a list of at most 256/,
      ],
      [changed({ arguments: [argument, argument] }), /^argument port is declared twice/],
      [changed({ arguments: [argument, { ...argument, name: "other" }] }), /^argument other is declared twice/],
      [changed({ arguments: [{ ...argument, short: "pp" }] }), /^argument port: short is not one letter/],
      [changed({ arguments: [{ ...argument, type: "date" }] }), /^argument port is of no known type/],
      [changed({ arguments: [{ ...argument, doc: 1 }] }), /not in canonical form/],
      [
        changed({ arguments: [{ ...argument, doc: "x".repeat(4097) }] }),
        /^argument port has too long a default or doc/,
      ],
      [changed({ arguments: [{ ...argument, short: ["p"] }] }), /not in canonical form/],
      [changed({ build: "xyz" }), /^build is not 32 hex digits/],
      [changed({ build: [manifest.build] }), /not in canonical form/],
    ];
    for (const [text, message] of cases) assert.match(String(parseManifest(text)), message);
  });
});

test("names are lower-case letters, digits and hyphens, a letter first, at most 64", () => {
  for (const name of ["a", "service-2", "a--b", "a".repeat(64)]) assert(isName(name), name);
  for (const name of ["", "2a", "-a", "A", "a_b", "a b", "é", "a".repeat(65), "a\n"]) assert(!isName(name), name);
});

describe("values", () => {
  for (const type of argumentTypes) {
    test(`of type ${type}`, () => {
      const { right, wrong } = values[type];
      assert(right.length > 0 && wrong.length > 0);
      for (const text of right) assert(isValue({ type, default: "x" }, text), JSON.stringify(text));
      for (const text of [...wrong, "a\0b"]) assert(!isValue({ type, default: "x" }, text), JSON.stringify(text));
      assert(valueForm(type).length > 0);
      // Where nothing is the default, it can be given, too.
      assert(isValue({ type, default: "" }, ""));
    });
  }

  test("durations are milliseconds", () => {
    assert.deepEqual(
      ["0ms", "500ms", "30s", "5m", "2h", "36500d"].map(durationMs),
      [0, 500, 30_000, 300_000, 7_200_000, 3_153_600_000_000],
    );
  });

  test("IPv6 addresses are eight groups", () => {
    assert.deepEqual(ipv6Groups("1:2::abCD:1.2.3.4"), [1, 2, 0, 0, 0, 0xabcd, 0x102, 0x304]);
    assert.deepEqual(ipv6Groups("::"), [0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("IPv6 addresses are those that Node takes", () => {
    const piece = fc.constantFrom("::", ":", "0", "12ab", "ffff", "10000", "1.2.3.4", ".", "/");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV6(),
          fc.array(piece, { maxLength: 14 }).map((parts) => parts.join("")),
        ),
        (text) => {
          assert.equal(isValue({ type: "ipv6", default: "x" }, text), isIPv6(text), text);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

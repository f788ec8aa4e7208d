import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type ArgumentType,
  argumentTypes,
  encodeManifest,
  isName,
  isValue,
  MANIFEST_MAX,
  type Manifest,
  parseManifest,
  valueForms,
} from "../../../runtime/abi/manifest.ts";

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
  const values: Readonly<Record<ArgumentType, readonly [right: readonly string[], wrong: readonly string[]]>> = {
    string: [
      ["", "a", "a\nb", "é", "x".repeat(4096)],
      ["\0", "x".repeat(4097)],
    ],
    i32: [
      ["0", "-1", "2147483647", "-2147483648"],
      ["", "2147483648", "-2147483649", "-0", "01", "+1", "1.0", "1e3", "0x1", " 1", "1\n", "99999999999"],
    ],
    bool: [
      ["true", "false"],
      ["", "1", "yes", "True"],
    ],
    flag: [
      ["true", "false"],
      ["", "1", "yes", "True"],
    ],
    port: [
      ["1", "80", "65535"],
      ["", "0", "65536", "99999", "080", "-1", "http"],
    ],
    ipv4: [
      ["0.0.0.0", "10.0.0.1", "255.255.255.255", "249.199.99.9"],
      ["", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1.1", "10.0.0.1/24", "a.b.c.d", "1.2.3.4\n"],
    ],
    "ipv4-prefix": [
      ["10.0.0.2/24", "0.0.0.0/0", "1.2.3.4/32", "1.2.3.4/9"],
      ["", "10.0.0.2", "10.0.0.2/", "10.0.0.2/33", "10.0.0.2/024", "10.0.0/24", "10.0.0.2/-1"],
    ],
    "log-levels": [
      ["info", "quiet", "info,arp:debug", "*:warning", "a:error,b:debug,quiet"],
      ["", "loud", "info,", ",info", "arp:", ":debug", "a:b:debug", "INFO"],
    ],
  };

  for (const type of argumentTypes) {
    test(`of type ${type}`, () => {
      const [right, wrong] = values[type];
      for (const text of right) assert(isValue({ type, default: "x" }, text), JSON.stringify(text));
      for (const text of wrong) assert(!isValue({ type, default: "x" }, text), JSON.stringify(text));
      assert(valueForms[type].length > 0);
      // Where nothing is the default, it can be given, too.
      assert(isValue({ type, default: "" }, ""));
    });
  }
});

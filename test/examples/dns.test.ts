import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { packZones } from "../../compiler/pack/zone.ts";
import { compileZones } from "../../compiler/zone/index.ts";
import { noNamespaces } from "../support/namespace.ts";
import { readRepository, root } from "../support/repository.ts";
import { Example } from "./example.ts";
import { serve } from "./tap.ts";

const example = await Example.build("dns");
const fixed = await Example.build("dns", { defaults: { addresses: "static" } });
const READY = "Answering queries on port 53";
/** Most bytes of an image without its zones, with DHCP and with static addresses only. */
const [MOST, MOST_STATIC] = [80_000, 61_000];

/** The flags and counts of a response as dig and kdig show them, and its records. */
const sections = (output: string): string => output.replace(/^;.*\n|^\n/gm, "").replaceAll(/[ \t]+/g, " ");

describe("examples/dns", () => {
  test("is small", () => {
    example.checkSize();
    const zones = compileZones([join(root, "examples/dns/example.org.zone")]).block.length;
    for (const [{ image }, most] of [
      [example, MOST],
      [fixed, MOST_STATIC],
    ] as const) {
      const size = statSync(image).size - zones;
      assert.ok(size <= most, `without its zones ${image} has ${size} bytes; at most ${most} are allowed`);
    }
  });

  test("answers dig and kdig, by UDP and TCP", { skip: noNamespaces }, () =>
    serve(fixed, READY, [], async ({ shell }) => {
      assert.equal(await shell("dig +short @10.0.0.2 www.example.org"), "example.org.\n192.0.2.80\n");
      const dig = (words: string) => shell(`dig @10.0.0.2 +norec +nostats +nocmd ${words}`);
      const referral = await dig("a.lab.example.org");
      assert.match(referral, /status: NOERROR.*\n;; flags: qr; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2/);
      assert.equal(
        sections(referral),
        "lab.example.org. 3600 IN NS ns.lab.example.org.\nns.lab.example.org. 3600 IN A 192.0.2.53\n",
      );
      const none = await dig("nothing.example.org");
      assert.match(none, /status: NXDOMAIN.*\n;; flags: qr aa;/);
      assert.match(sections(none), /^example\.org\. 300 IN SOA ns1\.example\.org\. /);
      assert.match(await dig("example.com"), /status: REFUSED/);
      assert.match(await dig("+opcode=notify example.org"), /status: NOTIMP/);
      assert.match(await dig("CH TXT version.bind"), /status: REFUSED/);
      assert.match(await dig("+edns=1 +noednsneg example.org"), /status: BADVERS/);
      assert.match(
        await dig("+tcp Anybody.Users.Example.ORG"),
        /Anybody\.Users\.Example\.ORG\.\s+3600\s+IN\s+A\s+192\.0\.2\.81/,
      );
      const renamed = sections(await dig("x.old.example.org"));
      assert.match(
        renamed,
        /^old\.example\.org\. 3600 IN DNAME users\.example\.org\.\nx\.old\.example\.org\. 3600 IN CNAME x\.u/,
      );
      assert.match(await dig("HTTPS example.org"), /HTTPS\s+1 \. alpn="?h2"?/);
      // Cookies: dig says "good" when its own part has come back; with the server's part it is sent again.
      const cookie = /; COOKIE: ([0-9a-f]{48}) \(good\)/.exec(await dig("+cookie example.org"))?.[1];
      assert.match(await dig(`+cookie=${cookie} example.org`), new RegExp(`; COOKIE: ${cookie} \\(good\\)`));
      // Several queries on one connection.
      const kept = await shell("kdig @10.0.0.2 +tcp +keepopen +short ns1.example.org ns2.example.org mail.example.org");
      assert.equal(kept, "10.0.0.2\n10.0.0.3\n192.0.2.25\n");
      assert.match(await shell("dig @10.0.0.2 +tcp +keepalive example.org"), /TCP[- ]KEEPALIVE: 10.0 sec/i);
    }),
  );

  test("answers each query of dnsperf; of those of one kind no more than its limit", {
    skip: noNamespaces,
  }, async () => {
    const queries = join(fixed.folder, "queries");
    const lines = readRepository("examples/dns/example.org.zone").match(/^[a-z]\S*/gm) ?? [];
    writeFileSync(
      queries,
      ["example.org SOA", "example.org ANY", ...lines.map((name) => `${name}.example.org A`)].join("\n"),
    );
    const words = `-s 10.0.0.2 -d ${queries} -n 500`;
    await serve(fixed, READY, ["--rate-limit=0"], async ({ shell }) => {
      for (const mode of ["udp", "tcp"]) {
        const output = await shell(`dnsperf ${words} -m ${mode} -c 4`);
        assert.match(output, /Queries lost:\s+0 /, output);
        assert.match(output, /Response codes:\s+NOERROR \d+ \(100\.00%\)/, output);
      }
    });
    await serve(fixed, READY, ["--rate-limit=100"], async ({ shell }) => {
      const output = await shell(`dnsperf ${words} -t 0.5`);
      assert.doesNotMatch(output, /Queries lost:\s+0 /, output);
    });
  });

  test("reads its zones from a disk", { skip: noNamespaces }, async () => {
    const disk = await Example.build("dns", { defaults: { zones: "disk", addresses: "static" } });
    const zones = join(disk.folder, "zones");
    writeFileSync(zones, packZones([join(root, "examples/dns/example.org.zone")]));
    const ask = async ({ shell }: { shell: (line: string) => Promise<string> }): Promise<void> =>
      assert.equal(await shell("dig +short @10.0.0.2 -p 5353 ns1.example.org"), "10.0.0.2\n");
    await serve(disk, "Answering queries on port 5353", ["--port=5353"], ask, [`--disk=${zones}`]);
    const damaged = disk.simulate();
    damaged.network("service");
    damaged.block("example-org", { disk: new Uint8Array(4096) });
    damaged.start().settle();
    assert.equal(damaged.status, 1);
    assert.match(damaged.lines.join(), /holds no zones/);
  });
});

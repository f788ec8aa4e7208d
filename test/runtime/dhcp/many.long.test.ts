/** As many leases as large pools have addresses, on a disk that has just room for them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Link, ours, SERVER, station, wants } from "./link.ts";

test("as many as there are addresses, whatever the size of blocks", () => {
  const many = { arguments: ["--networks=4"] };
  for (const [blockSize, blocks] of [
    [512, 1115],
    [4096, 160],
  ] as const) {
    const disk = new Uint8Array(2 * blocks * blockSize);
    const before = new Link(many, disk, 0, blockSize);
    let given = 0;
    for (let i = 0; i < 4 * 4096; i++) {
      const net = `10.${16 + (i >> 12)}`;
      const address = `${net}.${(((i & 4095) + 1) >> 8) & 31}.${(i + 1) & 255}`;
      const relay = `${net}.255.1`;
      const options = [...wants(address), ...ours];
      before.tell("request", { chaddr: station(i), giaddr: relay, from: relay, to: SERVER.ip, options });
      if (i % 12 === 0) before.work();
      if (i % 12 === 0) given += before.take().length;
    }
    given += before.take().length;
    assert.equal(given, 16_384);
    assert.equal(new Link(many, disk, 1, blockSize).log[0], "[INFO] [dhcp] The disk holds 16384 leases");
  }
});

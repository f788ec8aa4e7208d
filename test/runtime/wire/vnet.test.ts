import assert from "node:assert/strict";
import { test } from "node:test";
import { WireModule } from "./module.ts";

const wire = await WireModule.load(import.meta.url, "vnet.as.ts");

test("a frame is plain unless its checksum is partial or it is to be segmented", () => {
  for (let flags = 0; flags < 8; flags++) {
    for (const gso of [0, 1, 3, 4, 5, 0x80, 0x81]) {
      wire.put(Uint8Array.of(flags, gso, 0, 0, 0, 0, 0, 0, 0, 0));
      assert.equal(wire.u32("flags", wire.at), flags);
      assert.equal(wire.u32("gsoType", wire.at), gso);
      assert.equal(wire.test("isPlain", wire.at), (flags & 1) === 0 && gso === 0, `flags ${flags}, gso ${gso}`);
    }
  }
});

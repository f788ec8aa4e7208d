/** Offloads: what is agreed on, and which frames a guest may leave to the host to finish. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as abi from "../../runtime/abi/tender.ts";
import { encodeEthernet, encodeIpv4 } from "../support/packets.ts";
import { Layout } from "./layout.ts";
import { file, start } from "./process.ts";
import { makeFrameSocket } from "./socket.ts";
import { makeTap } from "./tap.ts";
import { guest, writeImage } from "./wat.ts";

const USO = abi.NET_F_TX_USO | abi.NET_F_RX_USO;
/** Offloads that a kernel may lack: those came with Linux 6.2. */
const OLD = abi.NET_F_ALL & ~USO;

/** An image that prints the features it gets. @param offload what its manifest says; @param wanted what it asks for */
function asking(offload: number, wanted: number): string {
  const memory = new Layout()
    .text(0x40, "service")
    .netHeader(0x100, 0x200, 4, 0x300, 4)
    .u32(0x100 + abi.NET_FEATURES, wanted);
  const devices = [{ name: "service", kind: "network", ...(offload && { offload }) }] as const;
  const start = `(drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100)))
    (call $console_write (i32.const ${0x100 + abi.NET_FEATURES}) (i32.const 4)) (call $exit (i32.const 0)) (i64.const 0)`;
  return writeImage(file(`asking${offload}-${wanted}.wasm`), guest({ rest: memory.data(), start }), { devices });
}

async function agreed(offload: number, wanted: number, ...options: string[]): Promise<number> {
  const { stdout, stderr, status } = await start([...options, asking(offload, wanted)]).outcome;
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout.readUInt32LE(0);
}

test("a tap's offloads: those of the manifest, the guest and the kernel", async () => {
  const { name } = makeTap();
  const net = `--net=${name}`;
  const all = await agreed(abi.NET_F_ALL, abi.NET_F_ALL, net);
  assert.ok(all === abi.NET_F_ALL || all === OLD, `${all}`);
  assert.equal(await agreed(abi.NET_F_ALL, 0xffffffff, net), all, "features of which the tender does not know");
  assert.equal(await agreed(abi.NET_F_ALL, abi.NET_F_ALL, net, "--net-offload=on"), all);
  assert.equal(await agreed(abi.NET_F_ALL, abi.NET_F_ALL, net, "--net-offload=off"), 0);
  assert.equal(await agreed(0, abi.NET_F_ALL, net), 0, "the manifest says nothing of offloads");
  assert.equal(await agreed(0xffffffff, abi.NET_F_ALL, net), all);
  const receive = abi.NET_F_RX_CSUM | abi.NET_F_RX_TSO4;
  assert.equal(await agreed(receive | abi.NET_F_TX_CSUM, abi.NET_F_ALL, net), receive | abi.NET_F_TX_CSUM);
  assert.equal(await agreed(receive | abi.NET_F_TX_CSUM, receive, net), receive, "none to transmit");
  assert.equal(
    await agreed(abi.NET_F_ALL & ~abi.NET_F_RX_CSUM, abi.NET_F_ALL, net),
    all & 15,
    "segments need checksums",
  );
  assert.equal(await agreed(abi.NET_F_TX_TSO4, abi.NET_F_ALL, net), 0);
});

test("a guest that takes less to receive than its manifest says is trapped: the kernel was told already", async () => {
  const { name } = makeTap();
  const { stderr, status } = await start([`--net=${name}`, asking(abi.NET_F_ALL, abi.NET_F_RX_CSUM)]).outcome;
  assert.match(
    stderr,
    /trap: .*network device "service": offloads 0x10 are not those to receive that the manifest has/,
  );
  assert.equal(status, 70);
});

test("a socket has no offloads: its other end would not understand", async () => {
  const { fd, close } = await makeFrameSocket();
  const { stdout, status } = await start(["--net=@3", asking(abi.NET_F_ALL, abi.NET_F_ALL)], {
    stdio: ["ignore", "pipe", "pipe", fd],
  }).outcome;
  close();
  assert.equal(status, 0);
  assert.equal(stdout.readUInt32LE(0), 0);
});

test("--net-offload takes on and off", async () => {
  const { name } = makeTap();
  const words = [`--net=${name}`, "--net-offload=maybe", asking(abi.NET_F_ALL, abi.NET_F_ALL)];
  const { stderr, status } = await start(words).outcome;
  assert.match(
    stderr,
    /^tender: network device "service": "maybe" does not say whether to offload; expected on or off\n$/,
  );
  assert.equal(status, 66);
});

/** A virtio_net_hdr. */
const header = (flags: number, gsoType: number, headerLength: number, size: number, start: number, offset: number) => {
  const bytes = Buffer.from([flags, gsoType, 0, 0, 0, 0, 0, 0, 0, 0]);
  [headerLength, size, start, offset].forEach((value, i) => {
    bytes.writeUInt16LE(value, 2 + 2 * i);
  });
  return bytes;
};

/** A TCP segment of 2946 octets over IPv4, from 10.1.1.2 to 10.1.1.3. */
function largeSegment(): Uint8Array {
  const tcp = Buffer.alloc(20 + 2892, 0x61);
  tcp.writeUInt16BE(1000, 0);
  tcp.writeUInt16BE(2000, 2);
  tcp.set([0x50, 0x10], 12);
  const ip = encodeIpv4({ source: "10.1.1.2", destination: "10.1.1.3", protocol: 6, payload: tcp });
  return encodeEthernet({ destination: "02:00:00:00:00:09", source: "02:00:00:00:00:02", type: 0x0800, payload: ip });
}

test("frames to be finished by the host: what their headers say lies within them, and was agreed on", async () => {
  const { name } = makeTap();
  const frame = largeSegment();
  assert.equal(frame.length, 2946);
  const good = [
    header(0, 0, 0, 0, 0, 0),
    header(1, 0, 0, 0, 34, 16),
    header(1, 0, 54, 0, 34, 16),
    header(1, 0, 0, 0, 34, 2946 - 36),
    header(1, 1, 54, 1460, 34, 16),
    header(1, 1, 2946, 88, 34, 16),
  ];
  const bad = [
    header(2, 0, 0, 0, 0, 0),
    header(3, 0, 0, 0, 34, 16),
    header(128, 0, 0, 0, 34, 16),
    header(0, 1, 54, 1460, 0, 0),
    header(0, 5, 54, 1460, 34, 16),
    header(0, 0, 2947, 0, 0, 0),
    header(1, 0, 0, 0, 13, 16),
    header(1, 0, 0, 0, 0, 0),
    header(1, 0, 0, 0, 14, 2946 - 15),
    header(1, 0, 0, 0, 0xffff, 0xffff),
    header(1, 1, 54, 0, 34, 16),
    header(1, 1, 54, 1, 34, 16),
    header(1, 1, 51, 1460, 34, 16),
    header(1, 1, 2947, 1460, 34, 16),
    header(1, 2, 54, 1460, 34, 16),
    header(1, 3, 54, 1460, 34, 16),
    header(1, 0x81, 54, 1460, 34, 16),
    header(1, 0xff, 54, 1460, 34, 16),
  ];
  const counters = async (headers: readonly Buffer[], offload: number, ...options: string[]) => {
    const memory = new Layout()
      .text(0x40, "service")
      .netHeader(0x100, 0x200, 4, 0x1000, 64)
      .u32(0x100 + abi.NET_FEATURES, offload)
      .u32(0x100 + abi.NET_TX_POSTED, headers.length * 2)
      .text(0x4000, frame);
    headers.forEach((bytes, i) => {
      memory.text(0x3000 + i * 16, bytes);
      memory.descriptor(0x1000, i * 2, 0x3000 + i * 16, bytes.length, abi.DESC_NEXT);
      memory.descriptor(0x1000, i * 2 + 1, 0x4000, frame.length);
    });
    const devices = [{ name: "service", kind: "network", ...(offload && { offload }) }] as const;
    const image = writeImage(
      file("sender.wasm"),
      guest({
        rest: memory.data(),
        start: `(drop (call $net_attach (i32.const 0x40) (i32.const 7) (i32.const 0x100)))
          (call $exit (i32.const 0)) (i64.const 0)`,
      }),
      { devices },
    );
    const { stderr, status } = await start(["--stats=json", `--net=${name}`, ...options, image]).outcome;
    assert.equal(status, 0, stderr);
    const { tx_packets: sent, tx_dropped: dropped } = JSON.parse(stderr).network.service;
    return { sent, dropped };
  };
  assert.deepEqual(await counters(good, abi.NET_F_ALL), { sent: good.length, dropped: 0 });
  assert.deepEqual(await counters(bad, abi.NET_F_ALL), { sent: 0, dropped: bad.length });
  assert.deepEqual(await counters(good, abi.NET_F_TX_CSUM), { sent: 4, dropped: 2 });
  assert.deepEqual(await counters(good, abi.NET_F_TX_CSUM | abi.NET_F_TX_TSO6), { sent: 4, dropped: 2 });
  for (const [offload, ...options] of [[0], [abi.NET_F_ALL, "--net-offload=off"]] as [number, ...string[]][])
    assert.deepEqual(await counters(good, offload, ...options), { sent: 1, dropped: good.length - 1 });
});

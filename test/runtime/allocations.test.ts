/**
 * Nothing is allocated per packet or request: counted in the allocator of an image that is built for it, of
 * allocations.as.ts.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { patchedRuntime } from "../../compiler/pipeline/collector.ts";
import { compileText, type Guest } from "../support/guest.ts";
import {
  ETHERTYPE,
  encodeArp,
  encodeEthernet,
  encodeIpv4,
  encodeUdp,
  macOctets,
  TCP_FLAG,
} from "../support/packets.ts";
import { root } from "../support/repository.ts";
import { type End, TcpPeer } from "./tcppeer.ts";

const MANY = 10_000;
const GUEST: End = { mac: "02:00:00:00:00:02", ip: "10.0.0.2", port: 7 };
const PEER: End = { mac: "02:00:00:00:00:01", ip: "10.0.0.1", port: 40000 };
const SECTOR = 512;
const FIBERS = 8;
/** Octets of data in a segment. */
const SEGMENT = 512;
const REQUESTS_PER_TURN = 5;

/** asc's memory manager with a counter in the one function that each allocation ends up in. */
async function countingAllocator(): Promise<string> {
  const { default: asc } = await import("assemblyscript/asc");
  const text = patchedRuntime(asc.libraryFiles)["rt/tlsf"] ?? "";
  const begin = "export function allocateBlock(root: Root, size: usize): Block {\n";
  assert.equal(text.split(begin).length, 2, "the memory manager has changed");
  const counter = "let count: i32 = 0;\nexport function allocations(): i32 { return count; }\n";
  return text.replace(begin, `// @ts-ignore: decorator\n@lazy ${counter}${begin}count++;\n`);
}

function frame(type: number, payload: Uint8Array): Uint8Array {
  return encodeEthernet({ destination: GUEST.mac, source: PEER.mac, type, payload });
}

const introduction = frame(
  ETHERTYPE.arp,
  encodeArp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: "00:00:00:00:00:00", tpa: GUEST.ip }),
);
const datagram = frame(
  ETHERTYPE.ipv4,
  encodeIpv4({
    source: PEER.ip,
    destination: GUEST.ip,
    protocol: 17,
    payload: encodeUdp({ sourcePort: 40000, destinationPort: 7, data: new Uint8Array(64) }, PEER.ip, GUEST.ip),
  }),
);

describe("over 10,000", () => {
  let guest: Guest;

  before(async () => {
    const main = `export * from "../allocations.as";\nexport { allocations } from "rt/tlsf";\n`;
    const library = { "rt/tlsf": await countingAllocator() };
    guest = await compileText(main, join(root, "test/runtime"), { mode: "default", library });
  });

  /** The image, past the beginning, when buffers and frames of fibers are made. */
  function begin(waste: string) {
    const tender = guest.instantiate({ arguments: [`--waste=${waste}`] });
    const network = tender.network("service", { mac: macOctets(GUEST.mac) });
    tender.block("storage", { disk: new Uint8Array(FIBERS * 2 * SECTOR) });
    const call = (name: string, ...values: number[]) => Number(tender.exports[name]?.(...values));
    tender.start().settle();
    network.send(introduction);
    tender.settle();
    network.take();

    /** Sends datagrams, up to 32 at once, as the window moves. @returns how many came back */
    const echo = (count: number) => {
      let answers = 0;
      for (let sent = 0; sent < count; ) {
        const batch = Math.min(count - sent, 1 + (sent % 32));
        for (let i = 0; i < batch; i++) network.send(datagram);
        answers += tender.settle() && network.take().length;
        sent += batch;
      }
      return answers;
    };
    const allocations = () => call("allocations");
    assert.ok(allocations() > 0, "the allocator does not count");
    assert.equal(echo(100), 100);
    return { tender, network, call, echo, allocations };
  }

  /**
   * Allocations while a connection's segments are echoed, up to eight at once.
   * @param disordered turns of which the last segment comes first: each third, or none
   */
  function countStreaming(waste: string, disordered = false): { allocated: number; gaps: number } {
    const { tender, network, allocations } = begin(waste);
    const peer = new TcpPeer(network, PEER, GUEST);
    const turn = (backwards = false) => {
      peer.flush(backwards);
      tender.advance(1);
      peer.take();
    };
    peer.send(TCP_FLAG.syn);
    turn();
    peer.send(TCP_FLAG.ack);
    let gaps = 0;
    /** @returns segments with data that came back */
    const echo = (count: number) => {
      const [octets, segments] = [peer.octets + count * SEGMENT, peer.segments];
      for (let sent = 0; sent < count; ) {
        const batch = Math.min(count - sent, 1 + (sent % 8));
        for (let i = 0; i < batch; i++) peer.send(TCP_FLAG.ack | TCP_FLAG.psh, new Uint8Array(SEGMENT));
        const backwards = disordered && sent % 3 === 0;
        if (backwards && batch > 1) gaps++;
        turn(backwards);
        sent += batch;
      }
      for (let i = 0; i < 100 && peer.octets < octets; i++, turn()) peer.send(TCP_FLAG.ack);
      assert.equal(peer.octets, octets);
      return peer.segments - segments;
    };
    echo(1000); // where buffers grow
    const before = allocations();
    gaps = 0;
    assert.ok(echo(MANY) >= MANY / 4, "segments out");
    return { allocated: allocations() - before, gaps };
  }

  /** Allocations while datagrams are echoed. */
  function countEchoing(waste: string): number {
    const { echo, allocations } = begin(waste);
    const before = allocations();
    assert.equal(echo(MANY), MANY);
    return allocations() - before;
  }

  /** Allocations while the disk is read, written and flushed. Each fiber takes some for itself: it is once, its frames. */
  function countRequesting(waste: string): number {
    const { tender, call, allocations } = begin(waste);
    const measure = (turns: number) => {
      const [before, made] = [allocations(), call("getRequests")];
      call("makeRequests", FIBERS, turns);
      tender.deadline = 0n;
      tender.settle();
      assert.equal(call("getRequests") - made, FIBERS * turns * REQUESTS_PER_TURN);
      return allocations() - before;
    };
    measure(10); // where waiting fibers and timers make room in lists
    const few = measure(10);
    return measure(10 + MANY / FIBERS / REQUESTS_PER_TURN) - few;
  }

  test("datagrams echoed, nothing is allocated", () => assert.equal(countEchoing(""), 0));

  test("segments of a TCP connection, there and back, nothing is allocated", () => {
    assert.equal(countStreaming("").allocated, 0);
  });

  test("segments out of order, only a list for each gap is", () => {
    const { allocated, gaps } = countStreaming("", true);
    assert.ok(gaps > 100 && allocated <= gaps, `${allocated} for ${gaps} gaps`);
  });

  test("requests to a disk, nothing is allocated", () => assert.equal(countRequesting(""), 0));

  test("an object or a block for each is found", () => {
    const turns = MANY / REQUESTS_PER_TURN;
    for (const waste of ["object", "block"]) {
      assert.ok(countEchoing(waste) >= MANY, waste);
      assert.ok(countStreaming(waste).allocated >= MANY, waste);
      assert.ok(countRequesting(waste) >= turns, waste);
    }
  });
});

import {
  atExit,
  BlockDevice,
  consoleWrite,
  exit,
  Fiber,
  measure,
  NetworkDevice,
  now,
  panic,
  randomU32,
  resultName,
  sleep,
  wallNow,
} from "fata";
import {
  argv,
  block_attach,
  CONSOLE_MAX,
  clock_monotonic,
  console_write,
  net_attach,
  RANDOM_MAX,
  random,
} from "fata/abi/tender";
import { keys } from "fata/keys";

const SECOND: u64 = 1000000000;

/**
 * Calls everything in the ABI through the runtime and beside it, and states what it saw: test/conformance/run.ts runs it
 * under a tender, and expected/image.txt is what every tender must answer. Each case from 1 on ends in another way.
 */
export class Main {
  constructor(
    private disk: BlockDevice,
    private net: NetworkDevice,
  ) {}

  start(): void {
    if (keys.case != 0) return this.end();
    this.callAside();
    this.clocks();
    this.blocks();
    this.network();
    this.grow();
    exit(42);
  }

  /** Hypercalls beside the runtime's own: in `start` first, then in a step. */
  private callAside(): void {
    const buffer = heap.alloc(CONSOLE_MAX);
    const name = String.UTF8.encode("service");
    const disk = String.UTF8.encode("disk");
    show("argv past the last", argv(9, buffer, 16));
    show("argv(-1)", argv(-1, buffer, 16));
    show("random of nothing", random(buffer, 0));
    show("random of too much", random(buffer, RANDOM_MAX + 1));
    console_write(buffer, 0);
    show("net_attach again", net_attach(changetype<usize>(name), name.byteLength, buffer));
    show("net_attach of a block device", net_attach(changetype<usize>(disk), disk.byteLength, buffer));
    show("block_attach again", block_attach(changetype<usize>(disk), disk.byteLength, buffer));
    show("block_attach without a name", block_attach(buffer, 0, buffer));
    sleep(1);
    show("net_attach in a step", net_attach(changetype<usize>(name), name.byteLength, buffer));
    show("block_attach in a step", block_attach(changetype<usize>(disk), disk.byteLength, buffer));
    heap.free(buffer);
  }

  private clocks(): void {
    const before = now();
    sleep(20);
    state("20 ms later it is 20 ms later", now() - before >= SECOND / 50);
    state("and not a minute", now() - before < 60 * SECOND);
    state("the step's time is not ahead of the clock", clock_monotonic() >= now());
    state("which goes on", measure() >= now());
    state("the wall clock is after 2023", wallNow() > 1700000000 * SECOND);
    const first = randomU32();
    const second = randomU32();
    state("random numbers differ", first != second || first != randomU32());
  }

  private blocks(): void {
    const disk = this.disk;
    consoleWrite(`disk of ${disk.size} bytes in blocks of ${disk.blockSize}\n`);
    const block = new Uint8Array(512);
    const two = new Uint8Array(1024);
    name("read of block 3", disk.read(1536, block));
    show("its first byte", block[0]);
    name("read of the last two", disk.read(disk.size - 1024, two));
    show("the last byte", two[1023]);
    name("read at the end", disk.read(disk.size, block));
    name("read past the end", disk.read(disk.size - 512, two));
    name("read far past the end", disk.read(u64.MAX_VALUE - 511, block));
    name("read between blocks", disk.read(100, block));
    name("read of part of a block", disk.read(0, new Uint8Array(100)));
    name("read of several buffers", disk.readv(512, [block, two]));
    show("first bytes", ((<i32>block[0] * 10 + two[0]) * 10 + two[512]) as i32);
    name("write past the end", disk.write(disk.size - 512, two));
    // What was there is written back: the disk is as it was.
    name("read before the write", disk.read(512, block));
    name("write of the same", disk.write(512, block));
    name("write of several", disk.writev(512, [block]));
    name("flush", disk.flush());
  }

  private network(): void {
    const net = this.net;
    state("the link is up", net.link);
    show("mtu", net.mtu);
    let sent = 0;
    for (let i = 0; i < 300; i++) {
      let ptr = net.reserve();
      for (let tries = 0; ptr == 0 && tries < 100; tries++) {
        sleep(1);
        ptr = net.reserve();
      }
      if (ptr == 0) break;
      memory.fill(ptr, <u8>i, 64);
      net.commit(64);
      sent++;
    }
    show("frames sent", sent);
  }

  /** More memory, which the tender must know of: the disk is read into it. */
  private grow(): void {
    const large = new Uint8Array(4 << 20);
    const part = Uint8Array.wrap(large.buffer, (4 << 20) - 512, 512);
    name("read into memory that has grown", this.disk.read(2560, part));
    show("its first byte", part[0]);
  }

  /** One of the ways to end. */
  private end(): void {
    switch (keys.case) {
      case 1:
        return panic("a panic of the guest's own");
      case 2:
        return exit(256);
      case 3:
        return exit(-1);
      case 4:
        atExit(new Farewell());
        return;
      case 5:
        return console_write(<usize>0xfffffff0, 32);
      case 6: {
        argv(0, <usize>0xffffffff, 8);
        return;
      }
      case 7: {
        random(<usize>0xfffffff0, 17);
        return;
      }
      case 8: {
        net_attach(<usize>0xfffffff0, 64, 0);
        return;
      }
      case 9: {
        block_attach(0, 0xffffffff, 0);
        return;
      }
      case 10: {
        store<u8>(<usize>0xfffffff0, 1);
        return;
      }
      case 11: {
        new Uint8Array(0x20000000);
        return;
      }
    }
  }
}

class Farewell extends Fiber {
  run(): void {
    consoleWrite("farewell\n");
  }
}

function show(what: string, value: i64): void {
  consoleWrite(`${what}: ${value}\n`);
}

function state(what: string, value: bool): void {
  consoleWrite(`${what}: ${value ? "yes" : "NO"}\n`);
}

function name(what: string, result: i32): void {
  consoleWrite(`${what}: ${resultName(result)}\n`);
}

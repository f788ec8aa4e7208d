/** Asks an echo server again and again, and checks every answer octet by octet. The image ends with status 0 if all came. */

import { NetworkDevice } from "fata/net/device";
import { OffloadDevice } from "fata/net/offload";
import { Stack } from "fata/net/stack";
import { UdpSocket } from "fata/net/udpsocket";
import { Fiber } from "fata/sched/fiber";
import { boot, event, step } from "fata/sched/loop";
import { boolArgument, i32Argument } from "fata/sys/args";
import { exit } from "fata/sys/exit";
import { Ipv4Prefix } from "fata/wire/ipv4address";

const SERVER: u32 = 0x0a000002;
const PORT: u32 = 7;
/** How long the next answer is waited for, in ms. */
const PATIENCE: u64 = 200;
const TRIES: i32 = 2000;

/** Answers that were not what was asked, though their checksum was right. */
let wrongAnswers: u32 = 0;
/** Answers to earlier questions: late or duplicated. */
let oldAnswers: u32 = 0;
let timeouts: u32 = 0;

class Client extends Fiber {
  private socket: UdpSocket;
  private buffer: Uint8Array = new Uint8Array(2048);

  constructor(private requests: i32) {
    super();
    const device = boolArgument("offload", false) ? new OffloadDevice("service") : new NetworkDevice("service");
    const stack = new Stack(device, Ipv4Prefix.parse("10.0.0.3/24")!, 0);
    this.socket = new UdpSocket(stack.udp);
    this.socket.bind(1000);
  }

  run(): void {
    for (let request = 0; request < this.requests; request++) {
      if (!this.ask(request)) exit(1);
    }
    exit(wrongAnswers ? 2 : 0);
  }

  /** Sends a request until its answer comes. @returns whether it did */
  private ask(request: u32): bool {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      this.socket.sendTo(this.buffer, this.write(request), SERVER, PORT);
      for (;;) {
        const length = this.socket.recvFrom(this.buffer, PATIENCE);
        if (length < 0) break;
        const answer = length >= 4 ? load<u32>(this.buffer.dataStart) : u32.MAX_VALUE;
        if (answer > request || !this.isRight(answer, length)) wrongAnswers++;
        else if (answer < request) oldAnswers++;
        else return true;
      }
      timeouts++;
    }
    return false;
  }

  /** Writes a request into the buffer. @returns its length */
  private write(request: u32): i32 {
    const length = lengthOf(request);
    store<u32>(this.buffer.dataStart, request);
    for (let i = 4; i < length; i++) this.buffer[i] = octetOf(request, i);
    return length;
  }

  private isRight(request: u32, length: i32): bool {
    if (length != lengthOf(request)) return false;
    for (let i = 4; i < length; i++) {
      if (this.buffer[i] != octetOf(request, i)) return false;
    }
    return true;
  }
}

/** 4 to 1472 octets. */
function lengthOf(request: u32): i32 {
  return 4 + (((request * 2654435761) >>> 8) % 1469);
}

function octetOf(request: u32, index: i32): u8 {
  return (request * 7 + index * 13) as u8;
}

/** Spawned as the main job, so that the devices are attached inside of start. */
class Main extends Fiber {
  run(): void {
    new Client(i32Argument("requests", 10)).spawn().join();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

export { event, step };

export function getWrongAnswers(): u32 {
  return wrongAnswers;
}

export function getOldAnswers(): u32 {
  return oldAnswers;
}

export function getTimeouts(): u32 {
  return timeouts;
}

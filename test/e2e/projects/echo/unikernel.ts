import { atExit, Fiber, log, OK, Stack, sleep, UdpSocket } from "fata";
import { keys } from "fata/keys";

const PORT = 7;

/** Echoes UDP, with timers that run beside it, and takes leave of the last peer when it is told to stop. */
export class Main {
  constructor(private net: Stack) {}

  start(): void {
    this.net.arp.lifetime = <u64>keys.arpLifetime * 1_000_000;
    const socket = new UdpSocket(this.net.udp);
    assert(socket.bind(PORT) == OK);
    atExit(new Leave(socket));
    new Ticker().spawn();
    log.info("Echoing");
    const buffer = new Uint8Array(2048);
    for (;;) {
      const length = socket.recvFrom(buffer);
      if (length < 0) return;
      if (keys.busy) spin();
      socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
    }
  }
}

/** Keeps the image alive when no device can wake it any more. */
class Ticker extends Fiber {
  run(): void {
    while (sleep(100) == OK) {}
  }
}

class Leave extends Fiber {
  constructor(private socket: UdpSocket) {
    super();
  }

  run(): void {
    const farewell = new Uint8Array(3);
    farewell[0] = 0x62; // b
    farewell[1] = 0x79; // y
    farewell[2] = 0x65; // e
    const socket = this.socket;
    if (socket.remotePort) socket.sendTo(farewell, farewell.length, socket.remoteAddress, socket.remotePort);
    sleep(10);
    log.info("Bye");
  }
}

/** Never returns. */
function spin(): void {
  log.info("Computing");
  sleep(1); // the tender prints what was logged between two steps
  let word: u32 = 1;
  while (word) word = (word << 1) | 1;
}

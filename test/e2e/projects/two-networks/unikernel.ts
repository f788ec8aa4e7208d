import { Fiber, joinAll, log, OK, Stack, UdpSocket } from "fata";

const PORT = 7;

/** Echoes UDP on each of two networks, with the network's name before each answer. */
export class Main {
  constructor(
    private left: Stack,
    private right: Stack,
  ) {}

  start(): void {
    const fibers = [new Echo(this.left, "left: ").spawn(), new Echo(this.right, "right: ").spawn()];
    log.info("Echoing on both networks");
    joinAll(fibers);
  }
}

class Echo extends Fiber {
  private socket: UdpSocket;

  constructor(
    net: Stack,
    private prefix: string,
  ) {
    super();
    this.socket = new UdpSocket(net.udp);
  }

  run(): void {
    const socket = this.socket;
    assert(socket.bind(PORT) == OK);
    const buffer = new Uint8Array(2048);
    const prefix = this.prefix;
    for (let i = 0; i < prefix.length; i++) buffer[i] = <u8>prefix.charCodeAt(i);
    const payload = buffer.subarray(prefix.length);
    for (;;) {
      const length = socket.recvFrom(payload);
      if (length < 0) return;
      socket.sendTo(buffer, prefix.length + length, socket.remoteAddress, socket.remotePort);
    }
  }
}

import { BlockDevice, Fiber, Flow, log, OK, Stack, UdpSocket } from "fata";

const PORT = 7;

/** Echoes a TCP connection. */
class Echo extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const flow = this.flow;
    const buffer = new Uint8Array(16384);
    for (;;) {
      const length = flow.read(buffer);
      if (length <= 0 || flow.write(buffer, 0, length) != OK) break;
    }
    flow.close();
  }
}

class Acceptor extends Fiber {
  constructor(private net: Stack) {
    super();
  }

  run(): void {
    const listener = this.net.listen(PORT)!;
    for (let flow = listener.accept(); flow; flow = listener.accept()) new Echo(flow).spawn();
  }
}

/** Echoes TCP and UDP; each datagram goes to the disk and is read again before it is answered. */
export class Main {
  constructor(
    private storage: BlockDevice,
    private net: Stack,
  ) {}

  start(): void {
    const storage = this.storage;
    const socket = new UdpSocket(this.net.udp);
    assert(socket.bind(PORT) == OK);
    new Acceptor(this.net).spawn();
    log.info("Keeping a journal");
    const buffer = new Uint8Array(storage.blockSize);
    let sector: u64 = 0;
    for (;;) {
      const length = socket.recvFrom(buffer);
      if (length < 0) return;
      const offset = sector * storage.blockSize;
      if (storage.write(offset, buffer) != OK || storage.read(offset, buffer) != OK) return;
      if (++sector == storage.sectors) sector = 0;
      socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
    }
  }
}

import { BlockDevice, log, OK, Stack, UdpSocket } from "fata";

const PORT = 7;

/** Echoes UDP; each datagram goes to the disk and is read again before it is answered. */
export class Main {
  constructor(
    private storage: BlockDevice,
    private net: Stack,
  ) {}

  start(): void {
    const storage = this.storage;
    const socket = new UdpSocket(this.net.udp);
    assert(socket.bind(PORT) == OK);
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

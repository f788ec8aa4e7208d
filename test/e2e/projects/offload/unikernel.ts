import { log, Stack, UdpSocket } from "fata";

/** Echoes UDP on port 7, over a device that leaves checksums and segments to the host. */
export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const socket = new UdpSocket(this.net.udp);
    socket.bind(7);
    log.info("Echoing UDP on port 7");
    const buffer = new Uint8Array(65536);
    for (;;) {
      const length = socket.recvFrom(buffer);
      if (length < 0) break;
      socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
    }
  }
}

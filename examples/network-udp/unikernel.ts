import { log, OK, resultName, Stack, UdpSocket } from "fata";

/** The port of the echo service (RFC 862). */
const PORT = 7;

/** Sends each datagram back to where it came from. */
export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const socket = new UdpSocket(this.net.udp);
    const result = socket.bind(PORT);
    if (result != OK) return log.error(`Cannot listen on port ${PORT}: ${resultName(result)}`);
    log.info(`Echoing UDP on port ${PORT}`);

    const buffer = new Uint8Array(65536);
    for (;;) {
      const length = socket.recvFrom(buffer);
      if (length < 0) break;
      socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
    }
  }
}

/** UDP datagrams to the guest that answers (echo.ts), over a tap. */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import type { Tap } from "./tap.ts";

/** Sends datagrams to the guest one after another; each must come back as it was. */
export async function exchange(tap: Tap, datagrams: readonly Buffer[]): Promise<void> {
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve) => socket.bind(0, tap.host, resolve));
    for (const datagram of datagrams) assert.deepEqual(await ask(socket, tap.guest, datagram), datagram);
  } finally {
    socket.close();
  }
}

/** Sends again when nothing comes: the host's queues may drop. */
function ask(socket: Socket, to: string, datagram: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const send = () => socket.send(datagram, 7, to);
    const again = setInterval(send, 500);
    socket.once("message", (answer) => {
      clearInterval(again);
      resolve(answer);
    });
    send();
  });
}

/** Bytes that tell the datagram's length and the place in it. */
export const datagramOf = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + length) & 255));

/**
 * A datagram socket as a network device: each datagram is a frame.
 */
import { createSocket, type Socket } from "node:dgram";

export interface FrameSocket {
  /** The test's end. */
  readonly socket: Socket;
  /** The tender's end, as the descriptor to pass on. */
  readonly fd: number;
  close(): void;
}

/** Makes two sockets that are connected to each other. */
export async function makeFrameSocket(): Promise<FrameSocket> {
  const socket = createSocket("udp4");
  const peer = createSocket("udp4");
  for (const s of [socket, peer]) await new Promise<void>((resolve) => s.bind(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => peer.connect(socket.address().port, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => socket.connect(peer.address().port, "127.0.0.1", resolve));
  // This process must not read what is the tender's.
  const { _handle } = peer as unknown as { _handle: { fd: number; recvStop(): void } };
  _handle.recvStop();
  const close = () => {
    socket.close();
    peer.close();
  };
  return { socket, fd: _handle.fd, close };
}

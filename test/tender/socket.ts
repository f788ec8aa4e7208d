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

/** Binds a socket and connects it to another, or to itself. Returns its descriptor, which this process does not read. */
async function connectUnread(socket: Socket, port: number): Promise<number> {
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  const { _handle } = socket as unknown as { _handle: { fd: number; recvStop(): void } };
  _handle.recvStop();
  return _handle.fd;
}

/** A socket that is connected to itself: what is sent comes back. */
export async function makeEchoSocket(): Promise<Omit<FrameSocket, "socket">> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const fd = await connectUnread(socket, socket.address().port);
  return { fd, close: () => socket.close() };
}

/** Makes two sockets that are connected to each other. */
export async function makeFrameSocket(): Promise<FrameSocket> {
  const socket = createSocket("udp4");
  const peer = createSocket("udp4");
  for (const s of [socket, peer]) await new Promise<void>((resolve) => s.bind(0, "127.0.0.1", resolve));
  const fd = await connectUnread(peer, socket.address().port);
  await new Promise<void>((resolve) => socket.connect(peer.address().port, "127.0.0.1", resolve));
  const close = () => {
    socket.close();
    peer.close();
  };
  return { socket, fd, close };
}

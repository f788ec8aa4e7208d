/**
 * The other end of a stream of frames, as passt and QEMU have it, for tests.
 */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";

/** A frame as it goes over the stream: its length, 4 bytes, big-endian, then itself. */
export function framed(frame: Uint8Array): Buffer {
  return Buffer.concat([lengthOf(frame.length), frame]);
}

/** What stands before a frame of so many bytes. */
export function lengthOf(bytes: number): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes);
  return prefix;
}

export class StreamPeer {
  /** Frames that came and were not asked for yet. */
  readonly frames: Buffer[] = [];
  private parts: Buffer[] = [];
  private onChange: () => void = () => undefined;
  private closed = false;

  /** @param socket whose other end is the tender's */
  constructor(readonly socket: Socket) {
    socket.on("data", (data) => {
      this.parts.push(data);
      this.parse();
      this.onChange();
    });
    // The tender may have ended when the test still sends.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.closed = true;
      this.onChange();
    });
  }

  /** The next frame from the guest. Fails when the tender has closed its end. */
  async next(): Promise<Buffer> {
    for (;;) {
      const frame = this.frames.shift();
      if (frame) return frame;
      assert.ok(!this.closed, "the tender closed the connection");
      await new Promise<void>((resolve) => {
        this.onChange = resolve;
      });
    }
  }

  /** Bytes of a frame whose rest has not come. */
  get unfinished(): number {
    return this.parts.reduce((sum, part) => sum + part.length, 0);
  }

  private parse(): void {
    let bytes = Buffer.concat(this.parts);
    while (bytes.length >= 4 && bytes.length - 4 >= bytes.readUInt32BE()) {
      const end = 4 + bytes.readUInt32BE();
      this.frames.push(Buffer.from(bytes.subarray(4, end)));
      bytes = bytes.subarray(end);
    }
    this.parts = bytes.length > 0 ? [bytes] : [];
  }
}

/** Listens at a path for one connection. */
export async function listen(path: string): Promise<{ accepted: Promise<StreamPeer> }> {
  const server = createServer({ allowHalfOpen: true });
  const accepted = new Promise<StreamPeer>((resolve) => {
    server.once("connection", (socket) => {
      server.close();
      resolve(new StreamPeer(socket));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { accepted };
}

/** Whether somebody listens at a path. @param sockets what /proc/net/unix says */
export function isListening(path: string, sockets: string): boolean {
  // The fourth field has this flag when the socket listens.
  return sockets.split("\n").some((line) => line.endsWith(` ${path}`) && line.split(/\s+/)[3] === "00010000");
}

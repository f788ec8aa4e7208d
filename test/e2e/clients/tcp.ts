/**
 * One end of a TCP connection, to be run on a test's host: sends bytes while it receives others, and compares those with what
 * the other end sends.
 *
 *     node tcp.js listen|connect|echo ADDRESS PORT BYTES     prints "listening" or "connected", and at the end how many bytes
 *                                                            were as expected
 *
 * With `echo` it connects to a server that sends back what comes.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

const CHUNK = 65536;

/** The bytes from a chunk's first on: no two chunks of an end are the same. @param end 0 or 1 */
function chunk(end: number, index: number): Buffer {
  const bytes = Buffer.alloc(CHUNK);
  let state = (index * 2 + end + 1) >>> 0;
  for (let at = 0; at < CHUNK; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes.writeUInt32LE(state, at);
  }
  return bytes;
}

/** @param end ours; @param other the one whose bytes are to come */
async function exchange(socket: Socket, end: number, other: number, count: number): Promise<number> {
  const [received, expected] = [createHash("sha256"), createHash("sha256")];
  let length = 0;
  socket.on("data", (bytes) => {
    received.update(bytes);
    length += bytes.length;
  });
  const over = once(socket, "end");
  for (let i = 0; i < count / CHUNK; i++) {
    expected.update(chunk(other, i));
    if (!socket.write(chunk(end, i))) await once(socket, "drain");
  }
  socket.end();
  await over;
  if (length !== count || received.digest("hex") !== expected.digest("hex"))
    throw new Error(`${length} bytes came, which are not the ${count} that were sent`);
  return length;
}

const [mode, address = "", port, bytes] = process.argv.slice(2);
if (mode === "listen") {
  const server = createServer({ allowHalfOpen: true }).listen(Number(port), address);
  await once(server, "listening");
  console.log("listening");
  const [socket] = (await once(server, "connection")) as [Socket];
  console.log(`received ${await exchange(socket, 0, 1, Number(bytes))}`);
  server.close();
} else {
  const socket = connect({ port: Number(port), host: address, allowHalfOpen: true });
  await once(socket, "connect");
  if (mode === "connect") console.log("connected");
  console.log(`received ${await exchange(socket, 1, mode === "echo" ? 1 : 0, Number(bytes))}`);
}

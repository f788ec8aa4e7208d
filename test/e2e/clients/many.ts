/**
 * Many TCP connections at once to an echo service, to be run on a test's host. Each says something, has to hear the same, waits
 * until all others have, and says something else.
 *
 *     node many.js ADDRESS PORT CONNECTIONS
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

async function answered(socket: Socket, text: string): Promise<void> {
  socket.write(text);
  let heard = "";
  while (heard.length < text.length) heard += (await once(socket, "data")).join("");
  if (heard !== text) throw new Error(`"${heard}" in place of "${text}"`);
}

const [address = "", port, connections] = process.argv.slice(2);
const sockets = await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    const socket = connect({ port: Number(port), host: address });
    await once(socket, "connect");
    return socket;
  }),
);
for (const round of ["first", "second"])
  await Promise.all(sockets.map((socket, index) => answered(socket, `${round} words of ${index}`)));
await Promise.all(
  sockets.map(async (socket) => {
    const over = once(socket, "close");
    socket.end();
    await over;
  }),
);
console.log(`${sockets.length} connections`);

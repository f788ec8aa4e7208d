/**
 * TCP clients with bad manners, to be run on a test's host:
 *
 *     node patience.js trickle ADDRESS PORT COUNT     sends one octet at a time to an echo service, and compares
 *     node patience.js stall ADDRESS PORT BYTES       reads nothing for a while, then so many bytes
 *     node patience.js hold ADDRESS PORT              keeps a connection to an echo service busy until its input ends; its
 *                                                     own port it prints once something has come back
 */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Long enough for the sender to fill all windows. */
const STALL_MS = 1_000;

const [mode, address = "", port, count] = process.argv.slice(2);
const socket = connect({ port: Number(port), host: address, noDelay: true });
await once(socket, "connect");

if (mode === "trickle") {
  let heard = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    heard += text;
  });
  let said = "";
  for (let i = 0; i < Number(count); i++) {
    const octet = String.fromCharCode(i & 127);
    said += octet;
    socket.write(octet);
    if (i % 50 === 0) await pause(1);
  }
  socket.end();
  await once(socket, "end");
  if (heard !== said) throw new Error(`${heard.length} octets came back of ${said.length}`);
} else if (mode === "stall") {
  console.log("stalling");
  await pause(STALL_MS);
  let left = Number(count);
  for await (const bytes of socket) {
    left -= (bytes as Buffer).length;
    if (left <= 0) break;
  }
} else {
  let over = false;
  process.stdin.resume().once("end", () => {
    over = true;
  });
  let rounds = 0;
  for (; !over; rounds++) {
    const text = `round ${rounds} `.repeat(100);
    socket.write(text);
    let heard = "";
    while (heard.length < text.length) {
      const [bytes] = await Promise.race([
        once(socket, "data"),
        once(socket, "close").then(() => {
          throw new Error(`the connection was broken off in round ${rounds}`);
        }),
      ]);
      heard += bytes;
    }
    if (heard !== text) throw new Error(`what comes back in round ${rounds} is wrong`);
    if (rounds === 0) console.log(`port ${socket.localPort}`);
  }
  socket.end();
  console.log(`${rounds} rounds`);
}

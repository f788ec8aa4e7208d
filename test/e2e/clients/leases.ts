/**
 * Many DHCP clients behind a relay: `leases.js SERVER RELAY COUNT`. Each asks for the address 192.168.1.(70 + its number), and
 * after a second again. Prints the number of a client when its DHCPACK comes, and ends when all have one.
 */
import { createSocket } from "node:dgram";

const [server = "", relay = "", count = ""] = process.argv.slice(2);
const left = new Set(Array.from({ length: Number(count) }, (_, i) => i));
const octets = (address: string) => address.split(".").map(Number);

function request(client: number): Buffer {
  const message = Buffer.alloc(300);
  message.set([1, 1, 6, 0]);
  message.writeUInt32BE(client, 4);
  message.set(octets(relay), 24);
  message.set([2, 0, 0, 1, 0, client], 28);
  message.set([99, 130, 83, 99, 53, 1, 3, 50, 4, 192, 168, 1, 70 + client, 54, 4, ...octets(server), 255], 236);
  return message;
}

const socket = createSocket({ type: "udp4", reuseAddr: true });
socket.on("message", (answer) => {
  const client = answer.readUInt32BE(4);
  // Its type comes first of all options.
  if (answer[242] !== 5 || !left.delete(client)) return;
  console.log(client);
  if (left.size === 0) process.exit(0);
});
const ask = () => {
  for (const client of left) socket.send(request(client), 67, server);
};
socket.bind(67, relay, ask);
setInterval(ask, 1000);

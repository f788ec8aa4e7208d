import {
  Arp,
  Ethernet,
  Fiber,
  Flow,
  formatIpv4,
  Icmp,
  Ipv4,
  Ipv4Address,
  log,
  logStatistics,
  NetworkDevice,
  OK,
  ProtocolHandler,
  Tcp,
  Udp,
  UdpSocket,
} from "fata";
import { keys } from "fata/keys";

/** A protocol number for experiments (RFC 3692). */
const EXPERIMENT: u32 = 253;
const PORT = 7;

/** A protocol of our own over IPv4: it sends each datagram back. */
class Mirror extends ProtocolHandler {
  constructor(private ip: Ipv4) {
    super(EXPERIMENT);
    ip.serve(this);
  }

  /** Called inside of the scheduler's loop: it must not wait. The layer below has checked the header. */
  datagram(ip: usize, broadcast: bool): void {
    // An answer to all stations would be answered by all of them.
    if (broadcast) return;
    const header = (<u32>load<u8>(ip) & 15) << 2;
    const length = (((<u32>load<u8>(ip + 2)) << 8) | <u32>load<u8>(ip + 3)) - header;
    if (length > this.ip.payloadMax) return;
    const answer = this.ip.reserve();
    if (!answer) return;
    memory.copy(answer, ip + header, length);
    this.ip.send(answer, length, EXPERIMENT, addressAt(ip + 16), addressAt(ip + 12), 0);
  }
}

function addressAt(ptr: usize): Ipv4Address {
  return bswap<u32>(load<u32>(ptr));
}

/** Greets one client over TCP. */
class Greeter extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const flow = this.flow;
    const text = Uint8Array.wrap(String.UTF8.encode(`You have reached ${formatIpv4(flow.localAddress)}\n`));
    flow.write(text);
    flow.close();
  }
}

class Greeters extends Fiber {
  constructor(private tcp: Tcp) {
    super();
  }

  run(): void {
    const listener = this.tcp.listen(PORT, 16);
    if (!listener) return log.error(`Cannot listen on port ${PORT}`);
    for (;;) {
      const flow = listener.accept();
      if (!flow) break;
      new Greeter(flow).spawn();
    }
  }
}

/** A stack put together by hand: what is not wanted is left out, and what is missing put in. */
export class Main {
  constructor(private net: NetworkDevice) {}

  start(): void {
    const ethernet = new Ethernet(this.net);
    const arp = new Arp(ethernet);
    const ip = new Ipv4(ethernet, arp);
    for (let i = 0; i < keys.ipv4.length; i++) ip.addAddress(keys.ipv4[i]);
    // Answers ping. Without IcmpErrors nobody is told that a port or a protocol is not there.
    new Icmp(ip);
    new Mirror(ip);
    new Greeters(new Tcp(ip)).spawn();
    logStatistics(ethernet);

    const socket = new UdpSocket(new Udp(ip));
    assert(socket.bind(PORT) == OK);
    log.info(`${keys.ipv4.length} addresses, port ${PORT}`);
    const buffer = new Uint8Array(65536);
    for (;;) {
      const length = socket.recvFrom(buffer);
      if (length < 0) break;
      socket.sendTo(buffer, length, socket.remoteAddress, socket.remotePort);
    }
  }
}

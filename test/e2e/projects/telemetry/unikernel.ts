import { Counter, DhcpServer, Gauge, Histogram, LogSource, log, Stack, UdpSocket } from "fata";

const datagrams = new Counter(
  "app_datagrams_total",
  'Datagrams, by their "first" letter;\na \\ and a new line.',
  "letter",
);
const octets = new Histogram("app_octets", "Octets of datagrams.", [10, 100, 1000]);
const seconds = new Histogram("app_seconds", "Made up.", [1000, 500_000], 6);
const level = new Gauge("app_level", "Below zero.", "", 2);
const bytes = new Counter("app_bytes_total", "Octets together.");

/** Counts the datagrams that come on port 7, and logs each as it is. */
export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const socket = new UdpSocket(this.net.udp);
    socket.bind(7);
    level.set(-125);
    // It does not run: here are its counters.
    const dhcp = new DhcpServer(this.net);
    dhcp.counters.acks = 3;
    seconds.observe(999);
    seconds.observe(1_500_000);
    log.info("Ready");
    const buffer = new Uint8Array(2048);
    for (;;) {
      const length = socket.recvFrom(buffer);
      if (length < 0) break;
      const text = String.UTF8.decodeUnsafe(buffer.dataStart, length);
      datagrams.of(text == "other" ? text : text.substring(0, 1)).add();
      bytes.add(length);
      octets.observe(length);
      if (text.startsWith("w")) log.warning(text);
      else if (text.startsWith("e")) log.error(text);
      else if (text.startsWith("d")) new LogSource("a source").debug(text);
      else log.info(text);
    }
  }
}

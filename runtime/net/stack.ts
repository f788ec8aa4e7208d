/** The network stack: wires the layers together over one device. */
import { OK } from "../base/result";
import { DatagramFlow, DatagramResponder } from "../flow/datagram";
import { Reporter } from "../flow/report";
import { Flow, Listener, Transport } from "../flow/stream";
import { LogSource } from "../sys/log";
import { formatIpv4, IPV4_ANY, Ipv4Address, Ipv4Prefix } from "../wire/ipv4address";
import { Arp } from "./arp";
import { NetworkDevice } from "./device";
import { Ethernet } from "./ethernet";
import { Icmp } from "./icmp";
import { IcmpErrors } from "./icmperrors";
import { Ipv4 } from "./ipv4";
import { ProtocolHandler } from "./protocol";
import { Tcp } from "./tcp/tcp";
import { Udp } from "./udp";
import { UdpResponder } from "./udpresponder";
import { UdpSocket } from "./udpsocket";

export class Stack extends Transport {
  readonly ethernet: Ethernet;
  readonly arp: Arp;
  readonly ipv4: Ipv4;
  readonly icmp: Icmp;
  readonly icmpErrors: IcmpErrors;
  readonly udp: Udp;
  /** As what it is a handler of, since a field of the class itself would have it in each image. */
  private tcpMade: ProtocolHandler | null = null;

  /**
   * Takes the device into use, and announces the address on its link.
   * @param address our address and the link's network; with the address IPV4_ANY, there is none yet
   * @param gateway the router for all other networks, or 0 for none
   */
  constructor(
    readonly device: NetworkDevice,
    address: Ipv4Prefix,
    gateway: Ipv4Address,
  ) {
    super();
    const ethernet = new Ethernet(device);
    const arp = new Arp(ethernet);
    const ipv4 = new Ipv4(ethernet, arp);
    this.ethernet = ethernet;
    this.arp = arp;
    this.ipv4 = ipv4;
    this.icmp = new Icmp(ipv4);
    this.icmpErrors = new IcmpErrors(ipv4);
    this.udp = new Udp(ipv4);
    if (address.address != IPV4_ANY) this.configure(address, gateway);
  }

  private configure(address: Ipv4Prefix, gateway: Ipv4Address): void {
    const log = new LogSource("stack");
    if (!address.isNeighbour(address.address)) log.warning(address.toString() + " cannot be a host's address");
    log.info(this.device.name + " has " + address.toString() + route(gateway));
    this.ipv4.addAddress(address);
    if (gateway != IPV4_ANY) this.ipv4.setGateway(gateway);
  }

  protected openListener(port: u32, backlog: i32): Listener | null {
    const listener = this.tcp.listen(port, backlog);
    if (!listener) this.error = this.tcp.reason;
    return listener;
  }

  protected openFlow(address: Ipv4Address, port: u32, ms: u64): Flow | null {
    const flow = this.tcp.connect(address, port, ms);
    if (!flow) this.error = this.tcp.reason;
    return flow;
  }

  datagrams(port: u32): DatagramFlow | null {
    return this.bound(new UdpSocket(this.udp), port);
  }

  addReporter(reporter: Reporter): void {
    this.ethernet.addReporter(reporter);
  }

  respond(port: u32, responder: DatagramResponder): DatagramFlow | null {
    return this.bound(new UdpResponder(this.udp, responder), port);
  }

  private bound(socket: UdpSocket, port: u32): DatagramFlow | null {
    const result = socket.bind(port);
    if (result == OK) return socket;
    this.error = result;
    return null;
  }

  /** TCP: made when it is first asked for, so that an image which never does holds none of it. */
  get tcp(): Tcp {
    const made = this.tcpMade;
    if (made) return changetype<Tcp>(made);
    const tcp = new Tcp(this.ipv4);
    this.tcpMade = tcp;
    return tcp;
  }
}

function route(gateway: Ipv4Address): string {
  return gateway == IPV4_ANY ? "" : ", gateway " + formatIpv4(gateway);
}

/** The Ethernet layer: picks the frames that are for us and hands their payload to the protocol of their type. */

import { Report, Reporter } from "../flow/report";
import * as wire from "../wire/ethernet";
import { MAC_BROADCAST, MacAddress } from "../wire/macaddress";
import { FrameHandler, NetworkDevice } from "./device";

/** A protocol over Ethernet. */
export abstract class PayloadHandler {
  /** The next handler of the same Ethernet layer. */
  next: PayloadHandler | null = null;

  /** @param etherType the frames it takes */
  constructor(readonly etherType: u32) {}

  /**
   * Takes a frame's payload; must not suspend.
   * @param ptr the payload, valid during the call only; @param length its octets, padding included
   * @param broadcast whether the frame was sent to all stations
   */
  abstract payload(ptr: usize, length: u32, broadcast: bool): void;
  /** The link went up or down. */
  abstract linkChanged(up: bool): void;
  /** Tells its counters. */
  report(_to: Report): void {}
}

export class Ethernet extends FrameHandler {
  private handlers: PayloadHandler | null = null;
  private reporters: Reporter | null = null;
  /** The station's own address. */
  readonly mac: MacAddress;
  /** Most octets of a payload. */
  readonly mtu: u32;

  // Counters, named after RFC 2863's.
  /** Frames without a whole header, or with an 802.3 length in place of a type. */
  ifInErrors: u64 = 0;
  /** Frames for other stations, or for groups that nobody here has joined. */
  ifInDiscards: u64 = 0;
  /** Frames of a type that nothing here takes. */
  ifInUnknownProtos: u64 = 0;

  constructor(private device: NetworkDevice) {
    super();
    this.mac = device.mac;
    this.mtu = device.mtu;
    device.serve(this);
  }

  /** Hands payloads of the handler's type to it. The last one added is the first one looked at. */
  serve(handler: PayloadHandler): void {
    handler.next = this.handlers;
    this.handlers = handler;
  }

  frame(ptr: usize, length: u32): void {
    if (!wire.check(ptr, length)) {
      this.ifInErrors++;
      return;
    }
    const destination = wire.destination(ptr);
    if (destination != this.mac && destination != MAC_BROADCAST) {
      this.ifInDiscards++;
      return;
    }
    const type = wire.etherType(ptr);
    let handler = this.handlers;
    while (handler && handler.etherType != type) handler = handler.next;
    if (handler) handler.payload(ptr + wire.HEADER_LENGTH, length - wire.HEADER_LENGTH, destination == MAC_BROADCAST);
    else this.ifInUnknownProtos++;
  }

  /** Has the counters of a server told behind those of the layers. */
  addReporter(reporter: Reporter): void {
    reporter.next = this.reporters;
    this.reporters = reporter;
  }

  /** Tells the counters of all layers. */
  report(to: Report): void {
    const device = this.device;
    to.layer(device.name);
    to.add("ifInOctets", device.ifInOctets);
    to.add("ifInErrors", device.ifInErrors + this.ifInErrors);
    to.add("ifInDiscards", this.ifInDiscards);
    to.add("ifInUnknownProtos", this.ifInUnknownProtos);
    to.add("ifOutOctets", device.ifOutOctets);
    to.add("ifOutDiscards", device.ifOutDiscards);
    let handler = this.handlers;
    while (handler) {
      handler.report(to);
      handler = handler.next;
    }
    let reporter = this.reporters;
    while (reporter) {
      reporter.report(to);
      reporter = reporter.next;
    }
  }

  linkChanged(up: bool): void {
    let handler = this.handlers;
    while (handler) {
      handler.linkChanged(up);
      handler = handler.next;
    }
  }

  /** As of NetworkDevice: about the frame that is being handed up. */
  get verified(): bool {
    return this.device.verified;
  }

  get datagramSize(): u32 {
    return this.device.datagramSize;
  }

  complete(): void {
    this.device.complete();
  }

  /** As of NetworkDevice: about the frame in the reserved buffer. */
  get leavesChecksums(): bool {
    return this.device.leavesChecksums;
  }

  leaveChecksum(start: usize, field: u32): void {
    this.device.leaveChecksum(start, field);
  }

  get link(): bool {
    return this.device.link;
  }

  canSegment(type: u32): bool {
    return this.device.canSegment(type);
  }

  reserveLarge(): usize {
    const frame = this.device.reserveLarge();
    return frame ? frame + wire.HEADER_LENGTH : 0;
  }

  append(ptr: usize, length: u32): void {
    this.device.append(ptr, length);
  }

  get isSending(): bool {
    return this.device.isSending;
  }

  /** @param headers octets of the payload's headers together */
  cut(type: u32, headers: u32, size: u32): void {
    this.device.cut(type, wire.HEADER_LENGTH + headers, size);
  }

  /** @param length octets of the payload */
  completeReserved(length: u32): void {
    this.device.completeReserved(wire.HEADER_LENGTH + length);
  }

  /** As NetworkDevice.reserve, but gives the address for the payload. */
  reserve(): usize {
    const frame = this.device.reserve();
    return frame ? frame + wire.HEADER_LENGTH : 0;
  }

  /**
   * Sends the payload in the buffer that reserve gave.
   * @param payload that address; @param length its octets, at most the MTU
   */
  commit(payload: usize, length: u32, destination: MacAddress, type: u32): void {
    wire.emit(payload - wire.HEADER_LENGTH, destination, this.mac, type);
    this.device.commit(wire.HEADER_LENGTH + length);
  }
}

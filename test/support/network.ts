/** A network device of the simulated tender. */
import * as abi from "../../runtime/abi/tender.ts";
import type { GuestMemory } from "./memory.ts";
import { coalesce, decodeVnet, encodeVnet, finishFrame, GSO, leaveChecksum, type VnetHeader } from "./offload.ts";

export interface NetworkOptions {
  readonly mac?: readonly number[];
  readonly mtu?: number;
  /**
   * Features to grant, of those that the guest wants. What a guest may leave to its host is finished here; a guest that takes
   * as much gets partial checksums and, when they wait in a row, segments put together, as from a kernel.
   */
  readonly features?: number;
}

export class SimulatedNetwork {
  /** Frames on their way to the guest, with virtio_net_hdr. */
  private readonly toGuest: Uint8Array[] = [];
  /** The same, for which headers are still to be chosen. */
  private readonly plain: Uint8Array[] = [];
  /** Frames that the guest has sent, as they go over the wire: finished, without virtio_net_hdr. */
  private readonly sent: Uint8Array[] = [];
  /** The headers with which the guest has sent them. */
  private readonly headers: VnetHeader[] = [];
  /** Features that both have. */
  private features = 0;
  /** While true, frames of the guest stay in its ring. */
  stopped = false;
  private ring = 0;
  private filled = 0;
  private taken = 0;

  constructor(
    private readonly memory: GuestMemory,
    private readonly options: NetworkOptions,
  ) {}

  /** Queues a frame for the guest. @param header its virtio_net_hdr, of any length for a test of that */
  send(frame: Uint8Array, header?: Uint8Array): void {
    if (header === undefined) {
      this.plain.push(frame);
      return;
    }
    this.choose();
    this.toGuest.push(new Uint8Array(Buffer.concat([header, frame])));
  }

  /** Takes what the guest has sent since the last call. */
  take(): Uint8Array[] {
    return this.sent.splice(0);
  }

  /** Takes the headers of what the guest has sent since the last call, one for each packet that was to be cut. */
  takeHeaders(): VnetHeader[] {
    return this.headers.splice(0);
  }

  attach(ring: number): number {
    if (this.ring) return abi.E_ALREADY;
    this.ring = ring;
    const { mac = [2, 0, 0, 0, 0, 2], mtu = 1500, features = 0 } = this.options;
    this.memory.bytes(ring + abi.NET_MAC, 6).set(mac);
    this.memory.bytes(ring + abi.NET_MTU, 2).set([mtu & 255, mtu >> 8]);
    this.features = this.memory.u32(ring + abi.NET_FEATURES) & features;
    this.memory.setU32(ring + abi.NET_FEATURES, this.features);
    this.memory.setU32(ring + abi.NET_LINK, 1);
    return abi.OK;
  }

  /** Puts the link up or down; report EVENT_LINK as well. */
  setLink(up: boolean): void {
    this.memory.setU32(this.ring + abi.NET_LINK, up ? 1 : 0);
  }

  /** Whether there are frames that the guest was not given. */
  hasWaiting(): boolean {
    return this.toGuest.length + this.plain.length > 0;
  }

  hasInput(): boolean {
    return this.ring !== 0 && this.hasWaiting() && this.hasRoom();
  }

  /** Fills receive buffers. */
  fill(): void {
    this.choose();
    while (this.hasInput()) {
      this.receive(this.toGuest.shift() as Uint8Array);
    }
    if (this.ring) this.memory.setU32(this.ring + abi.NET_RX_FILLED, this.filled);
  }

  /** Takes frames from the transmit ring. */
  drain(): void {
    if (!this.ring || this.stopped) return;
    const posted = this.memory.u32(this.ring + abi.NET_TX_POSTED);
    while (this.taken !== posted) {
      const pieces: Uint8Array[] = [];
      for (let more = true; more; this.taken = (this.taken + 1) >>> 0) {
        if (this.taken === posted) throw new Error("a frame was published without its last piece");
        const descriptor = this.descriptor(abi.NET_TX_RING, abi.NET_TX_SIZE, this.taken);
        const length = this.memory.u32(descriptor + abi.DESC_LENGTH);
        pieces.push(this.memory.bytes(this.memory.u32(descriptor + abi.DESC_ADDRESS), length).slice());
        more = (this.memory.u32(descriptor + abi.DESC_FLAGS) & abi.DESC_NEXT) !== 0;
      }
      this.finish(Buffer.concat(pieces));
    }
    this.memory.setU32(this.ring + abi.NET_TX_TAKEN, this.taken);
  }

  /** Has the frames that wait put together, and gives each a header, as far as the guest takes them. */
  private choose(): void {
    const kinds = new Set<number>();
    if (this.features & abi.NET_F_RX_TSO4) kinds.add(GSO.tcp4);
    if (this.features & abi.NET_F_RX_TSO6) kinds.add(GSO.tcp6);
    if (this.features & abi.NET_F_RX_USO) kinds.add(GSO.udp);
    for (const packet of coalesce(this.plain.splice(0), kinds)) {
      const partial = packet.header.flags === 0 && (this.features & abi.NET_F_RX_CSUM) !== 0;
      const { header, frame } = partial ? leaveChecksum(packet.frame) : packet;
      this.toGuest.push(new Uint8Array(Buffer.concat([encodeVnet(header), frame])));
    }
  }

  /** Does what the guest has left to its host. Throws where that was not agreed on. */
  private finish(bytes: Uint8Array): void {
    const header = decodeVnet(bytes.subarray(0, abi.VNET_HDR_SIZE));
    const needed =
      (header.flags === 0 ? 0 : abi.NET_F_TX_CSUM) |
      ({ [GSO.tcp4]: abi.NET_F_TX_TSO4, [GSO.tcp6]: abi.NET_F_TX_TSO6, [GSO.udp]: abi.NET_F_TX_USO }[header.gsoType] ??
        0);
    if (header.flags > 1 || (needed & ~this.features) !== 0)
      throw new Error(`an offload that was not agreed on: ${JSON.stringify(header)}`);
    this.headers.push(header);
    this.sent.push(...finishFrame(header, bytes.subarray(abi.VNET_HDR_SIZE)).map((frame) => new Uint8Array(frame)));
  }

  /** Spreads a frame over as many buffers as it needs; without enough of them it is lost. */
  private receive(bytes: Uint8Array): void {
    const buffers: number[] = [];
    let room = 0;
    for (let i = 0; i < this.free() && room < bytes.length; i++) {
      const descriptor = this.descriptor(abi.NET_RX_RING, abi.NET_RX_SIZE, this.filled + i);
      buffers.push(descriptor);
      room += this.memory.u32(descriptor + abi.DESC_LENGTH);
    }
    if (room < bytes.length) return;
    let at = 0;
    for (const descriptor of buffers) {
      const length = Math.min(this.memory.u32(descriptor + abi.DESC_LENGTH), bytes.length - at);
      const address = this.memory.u32(descriptor + abi.DESC_ADDRESS);
      this.memory.bytes(address, length).set(bytes.subarray(at, at + length));
      at += length;
      this.memory.setU32(descriptor + abi.DESC_DONE, length + (at < bytes.length ? abi.DESC_NEXT : 0));
      this.filled = (this.filled + 1) >>> 0;
    }
  }

  /** Whether a frame may be given: with large ones among them, only where the largest would find room. */
  private hasRoom(): boolean {
    const large = abi.NET_F_RX_TSO4 | abi.NET_F_RX_TSO6 | abi.NET_F_RX_USO;
    if ((this.features & large) === 0) return this.free() > 0;
    let room = 0;
    for (let i = 0; i < this.free() && room < abi.NET_FRAME_MAX; i++)
      room += this.memory.u32(this.descriptor(abi.NET_RX_RING, abi.NET_RX_SIZE, this.filled + i) + abi.DESC_LENGTH);
    return room >= abi.NET_FRAME_MAX;
  }

  private free(): number {
    return (this.memory.u32(this.ring + abi.NET_RX_POSTED) - this.filled) >>> 0;
  }

  private descriptor(ring: number, size: number, index: number): number {
    const slot = (index >>> 0) % this.memory.u32(this.ring + size);
    return this.memory.u32(this.ring + ring) + slot * abi.DESC_SIZE;
  }
}

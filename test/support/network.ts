/** A network device of the simulated tender. */
import * as abi from "../../runtime/abi/tender.ts";
import type { GuestMemory } from "./memory.ts";

export interface NetworkOptions {
  readonly mac?: readonly number[];
  readonly mtu?: number;
  /** Features to grant, of those that the guest wants. */
  readonly features?: number;
}

export class SimulatedNetwork {
  /** Frames on their way to the guest, with virtio_net_hdr. */
  readonly toGuest: Uint8Array[] = [];
  /** Frames that the guest has sent, without virtio_net_hdr. */
  readonly sent: Uint8Array[] = [];
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
  send(frame: Uint8Array, header = new Uint8Array(abi.VNET_HDR_SIZE)): void {
    this.toGuest.push(Uint8Array.from([...header, ...frame]));
  }

  /** Takes what the guest has sent since the last call. */
  take(): Uint8Array[] {
    return this.sent.splice(0);
  }

  attach(ring: number): number {
    if (this.ring) return abi.E_ALREADY;
    this.ring = ring;
    const { mac = [2, 0, 0, 0, 0, 2], mtu = 1500, features = 0 } = this.options;
    this.memory.bytes(ring + abi.NET_MAC, 6).set(mac);
    this.memory.bytes(ring + abi.NET_MTU, 2).set([mtu & 255, mtu >> 8]);
    this.memory.setU32(ring + abi.NET_FEATURES, this.memory.u32(ring + abi.NET_FEATURES) & features);
    this.memory.setU32(ring + abi.NET_LINK, 1);
    return abi.OK;
  }

  /** Puts the link up or down; report EVENT_LINK as well. */
  setLink(up: boolean): void {
    this.memory.setU32(this.ring + abi.NET_LINK, up ? 1 : 0);
  }

  hasInput(): boolean {
    return this.ring !== 0 && this.toGuest.length > 0 && this.free() > 0;
  }

  /** Fills receive buffers. */
  fill(): void {
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
      this.sent.push(new Uint8Array(Buffer.concat(pieces).subarray(abi.VNET_HDR_SIZE)));
    }
    this.memory.setU32(this.ring + abi.NET_TX_TAKEN, this.taken);
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

  private free(): number {
    return (this.memory.u32(this.ring + abi.NET_RX_POSTED) - this.filled) >>> 0;
  }

  private descriptor(ring: number, size: number, index: number): number {
    const slot = (index >>> 0) % this.memory.u32(this.ring + size);
    return this.memory.u32(this.ring + ring) + slot * abi.DESC_SIZE;
  }
}

/**
 * A network device that leaves work to the host: checksums that the host fills in or has verified, and packets of up to
 * 64 KiB that are cut into segments where the wire begins, or were put together where it ended.
 *
 * Receive buffers lie one behind the other in memory, and the tender fills each of a frame's but the last: a frame of
 * several buffers is one piece of memory, as the layers above want it. One that goes on in the ring's first buffer has
 * that part copied behind the last, where there is room for it.
 *
 * A frame can be sent on from where it lies (`forward`). Then its buffers are posted again once it is sent, and with them
 * those behind it.
 */
import {
  DESC_ADDRESS,
  DESC_DONE,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_NEXT,
  NET_F_ALL,
  NET_F_RX_CSUM,
  NET_F_RX_TSO4,
  NET_F_RX_TSO6,
  NET_F_RX_USO,
  NET_F_TX_CSUM,
  NET_F_TX_TSO4,
  NET_F_TX_TSO6,
  NET_F_TX_USO,
  NET_FRAME_MAX,
  NET_RX_FILLED,
  NET_RX_POSTED,
  NET_TX_POSTED,
  NET_TX_TAKEN,
} from "../abi/tender";
import * as ethernet from "../wire/ethernet";
import * as vnet from "../wire/vnet";
import {
  APPENDED_MAX,
  BATCH,
  bufferCount,
  bufferSize,
  NetworkDevice,
  RING_SIZE,
  RX_RING,
  SLOT,
  TX_RING,
  VNET,
} from "./device";

const MASK: u32 = RING_SIZE - 1;
/** Octets of a receive buffer. With RING_SIZE of them seven large packets can be on their way up. */
const RX_BUFFER: u32 = 4096;

export class OffloadDevice extends NetworkDevice {
  /** Where the receive buffers begin, and where they end: behind that is room for one frame. */
  private rxFirst: usize;
  private rxEnd: usize;
  /** Received buffers that were posted again, counted as rxTaken counts. */
  private rxReleased: u32 = 0;
  /** For each slot in which a frame begins that was forwarded: whereto, and the number of its last descriptor there plus one. */
  private lentTo: StaticArray<OffloadDevice | null> = new StaticArray<OffloadDevice | null>(RING_SIZE);
  private lentUntil: StaticArray<u32> = new StaticArray<u32>(RING_SIZE);

  /** The frame that is being handed up: address of its virtio_net_hdr, 0 when there is none; octets behind that; its slot. */
  private current: usize = 0;
  private currentLength: u32 = 0;
  private currentSlot: u32 = 0;

  /** Buffers of the MTU's size, their number a power of two, less one. */
  private txFirst: usize;
  private txBuffer: u32;
  private txMask: u32;
  /** The reserved buffer: address of its virtio_net_hdr. Behind the next descriptor are those of what is appended to it. */
  private reserved: usize = 0;
  private appended: u32 = 0;
  private appendedLength: u32 = 0;
  /** The number behind the last descriptor of a frame with something appended, as long as that may not have been sent. */
  private appendedUntil: u32 = 0;
  private appending: bool = false;

  /** As of NetworkDevice. What is left to the host is what the tender and it can do, which may be nothing. */
  constructor(name: string) {
    super(name, NET_F_ALL);
    this.rxFirst = heap.alloc(RING_SIZE * RX_BUFFER + NET_FRAME_MAX);
    this.rxEnd = this.rxFirst + RING_SIZE * RX_BUFFER;
    for (let i: u32 = 0; i < RING_SIZE; i++) {
      const slot = this.header + RX_RING + i * SLOT;
      store<u32>(slot, <u32>this.rxFirst + i * RX_BUFFER, DESC_ADDRESS);
      store<u32>(slot, RX_BUFFER, DESC_LENGTH);
    }
    this.txBuffer = bufferSize(this.mtu);
    const count = bufferCount(this.txBuffer);
    this.txMask = count - 1;
    this.txFirst = heap.alloc(count * this.txBuffer);
    store<u32>(this.header, RING_SIZE, NET_RX_POSTED);
  }

  poll(): bool {
    const filled = load<u32>(this.header, NET_RX_FILLED);
    for (let left = BATCH; left != 0 && this.rxTaken != filled; left--) this.receiveFrame(filled);
    this.release();
    return this.rxTaken != filled;
  }

  get leavesChecksums(): bool {
    return (this.features & NET_F_TX_CSUM) != 0;
  }

  get verified(): bool {
    return vnet.flags(this.current) != 0;
  }

  get datagramSize(): u32 {
    const header = this.current;
    return vnet.gsoType(header) == vnet.GSO_UDP_L4 ? vnet.segment(header) : 0;
  }

  canSegment(type: u32): bool {
    return (this.features & transmitFeature(type)) != 0;
  }

  reserve(): usize {
    const posted = this.txPosted;
    if (!this.hasRoom(this.txMask)) return 0;
    return this.take(this.txFirst + (posted & this.txMask) * this.txBuffer);
  }

  reserveLarge(): usize {
    return this.hasRoom(MASK - APPENDED_MAX) ? this.reserve() : 0;
  }

  append(ptr: usize, length: u32): void {
    this.describe(this.txPosted + ++this.appended, ptr, length, DESC_NEXT);
    this.appendedLength += length;
  }

  get isSending(): bool {
    if (this.appending && this.hasSent(this.appendedUntil)) this.appending = false;
    return this.appending;
  }

  commit(length: u32): void {
    const appended = this.appended;
    const first = this.txPosted;
    const last = first + appended;
    this.describe(first, this.reserved, length + VNET - this.appendedLength, appended ? DESC_NEXT : 0);
    if (appended) {
      store<u32>(this.slotOf(last), 0, DESC_FLAGS);
      this.txPosted = last;
      this.appendedUntil = last + 1;
      this.appending = true;
    }
    this.publish(length);
  }

  cut(type: u32, headers: u32, size: u32): void {
    vnet.emitSegments(this.reserved, type, headers, size);
  }

  leaveChecksum(start: usize, field: u32): void {
    vnet.emitPartial(this.reserved, <u32>(start - this.reserved) - VNET, field);
  }

  completeReserved(length: u32): void {
    const header = this.reserved;
    // What lies in several places is not copied: nobody has room for it.
    if (this.appended) return;
    if (vnet.flags(header) & vnet.FLAG_NEEDS_CSUM) vnet.complete(header, length);
  }

  complete(): void {
    const header = this.current;
    if (vnet.flags(header) & vnet.FLAG_NEEDS_CSUM) vnet.complete(header, this.currentLength);
  }

  /**
   * Sends the frame that is being handed up on another device, from where it lies. Only inside of FrameHandler.frame, once
   * for a frame, which must not be changed afterwards.
   * @returns whether it is sent; else it is counted there in ifOutDiscards: the ring is full, the link down, the frame too
   *   large, or a packet that the other host does not cut into segments
   */
  forward(to: OffloadDevice): bool {
    const header = this.current;
    const length = this.currentLength;
    vnet.forget(header);
    if (!to.leavesChecksums) this.complete();
    const size = VNET + length;
    const before = min(size, <u32>(this.rxEnd - header));
    if (!to.takes(header, length, this.mtu) || !to.hasRoom(MASK - 1)) return false;
    if (before < size) {
      to.describe(to.txPosted++, header, before, DESC_NEXT);
      to.describe(to.txPosted, this.rxFirst, size - before, 0);
    } else to.describe(to.txPosted, header, size, 0);
    to.publish(length);
    this.lentTo[this.currentSlot] = to;
    this.lentUntil[this.currentSlot] = to.txPosted;
    return true;
  }

  /** Takes the next frame, which is there as a whole. */
  private receiveFrame(filled: u32): void {
    const slot = this.rxTaken & MASK;
    let total: u32 = 0;
    let next = this.rxTaken;
    let sound = true;
    for (let more = true; more && next != filled; next++) {
      const done = load<u32>(this.header + RX_RING + (next & MASK) * SLOT, DESC_DONE);
      more = (done & DESC_NEXT) != 0;
      if (more && done != (DESC_NEXT | RX_BUFFER)) sound = false;
      total += done & ~DESC_NEXT;
    }
    this.rxTaken = next;
    const header = this.rxFirst + slot * RX_BUFFER;
    // `total - VNET` wraps for a buffer without a whole virtio_net_hdr.
    if (!sound || total > NET_FRAME_MAX || !this.accepts(header, total - VNET)) {
      this.ifInErrors++;
      return;
    }
    const before = <u32>(this.rxEnd - header);
    if (total > before) memory.copy(this.rxEnd, this.rxFirst, total - before);
    const length = total - VNET;
    this.ifInOctets += length;
    this.current = header;
    this.currentLength = length;
    this.currentSlot = slot;
    const handler = this.handler;
    if (handler) handler.frame(header + VNET, length);
    this.current = 0;
  }

  /** Whether a received frame is as was agreed on. */
  private accepts(header: usize, length: u32): bool {
    const type = vnet.gsoType(header);
    if (type == vnet.GSO_NONE && length > ethernet.HEADER_LENGTH + this.mtu) return false;
    if ((vnet.flags(header) & vnet.FLAG_NEEDS_CSUM) == 0) return type == vnet.GSO_NONE;
    // The field lies in the first buffer, so that `complete` finds it where `forward` sends it from.
    const end = vnet.checksumField(header) + 2;
    if ((this.features & NET_F_RX_CSUM) == 0 || end > min(length, RX_BUFFER - VNET)) return false;
    return type == vnet.GSO_NONE || ((this.features & receiveFeature(type)) != 0 && vnet.segment(header) != 0);
  }

  /** Whether a frame from a device with an MTU may be sent, as far as its header says. */
  private takes(header: usize, length: u32, mtu: u32): bool {
    const type = vnet.gsoType(header);
    const fits = type == vnet.GSO_NONE ? length <= ethernet.HEADER_LENGTH + this.mtu : mtu <= this.mtu;
    if (fits && (type == vnet.GSO_NONE || this.canSegment(type))) return true;
    this.ifOutDiscards++;
    return false;
  }

  /** Posts buffers again, up to the first that another device has still to send. */
  private release(): void {
    let released = this.rxReleased;
    for (; released != this.rxTaken; released++) {
      const to = this.lentTo[released & MASK];
      if (!to) continue;
      if (!to.hasSent(this.lentUntil[released & MASK])) break;
      this.lentTo[released & MASK] = null;
    }
    this.rxReleased = released;
    store<u32>(this.header, released + RING_SIZE, NET_RX_POSTED);
  }

  /** Whether the link is up and at most `most` descriptors are on their way; counts when not. */
  private hasRoom(most: u32): bool {
    if (this.up && this.txPosted - load<u32>(this.header, NET_TX_TAKEN) <= most) return true;
    this.ifOutDiscards++;
    return false;
  }

  /** Whether the descriptor before `number` was sent. */
  private hasSent(number: u32): bool {
    return <i32>(load<u32>(this.header, NET_TX_TAKEN) - number) >= 0;
  }

  /** Reserves a buffer. */
  private take(header: usize): usize {
    vnet.clear(header);
    this.reserved = header;
    this.appended = 0;
    this.appendedLength = 0;
    return header + VNET;
  }

  /** Where a transmit descriptor lies. */
  private slotOf(number: u32): usize {
    return this.header + TX_RING + (number & MASK) * SLOT;
  }

  /** Writes a transmit descriptor, which counts once it is posted. */
  private describe(number: u32, address: usize, length: u32, flags: u32): void {
    const slot = this.slotOf(number);
    store<u32>(slot, <u32>address, DESC_ADDRESS);
    store<u32>(slot, length, DESC_LENGTH);
    store<u32>(slot, flags, DESC_FLAGS);
  }

  /** Posts what was described, a frame of `length` octets. */
  private publish(length: u32): void {
    store<u32>(this.header, ++this.txPosted, NET_TX_POSTED);
    this.ifOutOctets += length;
  }
}

function transmitFeature(type: u32): u32 {
  if (type == vnet.GSO_TCPV4) return NET_F_TX_TSO4;
  if (type == vnet.GSO_TCPV6) return NET_F_TX_TSO6;
  return type == vnet.GSO_UDP_L4 ? NET_F_TX_USO : 0;
}

function receiveFeature(type: u32): u32 {
  if (type == vnet.GSO_TCPV4) return NET_F_RX_TSO4;
  if (type == vnet.GSO_TCPV6) return NET_F_RX_TSO6;
  return type == vnet.GSO_UDP_L4 ? NET_F_RX_USO : 0;
}

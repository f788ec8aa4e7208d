/**
 * The network device: the guest's side of the network rings of runtime/abi/tender.ts, which no other file of this
 * folder knows.
 *
 * Slot i of a ring always holds buffer i modulo the number of buffers, so descriptors are written once: posting a
 * buffer again means to count it. A received frame is handed up inside of poll, and its buffer goes back right after.
 * Nothing here allocates after construction, and nothing suspends.
 *
 * This device leaves nothing to the host; OffloadDevice (offload.ts), built upon it, does.
 */
import {
  DESC_ADDRESS,
  DESC_DONE,
  DESC_LENGTH,
  DESC_NEXT,
  DESC_SIZE,
  EVENT_LINK,
  NET_FEATURES,
  NET_HEADER_SIZE,
  NET_LINK,
  NET_MAC,
  NET_MTU,
  NET_PIECES_MAX,
  NET_RX_FILLED,
  NET_RX_POSTED,
  NET_RX_RING,
  NET_RX_SIZE,
  NET_TX_POSTED,
  NET_TX_RING,
  NET_TX_SIZE,
  NET_TX_TAKEN,
  net_attach,
  VNET_HDR_SIZE,
} from "../abi/tender";
import { resultName } from "../base/result";
import { addEventHandler, addSource, EventHandler, Source } from "../sched/source";
import { panic } from "../sys/panic";
import * as ethernet from "../wire/ethernet";
import { loadMac, MacAddress } from "../wire/macaddress";
import * as vnet from "../wire/vnet";

/** Entries of each ring, and buffers of each as long as the MTU is an Ethernet's. */
export const RING_SIZE: u32 = 128;
/** Most bytes of buffers for each ring; a larger MTU makes the buffers fewer. */
const BUFFERS_MAX: u32 = 512 * 1024;
/** Pieces that can follow the buffer of a frame. */
export const APPENDED_MAX: u32 = NET_PIECES_MAX - 1;
/** Frames that one poll hands up, so that a flood does not keep fibers and timers waiting. */
export const BATCH: u32 = 64;
/** Buffers begin at multiples of this, so that the IP header in them (octet 24) is aligned too. */
const BUFFER_ALIGN: u32 = 64;
/** Octets of a descriptor, in the type of indices. */
export const SLOT: u32 = DESC_SIZE as u32;
/** Octets before a frame, likewise. */
export const VNET: u32 = VNET_HDR_SIZE as u32;
/** Where the descriptors begin: behind the header. */
export const RX_RING: usize = NET_HEADER_SIZE;
export const TX_RING: usize = RX_RING + RING_SIZE * SLOT;
const RINGS_END: usize = TX_RING + RING_SIZE * SLOT;

/** What takes a device's frames: the layer above. */
export abstract class FrameHandler {
  /**
   * Takes a frame; must not suspend.
   * @param ptr its Ethernet header, valid during the call only; @param length its octets
   */
  abstract frame(ptr: usize, length: u32): void;
  /** The link went up or down. */
  abstract linkChanged(up: bool): void;
}

/** Tells a device of the tender's EVENT_LINK. */
class LinkWatch extends EventHandler {
  constructor(private device: NetworkDevice) {
    super();
  }

  event(kind: i32): void {
    if (kind == EVENT_LINK) this.device.checkLink();
  }
}

export class NetworkDevice extends Source {
  /** Address of the ring's header, with both rings behind it. */
  protected header: usize;
  private rxBuffers: usize = 0;
  private txBuffers: usize = 0;
  private bufferSize: u32 = 0;
  /** Number of buffers in each ring, a power of two, less one. */
  private bufferMask: u32 = 0;
  /** Frames and parts of frames taken from the receive ring. */
  protected rxTaken: u32 = 0;
  protected txPosted: u32 = 0;
  /** Whether the next buffer continues a frame that is being dropped. */
  private dropping: bool = false;
  protected up: bool;
  protected handler: FrameHandler | null = null;

  /** The device's address. */
  readonly mac: MacAddress;
  /** Most octets of a frame after its Ethernet header. */
  readonly mtu: u32;
  /** Offloads agreed on: NET_F_*. */
  readonly features: u32;

  // Counters, named after RFC 2863's.
  /** Octets of received frames, Ethernet headers included. */
  ifInOctets: u64 = 0;
  /** Frames that were too short, larger than the MTU, or used offloads that were not granted. */
  ifInErrors: u64 = 0;
  /** Octets of sent frames, Ethernet headers included. */
  ifOutOctets: u64 = 0;
  /** Frames not sent, as the ring was full or the link down. */
  ifOutDiscards: u64 = 0;

  /**
   * Attaches the device. Only inside of the image's `start`; that fails otherwise, or for a name that the manifest does
   * not declare, with a panic.
   * @param offloads wanted, for a class that brings its own buffers
   */
  constructor(
    readonly name: string,
    offloads: u32 = 0,
  ) {
    super();
    const header = heap.alloc(RINGS_END);
    memory.fill(header, 0, RINGS_END);
    store<u32>(header, <u32>(header + RX_RING), NET_RX_RING);
    store<u32>(header, RING_SIZE, NET_RX_SIZE);
    store<u32>(header, <u32>(header + TX_RING), NET_TX_RING);
    store<u32>(header, RING_SIZE, NET_TX_SIZE);
    store<u32>(header, offloads, NET_FEATURES);
    attach(name, header);

    this.header = header;
    this.mac = loadMac(header + NET_MAC);
    this.mtu = load<u16>(header, NET_MTU);
    this.up = load<u32>(header, NET_LINK) != 0;
    this.features = load<u32>(header, NET_FEATURES);
    if (offloads == 0) this.makePlain();
    addSource(this);
    addEventHandler(new LinkWatch(this));
  }

  /** Whether the link is up. */
  get link(): bool {
    return this.up;
  }

  /** Sets what takes the frames. Without it they are dropped. */
  serve(handler: FrameHandler): void {
    this.handler = handler;
  }

  /** For the scheduler's loop: hands up to BATCH frames to the handler. */
  poll(): bool {
    const header = this.header;
    const filled = load<u32>(header, NET_RX_FILLED);
    let taken = this.rxTaken;
    if (filled == taken) return false;
    for (let left = BATCH; left != 0 && taken != filled; left--) this.receive(taken++);
    this.rxTaken = taken;
    store<u32>(header, taken + this.bufferMask + 1, NET_RX_POSTED);
    return taken != filled;
  }

  /**
   * Gives the buffer of the next frame to send. Unless committed it is given again: to do nothing drops it.
   * @returns the address for the frame, Ethernet header first, with room for the MTU; 0 when the ring is full or the
   *   link is down, which is counted
   */
  reserve(): usize {
    const posted = this.txPosted;
    if (!this.up || posted - load<u32>(this.header, NET_TX_TAKEN) > this.bufferMask) {
      this.ifOutDiscards++;
      return 0;
    }
    return this.txBuffers + (posted & this.bufferMask) * this.bufferSize + VNET;
  }

  /** Sends the frame in the buffer that reserve gave. @param length its octets, Ethernet header included */
  commit(length: u32): void {
    const posted = this.txPosted++;
    const slot = this.header + TX_RING + (posted & (RING_SIZE - 1)) * SLOT;
    store<u32>(slot, length + VNET, DESC_LENGTH);
    store<u32>(this.header, posted + 1, NET_TX_POSTED);
    this.ifOutOctets += length;
  }

  // What follows is for offloads: without them a frame is complete when it comes, and when it goes. These are methods, not
  // fields, so that an image without offloads has nothing of what else there would be to do.

  /** Whether a frame may be sent whose checksum is left to the host, see leaveChecksum. */
  get leavesChecksums(): bool {
    return false;
  }

  /** Of the frame that is being handed up: whether the host vouches for the checksum of its transport protocol. */
  get verified(): bool {
    return false;
  }

  /** Of that frame: when it is many UDP datagrams behind one header, the octets of data in each but the last; else 0. */
  get datagramSize(): u32 {
    return 0;
  }

  /** Fills in the checksum of the frame that is being handed up: for those who send a part of it elsewhere. */
  complete(): void {}

  /**
   * Leaves a checksum of the frame in the reserved buffer to the host, where leavesChecksums: the sum of the pseudo header
   * stands in its field.
   * @param start address where the sum begins; @param field where the checksum stands, in octets from there on
   */
  leaveChecksum(_start: usize, _field: u32): void {}

  /** Whether packets of a kind, one of vnet.GSO_*, may be sent for the host to cut into segments. */
  canSegment(_type: u32): bool {
    return false;
  }

  /** As reserve, of a frame that `append` makes longer. */
  reserveLarge(): usize {
    return 0;
  }

  /**
   * Has octets from elsewhere follow what is in the buffer that reserveLarge gave: they must not change while isSending.
   * The largest packet that canSegment allows has room for them, in at most APPENDED_MAX calls.
   */
  append(_ptr: usize, _length: u32): void {}

  /** Whether octets that were appended to a frame may have still to be read. */
  get isSending(): bool {
    return false;
  }

  /**
   * Has the host cut the packet in the reserved buffer into segments, each with the headers that it begins with. Besides it
   * needs leaveChecksum, with the pseudo header's sum of the whole.
   * @param type one of vnet.GSO_* for which canSegment says yes; @param headers octets of all headers together
   * @param size octets of payload in each segment but the last
   */
  cut(_type: u32, _headers: u32, _size: u32): void {}

  /** Fills in the checksum of the frame in the reserved buffer, when it is copied instead of sent. @param length its octets */
  completeReserved(_length: u32): void {}

  /** Compares the link's state with the last one known, and tells the handler of a change. */
  checkLink(): void {
    const up = load<u32>(this.header, NET_LINK) != 0;
    if (up == this.up) return;
    this.up = up;
    const handler = this.handler;
    if (handler) handler.linkChanged(up);
  }

  /** Takes the index-th received buffer. */
  private receive(index: u32): void {
    const done = load<u32>(this.header + RX_RING + (index & (RING_SIZE - 1)) * SLOT, DESC_DONE);
    // A frame that needs a second buffer is larger than the MTU: all its parts are passed over, and counted once.
    const continued = this.dropping;
    this.dropping = (done & DESC_NEXT) != 0;
    if (continued) return;
    const buffer = this.rxBuffers + (index & this.bufferMask) * this.bufferSize;
    const length = done - VNET;
    // `length` wraps for a buffer without a whole virtio_net_hdr, and is huge with DESC_NEXT set.
    if (length > ethernet.HEADER_LENGTH + this.mtu || !vnet.isPlain(buffer)) {
      this.ifInErrors++;
      return;
    }
    this.ifInOctets += length;
    const handler = this.handler;
    if (handler) handler.frame(buffer + VNET, length);
  }

  /** Makes buffers for frames of the MTU's size. */
  private makePlain(): void {
    this.bufferSize = bufferSize(this.mtu);
    const count = bufferCount(this.bufferSize);
    this.bufferMask = count - 1;
    this.rxBuffers = this.makeBuffers(this.header + RX_RING);
    this.txBuffers = this.makeBuffers(this.header + TX_RING);
    store<u32>(this.header, count, NET_RX_POSTED);
  }

  /** Allocates the buffers of a ring and writes its descriptors. The virtio_net_hdrs to send stay zero: no offloads. */
  private makeBuffers(ring: usize): usize {
    const size = (this.bufferMask + 1) * this.bufferSize;
    const buffers = heap.alloc(size);
    memory.fill(buffers, 0, size);
    for (let i: u32 = 0; i < RING_SIZE; i++) {
      const slot = ring + i * SLOT;
      store<u32>(slot, <u32>buffers + (i & this.bufferMask) * this.bufferSize, DESC_ADDRESS);
      store<u32>(slot, this.bufferSize, DESC_LENGTH);
    }
    return buffers;
  }
}

/** Octets of a buffer for a frame with its virtio_net_hdr. */
export function bufferSize(mtu: u32): u32 {
  return (VNET + ethernet.HEADER_LENGTH + mtu + BUFFER_ALIGN - 1) & ~(BUFFER_ALIGN - 1);
}

/** How many buffers of a size a ring has: a power of two. */
export function bufferCount(size: u32): u32 {
  let count = RING_SIZE;
  while (count * size > BUFFERS_MAX) count >>= 1;
  return count;
}

/** Attaches a ring, or panics. Names are ASCII: letters, digits and hyphens. */
function attach(name: string, header: usize): void {
  const length = <u32>name.length;
  const text = heap.alloc(length);
  for (let i: u32 = 0; i < length; i++) store<u8>(text + i, load<u8>(changetype<usize>(name) + (i << 1)));
  const result = net_attach(text, length, header);
  heap.free(text);
  if (result < 0) panic("network device " + name + ": " + resultName(result));
}

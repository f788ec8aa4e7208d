/** A range of addresses of one network, and what the clients that get them are told. */
import * as wire from "../wire/dhcp";
import { Ipv4Address, Ipv4Prefix } from "../wire/ipv4address";
import { Binding, BOUND, DECLINED, FREE, OFFERED } from "./binding";
import { DhcpOptions } from "./options";
import { Request } from "./request";

const MILLISECOND: u64 = 1000000;
/** Most addresses of a pool: each is looked at for each new client. */
export const POOL_MAX: u32 = 4096;

/** How little an address suits a client; the lower, the better. Those alike go by time: the longest unused first. */
const OWNED: u64 = 0;
const HELD: u64 = 1;
const HELD_BEFORE: u64 = 2;
const REQUESTED: u64 = 3;
const UNUSED: u64 = 4;
/** Promised to another client, which may never ask for it. */
const PROMISED: u64 = 5;
const RANK_SHIFT: u64 = 56;
/** The owner of what no client may have. */
export const NOBODY: u64 = u64.MAX_VALUE;
/** It cannot have it. */
export const UNSUITABLE: u64 = u64.MAX_VALUE;

export class DhcpPool {
  /** The server's next pool. */
  next: DhcpPool | null = null;
  readonly options: DhcpOptions = new DhcpOptions();
  /** Seconds that an address is given for; clients may ask for less. */
  leaseTime: u32 = 3600;
  private range: StaticArray<Binding>;
  /** Static leases outside of the range. */
  private others: Binding | null = null;

  /** Whether there can be such a pool: both are hosts of the network, at most POOL_MAX - 1 apart. */
  static fits(network: Ipv4Prefix, first: Ipv4Address, last: Ipv4Address): bool {
    return network.isNeighbour(first) && network.isNeighbour(last) && last - first < POOL_MAX;
  }

  /**
   * @param network whose hosts the clients are; its mask and broadcast address become options
   * @param first address of the range; @param last the same: as fits
   */
  constructor(
    readonly network: Ipv4Prefix,
    private first: Ipv4Address,
    last: Ipv4Address,
  ) {
    assert(DhcpPool.fits(network, first, last), "a pool has 1 to 4096 addresses of its network");
    const count = last - first + 1;
    this.range = new StaticArray<Binding>(count);
    for (let i: u32 = 0; i < count; i++) this.range[i] = new Binding(first + i);
    this.options.addNumber(wire.OPTION_SUBNET_MASK, network.mask);
    this.options.addNumber(wire.OPTION_BROADCAST_ADDRESS, network.broadcast);
  }

  /**
   * Keeps an address for one client, for which it need not be in the range.
   * @param owner as Request.client or Request.station
   * @returns whether it is one of the network, and nobody else's
   */
  reserve(owner: u64, address: Ipv4Address): bool {
    if (!this.network.isNeighbour(address)) return false;
    let binding = this.find(address);
    if (!binding) {
      binding = new Binding(address);
      binding.next = this.others;
      this.others = binding;
    }
    if (binding.owner) return false;
    binding.owner = owner;
    return true;
  }

  /** The binding of an address that is this pool's to give, or null. */
  find(address: Ipv4Address): Binding | null {
    const index = address - this.first;
    if (index < <u32>this.range.length) return this.range[index];
    let binding = this.others;
    while (binding && binding.address != address) binding = binding.next;
    return binding;
  }

  /** The binding behind another, or the first of all with null; null when there is none. */
  following(binding: Binding | null): Binding | null {
    if (!binding) return this.range[0];
    const index = binding.address - this.first + 1;
    const length = <u32>this.range.length;
    // The one that is last in the range leads over to the others.
    if (index == 0 || index > length) return binding.next;
    return index < length ? this.range[index] : this.others;
  }

  /** How an address suits a client: UNSUITABLE, or the lower the better. Compares over several pools, too. */
  rank(binding: Binding, request: Request, now: u64): u64 {
    binding.settle(now);
    const state = binding.state;
    const owner = binding.owner;
    if (state == DECLINED || (owner && owner != request.client && owner != request.station)) return UNSUITABLE;
    const mine = isHolder(binding, request);
    if (state == BOUND && !mine) return UNSUITABLE;
    let rank = owner ? OWNED : UNUSED;
    if (!owner && mine) rank = state == FREE ? HELD_BEFORE : HELD;
    else if (!owner && state == OFFERED) rank = PROMISED;
    else if (!owner && binding.address == request.requested) rank = REQUESTED;
    // Rounded up, so that what was never anybody's is before all others.
    return (rank << RANK_SHIFT) | ((binding.until + MILLISECOND - 1) / MILLISECOND);
  }
}

/**
 * Whether a client has an address, or had it last. An owner also does when it calls itself otherwise, from the same station:
 * firmware that boots a machine and the system that it boots often do.
 */
export function isHolder(binding: Binding, request: Request): bool {
  if (binding.client == request.client) return true;
  return binding.owner != 0 && binding.hardware == request.hardware;
}

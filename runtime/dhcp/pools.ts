/** The pools of a server, and which of their addresses suits a client. */
import { Ipv4Address } from "../wire/ipv4address";
import { Binding } from "./binding";
import { DhcpPool, UNSUITABLE } from "./pool";
import { Request } from "./request";

export class Pools {
  private first: DhcpPool | null = null;
  /** The pool of the address that choose or find gave. */
  pool: DhcpPool | null = null;

  /** Adds a pool; those added first are used first. */
  add(pool: DhcpPool): void {
    let last = this.first;
    if (!last) {
      this.first = pool;
      return;
    }
    for (let next = last.next; next; next = last.next) last = next;
    last.next = pool;
  }

  /** The pool behind another, or the first of all with null; null when there is none. */
  after(pool: DhcpPool | null): DhcpPool | null {
    return pool ? pool.next : this.first;
  }

  /** The binding of an address that is ours to give, or null. */
  find(address: Ipv4Address): Binding | null {
    for (let pool = this.after(null); pool; pool = this.after(pool)) {
      const binding = pool.find(address);
      if (binding) {
        this.pool = pool;
        return binding;
      }
    }
    return null;
  }

  /**
   * The address for a client on a network; null when there is none.
   * @param network any address of it: the relay's, or ours
   */
  choose(request: Request, network: Ipv4Address, now: u64): Binding | null {
    let best: Binding | null = null;
    let least = UNSUITABLE;
    for (let pool = this.after(null); pool; pool = this.after(pool)) {
      if (!pool.network.contains(network)) continue;
      for (let binding = pool.following(null); binding; binding = pool.following(binding)) {
        const rank = pool.rank(binding, request, now);
        if (rank >= least) continue;
        least = rank;
        best = binding;
        this.pool = pool;
      }
    }
    return best;
  }

  /** The first pool of a network, or null. @param network any address of it */
  on(network: Ipv4Address): DhcpPool | null {
    let pool = this.first;
    while (pool && !pool.network.contains(network)) pool = pool.next;
    return pool;
  }

  /** Number of addresses. */
  get size(): u32 {
    let count: u32 = 0;
    for (let pool = this.after(null); pool; pool = this.after(pool))
      for (let binding = pool.following(null); binding; binding = pool.following(binding)) count++;
    return count;
  }

  /** Whether a client is known to hold an address on a network. */
  knows(client: u64, network: Ipv4Address, now: u64): bool {
    for (let pool = this.after(null); pool; pool = this.after(pool)) {
      if (!pool.network.contains(network)) continue;
      for (let binding = pool.following(null); binding; binding = pool.following(binding)) {
        binding.settle(now);
        if (binding.client == client && binding.until != 0) return true;
      }
    }
    return false;
  }
}

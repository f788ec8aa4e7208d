/** What puppets.as.ts is to do, in plain TypeScript: a scheduler of generators, and the primitives on arrays. */
import { E_AGAIN, E_CANCELLED, E_CLOSED, E_TIMEOUT, OK } from "./codes.ts";

/** The operations of a puppet; the index is the number that the image knows it by. */
export const OPERATIONS = [
  ...["lock", "tryLock", "unlock", "wait", "notify", "notifyAll"],
  ...["acquire", "tryAcquire", "release"],
  ...["put", "tryPut", "take", "tryTake", "close"],
  ...["cancel", "yield"],
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** One operation: for `cancel` the argument is whom; `ms` is the patience, -1 without end. */
export interface Order {
  readonly operation: Operation;
  readonly argument: number;
  readonly ms: number;
}

export const PERMITS = 2;
const CAPACITY = 2;

type Suspending<T> = Generator<undefined, T, undefined>;

class Puppet {
  cancelled = false;
  ended = false;
  permits = 0;
  script: readonly Order[] = [];
  readonly gate: Puppet[] = [];
  readonly body: Suspending<void>;
  /** The line that it stands in. */
  line: Puppet[] | undefined;
  deadline = Number.POSITIVE_INFINITY;
  /** Orders deadlines of the same time. */
  order = 0;
  outcome = OK;
  /** Whether cancellation lets it stand where it is. */
  held = false;

  constructor(
    readonly id: number,
    world: World,
  ) {
    this.body = world.life(this);
  }

  get idle(): boolean {
    return this.gate.length > 0;
  }
}

export class World {
  now = 0;
  readonly lines: string[] = [];
  readonly puppets: Puppet[] = [];
  private ready: Puppet[] = [];
  private order = 0;

  private owner: Puppet | undefined;
  private readonly lockers: Puppet[] = [];
  private readonly waiters: Puppet[] = [];

  /** Permits that nobody has and that are promised to nobody. */
  available = PERMITS;
  private readonly promised = new Set<Puppet>();
  private readonly acquirers: Puppet[] = [];

  readonly items: number[] = [];
  private made = 0;
  private closed = false;
  private readonly takers: Puppet[] = [];
  private readonly putters: Puppet[] = [];
  private readonly mayTake = new Set<Puppet>();
  private readonly mayPut = new Set<Puppet>();

  get locked(): boolean {
    return this.owner !== undefined;
  }

  spawn(id: number): void {
    const puppet = new Puppet(id, this);
    this.puppets[id] = puppet;
    this.ready.push(puppet);
  }

  go(id: number, script: readonly Order[]): void {
    const puppet = this.puppets[id] as Puppet;
    puppet.script = script;
    this.wake(puppet, OK);
  }

  cancel(id: number): void {
    const puppet = this.puppets[id] as Puppet;
    puppet.cancelled = true;
    if (puppet.line && !puppet.held) this.wake(puppet, E_CANCELLED);
  }

  /** Lets all that are ready run. */
  settle(): void {
    for (let puppet = this.ready.shift(); puppet; puppet = this.ready.shift()) puppet.body.next();
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (this.settle(); ; this.settle()) {
      const sleeping = this.puppets.filter((puppet) => puppet.deadline <= end);
      if (!sleeping.length) break;
      this.now = Math.min(...sleeping.map((puppet) => puppet.deadline));
      const late = sleeping.filter((puppet) => puppet.deadline === this.now);
      for (const puppet of late.sort((a, b) => a.order - b.order)) this.wake(puppet, E_TIMEOUT);
    }
    this.now = end;
  }

  private wake(puppet: Puppet, outcome: number): void {
    puppet.line?.splice(puppet.line.indexOf(puppet), 1);
    puppet.line = undefined;
    puppet.deadline = Number.POSITIVE_INFINITY;
    puppet.held = false;
    puppet.outcome = outcome;
    this.ready.push(puppet);
  }

  private *stand(puppet: Puppet, line: Puppet[], ms = -1): Suspending<number> {
    if (puppet.cancelled) return E_CANCELLED;
    line.push(puppet);
    puppet.line = line;
    puppet.order = this.order++;
    if (ms >= 0) puppet.deadline = this.now + ms;
    yield;
    return puppet.outcome;
  }

  *life(puppet: Puppet): Suspending<void> {
    const report = (what: string, ...results: (number | boolean)[]) =>
      this.lines.push([this.now, puppet.id, what, ...results.map(Number)].join(" "));
    while ((yield* this.stand(puppet, puppet.gate)) === OK) {
      for (const order of puppet.script) {
        const result = yield* this.perform(puppet, order);
        if (result) report(order.operation, ...result);
      }
    }
    for (; puppet.permits; puppet.permits--) this.release();
    if (this.owner === puppet) this.unlock();
    puppet.ended = true;
    report("ends", OK);
  }

  /** @returns what it reports, if anything */
  private *perform(puppet: Puppet, { operation, argument, ms }: Order): Suspending<(number | boolean)[] | undefined> {
    const holds = this.owner === puppet;
    switch (operation) {
      case "lock":
        return holds ? undefined : [yield* this.lock(puppet, ms)];
      case "tryLock":
        return [this.tryLock(puppet)];
      case "unlock":
        if (holds) this.unlock();
        return undefined;
      case "wait":
        return holds ? [yield* this.wait(puppet, ms)] : undefined;
      case "notify":
        return [this.notify()];
      case "notifyAll":
        while (this.notify());
        return undefined;
      case "acquire":
        return [yield* this.acquire(puppet, ms)];
      case "tryAcquire":
        return [this.tryAcquire(puppet)];
      case "release":
        if (puppet.permits && puppet.permits--) this.release();
        return undefined;
      case "put":
        return [yield* this.put(puppet, ++this.made, ms)];
      case "tryPut":
        return [this.tryPut(++this.made)];
      case "take":
        return yield* this.take(puppet, ms);
      case "tryTake":
        return this.tryTake();
      case "close":
        this.close();
        return undefined;
      case "cancel":
        this.cancel(argument);
        return undefined;
      case "yield":
        if (puppet.cancelled) return [E_CANCELLED];
        this.ready.push(puppet);
        yield;
        return [puppet.cancelled ? E_CANCELLED : OK];
    }
  }

  private *lock(puppet: Puppet, ms: number): Suspending<number> {
    if (puppet.cancelled) return E_CANCELLED;
    if (this.tryLock(puppet)) return OK;
    const outcome = yield* this.stand(puppet, this.lockers, ms);
    if (outcome !== OK || !puppet.cancelled) return outcome;
    this.unlock();
    return E_CANCELLED;
  }

  private tryLock(puppet: Puppet): boolean {
    if (this.owner) return false;
    this.owner = puppet;
    return true;
  }

  private unlock(): void {
    this.owner = this.lockers[0];
    if (this.owner) this.wake(this.owner, OK);
  }

  private *wait(puppet: Puppet, ms: number): Suspending<number> {
    if (puppet.cancelled) return E_CANCELLED;
    this.unlock();
    const outcome = yield* this.stand(puppet, this.waiters, ms);
    if (outcome !== OK && !this.tryLock(puppet)) {
      this.hold(puppet);
      yield;
    }
    if (outcome !== OK || !puppet.cancelled) return outcome;
    this.notify();
    return E_CANCELLED;
  }

  private hold(puppet: Puppet): void {
    puppet.held = true;
    puppet.line = this.lockers;
    this.lockers.push(puppet);
  }

  private notify(): boolean {
    const puppet = this.waiters.shift();
    if (!puppet) return false;
    puppet.line = undefined;
    puppet.deadline = Number.POSITIVE_INFINITY;
    if (this.owner) {
      this.hold(puppet);
    } else {
      this.owner = puppet;
      this.wake(puppet, OK);
    }
    return true;
  }

  private *acquire(puppet: Puppet, ms: number): Suspending<number> {
    if (puppet.cancelled) return E_CANCELLED;
    if (this.tryAcquire(puppet)) return OK;
    const outcome = yield* this.stand(puppet, this.acquirers, ms);
    if (outcome !== OK) return outcome;
    this.promised.delete(puppet);
    if (puppet.cancelled) this.available++;
    else puppet.permits++;
    this.serveAcquirers();
    return puppet.cancelled ? E_CANCELLED : OK;
  }

  private tryAcquire(puppet: Puppet): boolean {
    if (!this.available || this.promised.size) return false;
    this.available--;
    puppet.permits++;
    return true;
  }

  private release(): void {
    this.available++;
    this.serveAcquirers();
  }

  private serveAcquirers(): void {
    for (; this.available && this.acquirers[0]; this.available--) this.promise(this.acquirers, this.promised);
  }

  private promise(line: Puppet[], to: Set<Puppet>): void {
    const puppet = line[0] as Puppet;
    to.add(puppet);
    this.wake(puppet, OK);
  }

  private *put(puppet: Puppet, item: number, ms: number): Suspending<number> {
    if (this.closed) return E_CLOSED;
    if (puppet.cancelled) return E_CANCELLED;
    const result = this.tryPut(item);
    if (result !== E_AGAIN) return result;
    const outcome = yield* this.stand(puppet, this.putters, ms);
    if (outcome !== OK) return outcome;
    this.mayPut.delete(puppet);
    if (puppet.cancelled) {
      this.servePutters();
      return E_CANCELLED;
    }
    if (this.closed) return E_CLOSED;
    this.items.push(item);
    this.servePutters();
    this.serveTakers();
    return OK;
  }

  private tryPut(item: number): number {
    if (this.closed) return E_CLOSED;
    if (this.items.length === CAPACITY || this.mayPut.size) return E_AGAIN;
    this.items.push(item);
    this.serveTakers();
    return OK;
  }

  private *take(puppet: Puppet, ms: number): Suspending<number[]> {
    const empty = this.closed && !this.items.length;
    if (puppet.cancelled && !empty) return [E_CANCELLED];
    const result = this.tryTake();
    if (result[0] !== E_AGAIN) return result;
    const outcome = yield* this.stand(puppet, this.takers, ms);
    if (outcome !== OK) return [outcome];
    this.mayTake.delete(puppet);
    if (puppet.cancelled) {
      this.serveTakers();
      return [E_CANCELLED];
    }
    const item = this.items.shift() as number;
    this.serveTakers();
    this.servePutters();
    return [OK, item];
  }

  private tryTake(): number[] {
    if (!this.items.length || this.mayTake.size) return [this.closed && !this.items.length ? E_CLOSED : E_AGAIN];
    const item = this.items.shift() as number;
    this.servePutters();
    return [OK, item];
  }

  private close(): void {
    this.closed = true;
    while (this.putters[0]) this.wake(this.putters[0], E_CLOSED);
    if (!this.items.length) while (this.takers[0]) this.wake(this.takers[0], E_CLOSED);
  }

  private serveTakers(): void {
    while (this.items.length > this.mayTake.size && this.takers[0]) this.promise(this.takers, this.mayTake);
    if (this.closed && !this.items.length) while (this.takers[0]) this.wake(this.takers[0], E_CLOSED);
  }

  private servePutters(): void {
    while (CAPACITY - this.items.length > this.mayPut.size && this.putters[0]) this.promise(this.putters, this.mayPut);
  }
}

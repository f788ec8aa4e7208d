/** The search for a name's addresses: server after server, alias after alias, on a fiber of its own. */
import { E_AGAIN, E_CANCELLED, E_TIMEOUT, E_UNREACHABLE, OK, resultName } from "../base/result";
import { Fiber, WaitQueue } from "../sched/fiber";
import { now } from "../sys/clock";
import { LEVEL_DEBUG, LogSource } from "../sys/log";
import { E_NOT_FOUND } from "../sys/results";
import { formatName } from "../wire/dnsname";
import { formatIpv4, Ipv4Address } from "../wire/ipv4address";
import { Answer } from "./answer";
import { Cache, CacheEntry } from "./cache";
import { Exchange } from "./exchange";
import { Servers } from "./servers";

/** How long the first answer of a server is waited for, in ms; doubled in each round. */
const WAIT: u64 = 1000;
/** How often all servers are asked when none answers. */
const ROUNDS: u32 = 3;
/** Seconds that a failure is remembered: it is not asked again and again (RFC 9520, 3.2). */
const FAILURE_TIME_TO_LIVE: u32 = 5;
const SECOND: u64 = 1000000000;

export class Query extends Fiber {
  /** The one that began before this one. */
  before: Query | null = null;
  /** What came out; null as long as it is under way. */
  outcome: CacheEntry | null = null;
  /** Who waits for that. */
  readonly waiters: WaitQueue = new WaitQueue();
  private log: LogSource = new LogSource("dns");
  private answer: Answer;
  private exchange: Exchange;

  /** @param name in canonical form */
  constructor(
    private servers: Servers,
    private cache: Cache,
    readonly name: StaticArray<u8>,
  ) {
    super();
    this.answer = new Answer(changetype<usize>(name), name.length);
    this.exchange = new Exchange(servers.transport);
  }

  run(): void {
    let result = E_AGAIN;
    while (result == E_AGAIN) result = this.askServers();
    const answer = this.answer;
    const failed = result != OK && result != E_NOT_FOUND;
    const expires = now() + SECOND * (failed ? FAILURE_TIME_TO_LIVE : answer.timeToLive);
    const entry = new CacheEntry(changetype<usize>(this.name), result, answer.found(), expires);
    this.cache.put(entry);
    this.outcome = entry;
    answer.release();
    this.exchange.release();
    this.waiters.wakeAll();
  }

  /** Asks the servers one after the other, until one knows. @returns as Answer.read, or why none does */
  private askServers(): i32 {
    const servers = this.servers.inOrder();
    let result = E_UNREACHABLE;
    if (servers.length == 0) this.log.warning("No name server is known; give --dns-servers, or --dhcp");
    for (let round: u32 = 0; round < ROUNDS; round++) {
      let silent = false;
      for (let i = 0; i < servers.length; i++) {
        const server = servers[i];
        result = this.askServer(server, WAIT << round);
        if (result == OK || result == E_NOT_FOUND || result == E_AGAIN) {
          this.servers.prefer(server);
          return result;
        }
        if (result == E_CANCELLED) return result;
        if (result == E_TIMEOUT) silent = true;
        if (this.log.enabled(LEVEL_DEBUG)) this.complain(server, result);
      }
      // What they say now, they will say again.
      if (!silent) break;
    }
    return result;
  }

  private askServer(server: Ipv4Address, ms: u64): i32 {
    const length = this.exchange.ask(server, this.answer.name, ms);
    return length < 0 ? length : this.answer.read(this.exchange.response.dataStart, length);
  }

  private complain(server: Ipv4Address, result: i32): void {
    this.log.debug(formatIpv4(server) + " does not tell " + formatName(this.answer.name) + ": " + resultName(result));
  }
}

import { Congestion, CongestionAlgorithm, CubicAlgorithm, consoleWrite, Fiber, now, OK, Stack, sleep } from "fata";

const PORT: u32 = 19;
const PIECE: i32 = 64 * 1024;
/** Between two samples, in ms. */
const INTERVAL: u64 = 40;

/** CUBIC, seen from outside. */
class Watched extends CongestionAlgorithm {
  latest: Congestion | null = null;

  make(): Congestion {
    const made = new CubicAlgorithm().make();
    this.latest = made;
    return made;
  }
}

/** Prints time, cwnd and ssthresh, in ms and octets, for as long as it is not cancelled. */
class Sampler extends Fiber {
  constructor(private congestion: Congestion) {
    super();
  }

  run(): void {
    const congestion = this.congestion;
    const begin = now();
    do {
      const ms = (now() - begin) / 1000000;
      consoleWrite(`${ms} ${congestion.window} ${congestion.threshold}\n`);
    } while (sleep(INTERVAL) == OK);
  }
}

/** Sends as fast as it goes to who connects, and prints how the congestion window changes. */
export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const watched = new Watched();
    this.net.tcp.algorithm = watched;
    const listener = this.net.listen(PORT, 1)!;
    const flow = listener.accept();
    if (!flow) return;
    const sampler = new Sampler(watched.latest!);
    sampler.spawn();
    const buffer = new Uint8Array(PIECE);
    while (flow.write(buffer) == OK) {}
    sampler.cancel();
  }
}

/** Which congestion control connections have: `stack.tcp.algorithm = new NewRenoAlgorithm()`. What is not named is not in the image. */
import { Congestion } from "./congestion";
import { Cubic } from "./cubic";
import { NewReno } from "./newreno";

export abstract class CongestionAlgorithm {
  /** Congestion control for one connection. */
  abstract make(): Congestion;
}

/** The default. */
export class CubicAlgorithm extends CongestionAlgorithm {
  make(): Congestion {
    return new Cubic();
  }
}

export class NewRenoAlgorithm extends CongestionAlgorithm {
  make(): Congestion {
    return new NewReno();
  }
}

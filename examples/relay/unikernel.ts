import { FrameHandler, log, OffloadDevice, WaitQueue } from "fata";

/** Sends what comes in on one device out on another, from where it lies in memory. */
class Forwarder extends FrameHandler {
  constructor(
    private from: OffloadDevice,
    private to: OffloadDevice,
  ) {
    super();
    from.serve(this);
  }

  /** Here each frame could be looked at, Ethernet header first, and be dropped by not forwarding it. */
  frame(_ptr: usize, _length: u32): void {
    this.from.forward(this.to);
  }

  linkChanged(up: bool): void {
    log.info(`${this.from.name} is ${up ? "up" : "down"}`);
  }
}

/** A wire between two networks. */
export class Main {
  constructor(
    private left: OffloadDevice,
    private right: OffloadDevice,
  ) {}

  start(): void {
    new Forwarder(this.left, this.right);
    new Forwarder(this.right, this.left);
    log.info("Relaying between left and right");
    // The forwarders are called when frames come. This fiber has nothing more to do.
    new WaitQueue().wait();
  }
}

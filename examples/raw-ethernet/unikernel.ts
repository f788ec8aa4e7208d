import { FrameHandler, formatMac, LEVEL_DEBUG, loadMac, log, NetworkDevice, storeMac, WaitQueue } from "fata";

/** Octets of an Ethernet header: destination, source, type. */
const HEADER: u32 = 14;
/** The type that IEEE 802 leaves to local experiments. */
const EXPERIMENTAL: u32 = 0x88b5;

/** Answers frames of one type with what they hold, and shows all others. */
class Station extends FrameHandler {
  private answered: u64 = 0;

  constructor(private device: NetworkDevice) {
    super();
    device.serve(this);
  }

  /** Called for each frame that comes, from the loop of the scheduler: it must not wait. `ptr` is good until it returns. */
  frame(ptr: usize, length: u32): void {
    // Whatever arrives was made by a stranger: before an octet is read it must be there.
    if (length < HEADER) return;
    const destination = loadMac(ptr);
    const source = loadMac(ptr + 6);
    const type = ((<u32>load<u8>(ptr + 12)) << 8) | <u32>load<u8>(ptr + 13);
    // A text is built only for who sees it.
    if (log.enabled(LEVEL_DEBUG))
      log.debug(`${formatMac(source)} > ${formatMac(destination)} type ${type} length ${length}`);
    if (type != EXPERIMENTAL || destination != this.device.mac) return;

    const answer = this.device.reserve();
    // No room in the ring: the frame is lost, as on any Ethernet.
    if (!answer) return;
    memory.copy(answer, ptr, length);
    storeMac(answer, source);
    storeMac(answer + 6, destination);
    this.device.commit(length);
    this.answered++;
    if (this.answered == 1) log.info(`Answering ${formatMac(source)}`);
  }

  linkChanged(up: bool): void {
    log.info(`The link is ${up ? "up" : "down"}`);
  }
}

/** A station on an Ethernet without any protocol above it. */
export class Main {
  constructor(private net: NetworkDevice) {}

  start(): void {
    new Station(this.net);
    log.info(`Listening as ${formatMac(this.net.mac)}`);
    // The station is called when frames come. This fiber has nothing more to do.
    new WaitQueue().wait();
  }
}

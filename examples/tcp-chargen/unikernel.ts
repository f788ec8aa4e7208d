import { Fiber, Flow, log, resultName, Stack } from "fata";

/** The port of the character generator (RFC 864). */
const PORT = 19;
/** The printing characters of ASCII, from the blank on. */
const FIRST = 0x20;
const CHARACTERS = 95;
/** "72 character lines of the ASCII printing characters", each with CR and LF. */
const COLUMNS = 72;
const LINE = COLUMNS + 2;

/** One turn of the pattern: 95 lines, of which each begins one character further on. */
function pattern(): Uint8Array {
  const text = new Uint8Array(CHARACTERS * LINE);
  for (let line = 0; line < CHARACTERS; line++) {
    const start = line * LINE;
    for (let column = 0; column < COLUMNS; column++) {
      text[start + column] = (FIRST + ((line + column) % CHARACTERS)) as u8;
    }
    text[start + COLUMNS] = 0x0d;
    text[start + COLUMNS + 1] = 0x0a;
  }
  return text;
}

/** "Any data received is thrown away." */
class Ignore extends Fiber {
  constructor(private flow: Flow) {
    super();
  }

  run(): void {
    const buffer = new Uint8Array(1024);
    while (this.flow.read(buffer) > 0) {}
  }
}

/** Sends the pattern to one client again and again, until that breaks off. */
class Generate extends Fiber {
  constructor(
    private flow: Flow,
    private text: Uint8Array,
  ) {
    super();
  }

  run(): void {
    const flow = this.flow;
    new Ignore(flow).spawn();
    while (flow.write(this.text) == 0) {}
    flow.close();
  }
}

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const listener = this.net.listen(PORT);
    if (!listener) return log.error(`Cannot listen on port ${PORT}: ${resultName(this.net.error)}`);
    log.info(`Generating characters on TCP port ${PORT}`);
    const text = pattern();
    for (;;) {
      const flow = listener.accept();
      if (!flow) break;
      new Generate(flow, text).spawn();
    }
  }
}

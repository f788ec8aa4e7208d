import {
  AccessLog,
  base64Size,
  Context,
  decodeBase64,
  encodeBase64,
  Handler,
  HttpServer,
  log,
  OK,
  Router,
  randomFill,
  resultName,
  Sha256,
  Stack,
  yieldNow,
} from "fata";
import { keys } from "fata/keys";

/** Bytes that are made and sent at a time: a multiple of 3, so that Base64 has no gaps, and of 32. */
const PART: i32 = 3072;

const HOME = `GET  /random    x-length random bytes in Base64, by x-seed always the same
GET  /hash      SHA-256 of what /random gives for the same x-length and x-seed
POST /hash      SHA-256 of the body
POST /transmit  the body
`;

class Home extends Handler {
  handle(c: Context): void {
    c.text(HOME);
  }
}

/** What a request asks for: so many bytes, random, or by a seed. */
class Bytes {
  /** -1: what the request says is malformed. */
  length: i64 = 0;
  private seed: Uint8Array | null = null;
  private block: u64 = 0;

  constructor(c: Context, needsSeed: bool) {
    const length = c.request.header("x-length");
    const seed = c.request.header("x-seed");
    this.length = length === null ? -1 : parseLength(length);
    if (seed !== null) this.seed = decodeBase64(seed);
    if ((seed !== null || needsSeed) && this.seed === null) this.length = -1;
    if (this.length < 0) {
      c.status = 400;
      c.text("x-length: expected a number of bytes; x-seed: expected Base64\n");
    }
  }

  /** Makes the next PART bytes: of a seed, block after block, the SHA-256 of the seed and the block's number. */
  next(buffer: Uint8Array): void {
    const seed = this.seed;
    if (!seed) return randomFill(buffer.dataStart, PART);
    for (let at = 0; at < PART; at += 32) {
      const hash = new Sha256();
      hash.add(seed);
      hash.add(Uint8Array.wrap(String.UTF8.encode(this.block.toString())));
      hash.finish(buffer.dataStart + at);
      this.block++;
    }
  }
}

/** At most 15 digits, or -1. */
function parseLength(text: string): i64 {
  if (!text.length || text.length > 15) return -1;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) - 0x30 > 9) return -1;
  return I64.parseInt(text, 10);
}

class Random extends Handler {
  handle(c: Context): void {
    const bytes = new Bytes(c, false);
    if (bytes.length < 0) return;
    c.header("Content-Type", "text/plain");
    c.length = base64Size(bytes.length);
    const buffer = new Uint8Array(PART);
    const text = new Uint8Array(<i32>base64Size(PART));
    // Sent while it is made: however long it is, this is all the memory that it takes.
    for (let left = bytes.length; left > 0; left -= PART) {
      bytes.next(buffer);
      const size = encodeBase64(buffer.dataStart, <usize>min<i64>(left, PART), text.dataStart);
      if (c.write(text, <i32>size) != OK) return;
    }
  }
}

class Hash extends Handler {
  handle(c: Context): void {
    const bytes = new Bytes(c, true);
    if (bytes.length < 0) return;
    const hash = new Sha256();
    const buffer = new Uint8Array(PART);
    for (let left = bytes.length; left > 0; left -= PART) {
      bytes.next(buffer);
      hash.add(buffer, <i32>min<i64>(left, PART));
      // However long it takes, others have their turn.
      if (yieldNow() != OK) return;
    }
    c.text(hash.hex() + "\n");
  }
}

class HashBody extends Handler {
  handle(c: Context): void {
    const request = c.request;
    const hash = new Sha256();
    const buffer = new Uint8Array(PART);
    request.limit = u64.MAX_VALUE;
    let length = request.read(buffer);
    for (; length > 0; length = request.read(buffer)) hash.add(buffer, length);
    // Why a body cannot be read, the server tells the client.
    if (length == 0) c.text(hash.hex() + "\n");
  }
}

class Transmit extends Handler {
  handle(c: Context): void {
    const request = c.request;
    const buffer = new Uint8Array(PART);
    request.limit = u64.MAX_VALUE;
    c.length = request.length;
    const type = request.header("content-type");
    c.header("Content-Type", type === null ? "application/octet-stream" : type);
    for (;;) {
      // While the client does not take what was sent, nothing more is read from it.
      const length = request.read(buffer);
      if (length <= 0 || c.write(buffer, length) != OK) return;
    }
  }
}

export class Main {
  constructor(private net: Stack) {}

  start(): void {
    const router = new Router()
      .get("/", new Home())
      .get("/random", new Random())
      .get("/hash", new Hash())
      .post("/hash", new HashBody())
      .post("/transmit", new Transmit());
    log.info(`Serving HTTP on port ${keys.http}`);
    const result = new HttpServer(router).use(new AccessLog()).serve(this.net, keys.http);
    if (result != OK) log.error(`Cannot listen on port ${keys.http}: ${resultName(result)}`);
  }
}

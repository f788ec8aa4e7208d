/** A handler that does what its paths say. */
import { Context, Handler, log, OK, resultName, sleep } from "fata";

const PART: i32 = 1000;

/** Data of the image, which is sent from where it lies. */
const LARGE: i32 = 300_000;
const large = memory.data(LARGE);
for (let i = 0; i < LARGE; i++) store<u8>(large + i, <u8>(i % 251));

export class Paths extends Handler {
  handle(c: Context): void {
    // "/q": nothing is made for it.
    if (c.request.head.pathSize == 2) return c.sendFrom(large, 1000);
    const path = c.request.path;
    if (path == "/large") return c.sendFrom(large, LARGE);
    if (path == "/used") return c.text(`${__heap_used()} ${memory.size()}\n`);
    if (path == "/") return c.html("<html>It works.</html>\n");
    if (path == "/echo") return this.echo(c);
    if (path == "/whole") return this.whole(c);
    if (path == "/count") return this.count(c);
    if (path == "/parts") return this.parts(c);
    if (path == "/ignore") return c.text("ignored\n");
    if (path == "/fields") return this.fields(c);
    if (path == "/redirect") return c.redirect("/");
    if (path == "/empty") {
      c.status = 204;
      return;
    }
    if (path == "/short") return this.short(c);
    if (path == "/endless") return this.endless(c);
    if (path == "/parameter" || path.startsWith("/named/")) return c.text(c.param("name") + "\n");
    if (path == "/long") return c.text("0123456789".repeat(10_000));
    if (path == "/octets") return c.bytes(new Uint8Array(200_000));
    if (path == "/close") c.close();
    else if (path == "/slow") sleep(300);
    else return c.notFound();
    c.text(path + "\n");
  }

  /** Promises more than it writes. */
  private short(c: Context): void {
    c.length = 10;
    c.writeText("short");
  }

  private endless(c: Context): void {
    while (c.writeText("more\n") == OK) {}
  }

  /** Sends the body back while it comes. */
  private echo(c: Context): void {
    const buffer = new Uint8Array(8192);
    c.length = c.request.length;
    let count = c.request.read(buffer);
    while (count > 0 && c.write(buffer, count) == OK) count = c.request.read(buffer);
  }

  private whole(c: Context): void {
    const text = c.request.text();
    if (text === null) return log.info(`no text: ${resultName(c.request.error)}`);
    c.text(text);
  }

  /** Counts the octets of a body of any length. */
  private count(c: Context): void {
    const buffer = new Uint8Array(8192);
    let octets: u64 = 0;
    c.request.limit = u64.MAX_VALUE;
    for (;;) {
      const count = c.request.read(buffer);
      if (count < 0) return;
      if (count == 0) break;
      octets += count;
    }
    c.text(`${octets}\n`);
  }

  /** 1000 lines in as many parts. */
  private parts(c: Context): void {
    c.header("Content-Type", "text/plain");
    for (let i = 0; i < PART; i++) {
      if (c.writeText(`line ${i}\n`) != OK) return;
    }
  }

  private fields(c: Context): void {
    const request = c.request;
    const agent = request.header("user-agent");
    c.header("X-First", "1");
    c.header("X-Second", "two");
    c.header("x-first", "one");
    c.status = 203;
    const query = request.query;
    c.text(`${request.methodName} ${request.path} ${query} ${request.host} ${agent === null ? "-" : agent}\n`);
  }
}

/** A request, as a handler sees it. Texts are made when they are asked for; what is not asked for costs nothing. */
import { OK } from "../base/result";
import { putText, textOf } from "./ascii";
import { Incoming } from "./incoming";
import { Input } from "./input";
import { Method, methodName } from "./method";
import { Output } from "./output";
import { RequestHead } from "./requesthead";

/** `HTTP/1.1 100 Continue`, with the empty line. */
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

export class Request extends Incoming {
  /** Who asks: an IPv4 address and a port. */
  remoteAddress: u32 = 0;
  remotePort: u32 = 0;

  /** @param head the head, for those who look at octets rather than make texts */
  constructor(
    input: Input,
    private output: Output,
    readonly head: RequestHead,
  ) {
    super(input, head);
  }

  get method(): Method {
    return this.head.method;
  }

  get methodName(): string {
    return methodName(this.head.method);
  }

  /** The target's path as it was sent, not decoded: "/a%20b"; "*" of OPTIONS for the whole server. */
  get path(): string {
    return textOf(this.head.pathAt, this.head.pathSize);
  }

  /** What stands behind the target's "?", as it was sent; "" without one. */
  get query(): string {
    return textOf(this.head.queryAt, this.head.querySize);
  }

  /** Whom the client asks: host and perhaps port, as it was sent; "" when it does not say. */
  get host(): string {
    return textOf(this.head.hostAt, this.head.hostSize);
  }

  /** As Incoming says; besides, a client that waits for a sign before it sends the body gets one (RFC 9110, 10.1.1). */
  readTo(ptr: usize, length: i32): i32 {
    const head = this.head;
    if (head.expectContinue) {
      head.expectContinue = false;
      // Not when it has begun to send without waiting, when it was answered, nor when the body is too long anyway.
      if (
        this.input.empty &&
        !this.output.begun &&
        head.contentLength <= <i64>min<u64>(this._body.limit, i64.MAX_VALUE)
      )
        this.tellToGoOn();
    }
    return this._body.read(ptr, length);
  }

  private tellToGoOn(): void {
    const output = this.output;
    output.at = putText(output.at, CONTINUE);
    output.send(0, 0);
  }

  /**
   * For the connection only: receives the next request's head.
   * @param deadline in ns on `now`'s clock; @param ms milliseconds in which the body's beginning must come
   * @returns as Incoming.receiveHead
   */
  _receive(deadline: u64, ms: u64): i32 {
    const head = this.head;
    const outcome = this.receiveHead(deadline);
    if (outcome != OK) return outcome;
    const hasBody = head.chunked || head.contentLength > 0;
    this.hold(hasBody);
    if (!hasBody) head.expectContinue = false;
    this._body.open(head.chunked ? -1 : max(head.contentLength, 0), head.chunked, ms);
    return OK;
  }
}

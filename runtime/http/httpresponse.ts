/** A response that is received. */

import { E_CLOSED, E_TOO_LONG, OK } from "../base/result";
import { Flow } from "../flow/stream";
import { E_INVALID } from "../sys/results";
import { HttpClient } from "./client";
import { TABLE_SIZE } from "./head";
import { Incoming } from "./incoming";
import { INPUT_SIZE, Input } from "./input";
import { ResponseHead } from "./responsehead";
import { STATUS_FIELDS_TOO_LARGE } from "./status";

/** Most responses before the final one (RFC 9110, 15.2). */
const INTERIM_MAX: i32 = 8;

export class HttpResponse extends Incoming {
  /** Where it lies. */
  private buffer: Uint8Array;
  private flow: Flow | null;

  /** For the client only. @param host whom the flow leads to; @param port its port */
  constructor(
    private client: HttpClient,
    flow: Flow,
    readonly host: string,
    readonly port: u32,
    readonly head: ResponseHead,
    buffer: Uint8Array,
  ) {
    const input = new Input(buffer.dataStart + TABLE_SIZE);
    super(input, head);
    this.buffer = buffer;
    this.flow = flow;
    input.open(flow);
  }

  /** For the client only. */
  static make(client: HttpClient, flow: Flow, host: string, port: u32): HttpResponse {
    const buffer = new Uint8Array(<i32>(TABLE_SIZE + INPUT_SIZE));
    return new HttpResponse(client, flow, host, port, new ResponseHead(buffer.dataStart), buffer);
  }

  /** The status code (RFC 9110, 15). */
  get status(): i32 {
    return this.head.status;
  }

  /** As Incoming says. At the end the connection is given back, or ended. */
  readTo(ptr: usize, length: i32): i32 {
    const count = super.readTo(ptr, length);
    if (count <= 0) this.close();
    return count;
  }

  /** Ends the response: what was not read is lost, and the connection with it. */
  close(): void {
    const flow = this.flow;
    if (!flow) return;
    this.flow = null;
    // What comes behind a response was not asked for.
    if (this._body.ended && !this.head.close && this.input.empty) this.client._keep(flow, this.host, this.port);
    else flow.close();
    if (!this._body.ended) this._body.error = E_CLOSED;
  }

  /**
   * For the client only: receives the head.
   * @param deadline in ns on `now`'s clock; @param bodyless whether the method was HEAD; @param ms as Body.open
   * @returns OK or a code
   */
  _receive(deadline: u64, bodyless: bool, ms: u64): i32 {
    const input = this.input;
    const head = this.head;
    for (let interim = 0; interim < INTERIM_MAX; interim++) {
      const outcome = this.receiveHead(deadline);
      if (outcome < OK) return outcome;
      if (outcome != OK) return outcome == STATUS_FIELDS_TOO_LARGE ? E_TOO_LONG : E_INVALID;
      const status = head.status;
      if (status >= 200) {
        const length = bodyless || status == 204 || status == 304 ? 0 : head.contentLength;
        const chunked = head.chunked && length != 0;
        this.hold(length != 0);
        if (length < 0 && !chunked) head.close = true;
        this._body.open(length, chunked, ms);
        return OK;
      }
      // Nobody has asked for another protocol.
      if (status == 101) return E_INVALID;
      input.start += head.size;
    }
    return E_INVALID;
  }
}

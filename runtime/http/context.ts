/** One request and its response, as a handler gets them. */

import { Flow } from "../flow/stream";
import { Form, formValue, isForm } from "./form";
import { TABLE_SIZE } from "./head";
import { INPUT_SIZE, Input } from "./input";
import { FIELDS_SIZE } from "./outgoing";
import { Output } from "./output";
import { Parameters, Pattern } from "./pattern";
import { percentString } from "./percent";
import { Request } from "./request";
import { RequestHead } from "./requesthead";
import { Response } from "./response";

/** Octets of the buffer for what is sent. */
const OUTPUT_SIZE: usize = 7392;
/** Octets of all buffers of a request, in this order: input, table, fields, output. */
const BLOCK_SIZE: usize = INPUT_SIZE + TABLE_SIZE + FIELDS_SIZE + OUTPUT_SIZE;

export class Context extends Response {
  readonly request: Request;
  /** For the server only: the next one that is not in use. */
  _next: Context | null = null;
  /** For the connection only. */
  readonly _input: Input;
  /** For routers only: the route that has matched, and what its parameters are. */
  _pattern: Pattern | null = null;
  _parameters: Parameters | null = null;

  constructor() {
    const block = heap.alloc(BLOCK_SIZE);
    const input = new Input(block);
    const table = block + INPUT_SIZE;
    const fields = table + TABLE_SIZE;
    const output = new Output(fields + FIELDS_SIZE, OUTPUT_SIZE);
    super(output, fields);
    this._input = input;
    this.request = new Request(input, output, new RequestHead(table));
  }

  /** For the connection only: serves a flow from now on. @param ms in which it must take each 64 KiB */
  _open(flow: Flow, ms: u64): void {
    this._input.open(flow);
    this.output.open(flow, ms);
    this.request.remoteAddress = flow.remoteAddress;
    this.request.remotePort = flow.remotePort;
  }

  /** For the connection only: serves none any more. */
  _release(): void {
    this._input.open(null);
    this.output.open(null, 0);
  }

  /**
   * A part of the path, decoded, by its name in the route's path: that of ":id" is "id", that of "*" is "*". "" when the route
   * has none of this name.
   */
  param(name: string): string {
    const pattern = this._pattern;
    const parameters = this._parameters;
    if (!pattern || !parameters) return "";
    const index = pattern.indexOf(name);
    // The router has answered those that cannot be decoded.
    return index < 0 ? "" : percentString(parameters.start(index), parameters.length(index))!;
  }

  /** The value of the query's first field with a name, decoded: null when there is none, or it is malformed. */
  query(name: string): string | null {
    const head = this.request.head;
    return formValue(head.queryAt, head.querySize, name);
  }

  /**
   * Reads the body of a form.
   * @returns null when it is none, or cannot be had: the client is told so, when nothing else is answered
   */
  form(): Form | null {
    const request = this.request;
    const head = request.head;
    const type = head.find("content-type", 0);
    if (type < 0 || !isForm(head.valueAt(type), head.valueSize(type))) {
      this.fail(415);
      return null;
    }
    const bytes = request.bytes();
    return bytes ? new Form(bytes) : null;
  }

  /** Answers with plain text. */
  text(text: string): void {
    this.body(text, "text/plain; charset=utf-8");
  }

  html(text: string): void {
    this.body(text, "text/html; charset=utf-8");
  }

  /** Answers with a text that is JSON. */
  json(text: string): void {
    this.body(text, "application/json");
  }

  /** Sends the client elsewhere. @param location a URI, which may be relative */
  redirect(location: string, status: i32 = 302): void {
    this._clear();
    this.status = status;
    this.header("Location", location);
  }

  notFound(): void {
    this.fail(404);
  }
}

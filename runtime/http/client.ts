/**
 * The client.
 *
 *     const client = new HttpClient(stack, resolver);
 *     const response = client.get("http://example.org/");
 *     if (!response) return log.error(resultName(client.error));
 *     const text = response.text();
 */
import { E_CLOSED, E_RESET, OK } from "../base/result";
import { Names } from "../flow/names";
import { Flow, Transport } from "../flow/stream";
import { after, remaining } from "../sched/fiber";
import { E_INVALID, E_NOT_FOUND } from "../sys/results";
import { parseIpv4 } from "../wire/ipv4address";
import { HttpRequest, REQUEST_HEAD_MAX } from "./httprequest";
import { HttpResponse } from "./httpresponse";
import { Output } from "./output";
import { Uri } from "./uri";

/** One request at a time; a fiber that wants to send several at once has several clients. */
export class HttpClient {
  /** Why `get` or `send` gave null last. */
  error: i32 = OK;
  /**
   * Milliseconds until the head must have come, connecting included; for a request with content anew when that has been sent,
   * each 64 KiB of which a server must take in as many. And milliseconds that a body's beginning may take.
   */
  timeout: u64 = 30_000;
  /** Most octets of a body that are read, unless `limit` of the response says otherwise. */
  bodyMax: u64 = 16 * 1024 * 1024;
  /** How many redirections are followed. None, unless this is set. */
  redirectsMax: i32 = 0;
  /** A connection that may be used again, and whom it leads to. */
  private spare: Flow | null = null;
  private host: string = "";
  private port: u32 = 0;
  /** Where the heads of requests are made. */
  private buffer: Uint8Array = new Uint8Array(<i32>REQUEST_HEAD_MAX);
  private output: Output = new Output(this.buffer.dataStart, REQUEST_HEAD_MAX);

  /**
   * @param transport how servers are reached
   * @param names who knows them by name, such as a Resolver; without one, addresses only
   */
  constructor(
    private transport: Transport,
    private names: Names | null = null,
  ) {}

  /** Gets what a URI stands for. @returns as `send` */
  get(uri: string): HttpResponse | null {
    return this.send(new HttpRequest("GET", uri));
  }

  /**
   * Sends a request, and waits for the head of the response. Its status may be any. Read it to its end, or close it.
   * @returns null, with the reason in `error`: E_INVALID, the request or the response is malformed; E_TOO_LONG, the response's
   *   head is; E_TIMEOUT; E_CLOSED or E_RESET, the server ended the connection; E_CANCELLED; as Names.connect and
   *   Transport.connect, and E_NOT_FOUND for a name without `names`
   */
  send(request: HttpRequest): HttpResponse | null {
    let uri = Uri.parse(request.uri);
    let method = request.method;
    let content = request.content;
    let redirects = 0;
    let response: HttpResponse | null = null;
    while (uri) {
      if (!request._fits(uri)) break;
      response = this.ask(request, uri, method, content);
      if (!response || redirects++ >= this.redirectsMax) return response;
      const location = isRedirection(response.status) ? response.header("location") : null;
      const next: Uri | null = location === null ? null : uri.resolve(location);
      if (!next) return response;
      const status = response.status;
      response.close();
      // Others than GET and HEAD become GET where the RFC says so, or where all programs do (RFC 9110, 15.4.2 to 15.4.4).
      if (method != "HEAD" && (status == 303 || (status < 303 && method == "POST"))) {
        method = "GET";
        content = null;
        request.removeHeader("Content-Type");
      }
      if (next.authority != uri.authority) {
        // What is meant for one server is not told to another.
        request.removeHeader("Authorization");
        request.removeHeader("Cookie");
      }
      uri = next;
    }
    this.error = E_INVALID;
    return null;
  }

  /** Ends the connection that is kept for the next request. */
  close(): void {
    const spare = this.spare;
    if (spare) spare.close();
    this.spare = null;
  }

  /** For responses only: a connection can be used again. */
  _keep(flow: Flow, host: string, port: u32): void {
    this.close();
    this.spare = flow;
    this.host = host;
    this.port = port;
  }

  private ask(request: HttpRequest, uri: Uri, method: string, content: Uint8Array | null): HttpResponse | null {
    const deadline = after(this.timeout);
    let flow = this.spare;
    if (flow && this.host == uri.host && this.port == uri.port) {
      this.spare = null;
      if (flow.readable(0) == OK) {
        // It has ended, or something has come that nobody asked for.
        flow.close();
        return this.ask(request, uri, method, content);
      }
      const response = this.exchange(flow, request, uri, method, content, deadline);
      // The server may have ended it just before it got the request (RFC 9112, 9.3.1): what can be repeated, is.
      const ended = this.error == E_CLOSED || this.error == E_RESET;
      if (response || !ended || (method != "GET" && method != "HEAD")) return response;
    }
    flow = this.open(uri, deadline);
    return flow ? this.exchange(flow, request, uri, method, content, deadline) : null;
  }

  private open(uri: Uri, deadline: u64): Flow | null {
    const address = parseIpv4(uri.host);
    if (address >= 0) {
      const flow = this.transport.connect(<u32>address, uri.port, remaining(deadline));
      if (!flow) this.error = this.transport.error;
      return flow;
    }
    const names = this.names;
    if (!names) {
      this.error = E_NOT_FOUND;
      return null;
    }
    const flow = names.connect(uri.host, uri.port, remaining(deadline));
    if (!flow) this.error = names.error;
    return flow;
  }

  private exchange(
    flow: Flow,
    request: HttpRequest,
    uri: Uri,
    method: string,
    content: Uint8Array | null,
    deadline: u64,
  ): HttpResponse | null {
    const output = this.output;
    output.open(flow, this.timeout);
    output.at = request._put(output.at, uri, method, content);
    // A server that does not want all of it may have answered nevertheless: so what follows tells.
    const sent = content ? output.send(content.dataStart, content.length) : output.send(0, 0);
    output.open(null, 0);
    // A server answers content when it has it all: what takes long to send, but goes on, has not used the time up.
    if (content && sent == OK) deadline = after(this.timeout);
    const response = HttpResponse.make(this, flow, uri.host, uri.port);
    this.error = response._receive(deadline, method == "HEAD", this.timeout);
    if (this.error != OK) {
      flow.close();
      return null;
    }
    // The server would take the next request for the rest of this one.
    if (sent != OK) response.head.close = true;
    response.limit = this.bodyMax;
    // Without a body there is nothing to read.
    if (response._body.ended) response.close();
    return response;
  }
}

function isRedirection(status: i32): bool {
  return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

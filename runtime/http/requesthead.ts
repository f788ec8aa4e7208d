/** The head of a request: its line (RFC 9112, 3), and what only requests have. */
import { OK } from "../base/result";
import { isText, SPACE, tokenEnd } from "./ascii";
import { Head } from "./head";
import { isAuthority } from "./host";
import { Method, methodOf } from "./method";
import {
  STATUS_BAD_REQUEST,
  STATUS_EXPECTATION_FAILED,
  STATUS_MISDIRECTED,
  STATUS_NOT_IMPLEMENTED,
  STATUS_VERSION_NOT_SUPPORTED,
} from "./status";

/** "HTTP/1." and the version's last digit, as they lie in memory. */
const VERSION_SIZE: usize = 8;
const HTTP_1: u64 = 0x002e_312f_5054_5448;
const HTTP: u32 = 0x5054_5448;
const SLASH: u32 = 0x2f;

export class RequestHead extends Head {
  method: Method = Method.Other;
  /** Whether the client waits for a sign before it sends the body (RFC 9110, 10.1.1). */
  expectContinue: bool = false;
  /** Offsets and octets of the path and, without its "?", the query. */
  private path: usize = 0;
  pathSize: usize = 0;
  private query: usize = 0;
  querySize: usize = 0;
  /** The authority that is asked: of the target, else of Host; octets 0 without one. */
  private host: usize = 0;
  hostSize: usize = 0;
  private hosts: i32 = 0;
  private absolute: bool = false;
  private failedExpectation: bool = false;

  /** Where they are, in the head. */
  get pathAt(): usize {
    return this.at + this.path;
  }

  get queryAt(): usize {
    return this.at + this.query;
  }

  get hostAt(): usize {
    return this.at + this.host;
  }

  reset(): void {
    super.reset();
    this.method = Method.Other;
    this.expectContinue = false;
    this.pathSize = 0;
    this.querySize = 0;
    this.hostSize = 0;
    this.hosts = 0;
    this.absolute = false;
    this.failedExpectation = false;
  }

  /** method SP request-target SP HTTP-version, with single spaces, and nothing more. */
  protected startLine(at: usize, end: usize): i32 {
    let stop = tokenEnd(at, end);
    if (stop == at || stop == end || load<u8>(stop) != SPACE) return STATUS_BAD_REQUEST;
    this.method = methodOf(at, stop - at);
    const connect = stop - at == 7 && isText(at, 7, "connect");
    const target = stop + 1;
    let mark: usize = 0;
    for (stop = target; stop < end; stop++) {
      const octet = <u32>load<u8>(stop);
      if (octet == 0x3f) {
        if (!mark) mark = stop;
        // Neither what is not ASCII, nor a fragment, which is never sent (RFC 9110, 7.1).
      } else if (octet <= SPACE || octet >= 0x7f || octet == 0x23) break;
    }
    if (stop == target || stop == end || load<u8>(stop) != SPACE) return STATUS_BAD_REQUEST;
    const version = this.version(stop + 1, end);
    if (version != OK) return version;
    return connect ? this.tunnel(target, stop) : this.target(target, stop, mark);
  }

  private version(at: usize, end: usize): i32 {
    if (end - at != VERSION_SIZE) return STATUS_BAD_REQUEST;
    const text = load<u64>(at);
    const minor = <u32>(text >> 56) - 0x30;
    if (minor > 9) return STATUS_BAD_REQUEST;
    if ((text & 0x00ff_ffff_ffff_ffff) == HTTP_1) {
      this.minor = min<i32>(minor, 1);
      return OK;
    }
    const major = <u32>load<u8>(at, 5) - 0x30;
    const well = load<u32>(at) == HTTP && load<u8>(at, 4) == SLASH && major <= 9 && load<u8>(at, 6) == 0x2e;
    return well ? STATUS_VERSION_NOT_SUPPORTED : STATUS_BAD_REQUEST;
  }

  /** CONNECT, whose target is an authority (RFC 9112, 3.2.3): nothing is tunnelled here. */
  private tunnel(at: usize, end: usize): i32 {
    return isAuthority(at, end) ? STATUS_NOT_IMPLEMENTED : STATUS_BAD_REQUEST;
  }

  /** origin-form, absolute-form or asterisk-form (RFC 9112, 3.2). @param mark where the first "?" is, or 0 */
  private target(at: usize, end: usize, mark: usize): i32 {
    const first = <u32>load<u8>(at);
    if (first == 0x2a) {
      if (end - at != 1 || this.method != Method.Options) return STATUS_BAD_REQUEST;
    } else if (first != SLASH) {
      at = this.authority(at, mark ? mark : end);
      if (at == 0) return STATUS_BAD_REQUEST;
      if (at == 1) return STATUS_MISDIRECTED;
    }
    const pathEnd = mark ? mark : end;
    this.path = at - this.at;
    this.pathSize = pathEnd - at;
    if (mark) {
      this.query = mark + 1 - this.at;
      this.querySize = end - mark - 1;
    }
    // "http://host" asks for "/" (RFC 9110, 4.2.3); there is one in what stands before the host.
    if (pathEnd == at) {
      this.path = this.host - 1;
      this.pathSize = 1;
    }
    return OK;
  }

  /**
   * Takes scheme and authority of an absolute-form.
   * @returns where the path begins; 0, malformed; 1, a scheme that is not served here
   */
  private authority(at: usize, end: usize): usize {
    const start = at;
    at = tokenEnd(at, end);
    if (at == start || end - at < 3 || load<u8>(at) != 0x3a || load<u16>(at, 1) != 0x2f2f) return 0;
    if (!isText(start, at - start, "http")) return 1;
    at += 3;
    const host = at;
    while (at < end && load<u8>(at) != SLASH) at++;
    // It takes the place of Host (RFC 9112, 3.2.2). An http URI has a host (RFC 9110, 4.2.1).
    if (at == host || load<u8>(host) == 0x3a || !isAuthority(host, at)) return 0;
    this.absolute = true;
    this.host = host - this.at;
    this.hostSize = at - host;
    return at;
  }

  protected known(name: usize, nameSize: usize, value: usize, end: usize): i32 {
    if (nameSize == 4 && isText(name, 4, "host")) {
      if (this.hosts++ || !isAuthority(value, end)) return STATUS_BAD_REQUEST;
      if (!this.absolute) {
        this.host = value - this.at;
        this.hostSize = end - value;
      }
    } else if (nameSize == 6 && isText(name, 6, "expect")) {
      if (isText(value, end - value, "100-continue")) this.expectContinue = true;
      else this.failedExpectation = true;
    }
    return OK;
  }

  protected finish(): i32 {
    const framing = this.checkFraming();
    if (framing != OK) return framing;
    // Without chunked at the end nobody can tell where the body ends (RFC 9112, 6.3).
    if (this.coded && !this.chunked) return STATUS_BAD_REQUEST;
    if (this.hosts == 0 && this.minor > 0) return STATUS_BAD_REQUEST;
    if (this.unknownCoding || this.method == Method.Other) return STATUS_NOT_IMPLEMENTED;
    if (this.minor == 0) this.expectContinue = false;
    else if (this.failedExpectation) return STATUS_EXPECTATION_FAILED;
    return OK;
  }
}

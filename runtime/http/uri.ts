/** URIs of resources that HTTP can get (RFC 9110, 4.2; RFC 3986). */

import { portIn } from "../wire/port";

const SLASH: i32 = 0x2f;

export class Uri {
  /** @param host a name or an address; @param port of the server; @param target path and query, as they are asked for */
  constructor(
    readonly host: string,
    readonly port: u32,
    readonly target: string,
  ) {}

  /**
   * Reads `http://host[:port][/path][?query][#fragment]`; the fragment is for the reader only, and dropped.
   * @returns null when it is something else
   */
  static parse(text: string): Uri | null {
    return isPlain(text) && text.length > 7 && text.substring(0, 7).toLowerCase() == "http://"
      ? parseFrom(text, 7)
      : null;
  }

  /** As the field Host has it. */
  get authority(): string {
    return this.port == 80 ? this.host : this.host + ":" + this.port.toString();
  }

  /**
   * What a reference that was found here, such as Location's, stands for (RFC 3986, 5.2).
   * @returns null when it is none, or leads to where HTTP does not
   */
  resolve(reference: string): Uri | null {
    if (!isPlain(reference)) return null;
    const colon = reference.indexOf(":");
    if (colon > 0 && reference.substring(0, colon).indexOf("/") < 0) return Uri.parse(reference);
    if (reference.startsWith("//")) return parseFrom(reference, 2);
    const end = reference.indexOf("#");
    const rest = end < 0 ? reference : reference.substring(0, end);
    const path = pathOf(this.target);
    if (rest.length == 0) return this;
    if (rest.charCodeAt(0) == 0x3f) return new Uri(this.host, this.port, path + rest);
    const absolute = rest.charCodeAt(0) == SLASH ? rest : path.substring(0, path.lastIndexOf("/") + 1) + rest;
    const reached = pathOf(absolute);
    return new Uri(this.host, this.port, withoutDots(reached) + absolute.substring(reached.length));
  }
}

/** Reads authority, path and query. @param from where they begin */
function parseFrom(text: string, from: i32): Uri | null {
  const fragment = text.indexOf("#", from);
  const end = fragment < 0 ? text.length : fragment;
  let slash = from;
  while (slash < end && text.charCodeAt(slash) != SLASH && text.charCodeAt(slash) != 0x3f) slash++;
  const authority = text.substring(from, slash);
  const colon = authority.indexOf(":");
  const host = colon < 0 ? authority : authority.substring(0, colon);
  const port = colon < 0 || colon == authority.length - 1 ? 80 : portIn(authority, colon + 1);
  // Neither users (RFC 9110, 4.2.4), nor addresses with colons, which nothing here can reach yet.
  if (host.length == 0 || port < 1 || host.indexOf("@") >= 0 || host.indexOf("[") >= 0) return null;
  const target = text.substring(slash, end);
  return new Uri(host, port, target.startsWith("/") ? target : "/" + target);
}

/** Whether a text is visible ASCII: all that a URI may consist of, and what could not end a line of a request. */
function isPlain(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    if (<u32>text.charCodeAt(i) - 0x21 > 0x5d) return false;
  }
  return true;
}

/** A target without its query. */
function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.substring(0, mark);
}

/** A path without the segments "." and ".." (RFC 3986, 5.2.4). */
function withoutDots(path: string): string {
  const segments = path.split("/");
  const kept: string[] = [];
  const last = segments.length - 1;
  for (let i = 1; i <= last; i++) {
    const segment = segments[i];
    const dots = segment == "." || segment == "..";
    if (segment == ".." && kept.length > 0) kept.pop();
    if (!dots) kept.push(segment);
    else if (i == last) kept.push("");
  }
  return "/" + kept.join("/");
}

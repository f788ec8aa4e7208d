import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Case, cases, codes, octetsOf } from "./responses.ts";
import { Server } from "./server.ts";

const HOME = "http://10.0.0.1/";
const EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** Has a response come in these parts. */
function check(expected: Case, parts: readonly Uint8Array[]): void {
  const server = new Server();
  const peer = server.fetch(`${expected.method ?? "GET"} ${HOME}`);
  for (const [i, part] of parts.entries()) peer.send(part, expected.ended === true && i === parts.length - 1);
  assert.equal(server.outcome, typeof expected.outcome === "string" ? codes[expected.outcome] : expected.outcome);
  if (expected.read !== undefined) assert.equal(server.body, expected.read);
  if (expected.kept !== undefined) assert.equal(peer.closed, !expected.kept);
}

describe("what the RFCs say of responses", () => {
  for (const expected of cases)
    test(`${expected.rfc}: ${expected.what}`, () => {
      const octets = octetsOf(expected);
      check(expected, [octets]);
      if (octets.length === 0 || octets.length > 500) return;
      for (let at = 1; at < octets.length; at++) check(expected, [octets.subarray(0, at), octets.subarray(at)]);
      check(
        expected,
        Array.from(octets, (octet) => Uint8Array.of(octet)),
      );
    });
});

describe("requests", () => {
  test("say what they are to say", () => {
    const server = new Server();
    const peer = server.fetch("GET http://10.0.0.1:8080/a?b=c#d");
    assert.equal(
      peer.take(),
      "GET /a?b=c HTTP/1.1\r\nHost: 10.0.0.1:8080\r\nX-Test: yes\r\nAuthorization: secret\r\n\r\n",
    );
    peer.send(EMPTY);
    const second = server.fetch("POST http://10.0.0.1");
    assert.match(second.take(), /^POST \/ HTTP\/1.1\r\nHost: 10.0.0.1\r\n.*Content-Length: 7\r\n\r\ncontent$/s);
  });

  test("are not sent to what is no URI of HTTP, nor with what is no method", () => {
    const server = new Server();
    for (const words of [
      "GET https://10.0.0.1/",
      "GET 10.0.0.1",
      "GET http://",
      "GET http:///a",
      "GET http://u@10.0.0.1/",
      "GET http://10.0.0.1:0/",
      "GET http://10.0.0.1:65536/",
      "GET http://10.0.0.1:8o/",
      "GET http://[fd00::1]/",
      "GET http://10.0.0.1/\r\nX:y",
      "GET http://10.0.0.1/\u00e4",
      `GET http://10.0.0.1/${"a".repeat(8000)}`,
      "G(T http://10.0.0.1/",
    ]) {
      server.fetch(words);
      assert.equal(server.outcome, codes.E_INVALID, words);
    }
    server.fetch("GET http://example.org/");
    assert.equal(server.outcome, codes.E_NOT_FOUND);
    server.fetch("GET http://10.0.0.1:81/");
    assert.equal(server.outcome, codes.E_REFUSED);
    assert.equal(server.call("wireCount"), 0);
  });

  test("wait for half a minute", () => {
    const server = new Server();
    const peer = server.fetch(`GET ${HOME}`).send("HTTP/1.1 200");
    server.advance(29_900);
    assert.equal(server.outcome, undefined);
    server.advance(200);
    assert.equal(server.outcome, codes.E_TIMEOUT);
    assert.ok(peer.closed);
  });

  test("wait anew when content has left, which took long but went on", () => {
    const server = new Server();
    server.call("limitOpened", 20);
    const peer = server.fetch(`POST ${HOME}`);
    server.advance(29_000);
    peer.allow(1000);
    assert.match(peer.take(), /content$/);
    server.advance(29_000);
    assert.equal(server.outcome, undefined);
    assert.equal(peer.send(EMPTY).server.outcome, 200);
  });
});

describe("connections", () => {
  test("serve again, for the same server", () => {
    const server = new Server();
    const peer = server.fetch(`GET ${HOME}`).send(EMPTY);
    assert.equal(server.fetch(`GET ${HOME}a`).number, peer.number);
    peer.send(EMPTY);
    assert.equal(server.outcome, 200);
    const other = server.fetch("GET http://10.0.0.2/");
    assert.notEqual(other.number, peer.number);
    other.send(EMPTY);
    assert.ok(peer.closed, "only one is kept");
  });

  test("on which something comes that nobody has asked for are not used again", () => {
    for (const ended of [true, false]) {
      const server = new Server();
      const peer = server
        .fetch(`GET ${HOME}`)
        .send(EMPTY)
        .send(ended ? "" : EMPTY, ended);
      const second = server.fetch(`POST ${HOME}`).send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
      assert.ok(peer.closed && second.number !== peer.number);
      assert.equal(server.outcome, 201);
    }
  });

  test("on which a request has not left as a whole are not used again, though it was answered", () => {
    for (const octets of [20, 1000]) {
      const server = new Server();
      server.call("limitOpened", octets);
      const peer = server.fetch(`POST ${HOME}`).send("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
      server.advance(30_000);
      assert.equal(server.outcome, 413);
      assert.equal(peer.closed, octets === 20);
    }
  });

  test("that the server has ended are opened again, for what may be repeated", () => {
    for (const [method, again] of [
      ["GET", true],
      ["POST", false],
    ] as const) {
      const server = new Server();
      const peer = server.fetch(`GET ${HOME}`).send(EMPTY);
      server.fetch(`${method} ${HOME}`);
      peer.send("", true);
      assert.equal(server.call("wireCount"), again ? 2 : 1);
      if (!again) assert.equal(server.outcome, codes.E_CLOSED);
    }
  });
});

describe("redirections", () => {
  const to = (location: string, status = 302) =>
    `HTTP/1.1 ${status} X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

  test("are not followed, unless that is asked for", () => {
    const server = new Server();
    server.fetch(`GET ${HOME}`).send(to("/a"));
    assert.equal(server.outcome, 302);
  });

  test("lead where RFC 3986, 5.4, says", () => {
    for (const [location, target] of [
      ["http://10.0.0.1/g", "/g"],
      ["HTTP://10.0.0.1", "/"],
      ["//10.0.0.1/g?x", "/g?x"],
      ["/g", "/g"],
      ["g", "/b/c/g"],
      ["./g", "/b/c/g"],
      ["g/", "/b/c/g/"],
      ["?y", "/b/c/d;p?y"],
      ["g?y/../x#s", "/b/c/g?y/../x"],
      ["#s", "/b/c/d;p?q"],
      [".", "/b/c/"],
      ["..", "/b/"],
      ["../g", "/b/g"],
      ["../../../g", "/g"],
      ["/./g", "/g"],
      ["g;x=1/../y", "/b/c/y"],
    ]) {
      const server = new Server();
      const peer = server.fetch(`GET ${HOME}b/c/d;p?q`, 1);
      peer.take();
      peer.send(to(location as string));
      assert.equal(peer.take().split(" ")[1], target, location);
    }
  });

  test("are followed so often and no more; those that lead elsewhere are left as they are", () => {
    const server = new Server();
    const peer = server.fetch(`GET ${HOME}`, 3);
    for (let times = 0; times < 4; times++) peer.send(to("/again"));
    assert.equal(server.outcome, 302);
    for (const location of ["https://10.0.0.1/", "mailto:a", "http://", "a\tb"]) {
      const lost = new Server();
      lost.fetch(`GET ${HOME}`, 3).send(to(location));
      assert.equal(lost.outcome, 302, location);
    }
  });

  test("make a POST a GET where that is so, and tell no secrets to others", () => {
    for (const [status, method] of [
      [301, "GET"],
      [302, "GET"],
      [303, "GET"],
      [307, "POST"],
      [308, "POST"],
    ] as const) {
      const server = new Server();
      const peer = server.fetch(`POST ${HOME}`, 1);
      peer.take();
      const request = peer.send(to("/b", status)).take();
      assert.match(request, new RegExp(`^${method} /b HTTP/1.1\r\n.*Authorization: secret\r\n`, "s"));
      assert.equal(request.endsWith("\r\n\r\ncontent"), method === "POST");
      const other = new Server();
      other.fetch(`POST ${HOME}`, 1).send(to("http://10.0.0.2/b", status));
      const told = other.take(other.call("wireCount") - 1).toString();
      assert.match(told, new RegExp(`^${method} /b HTTP/1.1\r\nHost: 10.0.0.2\r\nX-Test`));
      assert.doesNotMatch(told, /secret/);
    }
  });
});

/** What a server does besides answering: limits of time and memory, back-pressure, its end. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Server } from "./server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LENGTH = "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: ";
const CHUNKED = "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

describe("time", () => {
  test("a connection on which nothing comes is closed", () => {
    const server = new Server();
    const client = server.connect();
    server.advance(9_900);
    assert.ok(!client.ended);
    server.advance(200);
    assert.ok(client.closed);
    assert.equal(client.take(), "");
    assert.equal(server.call("connections"), 0);
  });

  test("an idle one is kept for a minute, and then closed", () => {
    const server = new Server();
    const client = server.connect().send(GET);
    assert.deepEqual(client.statuses(), [200]);
    server.advance(59_900);
    assert.deepEqual(client.send(GET).statuses(), [200]);
    server.advance(60_100);
    assert.ok(client.closed);
  });

  test("a head that comes octet by octet is given ten seconds, however steadily it comes", () => {
    const server = new Server();
    const client = server.connect();
    for (let at = 0; at < 100 && !client.ended; at++) {
      client.send(at < GET.length - 4 ? GET.charAt(at) : "a");
      server.advance(1000);
      assert.equal(client.ended, at >= 9, `after ${at + 1} s`);
    }
    assert.deepEqual(client.statuses(), [408]);
  });

  test("so is the second one", () => {
    const server = new Server();
    const client = server.connect().send(`${GET}GET /`);
    assert.deepEqual(client.statuses(), [200]);
    server.advance(9_900);
    assert.ok(!client.ended);
    server.advance(200);
    assert.deepEqual(client.statuses(), [408]);
  });

  test("a body that comes more slowly than 1 KiB/s is given half a minute", () => {
    for (const [head, part] of [
      [`${LENGTH}1000000\r\n\r\n`, "a".repeat(500)],
      [CHUNKED, `1f4\r\n${"a".repeat(500)}\r\n`],
    ] as const) {
      const server = new Server();
      const client = server.connect().send(head);
      let seconds = 0;
      for (; seconds < 300 && !client.ended; seconds++) {
        client.send(part);
        server.advance(1000);
      }
      assert.ok(seconds >= 55 && seconds <= 65, `it ended after ${seconds} s`);
      assert.deepEqual(client.statuses(), [408]);
    }
  });

  test("one that comes faster may take as long as it wants", () => {
    const server = new Server();
    const client = server.connect().send(`${LENGTH}600000\r\n\r\n`);
    for (let seconds = 0; seconds < 300; seconds++) {
      client.send("a".repeat(2000));
      server.advance(1000);
    }
    assert.match(client.take(), /^HTTP\/1.1 200 OK.*\r\n\r\n600000\n$/s);
  });

  test("a client that takes nothing of its response is broken off", () => {
    const server = new Server();
    const client = server.connect().allow(1000).send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
    server.advance(29_900);
    assert.ok(!client.ended);
    server.advance(10_000);
    assert.ok(client.closed);
    assert.equal(server.call("connections"), 0);
  });
});

describe("back-pressure", () => {
  test("nothing is read of a body for whose echo there is no room", () => {
    const server = new Server();
    const client = server.connect().allow(20_000);
    client.send(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n`).send("a".repeat(500_000));
    const [, echoed = ""] = client.take().split("\r\n\r\n");
    assert.ok(echoed.length > 10_000 && echoed.length <= 20_000);
    assert.ok(client.unread > 450_000);
    client.allow(1_000_000);
    assert.equal(client.take().length, 500_000 - echoed.length);
    assert.equal(client.unread, 0);
    assert.deepEqual(client.send(GET).statuses(), [200]);
  });

  test("nor are requests, for whose responses there is none", () => {
    const server = new Server();
    const client = server.connect().allow(10);
    client.send(GET.repeat(2000));
    assert.ok(client.unread > 20_000);
    client.allow(1_000_000);
    assert.equal(client.statuses().length, 2000);
    assert.equal(client.unread, 0);
  });

  test("after 64 KiB that nobody has read the connection stays", () => {
    const server = new Server();
    const client = server.connect().send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n");
    client.send("a".repeat(65536)).send(GET);
    assert.deepEqual(client.statuses(), [200, 200]);
  });

  test("what is made without end ends with the client, and for HEAD at once", () => {
    const server = new Server();
    const client = server.connect().send("HEAD /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.deepEqual(client.statuses(), [200]);
    client.allow(1000).send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.deepEqual(client.statuses(), [200]);
    client.breakOff();
    server.advance(3000);
    assert.equal(server.call("connections"), 0);
  });

  test("texts and octets of any length arrive", () => {
    const server = new Server();
    const client = server.connect();
    const [, text] = client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n").take().split("\r\n\r\n");
    assert.equal(text, "0123456789".repeat(10_000));
    const [, octets] = client.send("GET /octets HTTP/1.1\r\nHost: a\r\n\r\n").take().split("\r\n\r\n");
    assert.equal(octets, "\0".repeat(200_000));
    // Neither is the image's own data: both were copied.
    assert.equal(server.call("constantOctets"), 0);
    const [, large = ""] = client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").take().split("\r\n\r\n");
    assert.equal(large.length, 300_000);
    assert.equal(server.call("constantOctets"), 300_000);
  });
});

describe("parameters of paths", () => {
  test("are those of the request, not of the one before", () => {
    const server = new Server();
    const client = server.connect().send("GET /named/%41da HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.match(client.take(), /\r\n\r\nAda\n$/);
    client.send("GET /parameter HTTP/1.1\r\nHost: %%%%%\r\n\r\n");
    assert.match(client.take(), /\r\n\r\n\n$/);
  });
});

describe("connections", () => {
  test("beyond the limit the one that is idle for longest makes room", () => {
    const server = new Server();
    server.call("limitConnections", 3);
    const clients = [1, 2, 3].map(() => server.connect().send(GET));
    server.advance(1000);
    clients[0]?.send(GET);
    const newcomer = server.connect().send(GET);
    assert.deepEqual(newcomer.statuses(), [200]);
    assert.deepEqual(
      clients.map((client) => client.ended),
      [false, true, false],
    );
  });

  test("where none is idle newcomers wait", () => {
    const server = new Server();
    server.call("limitConnections", 2);
    const slow = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
    const clients = [1, 2].map(() => server.connect().send(slow));
    const newcomer = server.connect().send(GET);
    assert.deepEqual(newcomer.statuses(), []);
    server.advance(400);
    assert.deepEqual(newcomer.statuses(), [200]);
    for (const client of clients) assert.deepEqual(client.statuses(), [200]);
  });

  test("300 requests at once are all served, though there are buffers for fewer", () => {
    const server = new Server();
    const clients = Array.from({ length: 300 }, () => server.connect().send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    server.advance(350);
    assert.equal(clients.filter((client) => client.statuses().length === 1).length, 256);
    server.advance(350);
    assert.equal(clients.filter((client) => client.statuses().length === 1).length, 44);
  });

  test("a client that breaks off ends its connection, whatever was going on", () => {
    const server = new Server();
    for (const begun of ["", "GET / HT", `${LENGTH}10\r\n\r\n`, CHUNKED, `${CHUNKED}5\r\nab`, GET]) {
      server.connect().send(begun).breakOff();
      server.connect().send(begun, true);
      server.advance(3000);
      assert.equal(server.call("connections"), 0, begun);
    }
  });

  test("so is what comes behind the last response that the server wants to give, but not where the client ends it", () => {
    const server = new Server();
    const client = server.connect().send(`GET /close HTTP/1.1\r\nHost: a\r\n\r\n${GET}`);
    assert.deepEqual(client.statuses(), [200]);
    assert.ok(client.ended && !client.closed);
    assert.equal(client.send(GET).unread, 0);
    client.send("", true);
    assert.ok(client.closed);
    const last = server.connect().send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert.ok(last.closed);
  });

  test("what a client still sends after an error is received for a while, so that it sees the response", () => {
    const server = new Server();
    const client = server.connect().send("NONSENSE\r\n");
    assert.deepEqual(client.statuses(), [400]);
    assert.ok(client.ended && !client.closed);
    client.send("a".repeat(100_000));
    assert.equal(client.unread, 0);
    server.advance(2100);
    assert.ok(client.closed);
    // But not for ever.
    const flood = server.connect().send("NONSENSE\r\n");
    for (let i = 0; i < 12; i++) flood.send("a".repeat(100_000));
    assert.ok(flood.closed);
  });
});

describe("the end", () => {
  test("idle connections end at once, others with their response, and nobody new comes", () => {
    const server = new Server();
    const idle = server.connect().send(GET);
    const busy = server.connect().send(`GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${GET}`);
    server.tender.step();
    server.call("stop");
    server.work();
    assert.ok(idle.closed);
    assert.ok(!busy.ended);
    assert.equal(server.call("stopped"), 1);
    server.advance(400);
    assert.match(busy.take(), /^HTTP\/1.1 200 OK\r\n.*Connection: close\r\n\r\n\/slow\n$/s);
    assert.ok(busy.ended);
    busy.send("", true);
    assert.ok(busy.closed);
    assert.equal(server.call("stopped"), 0);
    assert.deepEqual(server.connect().send(GET).statuses(), []);
  });

  test("a response of which the client has yet to take a part is not lost", () => {
    for (const field of ["", "Connection: close\r\n"]) {
      const server = new Server();
      const slow = server.connect().allow(1000).send(`GET /large HTTP/1.1\r\nHost: a\r\n${field}\r\n`);
      server.tender.step();
      server.call("stop");
      server.work();
      slow.allow(1_000_000);
      assert.ok(slow.take().length > 300_000);
      // TCP has it by now, but the client may not.
      assert.ok(slow.ended && !slow.closed);
      assert.equal(server.call("stopped"), 1);
      slow.send("", true);
      assert.ok(slow.closed);
      assert.equal(server.call("stopped"), 0);
    }
  });

  test("what takes too long is broken off", () => {
    const server = new Server();
    const client = server.connect().send(`${LENGTH}10\r\n\r\n`);
    server.tender.step();
    server.call("stop");
    server.work().advance(4900);
    assert.ok(!client.ended);
    server.advance(200);
    assert.ok(client.aborted);
    assert.equal(server.call("stopped"), -65);
    assert.equal(server.call("connections"), 0);
  });
});

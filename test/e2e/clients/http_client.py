"""Python's http.client against the server of an image, and what it cannot do by hand: prints "well" when all is."""

import http.client
import socket
import sys
import time

HOST = sys.argv[1]


def exchange(connection, method, path, body=None, headers={}, **options):
    connection.request(method, path, body, headers, **options)
    response = connection.getresponse()
    return response.status, response.read()


def by_hand(octets, pause=0.0):
    """Sends octets, and receives until the server ends the connection."""
    with socket.create_connection((HOST, 80)) as connection:
        for part in octets:
            connection.sendall(part)
            time.sleep(pause)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


def check(condition, what):
    if not condition:
        sys.exit(f"not so: {what}")


# Everything on one connection.
kept = http.client.HTTPConnection(HOST)
check(exchange(kept, "GET", "/") == (200, b"<html>It works.</html>\n"), "GET")
check(exchange(kept, "HEAD", "/") == (200, b""), "HEAD")
check(exchange(kept, "POST", "/whole", "hello") == (200, b"hello"), "a body with a length")
chunks = (b"0123456789" * 100 for _ in range(500))
check(exchange(kept, "POST", "/count", chunks, encode_chunked=True) == (200, b"500000\n"), "a body in chunks")
check(exchange(kept, "GET", "/parts")[1].endswith(b"line 999\n"), "a response in chunks")
check(exchange(kept, "POST", "/ignore", "x" * 60000) == (200, b"ignored\n"), "a body that nobody reads")
check(exchange(kept, "GET", "/octets") == (200, bytes(200000)), "octets")
port = kept.sock.getsockname()[1]
check(exchange(kept, "GET", "/nothing")[0] == 404 and kept.sock.getsockname()[1] == port, "one connection for all")

# A client that waits for 100 Continue before it sends.
with socket.create_connection((HOST, 80)) as waiting:
    waiting.sendall(b"POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    check(waiting.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n", "100 Continue")
    waiting.sendall(b"hello")
    check(waiting.recv(1000).endswith(b"hello"), "the body after it")

# Pipelining: responses in their order, also behind one that takes its time.
requests = [b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % path for path in (b"slow", b"", b"fields?1") * 20]
received = by_hand([b"".join(requests), b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"])
check(received.count(b"HTTP/1.1 2") == 61, "pipelining")
check(received.index(b"/slow\n") < received.index(b"It works") < received.index(b"GET /fields 1"), "their order")

# Smuggling: one response, and the connection ends.
both = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
received = by_hand([both + requests[1]])
check(received.startswith(b"HTTP/1.1 400 ") and received.count(b"HTTP/1.1") == 1, "smuggling")
received = by_hand([b"GET / HTTP/1.1\nHost: a\n\n"])
check(received.startswith(b"HTTP/1.1 400 "), "lines without CR")

# An error is seen, though more than that was sent.
received = by_hand([b"POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n", bytes(900000)])
check(received.startswith(b"HTTP/1.1 413 "), "an error that comes early")

# Slow heads: 300 connections that never come to an end cost others nothing.
slow = [socket.create_connection((HOST, 80)) for _ in range(300)]
for connection in slow:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-")
began = time.monotonic()
while True:
    for connection in slow:
        try:
            connection.sendall(b"a")
        except OSError:
            pass
    fresh = http.client.HTTPConnection(HOST, timeout=60)
    check(exchange(fresh, "GET", "/")[0] == 200, "others while heads come slowly")
    fresh.close()
    if time.monotonic() - began > 0.5:
        break
for connection in slow:
    connection.close()
print("well")

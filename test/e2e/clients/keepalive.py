"""Asks for several things on one connection, by Python's http.client. Prints a line for each."""

import http.client
import sys

connection = http.client.HTTPConnection(sys.argv[1], timeout=30)
requests = [
    ("GET", "/", {}),
    ("HEAD", "/css/site.css", {}),
    ("GET", "/css/site.css", {"Range": "bytes=0-4"}),
    ("GET", "/css/site.css", {"Range": "bytes=100000-"}),
    ("GET", "/none", {}),
    ("DELETE", "/", {}),
    ("GET", "/how", {}),
    ("GET", "/how/", {"If-Match": '"other"'}),
]
sockets = set()
for method, path, headers in requests:
    connection.request(method, path, headers=headers)
    sockets.add(connection.sock)
    response = connection.getresponse()
    body = response.read()
    print(method, path, response.status, len(body), response.headers["Content-Range"], response.headers["Location"])
print(len(sockets), "connection")

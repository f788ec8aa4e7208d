"""A server for the client of an image: bodies in each framing, redirections, and the files of the folder."""

import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def head(self, status, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def do_GET(self):
        if self.path == "/length":
            self.head(200, Content_Length="3000000")
            self.wfile.write(b"x" * 3000000)
        elif self.path == "/chunks":
            self.head(200, Transfer_Encoding="chunked")
            for _ in range(100):
                self.wfile.write(b"3e8;a=b\r\n" + b"y" * 1000 + b"\r\n")
            self.wfile.write(b"0\r\nX-Trailer: z\r\n\r\n")
        elif self.path == "/close":
            self.head(200)
            self.wfile.write(b"z" * 54321)
            self.close_connection = True
        elif self.path == "/redirect":
            self.head(302, Location="a/../length", Content_Length="0")
        elif self.path == "/loop":
            self.head(302, Location="/loop", Content_Length="0")
        elif self.path == "/short":
            self.head(200, Content_Length="10")
            self.wfile.write(b"short")
            self.close_connection = True
        else:
            super().do_GET()


server = http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler)
print("serving", flush=True)
server.serve_forever()

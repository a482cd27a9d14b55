"""A server on this machine that behaves badly in every way we know of."""

import gzip
import hashlib
import random
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deeptricks.lab import download
from deeptricks.lab.download import Remote

CONTENT = random.Random(0).randbytes(400_000)
PACKED = gzip.compress(CONTENT, mtime=0)
NAME = "images.gz"


class Mirror:
    """An HTTP server whose answers are told beforehand, one a request; then it behaves."""

    def __init__(self, *answers: str):
        self.answers = list(answers)
        self.requests: list[tuple[str, str | None]] = []
        self.closing = threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.close_connection = True
                span = self.headers.get("Range")
                mirror.requests.append((self.path, span))
                answer = mirror.answers.pop(0) if mirror.answers else "good"
                mirror.serve(self, answer, span)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def serve(self, handler, answer, span):
        if answer.isdigit():
            handler.send_error(int(answer))
            return
        if answer == "bad location":
            handler.send_response(302)
            handler.send_header("Location", "http://[broken")
            handler.end_headers()
            return
        begin = int(span.removeprefix("bytes=").removesuffix("-")) if span else 0
        if answer == "ignore range":
            begin = 0
        if begin >= len(PACKED):
            handler.send_error(416)
            return
        body = PACKED[begin:]
        if answer == "corrupt":
            body = body[:1000] + bytes([body[1000] ^ 1]) + body[1001:]
        if answer == "another file":
            body = gzip.compress(b"<html>please log in</html>")
        handler.send_response(206 if begin else 200)
        if begin:
            handler.send_header("Content-Range", f"bytes {begin}-{len(PACKED) - 1}/{len(PACKED)}")
        if answer == "bad length":
            handler.send_header("Content-Length", "unknown")
        elif answer != "no length":
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        half = answer in ("truncate", "stall", "disconnect", "no length")
        handler.wfile.write(body[: len(body) // 2] if half else body)
        if answer == "stall":
            self.closing.wait(10)
        if answer == "slow":
            time.sleep(0.5)
        if answer == "disconnect":  # a reset, not an orderly end
            linger = (1).to_bytes(4, sys.byteorder) + (0).to_bytes(4, sys.byteorder)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            time.sleep(0.1)  # otherwise the reset overtakes the data
            handler.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


def isolate(monkeypatch, tmp_path):
    """An empty folder, no proxy, short patience, and no way out to another host."""
    monkeypatch.setenv("DEEPTRICKS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "STALL_SECONDS", 0.3)
    look_up = socket.getaddrinfo

    def loopback_only(host, *args, **kwargs):
        assert host in ("127.0.0.1", "no-such-host.invalid"), f"a test asked for {host}"
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", loopback_only)


def remote(*mirrors, content=CONTENT):
    urls = tuple(getattr(each, "url", each) for each in mirrors)
    return Remote("toy", urls, {NAME: hashlib.md5(content).hexdigest()})


def files(tmp_path):
    folder = tmp_path / "data" / "toy"
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}

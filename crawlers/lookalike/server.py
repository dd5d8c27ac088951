"""The look-alike on a port of loopback: HTTP/1.1 with gzip, ETag, and the faults that are switched on."""

from __future__ import annotations

import gzip
import hashlib
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic
from typing import Any

from crawlers.lookalike.faults import Headers, Reply
from crawlers.lookalike.newspaper import Lookalike, Request


@contextmanager
def serving(site: Lookalike, port: int) -> Iterator[str]:
    """The address of the site, served until the block ends; connections still open are cut then."""
    with _Server(site, port) as server:
        # The default poll of half a second would be paid by every test on its way out.
        thread = Thread(target=server.serve_forever, args=(0.02,), name="lookalike", daemon=True)
        thread.start()
        try:
            yield server.address
        finally:
            server.shutdown()
            thread.join()
            server.cut()


def reply_to(site: Lookalike, path: str, address: str, asked: dict[str, str]) -> Reply:
    """The reply to a request with these headers (names in lower case), before any fault."""
    answer = site.answer(path, address)
    payload = answer.text.encode()
    tag = f'"{hashlib.sha256(payload).hexdigest()[:32]}"'
    headers: Headers = (("Content-Type", answer.media_type), ("Vary", "Accept-Encoding"))
    if answer.status != 200:
        return Reply(answer.status, headers, payload)
    headers = (*headers, ("ETag", tag))
    if tag in asked.get("if-none-match", ""):
        return Reply(304, headers, b"")
    if "gzip" in asked.get("accept-encoding", ""):
        return Reply(200, (*headers, ("Content-Encoding", "gzip")), gzip.compress(payload, 6, mtime=0))
    return Reply(200, headers, payload)


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a stalled answer must not keep the process alive
    request_queue_size = 64

    def __init__(self, site: Lookalike, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Exchange)
        self.site = site
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, client = super().get_request()
        self._open.add(connection)
        return connection, client

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """Ends the connections that readers keep open, so that nobody is answered after the site closed."""
        for connection in tuple(self._open):
            with suppress(OSError):  # its reader was faster
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Keeps the error for whoever asks. A reader that hung up is none."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.site.errors.append(error)


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "NewsKit", ""
    wbufsize = -1  # head and body in one write: two of them wait for each other's acknowledgement
    server: _Server

    def do_GET(self) -> None:
        self._respond()

    def do_HEAD(self) -> None:
        self._respond()

    def log_message(self, *_: object) -> None:
        """Says nothing: `Lookalike.requests` is the log."""

    def _respond(self) -> None:
        came, site = monotonic(), self.server.site
        path = self.path.split("?")[0]
        address = f"http://{self.headers.get('Host') or self.server.address.removeprefix('http://')}"
        asked = {name.lower(): value for name, value in self.headers.items()}
        reply = reply_to(site, self.path, address, asked)
        for where, fault in tuple(site.faults.items()):
            if where(path) if callable(where) else where in ("*", path):
                reply = fault(reply)
                break
        seen = 0 if reply.silent else reply.status
        site.requests.append(
            Request(came, self.command, self.path, self.headers.get("User-Agent") or "", seen)
        )
        if reply.silent:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header(
            "Content-Length", str(len(reply.payload) if reply.promised is None else reply.promised)
        )
        if reply.promised is not None:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.payload)

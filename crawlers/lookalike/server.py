"""The look-alike on a port of loopback: HTTP/1.1 with gzip, ETag, and the faults that are switched on."""

from __future__ import annotations

import gzip
import hashlib
import os
import socket
import ssl
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

from crawlers.lookalike.faults import UNSAID, Headers, Manner, Reply
from crawlers.lookalike.newspaper import Lookalike, Request

_LINGER = struct.pack("ii", 1, 0)  # closed so, a connection is reset


@contextmanager
def serving(site: Lookalike, port: int, certificate: Path | None = None) -> Iterator[str]:
    """The address of the site, served until the block ends; connections still open are cut then.

    Over TLS where there is a certificate: a PEM file with its key in it.
    """
    with _Server(site, port, certificate) as server:
        # The default poll of half a second would be paid by every test on its way out.
        thread = Thread(target=server.serve_forever, args=(0.02,), name="lookalike", daemon=True)
        thread.start()
        try:
            yield server.address
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
            server.cut()


def reply_to(site: Lookalike, path: str, address: str, asked: dict[str, str]) -> Reply:
    """The reply to a request with these headers (names in lower case), before any fault."""
    answer = site.answer(path, address)
    payload = answer.text.encode()
    tag = f'"{hashlib.sha256(payload).hexdigest()[:32]}"'
    headers: Headers = (("Content-Type", answer.media_type), ("Vary", "Accept-Encoding"))
    named = asked.get("if-none-match", "")
    reply = Reply(
        answer.status, headers, payload, address=address, path=path.split("?", maxsplit=1)[0], named=named
    )
    if answer.status != 200:
        return reply
    reply = reply.saying("ETag", tag)
    if tag in named:
        return replace(reply, status=304, payload=b"")
    if "gzip" in asked.get("accept-encoding", ""):
        return replace(reply.saying("Content-Encoding", "gzip"), payload=gzip.compress(payload, 6, mtime=0))
    return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a stalled answer must not keep the process alive
    request_queue_size = 64

    def __init__(self, site: Lookalike, port: int, certificate: Path | None) -> None:
        super().__init__(("127.0.0.1", port), _Exchange)
        self.site = site
        self.closing = Event()
        self._tls: ssl.SSLContext | None = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self.address = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server_address[1]}"
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, client = super().get_request()
        if self._tls:
            # Whoever does not like the certificate hangs up in the handshake, which is so left to the
            # connection's own thread.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
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
        if error is not None and not isinstance(error, ConnectionError | ssl.SSLError):
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
        scheme, _, host = self.server.address.partition("://")
        address = f"{scheme}://{self.headers.get('Host') or host}"
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
        if reply.silent or reply.promised is not None:
            self.close_connection = True
        if not reply.silent:
            self._write(reply)

    def _write(self, reply: Reply) -> None:
        """Sends the reply in its manner. Raises ConnectionError where its reader, or the site, went away."""
        manner, length = reply.manner, len(reply.payload) if reply.promised is None else reply.promised
        headers: Headers = (("Server", self.version_string()), *reply.headers)
        if reply.header("Date") is None:
            headers = (("Date", self.date_time_string()), *headers)
        if length != UNSAID:
            headers = (*headers, ("Content-Length", str(length)))
        said = [f"{self.protocol_version} {reply.status} {responses.get(reply.status, '')}"]
        said += [f"{name}: {value}" for name, value in headers]
        head = "\r\n".join([*said, "\r\n"]).encode("latin-1")
        self._send(head, manner if manner.head else Manner())
        for _ in range(manner.repeated if self.command != "HEAD" else 0):
            self._send(reply.payload, manner)
        if manner.reset:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            os.close(self.connection.detach())

    def _send(self, said: bytes, manner: Manner) -> None:
        if not manner.pause:
            if self.server.closing.is_set():
                raise ConnectionAbortedError
            self.wfile.write(said)
            return
        self.wfile.flush()
        piece = manner.piece or max(1, len(said))
        for at in range(0, len(said), piece):
            if self.server.closing.wait(manner.pause):
                raise ConnectionAbortedError
            self.wfile.write(said[at : at + piece])
            self.wfile.flush()

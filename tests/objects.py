"""An object store on loopback, and a proxy before it that counts, breaks answers off, and lets wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import urlsplit

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-tests",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_BUCKETS = count(1)


@contextmanager
def object_store() -> Iterator[str]:
    """The address of an S3 server of this process, for as long as the block runs."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def new_bucket() -> str:
    """The name of a new bucket of that server."""
    name = f"bucket-{next(_BUCKETS)}"
    backend().create_bucket(name, "us-east-1")
    return name


def backend() -> Any:
    """What the server of this process keeps: to be filled and damaged behind its back."""
    from moto.s3.models import s3_backends

    return s3_backends["123456789012"]["aws"]


Fault = Callable[["_Passing"], bool]
"""Called with a request; True where it has seen to the answer itself."""


@dataclass(slots=True)
class Proxy:
    """What stands before the server: each request that came, and faults, of which each is used once."""

    address: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: list[tuple[str, str, Fault]] = field(default_factory=list)  # method, part of the path, what then

    def fail(self, method: str, part: str, fault: Fault, times: int = 1) -> None:
        """Nothing; the next such requests meet with this."""
        self.faults += [(method, part, fault)] * times

    def counted(self, method: str) -> int:
        """How many requests of a kind came."""
        return sum(each[0] == method for each in self.requests)


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy
    behind: str

    def setup(self) -> None:
        super().setup()
        self.lock = threading.Lock()

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def pass_on(self) -> tuple[HTTPResponse, bytes]:
        """What the server itself answers."""
        connection = HTTPConnection(urlsplit(self.behind).netloc)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        connection.request(self.command, self.path, self.body, headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def give(
        self, status: int, headers: list[tuple[str, str]], body: bytes, length: int | None = None
    ) -> None:
        """Nothing; that is the answer. With another `length` than the body's the connection breaks off."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.close_connection = length is not None

    def answer(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.proxy.requests.append((self.command, self.path))
        for one in list(self.proxy.faults):
            if one[0] == self.command and one[1] in self.path:
                self.proxy.faults.remove(one)
                if one[2](self):
                    return
                break
        answer, body = self.pass_on()
        if self.command == "HEAD":
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            return
        self.give(answer.status, answer.getheaders(), body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815 (http.server's names)


def says(status: int) -> Fault:
    """The server is in trouble, and does nothing."""

    def fault(passing: _Passing) -> bool:
        code = {500: "InternalError", 503: "SlowDown", 403: "AccessDenied"}[status]
        said = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>not now</Message></Error>"
        passing.give(status, [("Content-Type", "application/xml")], said.encode())
        return True

    return fault


def cut(passing: _Passing) -> bool:
    """The answer breaks off in the middle of its body."""
    answer, body = passing.pass_on()
    passing.give(answer.status, answer.getheaders(), body[: len(body) // 2], len(body))
    return True


def lost(passing: _Passing) -> bool:
    """The server did it, and the answer does not arrive."""
    passing.pass_on()
    passing.close_connection = True
    return True


def waits(reached: threading.Event, until: threading.Event) -> Fault:
    """Nobody answers before that."""

    def fault(passing: _Passing) -> bool:
        reached.set()
        until.wait(60)
        passing.close_connection = True
        return True

    return fault


@contextmanager
def before(address: str) -> Iterator[Proxy]:
    """A proxy before the server at this address."""
    proxy = Proxy("")
    passing = type("Passing", (_Passing,), {"proxy": proxy, "behind": address})
    server = ThreadingHTTPServer(("127.0.0.1", 0), passing)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    proxy.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

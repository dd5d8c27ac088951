"""Keeps a peer's Python on loopback: Python imports this by itself where it lies on PYTHONPATH.

What a peer asked for elsewhere is refused, and written a line each into the file that GUARD_LOG names. The
host that GUARD_NAME names is loopback.
"""

import os
import socket
from pathlib import Path
from typing import Any

_connect, _connect_ex, _resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
_HERE = {"127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost", None, ""}


def _refused(asked: object) -> OSError:
    with Path(os.environ.get("GUARD_LOG", os.devnull)).open("a", encoding="utf-8") as log:
        log.write(f"{asked!r}\n")
    return OSError("only loopback is asked in a benchmark")


def _outside(family: int, address: Any) -> bool:
    return family in (socket.AF_INET, socket.AF_INET6) and not (
        address[0] in _HERE or str(address[0]).startswith("127.")
    )


def _guarded(way: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if _outside(self.family, address):
            raise _refused(address)
        return way(self, address)

    return connect


def _getaddrinfo(host: Any, *words: Any, **more: Any) -> Any:
    if host and host == os.environ.get("GUARD_NAME"):
        host = "127.0.0.1"
    if host not in _HERE and not str(host).startswith("127."):
        raise _refused(host)
    return _resolve(host, *words, **more)


socket.socket.connect = _guarded(_connect)  # type: ignore[method-assign]
socket.socket.connect_ex = _guarded(_connect_ex)  # type: ignore[method-assign]
socket.getaddrinfo = _getaddrinfo

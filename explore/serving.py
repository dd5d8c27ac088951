"""The server on loopback: bound before anything is said, ended by Ctrl-C."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from explore.app import application
from explore.asking import Asking

HOST = "127.0.0.1"


class ServingError(OSError):
    """The port cannot be had; the message says what to do."""


def bound(port: int) -> socket.socket:
    """A socket of loopback on this port, or on a free one where it is 0. Raises ServingError."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError as error:
        made.close()
        raise ServingError(
            f"port {port} cannot be had ({error.strerror}): name another with --port, or 0 for a free one"
        ) from error
    return made


def serve(
    root: Path,
    site: str,
    taken: socket.socket,
    ready: Callable[[str], None],
    store: str | None = None,
) -> None:
    """Nothing; answers until it is told to end. `ready` is called with the address once it answers."""
    address = f"http://{HOST}:{taken.getsockname()[1]}/"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready(address)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            asking.end("dawn explore has ended")  # else it would wait for their answers
            await super().shutdown(sockets=sockets)

    asking = Asking()
    config = uvicorn.Config(
        application(root, site, asking, store),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    Server(config).run(sockets=[taken])

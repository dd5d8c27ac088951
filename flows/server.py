"""A Prefect server asked over HTTP, with the standard library: `import prefect` takes seconds."""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.request
from threading import Event
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from crawlers.urls import is_loopback
from flows.console import unsaid

TRIES = 20
WAIT = 2.0  # seconds at most before another try
BUSY = (429, 502, 503, 504)

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy stands before this machine


class NoServerError(RuntimeError):
    """No server answers there, or it will not; the message is one line with what to do."""


class NotThereError(NoServerError):
    """The server has no such thing."""


def ask(api: str, path: str, body: Any = None, method: str | None = None) -> Any:
    """The answer of the server whose interface is at `api`, as JSON; None where it is empty.

    Asked again, TRIES times in all, where the server is busy: with SQLite below it that happens. So `body`
    must bear being taken twice; where it makes something, with an `idempotency_key`. PREFECT_API_KEY or
    PREFECT_API_AUTH_STRING is sent along where it is set. Raises NoServerError.
    """
    headers = {"Content-Type": "application/json"}
    asked, said_in_it = _apart(api)
    api = unsaid(api)  # from here on it may be told
    if key := os.environ.get("PREFECT_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    elif said := os.environ.get("PREFECT_API_AUTH_STRING") or said_in_it:
        headers["Authorization"] = f"Basic {base64.b64encode(said.encode()).decode()}"
    data = None if body is None else json.dumps(body).encode()
    if not headers.get("Authorization", "").isprintable():
        raise NoServerError("PREFECT_API_KEY has a line end in it, or a sign that no request can carry")
    opener = _DIRECT if is_loopback(asked) else urllib.request.build_opener()
    for left in reversed(range(TRIES)):
        try:
            request = urllib.request.Request(f"{asked}/{path}", data, headers, method=method)  # noqa: S310
            with opener.open(request, timeout=60) as answer:
                said = answer.read()
            return json.loads(said) if said else None
        except urllib.error.HTTPError as error:
            told = " ".join(error.read(500).decode("utf-8", "replace").split())
            if error.code == 404:
                raise NotThereError(f"the server at {api} has no {path}") from None
            if error.code not in BUSY or not left:
                raise NoServerError(f"the server at {api} answered {error.code}: {told}") from None
            Event().wait(min(WAIT, _seconds(error.headers.get("Retry-After"))))
        except (OSError, ValueError) as error:
            if isinstance(error, TimeoutError) and left:
                continue
            raise NoServerError(
                f"no Prefect server answers at {api} ({error}): start it, or mend PREFECT_API_URL"
            ) from None
    raise AssertionError("the last try returns or raises")


def _apart(api: str) -> tuple[str, str]:
    """The address without user and password, and these as "user:password"; "" where it has none."""
    parts = urlsplit(api)
    said, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=host)), unquote(said)


def _seconds(said: str | None) -> float:
    try:
        return float(said or WAIT)
    except ValueError:
        return WAIT

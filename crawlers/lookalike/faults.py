"""What can go wrong between a site and its reader, as functions from a reply to a reply."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from threading import Event

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes over the wire, but for the headers every answer has."""

    status: int
    headers: Headers
    payload: bytes
    promised: int | None = None  # Content-Length, where it is not the payload's length
    silent: bool = False  # the connection closes without an answer


Fault = Callable[[Reply], Reply]

_CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>One moment please</title></head><body><h1>Checking who is there</h1>"
    b"<p>This challenge wants a browser that runs scripts. Yours does not.</p></body></html>"
)


def down(reply: Reply) -> Reply:
    """No answer at all: the connection is closed."""
    return replace(reply, silent=True)


def status(code: int, headers: Headers = ()) -> Fault:
    """An answer with this status and these headers (Retry-After, Location), and next to no body."""

    def fault(_: Reply) -> Reply:
        body = f"<html><body><p>Status {code}</p></body></html>".encode()
        return Reply(code, (("Content-Type", "text/html; charset=utf-8"), *headers), body)

    return fault


def challenge(_: Reply) -> Reply:
    """A 403 whose page asks for proof of a browser."""
    return Reply(403, (("Content-Type", "text/html; charset=utf-8"), ("Server", "doorkeeper")), _CHALLENGE)


def short(reply: Reply) -> Reply:
    """Half of the payload under the Content-Length of all of it, then the connection closes."""
    return replace(reply, promised=len(reply.payload), payload=reply.payload[: len(reply.payload) // 2])


def cut_gzip(reply: Reply) -> Reply:
    """A compressed payload that breaks off, with a Content-Length that says nothing of it."""
    packed = dict(reply.headers).get("Content-Encoding") == "gzip"
    payload = reply.payload if packed else gzip.compress(reply.payload, mtime=0)
    headers = reply.headers if packed else (*reply.headers, ("Content-Encoding", "gzip"))
    return replace(reply, headers=headers, payload=payload[: len(payload) // 2])


def stall(release: Event) -> Fault:
    """The right answer, but not before the event is set. Whoever stalls a site must release it."""

    def fault(reply: Reply) -> Reply:
        release.wait()
        return reply

    return fault


def times(number: int, fault: Fault) -> Fault:
    """The fault for the first `number` answers; then all is well."""
    answers = count()  # next() on it is one step for the interpreter, so threads share it safely

    def first(reply: Reply) -> Reply:
        return fault(reply) if next(answers) < number else reply

    return first


def once(fault: Fault) -> Fault:
    """The fault for one answer."""
    return times(1, fault)

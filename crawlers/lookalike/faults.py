"""What can go wrong between a site and its reader, as functions from a reply to a reply.

What a page can say that it should not is in `hostile`; all of it by name, with a seed, in `switches`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import format_datetime
from itertools import count
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

Headers = tuple[tuple[str, str], ...]

UNSAID = -1
"""In place of a Content-Length: none is sent, and the payload ends where the connection does."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a reply goes over the wire: at once, unless it says otherwise."""

    piece: int = 0  # bytes at a time; 0: all at once
    pause: float = 0.0  # seconds before each piece
    head: bool = False  # the head goes so too
    repeated: int = 1  # how often the payload is sent
    reset: bool = False  # the connection ends with a reset (RST), not with a close


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes over the wire, but for the headers every answer has."""

    status: int
    headers: Headers
    payload: bytes
    promised: int | None = None  # Content-Length, where it is not the payload's length; UNSAID for none
    silent: bool = False  # the connection closes without an answer
    manner: Manner = Manner()
    address: str = ""  # the site's, as it was asked by
    path: str = ""  # what was asked for, without a query
    named: str = ""  # If-None-Match as the reader sent it

    def header(self, name: str) -> str | None:
        """The header of this name as written here; None without one."""
        return dict(self.headers).get(name)

    def saying(self, name: str, value: str | None) -> Reply:
        """The reply with this header in place of what it said, or without it."""
        kept = tuple(header for header in self.headers if header[0] != name)
        return replace(self, headers=kept if value is None else (*kept, (name, value)))


Fault = Callable[[Reply], Reply]

_HTML = ("Content-Type", "text/html; charset=utf-8")
_CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>Checking who is there</h1>"
    b"<p>This challenge wants a browser that runs scripts. Yours does not.</p></body></html>"
)
_NEVER = 3600.0  # seconds: longer than any reader's patience


def down(reply: Reply) -> Reply:
    """No answer at all: the connection is closed."""
    return replace(reply, silent=True)


def status(code: int, headers: Headers = ()) -> Fault:
    """An answer with this status and these headers (Retry-After, Location), and next to no body."""

    def fault(_: Reply) -> Reply:
        body = f"<html><body><p>Status {code}</p></body></html>".encode()
        return Reply(code, (_HTML, *headers), body)

    return fault


def until(code: int, moment: datetime) -> Fault:
    """An answer with this status and that moment, in UTC, as the date of its Retry-After."""
    return status(code, (("Retry-After", format_datetime(moment, usegmt=True)),))


def challenge(_: Reply) -> Reply:
    """A 403 whose page asks for proof of a browser."""
    return Reply(403, (_HTML, ("Server", "doorkeeper")), _CHALLENGE)


def challenge_with(code: int) -> Fault:
    """The same page under another status: some doorkeepers say 200 or 503."""
    return lambda reply: replace(challenge(reply), status=code)


def leading(to: str, code: int = 302) -> Fault:
    """A redirect to an address, read against the one that was asked for."""
    return status(code, (("Location", to),))


def short(reply: Reply) -> Reply:
    """Half of the payload under the Content-Length of all of it, then the connection closes."""
    return replace(reply, promised=len(reply.payload), payload=reply.payload[: len(reply.payload) // 2])


def reset(reply: Reply) -> Reply:
    """The same, but the connection is reset."""
    return replace(short(reply), manner=Manner(reset=True))


def more(reply: Reply) -> Reply:
    """The whole payload under a Content-Length of half of it."""
    return replace(reply, promised=len(reply.payload) // 2)


def unsaid(reply: Reply) -> Reply:
    """The whole payload without any Content-Length, as the oldest servers send it."""
    return replace(reply, promised=UNSAID)


def cut_gzip(reply: Reply) -> Reply:
    """A compressed payload that breaks off, with a Content-Length that says nothing of it."""
    packed = reply.header("Content-Encoding") == "gzip"
    payload = reply.payload if packed else gzip.compress(reply.payload, mtime=0)
    made = reply if packed else reply.saying("Content-Encoding", "gzip")
    return replace(made, payload=payload[: len(payload) // 2])


def dripping(piece: int, pause: float, head: bool = False) -> Fault:
    """The right answer in pieces of so many bytes, with a pause of some seconds before each."""
    return lambda reply: replace(reply, manner=Manner(piece=piece, pause=pause, head=head))


def stuck(head: bool) -> Fault:
    """An answer that is begun and never comes: not even its head, or nothing behind that."""
    return lambda reply: replace(reply, manner=Manner(pause=_NEVER, head=head))


def dated(moment: datetime) -> Fault:
    """The right answer from a server whose clock says so."""
    return lambda reply: reply.saying("Date", format_datetime(moment, usegmt=True))


def not_modified(reply: Reply) -> Reply:
    """A 304 for whoever names a tag, whatever the page is by now; the right answer for others."""
    return replace(reply, status=304, payload=b"") if reply.named else reply


def unasked_304(reply: Reply) -> Reply:
    """A 304 for everybody."""
    return replace(reply, status=304, payload=b"")


def one_tag(reply: Reply) -> Reply:
    """The right answer under a tag that never changes."""
    return reply.saying("ETag", '"0"')


def stall(release: Event) -> Fault:
    """The right answer, but not before the event is set. Whoever stalls a site must release it."""

    def fault(reply: Reply) -> Reply:
        release.wait()
        return reply

    return fault


def meanwhile(act: Callable[[Reply], object]) -> Fault:
    """The right answer, and something that happens to the site behind it, once."""
    answers = count()

    def fault(reply: Reply) -> Reply:
        if next(answers) == 0:
            act(reply)
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

"""What pages, listings and feeds can say that they should not: functions from a reply to a reply.

All of it is made here; a die says where it stands and how it looks.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random

from crawlers.lookalike.faults import UNSAID, Fault, Manner, Reply

_MEGABYTE = 1_000_000
_PIECE = b"<p>A line that says nothing, again and again.</p>\n"
_PARAGRAPH = re.compile(rb"(?<=<p>)[A-Za-z][^<>]{40,}(?=</p>)")
_ISO_DAY = re.compile(rb"\d{4}-\d\d-\d\d(?=[T ])")
_CARD = re.compile(rb"<article class='story relative.*?</article>\n", re.DOTALL)
_LINK = re.compile(rb"(?<=/news/)(\d+)/([a-z0-9-]+)")
_HREF = re.compile(rb"(?<=href=['\"])[^'\"]*")
_CARD_TIME = re.compile(rb"(?<=timeago' title=')[^']*")
_ABSURD_DAYS = (b"0001-01-01", b"9999-12-31", b"2025-02-30", b"2094-07-01", b"0000-00-00")
_ABSURD_TIMES = (b"0001-01-01T00:00:00+14:00", b"2025-13-45T99:99:99+05:00", b"yesterday", b"", b"-1e400")
_NOT_OURS = (b"0", b"1000000001", b"99999999999999999999", b"-5", b"1e6", "१२३".encode())
_NOT_FOUND = (
    b"<!DOCTYPE html><html><head><title>Page not found - DAWN.COM</title></head>"
    b"<body><h1>Page not found</h1><p>What you look for is not here. Try the front page.</p></body></html>"
)
_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10))


def rewritten(reply: Reply, change: Callable[[bytes], bytes]) -> Reply:
    """The reply with another text, packed as it was; an answer that is no page stays what it is."""
    if reply.status != 200:
        return reply
    if reply.header("Content-Encoding") != "gzip":
        return replace(reply, payload=change(reply.payload))
    made = change(gzip.decompress(reply.payload))
    level = 6 if len(made) < _MEGABYTE else 1  # 50 MB would take longer than a reader's patience
    return replace(reply, payload=gzip.compress(made, level, mtime=0))


def plain(reply: Reply) -> Reply:
    """The reply without its compression."""
    if reply.header("Content-Encoding") != "gzip":
        return reply
    return replace(reply.saying("Content-Encoding", None), payload=gzip.decompress(reply.payload))


def changed(change: Callable[[bytes], bytes]) -> Fault:
    """The fault that such a change of a page's text is."""
    return lambda reply: rewritten(reply, change)


# Pages.


def soft_404(reply: Reply) -> Reply:
    """A page that says it is none, with status 200."""
    return Reply(200, (("Content-Type", "text/html; charset=utf-8"),), _NOT_FOUND, path=reply.path)


def bomb(reply: Reply) -> Reply:
    """A hundred megabytes in a hundred kilobytes of gzip."""
    return replace(reply.saying("Content-Encoding", "gzip"), payload=_bomb())


def large(megabytes: int, said: bool) -> Fault:
    """So many megabytes, with their Content-Length or without."""

    def fault(reply: Reply) -> Reply:
        payload = _PIECE * (_MEGABYTE // len(_PIECE))
        promised = len(payload) * megabytes if said else UNSAID
        made = reply.saying("Content-Encoding", None)
        return replace(made, payload=payload, promised=promised, manner=Manner(repeated=megabytes))

    return fault


def nested(depth: int) -> Fault:
    """So many elements one in another, around the page's text."""

    def change(page: bytes) -> bytes:
        head, body, rest = page.partition(b"<body")
        start, close, text = rest.partition(b">")
        return head + body + start + close + b"<div>" * depth + text

    return changed(change)


def with_nul(die: Random) -> Fault:
    """NUL bytes here and there in the paragraphs."""
    return changed(lambda page: _PARAGRAPH.sub(lambda found: _set_in(die, found[0], b"\0"), page))


def invalid_utf8(page: bytes) -> bytes:
    """The page with bytes around its text that are no UTF-8."""
    return page.replace(b"<body", b"<!-- \xff\xfe\xc3 --><body", 1).replace(b"alt='", b"alt='\xe2\x82", 3)


def invalid_text(die: Random) -> Fault:
    """Bytes that are no UTF-8 in one paragraph of the text."""
    return changed(lambda page: _PARAGRAPH.sub(lambda found: _set_in(die, found[0], b"\xff"), page, count=1))


def charset(said: str | None) -> Fault:
    """The right answer with this charset in its Content-Type, which is a lie; None: with none."""
    kind = "text/html" if said is None else f"text/html; charset={said}"
    return lambda reply: reply.saying("Content-Type", kind)


def recoded(reply: Reply) -> Reply:
    """The page in windows-1252, as its Content-Type says and its own `<meta>` does not."""

    def change(page: bytes) -> bytes:
        return page.decode().encode("cp1252", "xmlcharrefreplace")

    return rewritten(reply, change).saying("Content-Type", "text/html; charset=windows-1252")


def absurd_days(die: Random) -> Fault:
    """A page all of whose days never were or are far away."""
    return changed(lambda page: _ISO_DAY.sub(lambda _: die.choice(_ABSURD_DAYS), page))


# Listings.


def endless(reply: Reply) -> Reply:
    """A listing that goes on and on: its own cards again, for ever."""
    made = plain(reply)
    return replace(made, promised=UNSAID, manner=Manner(repeated=1_000_000))


def with_cards(*links: bytes) -> Fault:
    """A listing with more cards, of its own day, that lead there."""

    def change(page: bytes) -> bytes:
        own = _CARD.search(page)
        if own is None:
            return page
        made = b"".join(_leading(own[0], to) for to in links)
        return page[: own.start()] + made + page[own.start() :]

    return changed(change)


def foreign(elsewhere: str, private: str) -> Fault:
    """A listing that names hosts which are not the site's, files and scripts."""
    number = b"2000001"
    return with_cards(
        elsewhere.encode() + b"/news/" + number,
        private.encode() + b"/news/" + number,
        b"//" + elsewhere.removeprefix("http://").encode() + b"/news/7",
        b"file:///etc/passwd",
        b"file:///news/" + number,
        b"javascript:alert(1)",
        b"data:text/html,news",
        b"ftp://127.0.0.1/news/" + number,
        b"http://[::1]:9/news/" + number,
        b"http://2130706433:9/news/" + number,
        b"mailto:a@b.example",
    )


def doubled(page: bytes) -> bytes:
    """A listing all of whose cards stand twice, the second time under another slug."""
    return _CARD.sub(lambda found: found[0] + _LINK.sub(rb"\1/again-\2", found[0]), page)


def out_of_range() -> Fault:
    """A listing with cards of stories whose ids no story has."""
    return with_cards(*(b"/news/" + number + b"/a-slug" for number in _NOT_OURS))


def absurd_times(die: Random) -> Fault:
    """A listing none of whose cards has a time that can be."""
    return changed(lambda page: _CARD_TIME.sub(lambda _: die.choice(_ABSURD_TIMES), page))


def without_cards(page: bytes) -> bytes:
    """A listing whose cards look otherwise now, so that nobody knows one."""
    return page.replace(b"class='story", b"class='piece").replace(b"story__", b"piece__")


# Feeds.


def laughing(page: bytes) -> bytes:
    """A feed with a billion laughs: entities of entities, a gigabyte once they are put in."""
    document = b'<!DOCTYPE rss [<!ENTITY l0 "ha">' + _LAUGHS + b"]>\n<rss"
    return page.replace(b"<rss", document, 1).replace(b"<title>", b"<title>&l9;")


def peeping(page: bytes) -> bytes:
    """A feed whose entity is a file of the reader's machine."""
    document = b'<!DOCTYPE rss [<!ENTITY file SYSTEM "file:///etc/hostname">]>\n<rss'
    return page.replace(b"<rss", document, 1).replace(b"<title>", b"<title>&file;")


def long_feed(megabytes: int) -> Fault:
    """A feed of so many megabytes, of its own items again and again; compressed it is small."""

    def change(page: bytes) -> bytes:
        first, item, rest = page.partition(b"    <item>")
        items, end, tail = rest.rpartition(b"  </channel>")
        own = item + items
        return first + own * (megabytes * _MEGABYTE // max(1, len(own)) + 1) + end + tail

    return changed(change)


@cache
def _bomb() -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(_MEGABYTE)
    return b"".join([*(stream.compress(piece) for _ in range(100)), stream.flush()])


def _leading(card: bytes, to: bytes) -> bytes:
    return _HREF.sub(lambda _: to, card)


def _set_in(die: Random, text: bytes, piece: bytes) -> bytes:
    # Not into a character of several bytes: it would be another one's fault.
    at = die.choice([n for n in range(1, len(text)) if text[n] < 0x80 and text[n - 1] < 0x80])
    return text[:at] + piece + text[at:]

"""From a capture's bytes as sent to bytes of HTML or XML, within bounds. Pure; nothing here raises.

HTTP's codings are undone here, and what must not reach a parser (cut bodies, bombs, pages nested a hundred
thousand deep) is turned away with a reason.
"""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass

import brotli
from backports import zstd

from crawlers.items import TRUNCATED, Capture, Reason
from crawlers.site import CHALLENGES, MAX_PAGE_BYTES

_MAX_CODINGS = 3
_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_ZSTD = {int(zstd.DecompressionParameter.window_log_max): 23}  # 8 MB: what the coding allows
_MOST_MEMBERS = 1_000  # of a gzip stream: half a million empty ones are a body of 10 MB
_GZIP_MAGIC = b"\x1f\x8b"
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
# Codecs of Python's that are no charset of pages. Punycode's time grows with the square of the length (14 s
# for 700 KB); the others read escapes into a text that says something else.
_NO_CHARSETS = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"})
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset(b"area base br col embed hr img input link meta source track wbr".split())
# The parser's time grows with the square of the depth (0.04 s at 5,000, 22 s at 100,000 nested div). Real
# pages have 2,100 tags (a listing 8,600) and are some 30 deep.
_FEW_TAGS, _MANY_TAGS, _MAX_TAGS = 3_000, 20_000, 60_000
_MANY_OPEN, _MAX_DEPTH = 1_000, 1_500
# So does its time with the number of an element's attributes (0.2 s at 10,000, 10 s at 80,000), and those of
# a second <html> or <body> go to the first. A smaller page takes two seconds at most.
_FEW_BYTES, _MAX_ROOTS = 200_000, 20
_MANY_ATTRIBUTES = re.compile(
    rb"""</?[a-zA-Z][^\s/>]*+(?:[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+){1000}"""
)
_ROOT = re.compile(rb"<(?:html|body)[\s/>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why bytes are no page."""

    reason: Reason
    detail: str


def media_type(capture: Capture) -> str | None:
    """The media type of the Content-Type header, in lower case without parameters; None without one."""
    value = (capture.header("Content-Type") or "").partition(";")[0].strip().lower()
    return value or None


def decoded(capture: Capture) -> bytes | Fault:
    """The payload with its content encoding undone; never more than MAX_PAGE_BYTES are made of it.

    A body shorter than its Content-Length, compressed and broken off, or cut as its record says, is a fault,
    not a page.
    """
    content = capture.content
    if cut := capture.header(TRUNCATED):
        return Fault(Reason.PARTIAL, f"the body was cut when it was recorded: {cut[:40]}")
    promised = (capture.header("Content-Length") or "").strip()
    if promised.isascii() and promised.isdigit() and len(promised) < 16 and len(content) < int(promised):
        return Fault(Reason.PARTIAL, f"{len(content)} bytes came of the {promised} promised")
    # Given twice, the header is one list.
    said = ",".join(value for key, value in capture.headers if key.lower() == "content-encoding")
    codings = [name.strip().lower() for name in said.split(",")]
    codings = [name for name in codings if name not in ("", "identity")]
    if len(codings) > _MAX_CODINGS:
        return Fault(Reason.UNREADABLE, f"{len(codings)} content encodings one in another")
    for coding in reversed(codings):
        result = _undone(content, coding)
        if isinstance(result, Fault):
            return result
        content = result
    if len(content) > MAX_PAGE_BYTES:
        return Fault(Reason.TOO_LARGE, f"more than {MAX_PAGE_BYTES} bytes")
    return content


def parseable(content: bytes, charset: str | None = None) -> bytes | Fault:
    """The page in UTF-8, checked to be HTML that a parser can take in reasonable time.

    `charset` is the HTTP header's; without it the page's own `<meta charset>` counts. Before both go UTF-8,
    and the mark that a page in UTF-16 begins with.
    """
    if len(content) > MAX_PAGE_BYTES:
        return Fault(Reason.TOO_LARGE, f"more than {MAX_PAGE_BYTES} bytes")
    content = content.removeprefix(codecs.BOM_UTF8)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        charset = "utf-16"  # as in browsers its mark goes before any header: a saved file has none
    try:
        content.decode()
    except UnicodeDecodeError:
        content = _in_utf8(content, charset)
    # Counted in the bytes that the parser gets: in UTF-16 or UTF-7 none of it would show.
    if b"<" not in content:
        return Fault(Reason.UNREADABLE, "no markup in it" if content.strip() else "an empty page")
    tags = content.count(b"<")
    if tags > _MAX_TAGS:
        return Fault(Reason.TOO_LARGE, f"{tags} tags")
    depth = _depth(content, tags)
    if depth > _MAX_DEPTH:
        return Fault(Reason.UNREADABLE, f"elements nested {depth} deep")
    if len(content) > _FEW_BYTES and (
        len(_ROOT.findall(content)) > _MAX_ROOTS or _MANY_ATTRIBUTES.search(content)
    ):
        return Fault(Reason.UNREADABLE, "an element with more than a thousand attributes")
    return content


def charset_of(capture: Capture) -> str | None:
    """The charset parameter of the Content-Type header; None without one."""
    found = re.search(
        r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", capture.header("Content-Type") or "", re.IGNORECASE
    )
    return found[1] if found else None


def _undone(content: bytes, coding: str) -> bytes | Fault:
    if coding in _WINDOW:
        return _inflated(content, coding)
    if coding == "br":
        result = _from_brotli(content)
    elif coding == "zstd":
        result = _from_zstd(content)
    else:
        return Fault(Reason.UNREADABLE, f"content encoding {coding[:40]!r} is not understood")
    decoded_already = isinstance(result, Fault) and result.reason is Reason.PARTIAL and _is_markup(content)
    return content if decoded_already else result


def _is_markup(content: bytes) -> bool:
    """Whether bytes begin as a page does: some archives keep the header of what they have decoded."""
    return content[:64].lstrip()[:1] == b"<"


def _from_brotli(content: bytes) -> bytes | Fault:
    stream = brotli.Decompressor()
    made = bytearray()
    rest = content
    try:
        while not stream.is_finished():
            piece = stream.process(rest, output_buffer_limit=MAX_PAGE_BYTES + 1 - len(made))
            made += piece
            rest = b""
            if len(made) > MAX_PAGE_BYTES:
                return Fault(Reason.TOO_LARGE, f"more than {MAX_PAGE_BYTES} bytes once decompressed")
            if not piece and stream.can_accept_more_data() and not stream.is_finished():
                return Fault(Reason.PARTIAL, "the br body breaks off")
    except brotli.error as error:
        return Fault(Reason.PARTIAL, f"the br body is damaged: {error}")
    return bytes(made)


def _from_zstd(content: bytes) -> bytes | Fault:
    stream = zstd.ZstdDecompressor(options=_ZSTD)
    try:
        made = stream.decompress(content, MAX_PAGE_BYTES + 1)
    except zstd.ZstdError as error:
        return Fault(Reason.PARTIAL, f"the zstd body is damaged: {error}")
    if len(made) > MAX_PAGE_BYTES:
        return Fault(Reason.TOO_LARGE, f"more than {MAX_PAGE_BYTES} bytes once decompressed")
    if not stream.eof:
        return Fault(Reason.PARTIAL, "the zstd body breaks off")
    return Fault(Reason.PARTIAL, "the zstd body goes on after its end") if stream.unused_data else made


def _inflated(content: bytes, coding: str) -> bytes | Fault:
    """Decompressed bytes, of all members of a gzip stream; stops at MAX_PAGE_BYTES."""
    gzipped = coding != "deflate"
    if gzipped and not content.startswith(_GZIP_MAGIC):
        return content if _is_markup(content) else Fault(Reason.PARTIAL, "says gzip and is none")
    made = bytearray()
    rest = content
    window = _WINDOW[coding]
    for _ in range(_MOST_MEMBERS):
        stream = zlib.decompressobj(window)
        try:
            made += stream.decompress(rest, MAX_PAGE_BYTES + 1 - len(made))
        except zlib.error as error:
            if not gzipped and window > 0 and not made:
                window = -15  # deflate as many servers send it, without zlib's header
                continue
            return Fault(Reason.PARTIAL, f"the {coding} body is damaged: {error}")
        if len(made) > MAX_PAGE_BYTES:
            return Fault(Reason.TOO_LARGE, f"more than {MAX_PAGE_BYTES} bytes once decompressed")
        if not stream.eof:
            return Fault(Reason.PARTIAL, f"the {coding} body breaks off")
        rest = stream.unused_data
        if not (gzipped and rest.startswith(_GZIP_MAGIC)):
            return bytes(made)
    return Fault(Reason.UNREADABLE, f"more than {_MOST_MEMBERS} gzip members")


def _in_utf8(content: bytes, charset: str | None) -> bytes:
    named = charset or next((found.decode() for found in _CHARSET.findall(content[:4096])), None) or "utf-8"
    try:
        known = codecs.lookup(named).name not in _NO_CHARSETS
        text = content.decode(named if known else "utf-8", "replace")
    except (LookupError, ValueError):  # an unknown charset, or one that is no text encoding
        text = content.decode("utf-8", "replace")
    return text.encode("utf-8", "replace")


def _depth(content: bytes, tags: int) -> int:
    """How deep elements nest at most, by counting tags; 0 where a glance shows that it cannot be much."""
    if tags < _FEW_TAGS or (tags < _MANY_TAGS and tags - 2 * content.count(b"</") < _MANY_OPEN):
        return 0
    depth = deepest = 0
    for found in _TAG.finditer(content):
        if found[1]:
            depth = max(depth - 1, 0)
        elif found[2].lower() not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def is_challenge(content: bytes) -> bool:
    """Whether the beginning of a page has a mark of those that ask whether we are a browser.

    To be asked only of what is no story: Cloudflare sets scripts of its own into ordinary pages too.
    """
    start = content[:65_536].lower()
    return any(mark in start for mark in CHALLENGES)

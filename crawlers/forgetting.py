"""What a file says of stories that are to be forgotten, taken out of it: of WARC files and of journals.

What goes: every record of such a story's own addresses; of other pages the cards, links, feed items and
sitemap entries that lead to it. What stays: words about it that no link to it goes with, and the text of
another story that tells the same. Nothing here knows which stories those are, or asks anybody.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawlers import urls
from crawlers.archive import http_head
from crawlers.items import TRUNCATED, Capture
from crawlers.journal import read as read_journal
from crawlers.packs import Segment, is_pack
from crawlers.payload import decoded
from crawlers.reading import answer, digest
from crawlers.records import Records, TornError, is_zipped
from crawlers.site import CARD_CLASS, CARD_TAG, HOSTS, LIVE, MAX_PAGE_BYTES, OWN_CLASS, STORY_LINK

GONE = b"<!-- forgotten -->"
"""Stands where a card, a feed's item or a sitemap's entry stood."""

_SEP = rb"(?:/|\\/|%2[fF])"
_ADDRESS = re.compile(
    STORY_LINK.encode().replace(b"/", _SEP) + rb"(?P<tail>%(s)s[^\s\"'<>&\\)\]]*)?" % {b"s": _SEP}
)
_HOST = re.compile(rb"[\w.:%-]*$", re.ASCII)
_LONGEST_HOST = 100
_CARD = re.compile(rb"<(/?)%s\b([^>]*)>" % CARD_TAG.encode(), re.IGNORECASE)
_CLASS = re.compile(rb"""\bclass\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
_OPENING = rb"<a\b(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>"
_LINK = re.compile(rb"(" + _OPENING + rb").*?</a\s*>", re.IGNORECASE | re.DOTALL)
_PACKED_LINK = re.compile(rb"(&lt;a\b(?:(?!&gt;).)*&gt;).*?&lt;/a\s*&gt;", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"<[a-zA-Z][^<>]*>")
_TELLING = re.compile(
    rb"\s(?:title|alt|aria-label|content|data-(?:title|text|description))\s*=\s*(?:\"[^\"]*\"|'[^']*')",
    re.IGNORECASE,
)
_SCRIPT = re.compile(rb"<script\b[^>]*>.*?</script\s*>", re.IGNORECASE | re.DOTALL)
_OBJECT = re.compile(rb"\{[^{}]*\}")
_ENTRY = re.compile(rb"<(item|entry|url)\b[^>]*>.*?</\1\s*>", re.DOTALL)
_WHERE = re.compile(rb"<(?:link|guid|loc|id)\b[^>]*>.*?</(?:link|guid|loc|id)\s*>|<link\b[^>]*/>", re.DOTALL)
_SHOWN = {"warc": "WARC", "id": "ID", "uri": "URI", "ip": "IP"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file lost: records of the stories' own, other pages' records that were changed, ends torn off.

    `held` are the stories that had records of their own.
    """

    records: int = 0
    changed: int = 0
    torn: int = 0
    held: frozenset[int] = frozenset()

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.records + other.records,
            self.changed + other.changed,
            self.torn + other.torn,
            self.held | other.held,
        )

    def __bool__(self) -> bool:
        return bool(self.records or self.changed or self.torn)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Stories of one site that are to be forgotten, and how their addresses are told from other hosts'."""

    stories: frozenset[int]
    site: str = LIVE

    def named(self, content: bytes) -> set[int]:
        """Those that an address in these bytes names; on hosts with ids of their own no address does."""
        return {number for number in self.addressed(content) if number in self.stories}

    def addressed(self, content: bytes) -> set[int]:
        """Every story of the site that an address in these bytes names."""
        return {int(found["id"]) for found in _ADDRESS.finditer(content) if self._is_ours(found)}

    def plain(self, content: bytes) -> bytes:
        """The bytes with these stories' addresses without their slugs: a slug is half a headline."""
        return _ADDRESS.sub(
            lambda found: (
                _plain(found) if int(found["id"]) in self.stories and self._is_ours(found) else found[0]
            ),
            content,
        )

    def plain_text(self, text: str) -> str:
        """The text with these stories' addresses without their slugs."""
        return self.plain(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def _is_ours(self, found: re.Match[bytes]) -> bool:
        before = found.string[max(found.start() - _LONGEST_HOST, 0) : found.start()]
        written = _HOST.search(before)
        host = written[0].decode("latin-1").lower().split("%2f")[-1].replace("%3a", ":") if written else ""
        return not host or host in HOSTS or host == urlsplit(self.site).netloc.lower()


def without(lying: Segment, target: Path | None, wanted: Wanted) -> Taken:
    """What a run's records say of these stories; `target` is a file without it, made if that is something.

    Every other record is in it as it was, byte for byte (of a gzip member of many records: its content). A
    changed one keeps its id. A torn end goes: nobody can tell whose it is. `target` may be the run's own
    file, whose place it takes whole.
    """
    taken = Taken()
    if target is None:
        for _, found in _records(lying, wanted):
            taken += found
        return taken
    beside = target.with_name(f"{target.name}.new")
    try:
        with beside.open("wb") as file:
            for raw, found in _records(lying, wanted):
                taken += found
                file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        if taken:
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return taken


def _records(lying: Segment, wanted: Wanted) -> Iterator[tuple[bytes, Taken]]:
    """The bytes of each record as they are to be from now on (none of one that goes), and what it lost."""
    if (
        lying.end is None and not is_pack(lying.path) and _is_together(lying.path)
    ):  # no record has bytes of its own: it gets them
        plain = lying.path.with_name(f".{lying.path.name}.plain.new")
        try:
            _unpack(lying.path, plain)
            for raw, found in _records(Segment(plain, lying.run), wanted):
                yield gzip.compress(raw, mtime=0) if raw else raw, found
        finally:
            plain.unlink(missing_ok=True)
        return
    with lying.path.open("rb") as file, lying.path.open("rb") as bytes_of:
        zipped = is_zipped(file)
        records = Records(file, lying.start)
        try:
            while (named := records.head()) is not None:
                at, _ = records.place
                if lying.end is not None and at >= lying.end:
                    return
                block = records.block(_length(named), keep=True)
                end = records.after
                assert end is not None
                changed = treated(named, block, wanted)
                if changed is None:
                    yield (
                        b"",
                        Taken(records=1, held=frozenset({urls.story_id(_target(named), wanted.site) or 0})),
                    )
                elif changed is block:
                    bytes_of.seek(at)
                    yield bytes_of.read(end - at), Taken()
                else:
                    raw = _written(named, changed)
                    yield gzip.compress(raw, mtime=0) if zipped else raw, Taken(changed=1)
        except TornError:
            yield b"", Taken(torn=1)


def treated(named: Mapping[str, str], block: bytes, wanted: Wanted) -> bytes | None:
    """A record's block without what it says of these stories; None where the record is theirs.

    The very same block where it says nothing of them. `named` are the record's headers in lower case.
    """
    if urls.story_id(_target(named), wanted.site) in wanted.stories:
        return None
    kind = named.get("warc-type")
    if kind == "warcinfo":
        return block
    # A record that was read already, whatever digest it declares: a wrong one hides no text.
    capture = answer({**named, "warc-payload-digest": ""}, block) if kind == "response" else None
    if capture is None:  # a revisit, a request: it has no text, but may name the address with its slug
        said = wanted.plain(block)
        return block if said == block else said
    headers = tuple((key, wanted.plain_text(value)) for key, value in capture.headers if key != TRUNCATED)
    content = decoded(capture)
    if not isinstance(content, bytes):
        # An answer that broke off gives no page: what there is of it goes, and it gives none still.
        if not wanted.named(_as_far_as_it_goes(capture)):
            return block
        return http_head(capture.status, None, _without_header(headers, "content-encoding"))
    said = page_without(content, urls.role(capture.url, wanted.site), wanted)
    if said is not content:
        headers = _without_header(_without_header(headers, "content-encoding"), "content-length")
        headers = (*headers, ("Content-Length", str(len(said))))
        return http_head(capture.status, None, headers) + said
    kept = tuple(pair for pair in capture.headers if pair[0] != TRUNCATED)
    return block if headers == kept else http_head(capture.status, None, headers) + capture.content


def page_without(content: bytes, role: str, wanted: Wanted) -> bytes:
    """A decoded page, feed or sitemap without what leads to these stories; the very same if nothing does."""
    if not wanted.named(content):
        return content
    said = content
    if role in ("feed", "sitemap") or content.lstrip()[:5] in (b"<?xml", b"<rss "):
        said = _ENTRY.sub(partial(_entry, wanted=wanted), said)
    said = _without_cards(said, wanted)
    said = _SCRIPT.sub(partial(_script, wanted=wanted), said)
    said = _LINK.sub(partial(_link, wanted=wanted, marks=(b"<", b">")), said)
    said = _PACKED_LINK.sub(partial(_link, wanted=wanted, marks=(b"&lt;", b"&gt;")), said)
    said = _TAG.sub(partial(_tag, wanted=wanted), said)
    said = wanted.plain(said)
    return content if said == content else said


def event_without(event: dict[str, Any], wanted: Wanted) -> dict[str, Any] | None:
    """A journal's event without what it says of these stories; None of one that only speaks of their text.

    That a story was listed, asked for, refused or waited for stays, with its id and when: the sums need it.
    """
    about = event.get("story_id") in wanted.stories
    if event["event"] == "quarantine":
        if about:
            return None
        if {str(story) for story in wanted.stories} & set(event.get("leads_to") or ()):
            event = event | {"sentences": ["(forgotten)" for _ in event["sentences"]]}
    if about and event["event"] != "forgotten":
        event = {key: value for key, value in event.items() if key not in ("title", "author", "detail")}
    drift = event.get("drift") or {}
    if "without" in drift:
        pages = [page for page in drift["without"] if page.get("story_id") not in wanted.stories]
        event = event | {"drift": drift | {"without": pages}}
    return {key: _plain_addresses(value, wanted) for key, value in event.items()}


def journal_without(path: Path, wanted: Wanted, change: bool = True) -> int:
    """How many events of a journal spoke of these stories' texts or addresses, and do not any more.

    The file takes its place whole where there are any; a torn last line goes, too. Not with `change` false.
    """
    kept: list[dict[str, Any]] = []
    found = 0
    for event in read_journal(path):
        said = event_without(event, wanted)
        found += said != event
        if said is not None:
            kept.append(said)
    content = path.read_bytes()
    if change and (found or (content and not content.endswith(b"\n"))):
        beside = path.with_name(f"{path.name}.new")
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(event, ensure_ascii=False) + "\n" for event in kept)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    return found


def _plain(found: re.Match[bytes]) -> bytes:
    """A story's address without its slug, which stands behind the id or in a group of its own."""
    start, end = found.span("slug") if "slug" in found.re.groupindex else (-1, -1)
    whole, begins = found.string, found.start()
    first, last = (start, end) if start >= 0 else (begins, begins)
    return whole[begins:first] + whole[last : found.end("id")]


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────


def _entry(found: re.Match[bytes], wanted: Wanted) -> bytes:
    """An item of a feed or an entry of a sitemap; a comment in place of one that is such a story's own."""
    own = any(wanted.named(where[0]) for where in _WHERE.finditer(found[0]))
    return GONE if own else found[0]


def _without_cards(content: bytes, wanted: Wanted) -> bytes:
    """The page without the cards that lead to these stories and to no other."""
    cards: list[tuple[int, int]] = []
    opened: list[tuple[int, bool]] = []
    for token in _CARD.finditer(content):
        if not token[1]:
            said = _CLASS.search(token[2])
            words = b" ".join(part for part in said.groups() if part).split() if said else []
            opened.append((token.start(), CARD_CLASS.encode() in words and OWN_CLASS.encode() not in words))
        elif opened:
            start, is_card = opened.pop()
            if is_card:
                cards.append((start, token.end()))
    for start, end in sorted(cards, reverse=True):
        leads_to = wanted.addressed(content[start:end])
        if leads_to and leads_to <= wanted.stories:
            content = content[:start] + GONE + content[end:]
    return content


def _link(found: re.Match[bytes], wanted: Wanted, marks: tuple[bytes, bytes]) -> bytes:
    """A link; without its text, title and picture where it leads to such a story."""
    opening, closing = marks
    head = found[1]
    return _TELLING.sub(b"", head) + opening + b"/a" + closing if wanted.named(head) else found[0]


def _script(found: re.Match[bytes], wanted: Wanted) -> bytes:
    """A script with the innermost objects emptied that name such a story: the list items of JSON-LD."""
    if not wanted.named(found[0]):
        return found[0]
    return _OBJECT.sub(lambda one: b"{}" if wanted.named(one[0]) else one[0], found[0])


def _tag(found: re.Match[bytes], wanted: Wanted) -> bytes:
    """A tag; without its title and the like where it names such a story's address."""
    return _TELLING.sub(b"", found[0]) if wanted.named(found[0]) else found[0]


def _plain_addresses(value: Any, wanted: Wanted) -> Any:
    if isinstance(value, str):
        return wanted.plain_text(value)
    if isinstance(value, list):
        return [_plain_addresses(one, wanted) for one in value]
    if isinstance(value, dict):
        return {key: _plain_addresses(one, wanted) for key, one in value.items()}
    return value


# ── records ──────────────────────────────────────────────────────────────────────────────────────────────


def _target(named: Mapping[str, str]) -> str:
    return named.get("warc-target-uri", "").strip("<> ")


def _without_header(headers: tuple[tuple[str, str], ...], name: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"X-Crawl-{key}" if key.lower() == name else key, value) for key, value in headers)


def _as_far_as_it_goes(capture: Capture) -> bytes:
    """What can be read of a payload that breaks off, or is not what its headers say."""
    bare = tuple(
        pair for pair in capture.headers if pair[0].lower() not in ("content-length", TRUNCATED.lower())
    )
    content = decoded(replace(capture, headers=bare))
    if isinstance(content, bytes):
        return content
    for window in (31, 15, -15):
        try:
            begun = zlib.decompressobj(window).decompress(capture.content, MAX_PAGE_BYTES)
        except zlib.error:
            continue
        if begun:
            return begun
    return capture.content


def _written(named: Mapping[str, str], block: bytes) -> bytes:
    """A record with another block: its headers as they were, but for length and digests."""
    said = {key: value for key, value in named.items() if key not in ("content-length", "warc-block-digest")}
    if "warc-payload-digest" in said and named.get("warc-type") == "response":
        said["warc-payload-digest"] = digest(block.partition(b"\r\n\r\n")[2])
    said["warc-block-digest"] = digest(block)
    said["content-length"] = str(len(block))
    lines = [f"{_name(key)}: {value}" for key, value in said.items()]
    return "\r\n".join(["WARC/1.1", *lines, "", ""]).encode() + block + b"\r\n\r\n"


def _name(key: str) -> str:
    return "-".join(_SHOWN.get(part, part.capitalize()) for part in key.split("-"))


def _length(named: Mapping[str, str]) -> int:
    try:
        length = int(named.get("content-length", ""))
    except ValueError:
        length = -1
    if length < 0:
        raise TornError("a record without a length")
    return length


def _is_together(path: Path) -> bool:
    """Whether records of a file share a gzip member."""
    with path.open("rb") as file:
        if not is_zipped(file):
            return False
        records = Records(file)
        try:
            while (named := records.head()) is not None:
                if records.place[1]:
                    return True
                records.block(_length(named), keep=False)
        except TornError:
            return False
    return False


def _unpack(path: Path, target: Path) -> None:
    """Nothing; `target` has what a gzip file holds, as far as it goes."""
    with gzip.open(path, "rb") as packed, target.open("wb") as file:
        try:
            while piece := packed.read(1 << 16):
                file.write(piece)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return

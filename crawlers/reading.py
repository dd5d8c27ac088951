"""WARC files read back as captures: our own, and those that others made.

A file is read from its beginning, or from any record whose place is known, so that several processes can
read one file: what they see together is what one of them would see alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from crawlers.items import TRUNCATED, Capture
from crawlers.records import Records, TornError

_LARGEST = 64_000_000  # bytes of a foreign record that are still read: a page of the site has 10 MB at most
_LONGEST_HEAD = 1 << 20  # bytes of an answer's headers; servers send some 2,000
_OWN_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")

_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")

Headers = Sequence[tuple[str, str]]
Place = tuple[int, int]  # see Records.place


@dataclass(slots=True)
class Tally:
    """How many captures were read, revisits among them, and what could not be read.

    `others` are records that hold no answer to a web request: requests, metadata, texts taken out.
    """

    captures: int = 0
    revisits: int = 0
    torn: int = 0
    skipped: int = 0
    others: int = 0

    def add(self, other: Tally) -> None:
        """Nothing; this one counts what the other counted too."""
        self.captures += other.captures
        self.revisits += other.revisits
        self.torn += other.torn
        self.skipped += other.skipped
        self.others += other.others


class Reading:
    """The captures of a WARC file, one by one, in their order; only http responses and revisits.

    It never raises for what a file holds: `torn` counts records that break off (reading ends there),
    `skipped` counts responses that cannot be read as one. Both are right once the file is read through.

    `start` is where a record begins. With `end` only records are read that begin before it, and `stopped`
    says, once that is done, where the next one begins: None where the file has no more. Both are bytes of the
    file as it lies there. Inside a gzip member of many records nobody can begin: `end` is passed over
    until the member ends. With `apart` reading stops instead before a member that turns out to be one, and
    `tally` leaves its first record out, though it was given: whoever counts on `apart` drops it.
    """

    def __init__(self, path: Path, start: int = 0, end: int | None = None, *, apart: bool = False) -> None:
        self.path = path
        self.end = end
        self.tally = Tally()
        self.stopped: int | None = None
        self.place: Place = (start, 0)  # of the capture that was given last
        self.declared = ""  # the payload digest that it declares
        self._start = start
        self._apart = apart
        self._captures = self._read()

    def __iter__(self) -> Iterator[Capture]:
        return self

    def __next__(self) -> Capture:
        return next(self._captures)

    @property
    def torn(self) -> int:
        """Records that break off: one at most."""
        return self.tally.torn

    @property
    def skipped(self) -> int:
        """Responses and revisits that cannot be read as one."""
        return self.tally.skipped

    def _read(self) -> Iterator[Capture]:
        sure = self._start, Tally()
        with self.path.open("rb") as file:
            records = Records(file, self._start)
            try:
                while (named := records.head()) is not None:
                    self.place = at, inside = records.place
                    if not inside:
                        if self.end is not None and at >= self.end:
                            self.stopped = at
                            return
                        sure = at, replace(self.tally)
                    elif self._apart:
                        self.stopped, self.tally = sure
                        return
                    capture = self._next(records, named)
                    if capture is not None:
                        self.tally.captures += 1
                        self.tally.revisits += capture.revisit_of is not None
                        yield capture
            except TornError:
                self.tally.torn += 1

    def _next(self, records: Records, named: Mapping[str, str]) -> Capture | None:
        try:
            length = int(named.get("content-length", ""))
        except ValueError:
            raise TornError("a record without a length") from None
        if length < 0:
            raise TornError("a record without a length")
        answer = named.get("warc-type") in ("response", "revisit")
        wanted = answer and length <= _LARGEST and _is_http(named)
        block = records.block(length, keep=wanted)
        capture = self._capture(named, block) if wanted else None
        if capture is None and (wanted or (answer and length > _LARGEST)):
            self.tally.skipped += 1
        elif capture is None:
            self.tally.others += 1
        return capture

    def _capture(self, named: Mapping[str, str], block: bytes) -> Capture | None:
        identity = named.get("warc-record-id", "").strip("<> ")
        url = named.get("warc-target-uri", "").strip("<> ")
        try:
            fetched_at = _instant(named.get("warc-date", ""))
        except (ValueError, OverflowError):  # in UTC the first and last hours of the calendar are outside it
            return None
        head, _, content = _parted(block)
        spoken = _spoken(head)
        if spoken is None or not identity:
            return None
        status, headers = spoken
        self.declared = declared = named.get("warc-payload-digest", "")
        if named["warc-type"] == "revisit":
            refers_to, own = self._original(declared, named.get("warc-refers-to", "").strip("<> "))
            if not refers_to:
                return None  # a foreign revisit whose original lies in another file: nothing says where
            return Capture(identity, url, fetched_at, status, headers, b"", own, refers_to)
        headers, content, whole = _without_transfer_encoding(headers, content)
        own = digest(content)
        cut = _cut(named) or ("" if whole else "chunks without their end")
        if cut:
            headers = (*headers, (TRUNCATED, _value(cut)))
            return Capture(identity, url, fetched_at, status, headers, content, own)
        if declared.startswith("sha256:") and len(declared) == len(own) and declared.lower() != own:
            return None  # not the bytes that were written
        return Capture(identity, url, fetched_at, status, headers, content, own)

    def _original(self, declared: str, refers_to: str) -> tuple[str, str]:
        """The id of the capture that a revisit repeats, "" where nothing says it, and its bytes' digest."""
        if refers_to and _OWN_DIGEST.fullmatch(declared):
            return refers_to, declared
        original, own = _originals(self.path).before(self.place).get(declared, ("", declared))
        return refers_to or original, own


class _Responses(Reading):
    """The captures of a file without its revisits."""

    def _original(self, declared: str, refers_to: str) -> tuple[str, str]:  # noqa: ARG002
        return "", ""


class _Originals:
    """Which captures of a file declared which digest.

    The file is read a second time for it, as far as it is asked about: foreign revisits need it that do not
    name their original, or not by a digest of ours. Nobody else pays for it, in time or in memory.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin()

    def _begin(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}
        self._reading = _Responses(self._path)
        self._ahead: tuple[Place, str, str, str] | None = ((-1, 0), "", "", "")
        self._reached: Place = (-1, 0)

    def before(self, place: Place) -> Mapping[str, tuple[str, str]]:
        """By the digest declared: id and own digest of the last capture before a place that declared it."""
        if place < self._reached:
            self._begin()
        self._reached = place
        while self._ahead is not None and self._ahead[0] < place:
            _, declared, identity, own = self._ahead
            if declared:
                self._known[declared] = identity, own
            capture = next(self._reading, None)
            reading = self._reading
            self._ahead = (reading.place, reading.declared, capture.id, capture.digest) if capture else None
        return self._known


@lru_cache(maxsize=1)
def _originals_of(path: Path, size: int, changed: int) -> _Originals:  # noqa: ARG001 (part of the key)
    return _Originals(path)


def _originals(path: Path) -> _Originals:
    now = path.stat()
    return _originals_of(path, now.st_size, now.st_mtime_ns)


def read(path: Path) -> Reading:
    """The captures of one WARC file, streaming; its `torn` and `skipped` say what could not be read."""
    return Reading(path)


def answer(named: Mapping[str, str], block: bytes) -> Capture | None:
    """The capture in the block of a response's record, read by whoever asks; None where it is none."""
    return Reading(Path())._capture(named, block)


def _instant(said: str) -> datetime:
    """A record's time in UTC, which is what it means without an offset."""
    at = datetime.fromisoformat(said)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _is_http(named: Mapping[str, str]) -> bool:
    """Whether a record holds an answer to a web request: a WARC may hold DNS answers and the like."""
    return named.get("warc-target-uri", "").strip("<> ").lower().startswith(("http://", "https://"))


def digest(content: bytes) -> str:
    """`sha256:<hex>` of a payload as it was sent."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def sendable(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Headers as HTTP can carry them, which is how they are read back.

    The answer's Transfer-Encoding is undone by now: left standing it would have every reader look for chunks.
    """
    renamed = (
        ("X-Crawl-Transfer-Encoding" if key.lower() == "transfer-encoding" else key, value)
        for key, value in headers
    )
    return tuple((re.sub(r"[\s:]+", "-", key.strip()) or "-", _value(value)) for key, value in renamed)


def _value(value: str) -> str:
    as_sent = re.sub(r"[\r\n]+", " ", value).encode("latin-1", "replace").decode("latin-1")
    return as_sent.strip(" \t")


def _spoken(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]] | None:
    """The status and headers of an HTTP answer; None where it is no such thing."""
    if len(head) > _LONGEST_HEAD:
        return None
    first, *rest = re.split(r"\r?\n", head.decode("latin-1"))
    found = re.match(r"HTTP/\d(?:\.\d)? +(\d{3})(?: |$)", first)
    if not found:
        return None
    headers: list[tuple[str, list[str]]] = []
    for line in rest:
        if line[:1] in (" ", "\t") and headers:  # a folded header, as old servers send them
            headers[-1][1].append(line.strip())
        elif ":" in line:
            key, _, value = line.partition(":")
            headers.append((key, [value.strip(" \t")]))
    return int(found[1]), tuple((key, " ".join(values)) for key, values in headers)


def _parted(block: bytes) -> tuple[bytes, bytes, bytes]:
    """An answer's head, the empty line, and the body; some tools end lines with a line feed alone."""
    found = _EMPTY_LINE.search(block)
    return (block[: found.start()], found[0], block[found.end() :]) if found else (block, b"", b"")


def _cut(named: Mapping[str, str]) -> str:
    """Why a record holds only the beginning of its answer, in a word; "" of a whole one."""
    return named.get("warc-truncated", "") or ("segments" if "warc-segment-number" in named else "")


def _without_transfer_encoding(
    headers: tuple[tuple[str, str], ...], content: bytes
) -> tuple[tuple[tuple[str, str], ...], bytes, bool]:
    """Headers and payload of a foreign record with its chunks put together, and whether all chunks are there.

    Many tools undo the chunks and keep the header: a body that is not made of chunks stays as it is. What was
    done to the body besides is one more content encoding from here on, the outermost.
    """
    said = ",".join(value for key, value in headers if key.lower() == "transfer-encoding")
    codings = [name.partition(";")[0].strip().lower() for name in said.split(",")]
    if not any(codings):
        return headers, content, True
    headers = sendable(headers)
    others = [name for name in codings if name not in ("", "chunked", "identity")]
    if others:
        headers = (*headers, ("Content-Encoding", ", ".join(others)))
    joined, whole = _joined_chunks(content) if "chunked" in codings else (None, True)
    return headers, content if joined is None else joined, whole


def _joined_chunks(content: bytes) -> tuple[bytes | None, bool]:
    """The payload that a chunked body carries, as far as it goes, and whether its last chunk is there.

    None of a body that does not begin as one: it is whole, for all that one can see.
    """
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK.match(content, at):
        size = int(found[1], 16)
        if size == 0:
            return b"".join(parts), True
        parts.append(content[found.end() : found.end() + size])
        at = found.end() + size + 2
    return (b"".join(parts), False) if parts else (None, True)

"""Every response as it came, in WARC 1.1 files: written here, and read back as captures.

A file has one writer, is created exclusively and only ever grows; a torn last record, as a `kill -9`
leaves it, costs that record and no other. WARC files that others made are read as well.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from uuid import uuid4

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawlers.items import Capture
from crawlers.records import Records, TornError

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_LARGEST = 64_000_000  # bytes of a foreign record that are still read: a page of the site has 10 MB at most

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Held:
    """Where bytes lie that are held already: the capture, its address and its time."""

    capture_id: str
    url: str
    fetched_at: datetime


def digest(content: bytes) -> str:
    """`sha256:<hex>` of a payload as it was sent."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


class ArchiveWriter:
    """A new WARC file. It never opens one that exists (FileExistsError) and never rewrites a record."""

    def __init__(
        self,
        path: Path,
        *,
        facts: Mapping[str, str] | None = None,
        payloads: Mapping[str, Held] | None = None,
    ) -> None:
        self._file: BinaryIO = path.open("xb")
        self._known = {(known, held.url): held for known, held in (payloads or {}).items()}
        self.bytes = 0  # payload bytes written or found held
        lines = {"software": "dawn-as-a-table", "format": "WARC File Format 1.1", **(facts or {})}
        fields = "".join(f"{_line(key)}: {_line(value)}\r\n" for key, value in lines.items()).encode()
        about = _named("warcinfo", str(uuid4().urn), datetime.now(UTC))
        self._append(about, b"", fields, "application/warc-fields")

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing; the bytes are on the disk and the file is closed. A second call does nothing."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def write(
        self,
        url: str,
        status: int,
        headers: Headers,
        content: bytes,
        fetched_at: datetime,
        *,
        reason: str | None = None,
        truncated: str | None = None,
    ) -> Capture:
        """The capture of one response, written and flushed; a revisit where its address gave the same before.

        The same bytes from another address are no revisit: the "not found" page is the same for every story
        that is gone, and what is said of the one must not stand for the other. Nor is an empty body ever
        one. `content` is the payload as sent, without its transfer encoding. `truncated` is WARC's word for
        a payload that broke off ("disconnect", "length", "time").
        """
        found = digest(content)
        held = self._known.get((found, url)) if content else None
        capture = Capture(
            id=uuid4().urn,
            url=url,
            fetched_at=fetched_at.astimezone(UTC),
            status=status,
            headers=_sendable(headers),
            content=b"" if held else content,
            digest=found,
            revisit_of=held.capture_id if held else None,
        )
        self._write(capture, held, reason, truncated)
        self.bytes += len(content)
        if content and not held and not truncated:
            self._known[found, url] = Held(capture.id, capture.url, capture.fetched_at)
        return capture

    def _write(self, capture: Capture, held: Held | None, reason: str | None, truncated: str | None) -> None:
        kind = "response" if capture.revisit_of is None else "revisit"
        named = _named(kind, capture.id, capture.fetched_at)
        named.append(("WARC-Target-URI", _line(capture.url)))
        named.append(("WARC-Payload-Digest", capture.digest))
        if truncated:
            named.append(("WARC-Truncated", truncated))
        if capture.revisit_of is not None:
            named.append(("WARC-Profile", _PROFILE))
            named.append(("WARC-Refers-To", f"<{capture.revisit_of}>"))
            if held:
                named.append(("WARC-Refers-To-Target-URI", _line(held.url)))
                named.append(("WARC-Refers-To-Date", _instant(held.fetched_at)))
        head = _http_head(capture.status, reason, capture.headers)
        self._append(named, head, capture.content, "application/http; msgtype=response")

    def _append(self, named: list[tuple[str, str]], head: bytes, payload: bytes, media_type: str) -> None:
        # The digests are given, else warcio adds SHA-1 ones; the head goes in as bytes, else warcio
        # percent-encodes whatever header is not ASCII and the response is not as it came.
        block = "sha256:" + hashlib.sha256(head + payload).hexdigest()
        lines = StatusAndHeaders("", [*named, ("WARC-Block-Digest", block)], protocol="WARC/1.1")
        kind = named[0][1]
        if kind == "warcinfo":
            record = ArcWarcRecord("warc", kind, lines, BytesIO(payload), None, media_type, len(payload))
        else:
            record = ArcWarcRecord(
                "warc",
                kind,
                lines,
                BytesIO(payload),
                _Head(head),
                media_type,
                len(payload),
                payload_length=len(payload),
            )
        # Made in memory and written at once, so that a kill tears a record as seldom as can be.
        whole = BytesIO()
        WARCWriter(whole, gzip=True, warc_version="1.1").write_record(record)
        self._file.write(whole.getbuffer())
        self._file.flush()


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """A status line and headers that warcio writes as the bytes they are."""

    def __init__(self, sent: bytes) -> None:
        super().__init__("200 OK", [("-", "-")], protocol="HTTP/1.1")
        self._sent = sent

    def compute_headers_buffer(self, header_filter: object = None) -> None:  # noqa: ARG002 (warcio's signature)
        self.headers_buff = self._sent


class Reading:
    """The captures of a WARC file, one by one, in their order; only http responses and revisits.

    It never raises for what a file holds: `torn` counts records that break off (reading ends there),
    `skipped` counts responses that cannot be read as one. Both are right once the file is read through.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.torn = 0
        self.skipped = 0
        self._originals: dict[str, tuple[str, str]] = {}  # declared digest: id and own digest of its capture
        self._captures = self._read()

    def __iter__(self) -> Iterator[Capture]:
        return self

    def __next__(self) -> Capture:
        return next(self._captures)

    def _read(self) -> Iterator[Capture]:
        with self.path.open("rb") as file:
            records = Records(file)
            try:
                while (named := records.head()) is not None:
                    try:
                        length = int(named.get("content-length", ""))
                    except ValueError:
                        raise TornError("a record without a length") from None
                    kind = named.get("warc-type")
                    wanted = kind in ("response", "revisit") and length <= _LARGEST and _is_http(named)
                    block = records.block(length, keep=wanted)
                    if kind in ("response", "revisit") and length > _LARGEST:
                        self.skipped += 1
                    if not wanted:
                        continue
                    capture = self._capture(named, block)
                    if capture is None:
                        self.skipped += 1
                    else:
                        yield capture
            except TornError:
                self.torn += 1

    def _capture(self, named: Mapping[str, str], block: bytes) -> Capture | None:
        identity = named.get("warc-record-id", "").strip("<> ")
        url = named.get("warc-target-uri", "").strip("<> ")
        try:
            fetched_at = datetime.fromisoformat(named.get("warc-date", ""))
        except ValueError:
            return None
        if fetched_at.tzinfo is None:
            fetched_at = fetched_at.replace(tzinfo=UTC)
        head, _, content = block.partition(b"\r\n\r\n")
        spoken = _spoken(head)
        if spoken is None or not identity:
            return None
        status, headers = spoken
        declared = named.get("warc-payload-digest", "")
        if named["warc-type"] == "revisit":
            original, own = self._originals.get(declared, ("", declared))
            refers_to = named.get("warc-refers-to", "").strip("<> ") or original
            if not refers_to:
                return None  # a foreign revisit whose original lies in another file: nothing says where
            return Capture(identity, url, fetched_at.astimezone(UTC), status, headers, b"", own, refers_to)
        headers, content = _without_transfer_encoding(headers, content)
        own = digest(content)
        if declared.startswith("sha256:") and len(declared) == len(own) and declared.lower() != own:
            return None  # not the bytes that were written
        if declared:
            self._originals[declared] = (identity, own)
        return Capture(identity, url, fetched_at.astimezone(UTC), status, headers, content, own)


def read(path: Path) -> Reading:
    """The captures of one WARC file, streaming; its `torn` and `skipped` say what could not be read."""
    return Reading(path)


def _is_http(named: Mapping[str, str]) -> bool:
    """Whether a record holds an answer to a web request: a WARC may hold DNS answers and the like."""
    return named.get("warc-target-uri", "").strip("<> ").lower().startswith(("http://", "https://"))


def _named(kind: str, identity: str, at: datetime) -> list[tuple[str, str]]:
    return [("WARC-Type", kind), ("WARC-Record-ID", f"<{identity}>"), ("WARC-Date", _instant(at))]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _line(text: str) -> str:
    """A text that cannot end a header line early."""
    return re.sub(r"[\r\n]+", " ", text).strip()


def _sendable(headers: Headers) -> tuple[tuple[str, str], ...]:
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


def _http_head(status: int, reason: str | None, headers: Headers) -> bytes:
    if reason is None:
        reason = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    lines = [f"HTTP/1.1 {status} {_line(reason)}", *(f"{key}: {value}" for key, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _spoken(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]] | None:
    """The status and headers of an HTTP answer; None where it is no such thing."""
    first, *rest = re.split(r"\r?\n", head.decode("latin-1"))
    found = re.match(r"HTTP/\d(?:\.\d)? +(\d{3})(?: |$)", first)
    if not found:
        return None
    headers: list[tuple[str, str]] = []
    for line in rest:
        if line[:1] in (" ", "\t") and headers:  # a folded header, as old servers send them
            key, value = headers[-1]
            headers[-1] = (key, value + " " + line.strip())
        elif ":" in line:
            key, _, value = line.partition(":")
            headers.append((key, value.strip(" \t")))
    return int(found[1]), tuple(headers)


def _without_transfer_encoding(
    headers: tuple[tuple[str, str], ...], content: bytes
) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Headers and payload of a foreign record with its chunks put together.

    Many tools undo the chunks and keep the header: a body that is not made of chunks stays as it is.
    """
    if not any(key.lower() == "transfer-encoding" and "chunked" in value.lower() for key, value in headers):
        return headers, content
    joined = _joined_chunks(content)
    return _sendable(headers), content if joined is None else joined


def _joined_chunks(content: bytes) -> bytes | None:
    """The payload that a chunked body carries, as far as it goes; None where it does not begin as one."""
    parts: list[bytes] = []
    at = 0
    while found := re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n").match(content, at):
        size = int(found[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(content[found.end() : found.end() + size])
        at = found.end() + size + 2
    return b"".join(parts) if parts else None

"""Every response as it came, in WARC 1.1 files: how they are written.

A file has one writer, is created exclusively and only ever grows; a torn last record, as a `kill -9`
leaves it, costs that record and no other.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
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

from crawlers.items import TRUNCATED, Capture
from crawlers.reading import Headers, digest, sendable

_SAME_BYTES = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


@dataclass(frozen=True, slots=True)
class Held:
    """Where bytes lie that are held already: the capture, its address and its time."""

    capture_id: str
    url: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Validated:
    """A page that is held, and by which words its server can be asked whether it is still the same.

    `etag` and `last_modified` are the server's own, as its answer had them; one of them is there at least.
    """

    capture_id: str
    url: str
    fetched_at: datetime
    digest: str  # of the capture's payload
    etag: str | None
    last_modified: str | None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request that wants the page only where it is another one by now."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value is not None}


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
            headers=sendable(headers),
            content=b"" if held else content,
            digest=found,
            revisit_of=held.capture_id if held else None,
        )
        self._write(capture, held, reason, truncated)
        self.bytes += len(content)
        if content and not held and not truncated:
            self._known[found, url] = Held(capture.id, capture.url, capture.fetched_at)
        return capture

    def not_modified(self, url: str, headers: Headers, fetched_at: datetime, held: Validated) -> Capture:
        """The capture of an answer 304 to a request with these validators, written and flushed: a revisit.

        Only for an answer to the very address that `held` was had from: a 304 of another speaks of another
        page.
        """
        capture = Capture(
            id=uuid4().urn,
            url=url,
            fetched_at=fetched_at.astimezone(UTC),
            status=HTTPStatus.NOT_MODIFIED,
            headers=sendable(headers),
            content=b"",
            digest=held.digest,
            revisit_of=held.capture_id,
        )
        self._write(capture, Held(held.capture_id, held.url, held.fetched_at), None, None)
        return capture

    def keep(self, capture: Capture, original: Held | None = None) -> None:
        """Nothing; a capture that others made is written and flushed, under its own id and as of its time.

        It is read back equal. Of a revisit `original` is where its bytes lie; none is made of a response.
        """
        truncated = capture.header(TRUNCATED)
        others = [header for header in capture.headers if header[0].lower() != TRUNCATED.lower()]
        self._write(replace(capture, headers=sendable(others)), original, None, truncated)
        self.bytes += len(capture.content)

    def _write(self, capture: Capture, held: Held | None, reason: str | None, truncated: str | None) -> None:
        kind = "response" if capture.revisit_of is None else "revisit"
        named = _named(kind, capture.id, capture.fetched_at)
        named.append(("WARC-Target-URI", _line(capture.url)))
        named.append(("WARC-Payload-Digest", capture.digest))
        if truncated:
            named.append((TRUNCATED, truncated))
        if capture.revisit_of is not None:
            not_modified = capture.status == HTTPStatus.NOT_MODIFIED
            named.append(("WARC-Profile", _NOT_MODIFIED if not_modified else _SAME_BYTES))
            named.append(("WARC-Refers-To", f"<{capture.revisit_of}>"))
            if held:
                named.append(("WARC-Refers-To-Target-URI", _line(held.url)))
                named.append(("WARC-Refers-To-Date", _instant(held.fetched_at)))
        head = http_head(capture.status, reason, capture.headers)
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


def _named(kind: str, identity: str, at: datetime) -> list[tuple[str, str]]:
    return [("WARC-Type", kind), ("WARC-Record-ID", f"<{identity}>"), ("WARC-Date", _instant(at))]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _line(text: str) -> str:
    """A text that cannot end a header line early."""
    return re.sub(r"[\r\n]+", " ", text).strip()


def http_head(status: int, reason: str | None, headers: Headers) -> bytes:
    """The status line and the headers of an answer, as they stand in a record."""
    if reason is None:
        reason = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    lines = [f"HTTP/1.1 {status:03} {_line(reason)}", *(f"{key}: {value}" for key, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

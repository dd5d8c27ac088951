"""WARC files as Common Crawl writes them, of made-up pages: what it has besides, too.

Its form: WARC/1.0, a gzip member a record; for each page a request, a response and a metadata record;
digests are SHA-1 in Base32; the body is decoded, its encoding and length as sent stand in X-Crawl- headers.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

SITE = "https://www.dawn.com"
AT = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Page:
    """One response; `record` is what its record's id counts from."""

    url: str
    body: bytes
    record: int
    at: datetime = AT
    status: str = "200 OK"
    media_type: str = HTML
    truncated: str | None = None
    identity: str | None = None

    @property
    def record_id(self) -> str:
        return self.identity or UUID(int=self.record).urn


def crawled(pages: Iterable[Page], gzipped: bool = True) -> bytes:
    """The file of these pages."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=gzipped, warc_version="1.0")
    about = {"software": "Apache Nutch", "isPartOf": "CC-MAIN-2026-11", "format": "WARC File Format 1.0"}
    writer.write_record(writer.create_warcinfo_record("CC-MAIN-1.warc.gz", about))
    for page in pages:
        date = {"WARC-Date": page.at.strftime("%Y-%m-%dT%H:%M:%SZ"), "WARC-IP-Address": "192.0.2.1"}
        asked = StatusAndHeaders("GET / HTTP/1.1", [("User-Agent", "CCBot/2.0")], is_http_request=True)
        writer.write_record(
            writer.create_warc_record(page.url, "request", http_headers=asked, warc_headers_dict=date)
        )
        sent = [
            ("Content-Type", page.media_type),
            ("X-Crawl-Content-Encoding", "gzip"),
            ("X-Crawl-Content-Length", str(len(gzip.compress(page.body)))),
            ("X-Crawl-Transfer-Encoding", "chunked"),
            ("Content-Length", str(len(page.body))),
        ]
        named = date | {
            "WARC-Record-ID": f"<{page.record_id}>",
            "WARC-Identified-Payload-Type": "text/html",
        }
        if page.truncated:
            named["WARC-Truncated"] = page.truncated
        record = writer.create_warc_record(
            page.url,
            "response",
            payload=BytesIO(page.body),
            length=len(page.body),
            http_headers=StatusAndHeaders(page.status, sent, protocol="HTTP/1.1"),
            warc_headers_dict=named,
        )
        writer.write_record(record)
        writer.write_record(
            writer.create_warc_record(
                page.url,
                "metadata",
                payload=BytesIO(b"fetchTimeMs: 91\r\n"),
                length=17,
                warc_headers_dict=date,
            )
        )
    return out.getvalue()


def revisit(
    url: str, of: str, record: int, at: datetime = AT, digest: str = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
) -> bytes:
    """A revisit record, as crawlers write it that find bytes unchanged: one gzip member."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.0")
    named = {
        "WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "WARC-Record-ID": f"<{UUID(int=record).urn}>",
        "WARC-Refers-To": f"<{of}>",
    }
    head = StatusAndHeaders("200 OK", [("Content-Type", HTML)], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_revisit_record(
            url, digest, url, "2026-03-09T12:00:00Z", http_headers=head, warc_headers_dict=named
        )
    )
    return out.getvalue()


def numbered(bodies: Sequence[tuple[str, bytes]], first: int = 1) -> list[Page]:
    """A page for each (address, body), a second after the one before it."""
    return [Page(url, body, n, AT + timedelta(seconds=n)) for n, (url, body) in enumerate(bodies, first)]


def written(path: Path, pages: Iterable[Page], gzipped: bool = True) -> Path:
    path.write_bytes(crawled(pages, gzipped))
    return path

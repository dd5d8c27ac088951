"""A WARC file read in ranges says what it says in one go: whatever the ranges, and whatever the file."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawlers import ranges as ranges_module
from crawlers.archive import ArchiveWriter
from crawlers.items import Capture
from crawlers.ranges import Joining, Range, first_record, ranges, read_part
from crawlers.reading import Tally, read

AT = datetime(2026, 3, 9, 4, 5, 6, tzinfo=UTC)
URL = "http://127.0.0.1:1/news/{}"
NOISE = random.Random(7)


def noise(length: int) -> bytes:
    return NOISE.randbytes(length)


def said(capture: Capture) -> list[bytes]:
    """All of a capture, as two lines."""
    return [repr(capture).encode() + b"\n", b"and this\n"]


def in_one_go(path: Path) -> tuple[list[bytes], Tally]:
    reading = read(path)
    return [line for capture in reading for line in said(capture)], reading.tally


def in_ranges(path: Path, size: int, cut: int | None = None) -> tuple[list[bytes], Tally, int]:
    """In ranges of so many bytes; or in two, the second from `cut` on."""
    joining = Joining(path, said)
    lines: list[bytes] = []
    two = [Range(path, 0, cut), Range(path, cut, path.stat().st_size)] if cut else []
    for stretch in two or ranges(path, 1, size):
        if not joining.over(stretch):
            lines += joining.take(stretch, read_part(stretch, said))
    return lines, joining.tally, joining.again


def check(path: Path, sizes: Iterable[int] = (), cuts: Iterable[int] = ()) -> int:
    """How many ranges had to be read again in all; every outcome is that of reading in one go."""
    expected = in_one_go(path)
    again = 0
    for size, cut in [*((size, None) for size in sizes), *((1, cut) for cut in cuts)]:
        *outcome, times = in_ranges(path, size, cut)
        assert tuple(outcome) == expected, (size, cut)
        again += times
    return again


def ours(path: Path, bodies: list[bytes]) -> bytes:
    with ArchiveWriter(path) as archive:
        for n, body in enumerate(bodies):
            archive.write(URL.format(n // 2), 200, [("Content-Type", "text/html")], body, AT)
    return path.read_bytes()


def theirs(bodies: list[bytes], zipped: bool) -> bytes:
    """A file as warcio makes it: SHA-1 digests, requests, metadata, revisits that name no original."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=zipped)
    writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "another"}))
    for n, body in enumerate(bodies):
        asked = StatusAndHeaders(f"GET /{n} HTTP/1.0", [("Host", "x")], is_http_request=True)
        http = StatusAndHeaders("200 OK", [], protocol="HTTP/1.0")
        record = writer.create_warc_record(
            URL.format(n), "response", payload=BytesIO(body), length=len(body), http_headers=http
        )
        writer.write_record(writer.create_warc_record(URL.format(n), "request", http_headers=asked))
        writer.write_record(record)
        declared = record.rec_headers.get_header("WARC-Payload-Digest")
        for known in (declared, "sha1:" + "A" * 32):
            http = StatusAndHeaders("200 OK", [], protocol="HTTP/1.0")
            again = writer.create_revisit_record(
                URL.format(n), known, URL.format(n), "2026-03-09T00:00:00Z", http_headers=http
            )
            writer.write_record(again)
    return out.getvalue()


def members(content: bytes) -> list[bytes]:
    """A gzip file cut into its members."""
    parts = []
    while content:
        member = zlib.decompressobj(wbits=31)
        member.decompress(content)
        parts.append(content[: len(content) - len(member.unused_data)])
        content = member.unused_data
    return parts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.warc.gz"


BODIES = [b"<p>one</p>", b"<p>two</p>" * 30, b"<p>two</p>" * 30, b"", b"<p>last</p>"]


SIZES = (1, 2, 5, 17, 64, 199, 500, 1000, 4000)


def test_a_file_of_ours_cut_at_every_byte(path: Path) -> None:
    whole = ours(path, BODIES)
    assert check(path, SIZES, range(1, len(whole))) == 0, "nothing needs to be read twice"


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_of_others_cut_at_every_byte(path: Path, zipped: bool) -> None:
    whole = theirs(BODIES[:3], zipped)
    path.write_bytes(whole)
    tally = in_one_go(path)[1]
    assert (tally.captures, tally.revisits, tally.skipped) == (6, 3, 3)
    assert check(path, SIZES, range(1, len(whole), 2)) == 0


def test_a_torn_end_is_counted_once_and_nothing_comes_after_it(path: Path) -> None:
    whole = ours(path, BODIES[:3])
    for length in range(len(whole) - 700, len(whole), 3):
        path.write_bytes(whole[:length])
        check(path, (64, len(whole)), (length - 1, len(whole) - 800))


def test_records_after_a_damaged_one_are_as_lost_as_in_one_go(path: Path) -> None:
    parts = members(ours(path, BODIES))
    damaged = bytearray(parts[2])
    damaged[len(damaged) // 2] ^= 0x55
    for broken in (bytes(damaged), parts[2][:-3], b"junk", b"\r\n", parts[2] + b"\0" * 512):
        path.write_bytes(b"".join([*parts[:2], broken, *parts[3:]]))
        assert in_one_go(path)[1].torn == 1
        check(path, (1, 7, 64, 300, 10_000))


def test_a_record_inside_a_page_is_not_taken_for_one(path: Path) -> None:
    """A page that holds WARC files: stored bytes are not packed further, so their gzip members show."""
    inner = ours(path.with_name("inner.warc.gz"), [noise(300), b"<p>planted</p>"])
    body = noise(3000) + inner + noise(3000) + inner
    parts = members(ours(path, [b"<p>before</p>", body, b"<p>after</p>"]))
    whole = b"".join(gzip.compress(zlib.decompress(part, wbits=31), compresslevel=0) for part in parts)
    path.write_bytes(whole)
    planted = whole.index(inner)
    assert first_record(Range(path, planted - 100, len(whole))) == planted, "it does look like one"
    check(path, (150, 400, 900, len(whole)), range(1, len(whole), 31))
    _, _, again = in_ranges(path, 1, planted - 10)
    assert again > 0, "and is found out"


def test_a_record_inside_a_page_of_a_plain_file(path: Path) -> None:
    inner = theirs([b"<p>planted</p>"], zipped=False)
    whole = theirs([b"<p>before</p>", b"page\r\n\r\n" + inner + noise(200), b"<p>after</p>"], zipped=False)
    path.write_bytes(whole)
    assert check(path, (50, 300, 2000, len(whole)), range(1, len(whole), 17)) > 0


EMPTY = gzip.compress(b"", mtime=0)


def bgzf(content: bytes) -> bytes:
    """Gzip members of 200 bytes each, wherever records end: as bgzip makes them."""
    return b"".join(gzip.compress(content[at : at + 200], mtime=0) for at in range(0, len(content), 200))


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        lambda plain: gzip.compress(plain[:1500]) + gzip.compress(plain[1500:]),
        bgzf,
        lambda plain: theirs(BODIES[:2], True) + gzip.compress(plain) + theirs(BODIES, True),
        lambda plain: plain + theirs(BODIES, True),
        lambda plain: theirs(BODIES, True) + plain,
        lambda _: EMPTY.join([theirs(BODIES, True), theirs(BODIES[:2], True), b""]),
    ],
    ids=["one member", "two", "bgzf", "one of many", "plain first", "plain last", "empty members"],
)
def test_records_that_are_not_packed_one_by_one_are_read_in_order(
    path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path.write_bytes(pack(theirs(BODIES[:3], zipped=False)))
    check(path, (1, 17, 100, 500, 2000, 1_000_000))


@pytest.mark.parametrize("blank", [b"\r\n", b"\n", b"\r\n\r\n\r\n"])
def test_more_blank_lines_than_there_should_be(path: Path, blank: bytes) -> None:
    parts = members(theirs(BODIES[:2], zipped=True))
    path.write_bytes(b"".join(gzip.compress(zlib.decompress(part, wbits=31) + blank) for part in parts))
    assert in_one_go(path)[1].torn == 0
    check(path, (1, 50, 300, 5000))
    path.write_bytes(b"".join(zlib.decompress(part, wbits=31) + blank for part in parts))
    assert in_one_go(path)[1].torn == 0
    check(path, (1, 50, 300, 5000))


def test_records_longer_than_ranges_and_than_what_is_searched_at_once(path: Path) -> None:
    ours(path, [noise(700_000), b"<p>two</p>", noise(1_500_000), b"<p>three</p>" * 9, noise(200_000)])
    assert check(path, (70_000, 262_144, 400_000, 3_000_000)) == 0
    path.write_bytes(theirs([noise(700_000), b"<p>two</p>", noise(600_000)], zipped=False))
    assert check(path, (70_000, 262_144, 400_000, 3_000_000)) == 0


def test_a_part_holds_only_so_much(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours(path, BODIES * 20)
    monkeypatch.setattr(ranges_module, "_MUCH", 2000)
    part = read_part(ranges(path, 1, 1 << 20)[0], said)
    assert 2000 < sum(map(len, part.lines)) < 4000 and part.stopped
    assert check(path, (1000, 1 << 20)) > 0


def test_there_are_some_ranges_for_each_job_and_none_is_long(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    made = ranges(path, 2)
    assert made[0].first == 0 and made[-1].last == 500_000_000
    assert all(one.last == two.first for one, two in pairwise(made))
    assert max(one.last - one.first for one in made) <= 4 << 20
    with path.open("wb") as file:
        file.truncate(8_000_000)
    assert len(ranges(path, 4)) >= 16
    path.write_bytes(b"")
    assert ranges(path, 2) == []


PIECES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"\x1f\x8b\x08",
            b"\r\n\r\nWARC/1.0\r\n",
            gzip.compress(b"WARC/1.1\r\nplanted", mtime=0),
            gzip.compress(b"WARC/1.0\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n", mtime=0),
            EMPTY,
            b"\r\n",
        ]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(PIECES, st.lists(PIECES, max_size=4).map(b"".join)), max_size=5),
    st.sampled_from(["ours", "theirs", "plain", "mixed", "one"]),
    st.one_of(st.none(), st.binary(max_size=20)),
    st.integers(0, 2000),
    st.integers(1, 3000),
)
def test_any_file_in_any_ranges(
    tmp_path: Path, bodies: list[bytes], form: str, junk: bytes | None, cut: int, size: int
) -> None:
    path = tmp_path / "any.warc.gz"
    path.unlink(missing_ok=True)
    content = {
        "ours": lambda: ours(path, bodies),
        "theirs": lambda: theirs(bodies, True),
        "plain": lambda: theirs(bodies, False),
        "mixed": lambda: b"".join([*members(theirs(bodies, True)), gzip.compress(theirs(bodies, False))]),
        "one": lambda: gzip.compress(theirs(bodies, False)),
    }[form]()
    if junk is not None:  # bytes lost and others in their place
        content = content[:cut] + junk + content[cut + 10 :]
    path.write_bytes(content)
    *outcome, _ = in_ranges(path, size)
    assert tuple(outcome) == in_one_go(path)

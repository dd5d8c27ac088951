"""The archive: what is written reads back, here and elsewhere, and a torn end costs one record."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawlers.archive import ArchiveWriter, Held
from crawlers.extract import extract
from crawlers.items import Article, Reason, Rejection
from crawlers.payload import Fault, decoded
from crawlers.ranges import Joining, ranges, read_part
from crawlers.reading import digest, read
from crawlers.saved import read_files
from crawlers.site import MAX_PAGE_BYTES
from tests.crawlers.paper import capture, page

AT = datetime(2026, 3, 9, 4, 5, 6, 789012, tzinfo=UTC)
PAGE = "http://127.0.0.1:1/news/1907269"


def write(path: Path, bodies: list[bytes], payloads: dict[str, Held] | None = None) -> list[int]:
    """The file's size after each record, from the first response's on."""
    sizes = []
    with ArchiveWriter(path, facts={"operator": "somebody"}, payloads=payloads) as archive:
        for body in bodies:
            archive.write(PAGE, 200, [("Content-Type", "text/html")], body, AT)
            sizes.append(path.stat().st_size)
    return sizes


def test_an_existing_file_is_never_opened(tmp_path: Path) -> None:
    write(tmp_path / "a.warc.gz", [b"x"])
    before = (tmp_path / "a.warc.gz").read_bytes()
    with pytest.raises(FileExistsError):
        ArchiveWriter(tmp_path / "a.warc.gz")
    assert (tmp_path / "a.warc.gz").read_bytes() == before


def test_what_is_written_is_on_the_disk_at_once_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    body = gzip.compress(b"<p>a page</p>")
    archive = ArchiveWriter(path)
    headers = [("Content-Encoding", "gzip"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X", "caf\xe9")]
    written = archive.write(PAGE, 200, headers, body, AT)
    [read_back] = read(path)  # before the writer is closed
    archive.close()
    assert read_back == written
    assert read_back.content == body
    assert read_back.fetched_at == AT
    assert read_back.headers == tuple(headers)
    assert read_back.digest == "sha256:" + hashlib.sha256(body).hexdigest()
    assert read_back.id.startswith("urn:uuid:")


def test_the_same_bytes_again_are_a_revisit_and_an_empty_body_never_is(tmp_path: Path) -> None:
    held = Held("urn:uuid:1", PAGE, AT)
    path = tmp_path / "a.warc.gz"
    write(path, [b"one", b"", b"one", b"", b"held before"], {digest(b"held before"): held})
    first, empty, again, empty_again, known = read(path)
    assert (again.revisit_of, again.content, again.digest) == (first.id, b"", first.digest)
    assert empty.revisit_of is empty_again.revisit_of is None
    assert known.revisit_of == held.capture_id
    with path.open("rb") as file:
        revisits = [record.rec_headers for record in ArchiveIterator(file) if record.rec_type == "revisit"]
    assert revisits[0].get_header("WARC-Refers-To") == f"<{first.id}>"
    assert revisits[1].get_header("WARC-Refers-To-Target-URI") == held.url
    assert revisits[1].get_header("WARC-Refers-To-Date") == "2026-03-09T04:05:06.789012Z"
    assert revisits[1].get_header("WARC-Profile").endswith("/revisit/identical-payload-digest")


def test_the_same_bytes_of_another_address_are_no_revisit(tmp_path: Path) -> None:
    elsewhere = Held("urn:uuid:1", f"{PAGE}/other", AT)
    with ArchiveWriter(tmp_path / "a.warc.gz", payloads={digest(b"not found"): elsewhere}) as archive:
        for address in (PAGE, f"{PAGE}0"):
            assert archive.write(address, 404, [], b"not found", AT).revisit_of is None


def test_warcio_finds_nothing_wrong_and_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, [b"one", b"two" * 9999, b"one", b""])
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("digest pass") == 4  # warcinfo and three responses
    with path.open("rb") as file:
        records = [(record.rec_type, record.raw_stream.read()) for record in ArchiveIterator(file)]
    assert [kind for kind, _ in records] == ["warcinfo", "response", "response", "revisit", "response"]
    assert b"operator: somebody" in records[0][1]
    assert [content for _, content in records[1:]] == [b"one", b"two" * 9999, b"", b""]


def test_a_file_cut_at_any_byte_of_its_last_record_gives_all_before_it(tmp_path: Path) -> None:
    path, torn = tmp_path / "a.warc.gz", tmp_path / "torn.warc.gz"
    sizes = write(path, [b"first", b"second" * 50, b"third" * 20])
    whole = path.read_bytes()
    expected = list(read(path))
    for cut in range(sizes[1] + 1, sizes[2]):
        torn.write_bytes(whole[:cut])
        reading = read(torn)
        assert list(reading) == expected[:2], cut
        assert reading.torn == 1, cut
    for cut, count in ((sizes[1], 2), (sizes[2], 3)):
        torn.write_bytes(whole[:cut])
        reading = read(torn)
        assert (list(reading), reading.torn) == (expected[:count], 0)


def test_a_file_cut_in_its_first_record_or_empty_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    write(path, [])
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:cut])
        reading = read(path)
        assert (list(reading), reading.torn) == ([], 1), cut
    path.write_bytes(b"")
    reading = read(path)
    assert (list(reading), reading.torn) == ([], 0)


def test_a_flipped_byte_is_never_read_as_a_page(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    sizes = write(path, [b"first", b"second" * 50])
    whole = bytearray(path.read_bytes())
    expected = list(read(path))
    for at in range(sizes[0] + 10, sizes[1]):
        flipped = whole.copy()
        flipped[at] ^= 0x55
        path.write_bytes(flipped)
        reading = read(path)
        # The last bits of a deflate stream are padding, and may be anything.
        assert (list(reading), reading.torn) in ((expected[:1], 1), (expected, 0)), at


def foreign(gzipped: bool) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=gzipped)
    writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "another"}))

    def http(*headers: tuple[str, str]) -> StatusAndHeaders:
        return StatusAndHeaders("200 OK", list(headers), protocol="HTTP/1.0")

    body = b"<p>foreign</p>"
    chunked = b"5;x=1\r\n<p>fo\r\n9\r\nreign</p>\r\n0\r\n\r\n"
    request = StatusAndHeaders("GET / HTTP/1.0", [("Host", "x")], is_http_request=True)
    writer.write_record(writer.create_warc_record(PAGE, "request", http_headers=request))
    writer.write_record(
        writer.create_warc_record(PAGE, "response", payload=BytesIO(body), length=14, http_headers=http())
    )
    for sent in (chunked, body):  # with the chunks, and with the header alone
        headers = http(("Transfer-Encoding", "chunked"))
        writer.write_record(
            writer.create_warc_record(
                PAGE, "response", payload=BytesIO(sent), length=len(sent), http_headers=headers
            )
        )
    writer.write_record(writer.create_warc_record(PAGE, "metadata", payload=BytesIO(b"a: b"), length=4))
    writer.write_record(writer.create_warc_record("dns:x", "response", payload=BytesIO(b"1 2"), length=3))
    declared = "sha1:" + writer._create_digester().__class__("sha1").__str__().removeprefix("sha1:")
    writer.write_record(
        writer.create_revisit_record(PAGE, declared, PAGE, "2026-03-09T00:00:00Z", http_headers=http())
    )
    return out.getvalue()


@pytest.mark.parametrize("form", ["gzip by record", "plain", "gzip in one piece"])
def test_files_that_others_made_are_read(tmp_path: Path, form: str) -> None:
    path = tmp_path / "foreign.warc.gz"
    plain = foreign(gzipped=form == "gzip by record")
    path.write_bytes(gzip.compress(plain) if form == "gzip in one piece" else plain)
    reading = read(path)
    captures = list(reading)
    assert [capture.content for capture in captures] == [b"<p>foreign</p>"] * 3
    assert all(capture.header("Transfer-Encoding") is None for capture in captures)
    assert {capture.digest for capture in captures} == {digest(b"<p>foreign</p>")}
    assert (reading.torn, reading.skipped) == (0, 1)  # a revisit of something that lies elsewhere


def record(*named: str, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n<p>x</p>", **replaced: str) -> bytes:
    """A plain response record as others might write it, with these headers more or in place of the usual."""
    usual = {
        "WARC-Type": "response",
        "WARC-Record-ID": "<urn:uuid:1>",
        "WARC-Target-URI": PAGE,
        "WARC-Date": "2026-03-09T04:05:06Z",
        "Content-Length": str(len(answer)),
    } | {name.replace("_", "-"): value for name, value in replaced.items()}
    lines = ["WARC/1.0", *(f"{name}: {value}" for name, value in usual.items()), *named]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer + b"\r\n\r\n"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("length", ["-1", "-5", "-0x1", "five", ""])
def test_a_record_without_a_length_ends_the_file_and_reading_with_it(tmp_path: Path, length: str) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(record() + record(Content_Length=length) + record())
    reading = read(path)
    assert (len(list(reading)), reading.torn) == (1, 1)


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", ""]
)
def test_a_record_without_a_time_that_there_is_is_skipped(tmp_path: Path, date: str) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(record() + record(WARC_Date=date) + record())
    reading = read(path)
    assert (len(list(reading)), reading.torn, reading.skipped) == (2, 0, 1)


STORY = page("<p>The first paragraph.</p><p>The second, which must not be missing.</p>").encode()


def answer(body: bytes, *headers: str, end: str = "\r\n") -> bytes:
    """A page as a server sends it."""
    return end.join(["HTTP/1.1 200 OK", "Content-Type: text/html", *headers, "", ""]).encode() + body


def chunks(body: bytes, size: int = 300) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])


def result_of(path: Path, content: bytes) -> Article | Rejection:
    """What the one page of a file is read as; and it is read as the same once it was written by us."""
    path.write_bytes(content)
    [found] = read(path)
    again = path.with_name("again.warc.gz")
    with ArchiveWriter(again) as archive:
        archive.write(found.url, found.status, found.headers, found.content, found.fetched_at)
    result = extract(found)
    assert [extract(each) for each in read(again)] == [result]
    again.unlink()
    return result


DAWN = "https://www.dawn.com/news/2000500/made-up"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "content",
    [
        record("WARC-Truncated: length", answer=answer(STORY[:-400]), WARC_Target_URI=DAWN),
        record("WARC-Truncated: disconnect", answer=answer(chunks(STORY), CHUNKED), WARC_Target_URI=DAWN),
        record("WARC-Segment-Number: 1", answer=answer(STORY), WARC_Target_URI=DAWN),
        record(answer=answer(chunks(STORY).removesuffix(b"0\r\n\r\n"), CHUNKED), WARC_Target_URI=DAWN),
        record(answer=answer(chunks(STORY)[:-500], CHUNKED), WARC_Target_URI=DAWN),
    ],
    ids=["cut", "cut, all chunks", "a segment", "no last chunk", "cut in a chunk"],
)
def test_a_page_that_was_cut_is_a_failure_and_no_page(tmp_path: Path, content: bytes) -> None:
    result = result_of(tmp_path / "a.warc", content)
    assert isinstance(result, Rejection)
    assert (result.reason, result.reason.final) == (Reason.PARTIAL, False)
    assert result.detail.startswith("the body was cut when it was recorded: ")


def test_a_page_of_ours_that_was_cut_says_so_when_it_is_read(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.warc.gz") as archive:
        archive.write(DAWN, 200, [("Content-Type", "text/html")], STORY, AT, truncated="disconnect")
    [cut] = read(tmp_path / "a.warc.gz")
    assert cut.content == STORY and cut.header("WARC-Truncated") == "disconnect"
    assert decoded(cut) == Fault(Reason.PARTIAL, "the body was cut when it was recorded: disconnect")


BROTLI, ZSTD = brotli.compress(STORY), zstd.compress(STORY)


@pytest.mark.parametrize(
    "sent",
    [
        answer(STORY, end="\n"),
        answer(b"\r\n\r\n" + STORY, end="\n"),
        answer(gzip.compress(gzip.compress(STORY)), "Content-Encoding: gzip", "Content-Encoding: gzip"),
        answer(zlib.compress(gzip.compress(STORY)), "content-encoding: gzip", "Content-Encoding: deflate"),
        answer(chunks(gzip.compress(STORY)), "Transfer-Encoding: gzip, chunked"),
        answer(chunks(gzip.compress(STORY)), "Transfer-Encoding: gzip", CHUNKED),
        answer(
            chunks(zlib.compress(BROTLI)), "Content-Encoding: br", "Transfer-Encoding: deflate;q=1,chunked"
        ),
        answer(gzip.compress(STORY), "Transfer-Encoding: gzip"),
        answer(STORY, "Transfer-Encoding: gzip, chunked"),
        answer(STORY, "Transfer-Encoding: identity"),
        answer(BROTLI, "Content-Encoding: br"),
        answer(STORY, "Content-Encoding: br"),
        answer(ZSTD, "Content-Encoding: zstd"),
        answer(STORY, "Content-Encoding: zstd"),
        answer(STORY.decode().replace("utf-8", "utf-16").encode("utf-16")),
    ],
)
def test_answers_in_all_the_forms_that_others_write_are_read(tmp_path: Path, sent: bytes) -> None:
    expected = result_of(tmp_path / "a.warc", record(answer=answer(STORY), WARC_Target_URI=DAWN))
    assert isinstance(expected, Article) and "must not be missing" in expected.body
    assert result_of(tmp_path / "b.warc", record(answer=sent, WARC_Target_URI=DAWN)) == expected


@pytest.mark.parametrize(
    ("sent", "coding", "said"),
    [
        (BROTLI[:-20], "br", "the br body breaks off"),
        (BROTLI[:100] + bytes(30) + BROTLI[130:], "br", "the br body"),
        (b"", "br", "the br body breaks off"),
        (ZSTD[:-20], "zstd", "the zstd body breaks off"),
        (b"words", "zstd", "the zstd body is damaged"),
        (ZSTD + ZSTD, "zstd", "the zstd body goes on"),
        (b"", "zstd", "the zstd body breaks off"),
    ],
)
def test_a_packed_body_that_is_not_whole_is_partial(sent: bytes, coding: str, said: str) -> None:
    fault = decoded(capture(sent, Content_Encoding=coding))
    assert isinstance(fault, Fault) and fault.reason is Reason.PARTIAL
    assert fault.detail.startswith(said)


@pytest.mark.parametrize(
    ("pack", "coding"),
    [(partial(brotli.compress, quality=1), "br"), (zstd.compress, "zstd")],
    ids=["br", "zstd"],
)
def test_never_more_is_unpacked_than_a_page_can_have(pack: Callable[[bytes], bytes], coding: str) -> None:
    largest, bomb = pack(bytes(MAX_PAGE_BYTES)), pack(bytes(20 * MAX_PAGE_BYTES))
    assert decoded(capture(largest, Content_Encoding=coding)) == bytes(MAX_PAGE_BYTES)
    tracemalloc.start()
    fault = decoded(capture(bomb, Content_Encoding=coding))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(fault, Fault) and fault.reason is Reason.TOO_LARGE
    assert most < 5 * MAX_PAGE_BYTES


@pytest.mark.parametrize("before", [b"\r\n", b"\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n\r\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_blank_lines_and_a_mark_before_the_first_record(
    tmp_path: Path, before: bytes, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(pack(before + 2 * record(answer=answer(STORY), WARC_Target_URI=DAWN)))
    reading = read(path)
    assert (len(list(reading)), reading.torn) == (2, 0)
    assert len(list(read_files([path]))) == 2
    for size in (7, 300, 4000):
        joining = Joining(path, lambda found: [found.content])
        taken = [joining.take(part, read_part(part, joining.work)) for part in ranges(path, 1, size)]
        assert [line for lines in taken for line in lines] == [STORY, STORY]


NAMES = st.text("abcXYZ-_09", min_size=1, max_size=12)
VALUES = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f\x85"), max_size=40
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(100, 599),
    st.lists(st.tuples(NAMES, VALUES.map(lambda value: value.strip(" \t")))),
    st.binary(max_size=300),
    st.binary(max_size=300),
)
def test_any_response_comes_back_as_it_came(
    tmp_path: Path, status: int, headers: list[tuple[str, str]], body: bytes, other: bytes
) -> None:
    path = tmp_path / "any.warc.gz"
    path.unlink(missing_ok=True)
    with ArchiveWriter(path) as archive:
        one = archive.write(PAGE, status, headers, body, AT)
        two = archive.write(PAGE, status, headers, b"\r\n\r\n" + other, AT)
    reading = read(path)
    assert list(reading) == [one, two]
    assert (one.status, one.content, one.headers) == (status, body, tuple(headers))
    assert (reading.torn, reading.skipped) == (0, 0)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_header_can_break_a_record(tmp_path: Path, key: str, value: str, reason: str) -> None:
    path = tmp_path / "any.warc.gz"
    path.unlink(missing_ok=True)
    with ArchiveWriter(path) as archive:
        one = archive.write(PAGE, 200, [(key, value), ("A", "b")], b"body", AT, reason=reason)
    reading = read(path)
    [back] = reading
    assert (back.status, back.content, back.header("A") is not None) == (200, b"body", True)
    assert back.id == one.id


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_no_bytes_make_reading_raise(tmp_path: Path, junk: bytes, warc: bool, zipped: bool) -> None:
    path = tmp_path / "junk.warc.gz"
    content = (b"WARC/1.0\r\nWARC-Type: response\r\n" if warc else b"") + junk
    path.write_bytes(gzip.compress(content) if zipped else content)
    assert list(read(path)) == []

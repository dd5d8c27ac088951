"""Where a record lies: the command line that is told prints exactly that record."""

from __future__ import annotations

import gzip
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.archive import ArchiveWriter
from crawlers.packs import compact
from crawlers.places import capture_of, places
from crawlers.reading import read

AT = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
PAGES = [f"<p>Page {n}. {'word ' * n * 400}</p>".encode() for n in range(4)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "it's a run.warc.gz"
    with ArchiveWriter(path) as writer:
        for n, page in enumerate(PAGES):
            writer.write(f"http://site/news/{n}", 200, [("Content-Type", "text/html")], page, AT)
        writer.write("http://site/news/0", 200, [("Content-Type", "text/html")], PAGES[0], AT)  # a revisit
    return path


def printed(command: str) -> bytes:
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout


@pytest.mark.parametrize("zipped", [True, False])
def test_the_command_prints_the_record_and_nothing_else(archive: Path, zipped: bool) -> None:
    captures = list(read(archive))
    path = archive
    if not zipped:
        path = archive.with_name("plain run.warc")
        path.write_bytes(gzip.decompress(archive.read_bytes()))
    found = places([path], [capture.id for capture in captures])
    assert len(found) == 5
    for capture in captures:
        lying = found[capture.id]
        assert (lying.path, lying.zipped) == (path, zipped)
        record = printed(lying.command)
        assert record.startswith(b"WARC/1.1\r\n")
        assert record.count(b"WARC/1.1\r\n") == 1
        assert capture.id.encode() in record
        assert record.endswith(b"\r\n\r\n" + capture.content + b"\r\n\r\n")
    lengths = [found[capture.id].length or 0 for capture in captures]
    first = min(lying.offset for lying in found.values())
    assert first + sum(lengths) == path.stat().st_size, "they lie one behind the other"


def test_the_file_named_first_wins_and_the_rest_is_not_read(archive: Path, tmp_path: Path) -> None:
    copied = tmp_path / "compacted.warc.gz"
    copied.write_bytes(archive.read_bytes())
    wanted = next(iter(read(archive))).id
    missing = tmp_path / "never there.warc.gz"
    assert places([copied, archive, missing], [wanted])[wanted].path == copied
    assert places([archive], ["urn:uuid:of another archive"]) == {}


def test_a_torn_record_has_no_place(archive: Path) -> None:
    captures = list(read(archive))
    whole = archive.read_bytes()
    last = places([archive], [captures[-1].id])[captures[-1].id]
    archive.write_bytes(whole[:-1])
    assert places([archive], [captures[-1].id]) == {}
    found = places([archive], [capture.id for capture in captures])
    assert len(found) == 4
    before = found[captures[-2].id]
    assert before.length is not None and before.offset + before.length == last.offset


def test_a_stream_of_many_records_is_named_and_not_cut(archive: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.warc.gz"
    one.write_bytes(gzip.compress(gzip.decompress(archive.read_bytes())))
    captures = list(read(one))
    lying = places([one], [captures[2].id])[captures[2].id]
    assert (lying.offset, lying.length) == (0, None)
    assert captures[2].content in printed(lying.command)


def test_a_capture_is_found_with_its_bytes_in_its_runs_file_and_in_a_pack(tmp_path: Path) -> None:
    runs = ["20260309T120000Z-a-1", "20260310T120000Z-b-2"]
    captures = {}
    for run in runs:
        with ArchiveWriter(tmp_path / f"{run}.warc.gz", facts={"isPartOf": run}) as writer:
            for n, page in enumerate(PAGES):
                text = page + run.encode()
                writer.write(f"http://site/news/{n}", 200, [("Content-Type", "text/html")], text, AT)
        captures[run] = list(read(tmp_path / f"{run}.warc.gz"))
    for packed in (False, True):
        if packed:
            assert compact(tmp_path).runs == 2
        for run, other in (runs, runs[::-1]):
            for capture in captures[run]:
                assert capture_of(tmp_path, run, capture.id) == capture
                assert capture_of(tmp_path, other, capture.id) is None
        assert capture_of(tmp_path, "20260309T120000Z-never-1", captures[runs[0]][0].id) is None
    [pack] = tmp_path.glob("*.warc.gz")
    pack.write_bytes(pack.read_bytes()[:-300])
    assert capture_of(tmp_path, runs[1], captures[runs[1]][-1].id) is None


def test_a_revisit_has_no_bytes_of_its_own(archive: Path) -> None:
    *_, revisit = read(archive)
    assert capture_of(archive.parent, "it's a run", revisit.id) is None
    assert revisit.revisit_of is not None
    original = capture_of(archive.parent, "it's a run", revisit.revisit_of)
    assert original is not None and original.content == PAGES[0]

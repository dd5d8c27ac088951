"""Whether the archive still holds what it held: seen green, and red for each thing that can be wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.flows.conftest import Backfilled, Dawn, tables

pytestmark = pytest.mark.slow


def warcs(data: Path) -> list[Path]:
    return sorted((data / "archive").glob("*.warc.gz"), key=lambda path: path.stat().st_size)


def test_a_sound_archive_is_green_and_is_not_changed(backfilled: Backfilled, dawn: Dawn) -> None:
    before = {path: path.read_bytes() for path in warcs(backfilled.data)}
    expected = tables(backfilled.data)
    asked = len(backfilled.site.requests)
    done = dawn("audit", "--data", backfilled.data)
    assert done.returncode == 0, done.stderr
    captures = len(expected["main.captures"])
    assert f"{captures} captures of {len(before)} runs" in done.stdout
    assert {path: path.read_bytes() for path in warcs(backfilled.data)} == before
    assert tables(backfilled.data) == expected
    assert len(backfilled.site.requests) == asked


def test_a_page_whose_bytes_are_others_is_named(backfilled: Backfilled, dawn: Dawn) -> None:
    """One letter of a page changed, all lengths and checksums of the file right: only the digest tells."""
    *_, largest = warcs(backfilled.data)
    said = gzip.decompress(largest.read_bytes())
    place = said.rindex(b"\r\n\r\n", 0, len(said) - 4) + 40
    largest.write_bytes(gzip.compress(said[:place] + bytes([said[place] ^ 1]) + said[place + 1 :]))
    done = dawn("audit", "--data", backfilled.data)
    assert done.returncode == 1
    assert f"damaged: {largest}" in done.stdout
    assert "1 places of the archive are damaged" in done.stderr
    assert "put the file back from a backup" in done.stderr


def test_a_file_that_breaks_off_is_named_with_what_it_lacks(backfilled: Backfilled, dawn: Dawn) -> None:
    *_, largest = warcs(backfilled.data)
    said = largest.read_bytes()
    largest.write_bytes(said[: len(said) // 2])
    done = dawn("audit", "--data", backfilled.data)
    assert done.returncode == 1
    assert f"damaged: {largest} breaks off" in done.stdout
    assert "lacking: urn:uuid:" in done.stdout


def test_captures_that_were_never_taken_in_are_named(backfilled: Backfilled, dawn: Dawn) -> None:
    """Somebody put a file behind one that was loaded long ago."""
    smallest, *_, largest = warcs(backfilled.data)
    with largest.open("ab") as file:
        file.write(smallest.read_bytes())
    done = dawn("audit", "--data", backfilled.data)
    assert done.returncode == 1
    assert "unread: urn:uuid:" in done.stdout
    assert "run `dawn replay`" in done.stderr


def test_a_file_that_is_gone_is_named(backfilled: Backfilled, dawn: Dawn) -> None:
    *_, largest = warcs(backfilled.data)
    largest.unlink()
    done = dawn("audit", "--data", backfilled.data)
    assert done.returncode == 1
    assert "lacking: urn:uuid:" in done.stdout
    assert "the archive has no bytes of" in done.stderr


def test_no_folder_is_said_in_one_line(dawn: Dawn) -> None:
    done = dawn("audit")
    assert done.returncode == 2
    assert "is no data folder yet" in done.stderr

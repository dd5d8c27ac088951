"""What can be made again is made again, and where somebody must do something, it is said what."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from crawlers.lookalike import Lookalike
from tests.flows.conftest import Dawn, stories, tables

pytestmark = pytest.mark.slow

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "torn": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "no gzip": lambda _: b"words\n",
    "a flipped byte": lambda content: content[:3000] + bytes([content[3000] ^ 0x55]) + content[3001:],
    "other lines": lambda _: gzip.compress(b"[1]\n"),
    "half a line": lambda content: gzip.compress(gzip.decompress(content)[:-9]),
}


def spoil(path: Path, how: str) -> bytes:
    before = path.read_bytes()
    path.write_bytes(DAMAGES[how](before))
    assert path.read_bytes() != before
    return before


def test_a_damaged_extract_is_made_anew(dawn: Dawn, site: Lookalike, address: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert dawn("backfill", str(site.days[0]), "--site", address, "--delay", "0").returncode == 0
    expected = stories(data)
    *_, path = sorted((data / "extracted").glob("*-stories-*"))
    for n, how in enumerate(DAMAGES):
        before = spoil(path, how)
        if n % 2:  # not loaded yet
            (data / "warehouse.duckdb").unlink()
            (data / "dawn.duckdb").unlink()
        done = dawn("replay")
        assert done.returncode == 0, (how, done.stderr)
        assert path.read_bytes() == before, how
        assert stories(data) == expected, how
    spoil(path, "torn")
    (data / "warehouse.duckdb").unlink()
    assert dawn("run", "--delay", "0").returncode == 0
    assert {row[0] for row in stories(data)} >= {row[0] for row in expected}


def middle(content: bytes) -> bytes:
    return content[:12288] + b"\xff" * (len(content) - 12288)


@pytest.mark.parametrize("how", [lambda content: content[: len(content) // 2], middle])
def test_of_a_damaged_table_file_the_next_step_is_said_and_helps(
    dawn: Dawn, site: Lookalike, address: str, tmp_path: Path, how: Callable[[bytes], bytes]
) -> None:
    data = tmp_path / "data"
    words = ("backfill", str(site.days[0]), "--delay", "0")
    assert dawn(*words, "--site", address).returncode == 0
    expected = tables(data)
    public, own = data / "dawn.duckdb", data / "warehouse.duckdb"
    public.write_bytes(how(public.read_bytes()))
    done = dawn("sql", "from articles")
    assert done.returncode == 1
    assert "data/dawn.duckdb is damaged: " in done.stderr and "delete data/dawn.duckdb and run" in done.stderr
    public.unlink()
    assert dawn("replay").returncode == 0
    assert tables(data) == expected

    own.write_bytes(how(own.read_bytes()))
    done = dawn(*words)
    assert done.returncode == 1
    assert "data/warehouse.duckdb is damaged: " in done.stderr
    assert "delete data/warehouse.duckdb and run `dawn replay`" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    own.unlink()
    assert dawn("replay").returncode == 0
    assert stories(data)


def test_a_published_file_that_does_not_open_is_published_anew(
    dawn: Dawn, site: Lookalike, address: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    words = ("backfill", str(site.days[0]), "--delay", "0")
    assert dawn(*words, "--site", address).returncode == 0
    expected = tables(data)
    (data / "dawn.duckdb").write_bytes(b"junk" * 5000)
    assert dawn(*words).returncode == 0
    assert tables(data) == expected
    (data / "dawn.duckdb").write_bytes(b"")
    assert dawn("replay").returncode == 0
    assert tables(data) == expected

"""Keeping an archive: compacted, moved, bounded; with the command as people use it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from crawlers.lookalike import Lookalike
from crawlers.packs import files, is_pack
from tests.flows.conftest import Dawn, tables

OPTIONS = ("--delay", "0")


@pytest.fixture
def day(site: Lookalike) -> str:
    return str(site.days[0])


def rows(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All tables but that which says which snapshot it is."""
    return {name: found for name, found in tables(data).items() if not name.endswith(".snapshot")}


def made_again(dawn: Dawn, data: Path) -> None:
    """Nothing; all that is a cache was deleted and made again."""
    for path in data.glob("*.duckdb*"):
        path.unlink()
    shutil.rmtree(data / "extracted")
    done = dawn("replay", "--data", data)
    assert done.returncode == 0, done.stderr


def test_a_compacted_archive_says_what_it_said(
    dawn: Dawn, site: Lookalike, address: str, day: str, tmp_path: Path
) -> None:
    data, story = tmp_path / "data", str(site.newest[0].id)
    assert dawn("backfill", day, "--site", address, *OPTIONS).returncode == 0
    made_again(dawn, data)
    before = rows(data)
    done = dawn("compact")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("files were in the archive, 1 are")
    assert [is_pack(path) for path in files(data / "archive")] == [True]
    made_again(dawn, data)
    assert rows(data) == before
    assert dawn("case", "a-case", story, "--into", "cases").returncode == 0
    assert dawn("run", *OPTIONS).returncode == 0, "new runs have files of their own, as ever"
    assert [is_pack(path) for path in files(data / "archive")] == [True, False, False]

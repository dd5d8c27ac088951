"""Keeping an archive: compacted, moved, bounded; with the command as people use it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crawlers.lookalike import Lookalike
from crawlers.packs import files, is_pack
from flows import room
from flows.folder import FolderError, open_folder
from flows.room import lack, size
from tests.flows.conftest import Dawn, tables

pytestmark = pytest.mark.slow

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


@pytest.mark.slow
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


def test_over_its_bound_a_folder_takes_nothing_and_loses_nothing(
    dawn: Dawn, site: Lookalike, address: str, day: str, tmp_path: Path
) -> None:
    options = ("--site", address, *OPTIONS)
    assert dawn("fetch", str(site.newest[0].id), *options).returncode == 0
    before, asked = rows(tmp_path / "data"), len(site.requests)
    for words, settings in ((("--max-disk", "10 kB"), {}), ((), {"DAWN_MAX_DISK": "0.00001GB"})):
        done = dawn("run", *options, *words, settings=settings)
        assert done.returncode == 1
        said = done.stderr.strip().splitlines()
        assert len(said) == 1
        assert "and 10 kB are allowed (--max-disk): nothing was fetched, nothing is lost" in said[0]
    assert len(site.requests) == asked
    assert rows(tmp_path / "data") == before
    assert dawn("run", *options, "--max-disk", "1GB").returncode == 0


@pytest.mark.parametrize(
    ("said", "many"),
    [
        ("50GB", 50_000_000_000),
        ("1.5 TB", 1_500_000_000_000),
        ("800m", 800_000_000),
        ("40GiB", 40 << 30),
        ("10 kB", 10_000),
        ("123", 123),
        ("123 bytes", 123),
    ],
)
def test_sizes_as_people_write_them(said: str, many: int) -> None:
    assert size(said) == many


@pytest.mark.parametrize("said", ["", "much", "0", "-5GB", "5 GB of it", "1e9", "nan", "5PB"])
def test_what_is_no_size_is_told(said: str) -> None:
    with pytest.raises(FolderError, match="is no size: write it like 50GB"):
        size(said)


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = open_folder(tmp_path / "data", "http://127.0.0.1:9")
    assert lack(folder, None) is None
    folder.warehouse.write_bytes(bytes(5_000_000))
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: SimpleNamespace(free=201_000_000))
    said = lack(folder, None)
    assert said is not None
    assert "is nearly full: 201 MB are free, and 205 MB are needed" in said


def documented(what: str) -> list[str]:
    """The commands that docs/keeping.md gives for this, line by line."""
    page = (Path(__file__).parents[2] / "docs/keeping.md").read_text("utf-8")
    found = re.search(rf"<!-- {what}: [^>]*-->\n```sh\n(.*?)```", page, re.DOTALL)
    assert found
    return found[1].splitlines()


@pytest.mark.slow
def test_backup_and_move_as_they_are_described(
    dawn: Dawn, site: Lookalike, address: str, day: str, tmp_path: Path
) -> None:
    """Without databases, extracts and index the same tables come back, and nothing is asked for again."""
    assert dawn("backfill", day, "--site", address, *OPTIONS).returncode == 0
    site.edit_one()
    assert dawn("run", *OPTIONS).returncode == 0
    before = rows(tmp_path / "data")
    assert dawn("compact").returncode == 0
    for line in documented("backup"):
        subprocess.run(shlex.split(line), cwd=tmp_path, check=True)
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == [
        "archive",
        "journal",
        "site.json",
    ]
    shutil.rmtree(tmp_path / "data")
    for line in documented("restore"):
        words = shlex.split(line)
        if words[0] == "dawn":
            done = dawn(*words[1:])
            assert done.returncode == 0, done.stderr
        else:
            subprocess.run(words, cwd=tmp_path, check=True)
    assert rows(tmp_path / "moved") == before
    shutil.move(tmp_path / "moved", tmp_path / "elsewhere")
    asked = len(site.requests)
    assert dawn("run", "--data", "elsewhere", *OPTIONS).returncode == 0
    assert [one.path for one in site.requests[asked:] if one.path.startswith("/news/")] == []

"""A data folder and its lake, through passes and commands: sent behind each publication, or owed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from flows import config, lakes, passes, stages
from flows.folder import DataFolder, FolderError, open_folder
from tests.flows.conftest import Backfilled, Dawn, in_folder, tables
from warehouse.checks import check
from warehouse.lake import compared
from warehouse.lake.engine import engine


@pytest.fixture
def folder(backfilled: Backfilled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """A folder for which a lake is set, which is not there yet."""
    for name, value in lake_at(tmp_path).items():
        monkeypatch.setenv(name, value)
    return open_folder(backfilled.data, backfilled.address)


def lake_at(place: Path) -> dict[str, str]:
    return {"DAWN_LAKE": str(place / "lake.ducklake"), "DAWN_LAKE_FILES": str(place / "rows")}


def differing(folder: DataFolder) -> list[str]:
    lake = lakes.lake_of(folder)
    assert lake
    return [each.name for each in compared(folder.public, lake) if not each.same]


def held(place: Path, text: str) -> bool:
    """Whether a text stands in any file of a lake, or in any row of its catalog."""
    with duckdb.connect() as con:
        for path in (place / "rows").rglob("*.parquet"):
            if any(text in str(row) for row in con.execute(f"from '{path}'").fetchall()):
                return True
        con.execute(f"attach '{place / 'lake.ducklake'}' as catalog (read_only)")
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'catalog'"
        ).fetchall()
        return any(
            text in str(row)
            for schema, name in tables
            for row in con.execute(f'from catalog."{schema}"."{name}"').fetchall()
        )


def test_nothing_of_it_is_imported_where_no_lake_is_set(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom flows import lakes, passes, stages\n"
        "from flows.folder import open_folder\n"
        f"folder = open_folder(Path({str(tmp_path / 'data')!r}), 'http://127.0.0.1:9')\n"
        "assert lakes.send(folder) is None and lakes.held(folder) is None and lakes.tidy(folder) == 0\n"
        "lakes.about_to_forget(folder)\n"
        "found = {'warehouse.lake', 'duckdb_extension_ducklake', 'botocore'} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PATH": ""})


@pytest.mark.slow
def test_a_pass_sends_what_it_published_and_the_next_what_is_owed(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with folder.crawling():
        receipt = passes.made_anew(folder)
    assert receipt.fault is None and differing(folder) == []
    note = json.loads(folder.lake_note.read_text())
    assert note == {"lake": str(tmp_path / "lake.ducklake")}

    # It cannot be had: the folder's own tables are published, and what is owed is red.
    monkeypatch.setenv("DAWN_LAKE", str(tmp_path / "nowhere" / "lake.ducklake"))
    with folder.crawling():
        receipt = passes.made_anew(folder)
    assert receipt.published
    assert receipt.fault == "1 checks are red, first: the lake holds what was published"
    (red,) = receipt.red
    assert "nowhere" in red.rows[0][1]

    # It can be had again: what it lacks is sent by the next pass, whatever that does.
    monkeypatch.setenv("DAWN_LAKE", str(tmp_path / "lake.ducklake"))
    assert [each.name for each in stages.check(folder) if not each.green] == [lakes.HELD]
    assert passes.bring(folder, [])[1].fault is None
    assert differing(folder) == [] and all(each.green for each in stages.check(folder))


def test_files_lie_in_the_store_where_nothing_else_is_said(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAWN_LAKE_FILES")
    with_store = open_folder(folder.root, folder.site, store=str(tmp_path / "store"))
    lake = lakes.lake_of(with_store)
    assert lake and lake.files == f"{tmp_path}/store/lake"
    monkeypatch.setenv("DAWN_LAKE_FILES", "s3://other/place")
    lake = lakes.lake_of(with_store)
    assert lake and lake.files == "s3://other/place"
    assert config.find("lake-files").source == "environment"


@pytest.mark.slow
def test_a_forgotten_story_is_in_no_byte_of_the_lake(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backfilled: Backfilled
) -> None:
    lakes.send(folder)
    with duckdb.connect(str(folder.public), read_only=True) as con:
        story, body = con.execute(
            "select story_id, body from articles where kind = 'news' order by story_id limit 1"
        ).fetchall()[0]
    sentence = body.split("\n\n")[1][:60]
    assert held(tmp_path, sentence)
    monkeypatch.delenv("DAWN_LAKE")
    with pytest.raises(FolderError, match=r"has sent its tables to the lake .*lake\.ducklake: name that"):
        lakes.about_to_forget(folder)
    done = in_folder(tmp_path)("forget", str(story), "--data", folder.root)
    assert done.returncode == 2 and "name that (DAWN_LAKE)" in done.stderr
    assert held(tmp_path, sentence)

    # The lake cannot be had just then: the story is gone here, and the debt stays until it is paid.
    settings = lake_at(tmp_path) | {"DAWN_LAKE": str(tmp_path / "nowhere" / "lake.ducklake")}
    done = in_folder(tmp_path)("forget", str(story), "--data", folder.root, settings=settings)
    assert done.returncode == 1 and "the lake holds what was published" in done.stderr
    assert folder.lake_debt.exists() and held(tmp_path, sentence)
    done = in_folder(tmp_path)("send", "--verify", "--data", folder.root, settings=lake_at(tmp_path))
    assert done.returncode == 0, done.stderr
    assert not folder.lake_debt.exists() and not held(tmp_path, sentence)


@pytest.mark.slow
def test_the_command(backfilled: Backfilled, tmp_path: Path) -> None:
    dawn, settings = in_folder(tmp_path), lake_at(tmp_path)
    store = str(tmp_path / "store")

    def run(*words: str | Path, code: int = 0) -> str:
        done = dawn(*words, settings=settings)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    said = run("send", "--verify", "--store", store, "--data", backfilled.data)
    assert f"rows were sent to the lake {tmp_path}/lake.ducklake" in said
    assert "tables and views are equal" in said
    said = run("send", "--data", backfilled.data)
    assert "had everything already" in said and "had it already" in said
    count = run("sql", "--format", "csv", "select count(*) from articles")
    assert count == run("sql", "--format", "csv", "select count(*) from articles", "--data", backfilled.data)
    story = run("sql", "--format", "csv", "select max(story_id) from articles").split()[-1]
    assert "every key stands once" in run("check", "--site", backfilled.address)
    assert "a field is accepted in a data folder" in run("check", "--accept", "title", code=2)
    said = run("check", "--site", "http://nobody", code=1)
    assert "holds no tables of http://nobody" in said
    run("fetch", story, "--site", backfilled.address, "--delay", "0", "--data", backfilled.data)
    assert "files fewer" in run("compact", "--data", backfilled.data)
    before = tables(backfilled.data)
    shutil.move(backfilled.data, tmp_path / "lost")
    said = run("restore", "--store", store, "--data", tmp_path / "again")
    assert "rows came from the lake" in said
    again = tables(tmp_path / "again")
    # Of what one story says the order is not kept: the lake is sorted by stories.
    assert {name: len(rows) for name, rows in again.items()} == {n: len(r) for n, r in before.items()}
    assert [name for name, rows in again.items() if rows != before[name]] == []
    assert "had it already" in run("send", "--verify", "--data", tmp_path / "again")


def test_wrong_words(dawn: Dawn, backfilled: Backfilled, tmp_path: Path) -> None:
    done = dawn("send", "--data", backfilled.data)
    assert done.returncode == 2 and "has no store and no lake" in done.stderr
    done = dawn("check", "--data", backfilled.data, settings={"DAWN_LAKE": "x.ducklake"})
    assert done.returncode == 2 and "nothing says where its rows go: set DAWN_LAKE_FILES" in done.stderr
    done = dawn("sql", "--lake", "s3://bucket/lake", "select 1")
    assert done.returncode == 2 and "is no lake: write its catalog as" in done.stderr
    done = dawn("sql", "--lake", "postgresql://d:secret@127.0.0.1:9/lake", "select 1")
    assert done.returncode == 1 and "cannot be read" in done.stderr and "secret" not in done.stderr
    done = dawn("sql", "--lake", str(tmp_path / "none.ducklake"), "select 1")
    assert done.returncode == 1 and "none.ducklake" in done.stderr
    con = engine()
    con.execute(f"attach '{tmp_path / 'none.ducklake'}' as made")
    con.close()
    done = dawn("check", "--lake", str(tmp_path / "none.ducklake"))
    assert done.returncode == 1 and "is empty: `dawn send` fills it" in done.stderr
    assert check(backfilled.data / "dawn.duckdb")

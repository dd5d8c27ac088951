"""The published tables in Python: as pandas, Polars and Arrow have them, of one publication, and harmless."""

from __future__ import annotations

import gc
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest

import warehouse
from tests.warehouse.paper import Paper, article, discovery, settled_listings
from warehouse import Archive
from warehouse.archive import View
from warehouse.database import WarehouseError
from warehouse.publish import publish
from warehouse.query import QueryError
from warehouse.search import keep_up, search

PAGE = (Path(__file__).parents[2] / "docs/python.md").read_text("utf-8")
TYPES = re.findall(
    r"^\| `(.+?)` \| `(\w+)\.(\w+)` \| `(.+?)` \| `(.+?)` \| `(.+?)` \|$", PAGE, flags=re.MULTILINE
)

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # DuckDB's own, of pandas 3.1


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A data folder of two stories, made once."""
    paper = Paper(tmp_path_factory.mktemp("once"))
    paper.run(*settled_listings(), discovery(1), discovery(2))
    paper.page(1, article(1, "Rice came.", authors=["Ann", "Bob"]))
    paper.page(2, article(2, "No water in the tanks of the town.", updated_at=None, printed_on=None))
    published(paper)
    return paper


@pytest.fixture
def paper(once: Paper, tmp_path: Path) -> Paper:
    """A copy of it for one test."""
    shutil.copytree(once.root, tmp_path / "data")
    paper = Paper(tmp_path)
    vars(paper).update(deepcopy(vars(once)) | {"root": tmp_path / "data"})
    return paper


@pytest.fixture
def data(paper: Paper) -> Path:
    return paper.root


def published(paper: Paper) -> None:
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    keep_up(paper.root / "dawn.duckdb", paper.root / "search")


def edited(paper: Paper) -> None:
    paper.run(spider="stories")
    paper.page(1, article(1, "Rice came late."))
    published(paper)


@pytest.fixture(scope="module")
def archive(once: Paper) -> Iterator[Archive]:
    with warehouse.open(once.root) as opened:
        yield opened


def test_it_has_an_attribute_for_each_table_that_people_query(archive: Archive) -> None:
    """Declared, so that an editor completes them; each explained as in the dictionary."""
    declared = {name: view for name, view in vars(Archive).items() if isinstance(view, View)}
    said = dict(
        archive.sql(
            "select table_name, meaning from dictionary where table_schema = 'main' and column_name is null"
        ).fetchall()
    )
    assert {name: view.__doc__ for name, view in declared.items()} == said
    for name in declared:
        assert getattr(archive, name).columns == archive.sql(f"from {name}").columns


@pytest.mark.parametrize(("kind", "table", "column", "pandas", "polars", "arrow"), TYPES)
def test_types_arrive_as_the_page_says(
    archive: Archive, kind: str, table: str, column: str, pandas: str, polars: str, arrow: str
) -> None:
    relation = getattr(archive, table).project(column)
    shown = str(relation.types[0]).lower().replace("timestamp with time zone", "timestamptz")
    assert shown == kind
    assert str(relation.df().dtypes[column]) == pandas
    assert str(relation.pl().schema[column]) == polars
    assert str(relation.to_arrow_table().schema.field(column).type).split("\n")[0] == arrow


def test_the_page_names_each_sort_of_type_there_is(archive: Archive) -> None:
    """Of lists and structs one each: their members are of the other sorts."""

    def sort(kind: str) -> str:
        listed = kind.endswith("[]")
        return "structs" if kind.startswith("struct") else "list" if listed else kind

    there = archive.sql(
        "select distinct lower(data_type) from dictionary"
        " where table_schema = 'main' and column_name is not null"
    )
    kinds = {kind.replace("timestamp with time zone", "timestamptz") for (kind,) in there.fetchall()}
    assert {sort(kind) for kind in kinds} == {sort(row[0]) for row in TYPES}


def test_the_same_values_in_all_three(archive: Archive) -> None:
    """Instants with their zone, days, lists, structs, and what is missing."""
    asked = archive.articles.filter("story_id = 1")
    frame, polar, table = asked.df(), asked.pl(), asked.to_arrow_table()
    assert isinstance(table, pyarrow.Table)
    (row,) = polar.to_dicts()
    (other,) = table.to_pylist()
    for found in (row, other):
        assert found["authors"] == ["Ann", "Bob"]
        assert found["bylines"] == [{"name": "AFP", "role": "agency", "url": None}]
        assert found["published_on"] == date(2026, 3, 9)
        assert found["published_at"] == datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
        assert found["published_at"].isoformat() == "2026-03-09T05:00:00+05:00"
        assert found["dateline"] is None
    assert frame["published_at"][0].isoformat() == "2026-03-09T05:00:00+05:00"
    assert frame["published_on"][0].isoformat() == "2026-03-09T00:00:00"
    assert list(frame["authors"][0]) == ["Ann", "Bob"]
    assert list(frame["bylines"][0]) == [{"name": "AFP", "role": "agency", "url": None}]
    missing = archive.articles.filter("story_id = 2")
    assert missing.df()["updated_at"].isna().all() and missing.df()["printed_on"].isna().all()
    assert missing.pl()["updated_at"].to_list() == [None]


def test_relations_go_together(archive: Archive) -> None:
    joined = archive.articles.join(archive.discoveries, "story_id").aggregate("count(*)")
    assert joined.fetchall() == [(2,)]
    assert archive.articles.filter("word_count > 5").project("story_id").fetchall() == [(2,)]


def test_search_finds_what_the_command_finds_and_as_it_ranks(archive: Archive, once: Paper) -> None:
    for words, filters in [("water OR rice", {}), ("", {"author": "Ann"}), ("nowhere", {})]:
        rows = archive.search(words, **filters).pl().to_dicts()
        hits = search(once.root, words, **filters)
        assert [(row["story_id"], row["score"]) for row in rows] == [(h.story_id, h.score) for h in hits]
    (row,) = archive.search("rice").pl().to_dicts()
    assert row == {
        "story_id": 1,
        "version": 1,
        "current": True,
        "score": row["score"],
        "url": "http://site/news/1",
        "title": "Title 1",
        "authors": ["Ann", "Bob"],
        "section": "Pakistan",
        "kind": "news",
        "published_on": date(2026, 3, 9),
        "printed_on": date(2026, 3, 9),
        "passage": "**Rice** came.",
    }
    for _ in range(2):
        in_sql = archive.sql(
            "select story_id, passage(body, 'rice') from search('rice') join articles using (story_id)"
        )
        assert in_sql.fetchall() == [(1, "**Rice** came.")]


def test_as_of_is_what_was_seen_by_then(paper: Paper, data: Path) -> None:
    edited(paper)  # seen at 08:30 UTC, the first text at 07:30
    with warehouse.open(data) as archive:
        assert archive.articles.filter("story_id = 1").project("version").fetchall() == [(2,)]
        for moment, version in [
            ("2026-03-09 13:00", [(1,)]),  # in Karachi
            ("2026-03-09T08:00:00Z", [(1,)]),
            (datetime(2026, 3, 9, 8, 0, tzinfo=UTC), [(1,)]),
            (datetime(2026, 3, 9, 13, 45), [(2,)]),  # noqa: DTZ001
            (date(2026, 3, 10), [(2,)]),
            (date(2026, 3, 9), []),
        ]:
            seen = archive.as_of(moment).filter("story_id = 1").project("version").fetchall()
            assert seen == version, moment


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("delete from core.articles", "only questions"),
        ("create temp table x as select 1", "only questions"),
        ("copy articles to 'stolen.csv'", "only questions"),
        ("set TimeZone = 'UTC'", "only questions"),
        ("select 1; select 2", "one statement"),
        ("from 'secret.csv'", "disabled"),
        ("from read_csv('secret.csv')", "disabled"),
        ("from frame", "does not exist"),
        ("select nothing from articles", "not found"),
    ],
)
def test_sql_does_nothing_but_answer(archive: Archive, question: str, said: str) -> None:
    import pandas

    frame = pandas.DataFrame({"a": [1]})
    with pytest.raises(QueryError, match="(?i)" + said) as error:
        archive.sql(question)
    assert "\n" not in str(error.value)
    assert len(frame) == 1


def test_what_is_asked_wrongly_is_one_line(archive: Archive) -> None:
    for wrong in ("never", "2026-03-09'; drop table x; --"):
        with pytest.raises(QueryError, match="timestamp"):
            archive.as_of(wrong)
    with pytest.raises(QueryError):
        archive.search("on:never")
    with pytest.raises(duckdb.Error):
        archive.articles.to_parquet(str(archive.path.parent / "stolen.parquet"))
    assert not (archive.path.parent / "stolen.parquet").exists()


def test_it_stays_what_it_was_until_it_is_refreshed(paper: Paper, data: Path) -> None:
    with warehouse.open(data) as archive, warehouse.open(data / "dawn.duckdb") as beside:
        assert not archive.refresh()
        kept = archive.articles.filter("story_id = 1").project("version")
        edited(paper)
        assert kept.fetchall() == [(1,)]
        assert archive.refresh()
        assert archive.articles.filter("story_id = 1").project("version").fetchall() == [(2,)]
        assert archive.search("late").project("version").fetchall() == [(2,)]
        assert beside.articles.filter("story_id = 1").project("version").fetchall() == [(1,)]
        with pytest.raises(duckdb.Error, match="closed"):
            kept.fetchall()


def test_closed_it_says_so(data: Path) -> None:
    archive = warehouse.open(str(data))
    assert str(data) in repr(archive)
    archive.close()
    archive.close()
    assert repr(archive).startswith("<closed")
    with pytest.raises(WarehouseError, match="was closed: open it again"):
        _ = archive.articles


def test_nothing_of_it_is_left_when_nobody_has_it(data: Path, tmp_path: Path, monkeypatch: Any) -> None:
    spills = tmp_path / "spills"
    spills.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spills))
    archive = warehouse.open(data)
    assert len(list(spills.iterdir())) == 1
    del archive
    gc.collect()
    assert list(spills.iterdir()) == []


def test_no_archive_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="is not there yet: run `dawn run`"):
        warehouse.open(tmp_path)
    with pytest.raises(AttributeError, match="no attribute 'close'"):
        _ = warehouse.close  # type: ignore[attr-defined]


def test_importing_it_imports_no_duckdb() -> None:
    asked = "print('duckdb' in sys.modules, {'open', 'Archive'} <= set(dir(warehouse)))"
    program = f"import sys, warehouse; {asked}; warehouse.open; {asked}"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == ["False True", "True True"]


def test_what_readme_and_page_show_runs_as_it_stands(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder where `data` is the archive."""
    import pandas
    import polars

    monkeypatch.chdir(data.parent)
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for text, least in ((readme, 1), (PAGE, 6)):
        known: dict[str, Any] = {}
        blocks = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
        assert len(blocks) >= least
        for block in blocks:
            exec(block, known)
            for line in block.splitlines():
                ask, _, comment = line.partition("  # a ")
                for said, kind in (("pandas D", pandas.DataFrame), ("Polars D", polars.DataFrame)):
                    if comment.startswith(said):
                        assert isinstance(eval(ask, known), kind), line
        known["archive"].close()

"""Every table and column is explained, in the database and on a page; and is a line away from a notebook."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.warehouse.paper import Paper, article, discovery, opened, rows, settled_listings
from warehouse.database import reader
from warehouse.dictionary import describe, page, superfluous, undescribed
from warehouse.publish import publish

SCHEMA = Path(__file__).parents[2] / "docs/schema.md"


@pytest.fixture
def public(paper: Paper) -> Path:
    paper.run(
        *settled_listings(),
        discovery(1, section="front-page", position=2),
        discovery(2, section="front-page", position=1),
        discovery(3),
    )
    paper.page(1, article(1, "A first story.", authors=["Ann", "Bob"]))
    paper.page(3, article(3, "A third story, by one of them.", authors=["Ann"], section="Sport"))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    return paper.root / "dawn.duckdb"


def test_no_table_and_no_column_goes_unexplained(paper: Paper) -> None:
    with opened(paper) as con:
        describe(con)
        assert undescribed(con) == []
        assert superfluous(con) == []


def test_the_comments_stand_in_the_published_file(public: Path) -> None:
    """Read from DuckDB's own catalog, apart from the view that shows them."""
    with reader(public) as con:
        unexplained = con.execute(
            "select schema_name, table_name, column_name from duckdb_columns()"
            " where not internal and comment is null"
        ).fetchall()
        assert unexplained == []
        assert con.execute(
            "select meaning from dictionary"
            " where (table_schema, table_name, column_name) = ('main', 'articles', 'printed_on')"
        ).fetchall() == [("The day it was printed on; null where it was not.",)]


def test_comments_are_put_on_once(paper: Paper, public: Path) -> None:
    with opened(paper) as con:
        assert not describe(con)
        con.execute("update meta.comments set sha256 = 'of an older dictionary'")
        assert describe(con)
    assert publish(paper.root / "warehouse.duckdb", public)


def test_the_page_is_what_the_dictionary_says(paper: Paper) -> None:
    with opened(paper) as con:
        assert page(con) == SCHEMA.read_text("utf-8"), "run `make schema`"


def test_the_diagram_joins_tables_by_columns_that_both_have(paper: Paper) -> None:
    text = SCHEMA.read_text("utf-8").split("```mermaid")[1].split("```")[0]
    with opened(paper) as con:
        for line in text.splitlines()[2:]:
            one, _, other, _, *columns = line.replace(",", "").replace('"', "").split()
            for table in (one, other):
                has = {row[0] for row in con.execute(f"describe {table}").fetchall()}
                assert has & set(columns), line


def test_questions_that_everybody_asks(paper: Paper, public: Path) -> None:
    assert rows(paper, "from stories_by_day_and_section") == [
        (date(2026, 3, 9), "Pakistan", 1, 3, 1),
        (date(2026, 3, 9), "Sport", 1, 7, 1),
    ]
    assert rows(paper, "select author, stories, words, sections from stories_by_author") == [
        ("Ann", 2, 10, ["Pakistan", "Sport"]),
        ("Bob", 1, 3, ["Pakistan"]),
    ]
    assert rows(paper, "select position, story_id, title, stored from front_page") == [
        (1, 2, "Title 2", False),
        (2, 1, "Title 1", True),
    ]
    assert rows(paper, "from corrections_of_the_week") == []
    paper.run(spider="stories")
    paper.page(1, article(1, "A first story. Correction: an earlier version said otherwise."))
    paper.load()
    assert rows(paper, 'select story_id, type, "after" from corrections_of_the_week') == [
        (1, "correction note", ["Correction: an earlier version said otherwise."])
    ]

"""What is found by the page: in the order of a search and counted like one, with an index and without."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.paper import Paper, article
from warehouse.choices import MOST, Choices, choices
from warehouse.database import WarehouseError
from warehouse.publish import publish
from warehouse.query import QueryError
from warehouse.search import Hit, find, keep_up, search
from warehouse.search.filtered import Filters
from warehouse.search.found import everything, found

METALS = ("zinc", "copper", "iron")
SECTIONS = ("Business & Finance", "Pakistan", None)
AUTHORS = (["Zofeen Ebrahim", "AFP"], ["Abbas Nasir"], [], ["Zoë Élan-Smith"])


def shelve(paper: Paper) -> None:
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    keep_up(paper.root / "dawn.duckdb", paper.root / "search")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty stories of three metals; every fourth was edited, every eighth twice and back again."""
    paper = Paper(tmp_path_factory.mktemp("found"))
    paper.run(spider="stories")
    for n in range(1, 41):
        paper.page(n, story(n, f"The price of {METALS[n % 3]} and of salt, told {n} times. " * (1 + n % 2)))
    for again in (1, 2):
        paper.run(spider="stories")
        for n in range(4 * again, 41, 4 * again):
            first = f"The price of {METALS[n % 3]} and of salt, told {n} times. " * (1 + n % 2)
            paper.page(n, story(n, first if again == 2 else f"The cost of {METALS[(n + 1) % 3]}."))
    shelve(paper)
    return paper.root


def story(n: int, body: str) -> dict[str, Any]:
    return article(
        n,
        body,
        kind=("news", "opinion")[n % 2],
        section=SECTIONS[n % 3],
        authors=AUTHORS[n % 4],
        published_on=f"2026-03-{1 + n % 28:02}",
        printed_on=None if n % 3 else f"2026-04-{1 + n % 28:02}",
    )


def known(hits: tuple[Hit, ...] | list[Hit]) -> list[tuple[int, int, bool, float, str]]:
    return [(hit.story_id, hit.version, hit.current, hit.score, hit.passage.marked()) for hit in hits]


QUESTIONS = [
    ("zinc", {}, False),
    ("zinc", {}, True),
    ("zinc OR copper", {}, True),
    ('"price of iron"', {"kind": "news"}, False),
    ("kind:news", {}, False),
    ("kind:news", {}, True),
    ("salt -iron", {"author": "afp"}, False),
    ("cost", {"first": date(2026, 3, 10), "last": date(2026, 3, 20)}, True),
    ("nowhere", {}, False),
]


@pytest.mark.parametrize(("words", "filters", "past"), QUESTIONS)
def test_the_pages_together_are_the_search(
    archive: Path, words: str, filters: dict[str, Any], past: bool
) -> None:
    whole = search(archive, words, limit=1000, past=past, **filters)
    pages = [
        found(archive, words, Filters(**filters), past=past, limit=16, skipped=n) for n in range(0, 64, 16)
    ]
    assert [each for page in pages for each in known(page.hits)] == known(whole)
    assert {(page.count, page.exact) for page in pages} == {(len(whole), True)}
    assert known(everything(archive, words, Filters(**filters), past=past)) == known(whole)


FILTERS = [
    {"author": "Zofeen Ebrahim"},
    {"author": "ebrahim"},
    {"author": "Ebrahim Zofeen"},
    {"author": "zoe elan smith"},
    {"author": "AFP", "kind": " News "},
    {"section": "business"},
    {"section": "Finance, business"},
    {"section": "nowhere"},
    {"kind": "opinion", "section": "pakistan"},
    {"first": date(2026, 3, 20)},
    {"last": date(2026, 3, 5)},
    {"first": date(2026, 3, 27), "last": date(2026, 4, 9)},
    {"first": date(2027, 1, 1), "last": date(2026, 1, 1)},
]


@pytest.mark.parametrize("filters", FILTERS)
def test_filters_alone_are_asked_in_sql_and_give_what_the_index_does(
    archive: Path, filters: dict[str, Any]
) -> None:
    past = FILTERS.index(filters) % 2 == 0
    whole = search(archive, "", limit=1000, past=past, **filters)
    page = found(archive, " ", Filters(**filters), past=past, limit=1000)
    assert (known(page.hits), page.count) == (known(whole), len(whole))


def test_without_anything_asked_all_are_there_the_newest_first(archive: Path) -> None:
    page = found(archive, "", Filters(), limit=3)
    assert ([hit.story_id for hit in page.hits], page.count) == ([40, 39, 38], 40)
    page = found(archive, "", Filters(), limit=2, skipped=3)
    assert ([hit.story_id for hit in page.hits], page.count) == ([37, 36], 40)
    assert found(archive, "", Filters(), past=True).count == 50, "ten texts were replaced"


def test_a_filter_without_a_word_has_no_sense(archive: Path) -> None:
    with pytest.raises(QueryError, match="author: wants a word"):
        found(archive, "", Filters(author="—"))


def test_what_was_searched_for_is_marked_in_titles_too_and_past_texts_name_the_newest(archive: Path) -> None:
    page = found(archive, "title cost", Filters(), past=True, limit=1000)
    assert {title.marked() for title in page.titles} >= {"**Title** 4", "**Title** 40"}
    assert [hit.version for hit in page.hits if hit.story_id == 8] == [2]
    assert page.newest == {8: 3, 16: 3, 24: 3, 32: 3, 40: 3}
    assert len(page.hits) == 10 and sum(hit.current for hit in page.hits) == 5


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("cooper", ("copper",)),
        ("the PRIEC of zinc", ("the price of zinc",)),
        ('"pryce of zink"', ('"price of zinc"',)),
        ("kind:news irron", ("kind:news iron",)),
        ("xylophone", ()),
        ("zinc copper iron", ()),  # each stands somewhere, and no story has all three
        ("irron*", ()),
    ],
)
def test_words_that_no_text_has_are_answered_with_close_ones(
    archive: Path, words: str, meant: tuple[str, ...]
) -> None:
    page = found(archive, words, Filters())
    assert (page.count, page.meant[:1]) == (0, meant)
    for said in page.meant:
        assert found(archive, said, Filters()).count


def test_filters_alone_look_at_no_more_than_they_show(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All score alike: that none behind them is newer is known from the order in which they come."""
    sizes: list[int] = []
    ask = find.candidates

    def counted(searcher: Any, asked: Any, size: int) -> Any:
        sizes.append(size)
        return ask(searcher, asked, size)

    monkeypatch.setattr(find, "candidates", counted)
    monkeypatch.setattr(find, "MARGIN", 3)
    assert [hit.story_id for hit in search(archive, "kind:news", limit=2)] == [40, 38]
    assert sizes == [5]


def test_without_an_index_filters_go_on_and_words_say_what_to_do(archive: Path, tmp_path: Path) -> None:
    shutil.copy(archive / "dawn.duckdb", tmp_path)
    assert found(tmp_path, "", Filters(kind="news")).count == 20
    with pytest.raises(WarehouseError, match="not there yet: `dawn run`"):
        found(tmp_path, "zinc", Filters())


def test_an_index_behind_the_file_does_not_count_exactly(archive: Path, tmp_path: Path) -> None:
    shutil.copytree(archive, tmp_path / "later")
    paper = Paper(tmp_path / "later")
    paper.runs = 9
    paper.run(spider="stories")
    paper.page(99, story(99, "More zinc."))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    assert not found(paper.root, "zinc", Filters()).exact
    keep_up(paper.root / "dawn.duckdb", paper.root / "search")
    assert found(paper.root, "zinc", Filters()).exact


def test_choices_are_the_busiest_by_name(archive: Path, paper: Paper) -> None:
    assert choices(archive / "dawn.duckdb") == Choices(
        ("Business & Finance", "Pakistan"),
        ("news", "opinion"),
        ("Abbas Nasir", "AFP", "Zofeen Ebrahim", "Zoë Élan-Smith"),
    )
    paper.run(spider="stories")
    for n in range(MOST + 20):
        paper.page(n + 1, article(n + 1, authors=[f"Author {n:03}", "AFP", " "]))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    authors = choices(paper.root / "dawn.duckdb").authors
    assert len(authors) == MOST and "AFP" in authors and "Author 000" in authors and " " not in authors

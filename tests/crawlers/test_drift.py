"""A field that goes missing is noticed in the first batch, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.drift import ERA, Break, Episode, Key, Page, What, judged

START = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = ("title", "authors", "section")
Having = Callable[[int], bool]


def always(_: int) -> bool:
    return True


def never(_: int) -> bool:
    return False


def paper(
    count: int,
    *,
    first: int = 0,
    new: bool = False,
    kind: str | None = "news",
    story: int = 1_900_000,
    hours: float = 0.5,
    **having: Having,
) -> list[Page]:
    """Pages half an hour apart, each with all FIELDS, but for those said otherwise; every mark is its own."""
    return [
        Page(
            capture_id=f"urn:{n}",
            run="run",
            story_id=story + n,
            url=f"http://site/news/{story + n}",
            fetched_at=START + timedelta(hours=hours * n),
            kind=kind,
            layout="newskit-2025",
            new=new,
            has={field: having.get(field, always)(n) for field in FIELDS},
            marks={field: n for field in FIELDS if having.get(field, always)(n)},
        )
        for n in range(first, first + count)
    ]


def batch(count: int, first: int = 500, **said: object) -> list[Page]:
    return paper(count, first=first, new=True, **said)  # type: ignore[arg-type]


def mixed(count: int, **said: object) -> list[Page]:
    """Of five kinds in turn, and letters without a byline and a section."""
    kinds = ("news", "opinion", "letter", "feature", "editorial")
    pages = (replace(page, kind=kinds[n % 5]) for n, page in enumerate(paper(count, **said)))  # type: ignore[arg-type]
    bare = {"authors": False, "section": False, "title": True}
    return [replace(page, has=bare) if page.kind == "letter" else page for page in pages]


def named(breaks: Iterable[Break]) -> list[tuple[str, str | None]]:
    return [(each.key.field, each.key.kind) for each in breaks]


def stands(found: Break) -> Episode:
    """A break as the journal tells of it afterwards."""
    share, before = found.holding / found.pages, found.past_holding / found.past_pages
    return Episode(found.key, found.since, share, before, found.pages)


@pytest.mark.parametrize(
    ("past", "new", "expected"),
    [
        pytest.param([], batch(60, authors=never), [], id="no past, no alarm"),
        pytest.param(paper(19), batch(60, authors=never), [], id="a past too short to tell"),
        pytest.param(paper(500), batch(100), [], id="all as it was"),
        pytest.param(paper(500), [], [], id="no batch"),
        pytest.param(paper(500), batch(10, authors=never), [("authors", "news")], id="gone in ten pages"),
        pytest.param(
            paper(20), batch(10, first=20, authors=never), [("authors", "news")], id="gone, with a past of 20"
        ),
        pytest.param(
            paper(500),
            batch(12, authors=never, title=never),
            [("authors", "news"), ("title", "news")],
            id="two fields at once",
        ),
        pytest.param(
            paper(500),
            batch(24, authors=lambda n: n % 2 == 0),
            [("authors", "news")],
            id="gone on every other",
        ),
        pytest.param(paper(500), batch(2, authors=never), [], id="two pages are not evidence enough"),
        pytest.param(
            paper(500, authors=lambda n: n % 10 > 0),
            batch(10, authors=lambda n: n % 10 > 0),
            [],
            id="as rare as before",
        ),
        pytest.param(
            paper(500, authors=lambda n: n % 10 > 2),
            batch(60, authors=never),
            [("authors", "news")],
            id="a field that came and went is gone",
        ),
        pytest.param(
            paper(500, authors=lambda n: n % 48 < 24),
            batch(20, authors=never),
            [],
            id="a field that is never there at night",
        ),
        pytest.param(
            paper(150, authors=lambda n: n % 10 > 2),
            batch(60, first=150, authors=never),
            [],
            id="a field that comes and goes, and no week of a past",
        ),
        pytest.param(paper(500, authors=never), batch(60, authors=never), [], id="it never was there"),
        pytest.param(paper(500, authors=never), batch(60), [], id="a field that is new"),
        pytest.param(
            paper(500, story=1_200_000), batch(60, authors=never), [], id="pages of other years are no past"
        ),
        pytest.param(
            paper(500, story=1_899_000),
            batch(60, authors=never),
            [("authors", "news")],
            id="of the year before",
        ),
        pytest.param(
            paper(500, kind="letter", authors=never),
            batch(60, authors=never),
            [],
            id="letters have no byline",
        ),
        pytest.param(
            paper(500),
            batch(12, kind=None, title=never),
            [("title", None)],
            id="pages that gave no article",
        ),
        *(
            pytest.param(
                past, batch(count, kind=kind, authors=never, section=never), [], id=f"{count} {kind}s"
            )
            for past in (paper(500), mixed(500))
            for kind in ("letter", "cartoon")
            for count in (6, 12, 40)
        ),
        pytest.param(
            mixed(500),
            mixed(10, first=500, new=True, authors=never, section=never),
            [("authors", None), ("section", None)],
            id="what every kind had but letters, in a batch too small for any",
        ),
    ],
)
def test_a_field_is_missed_where_the_past_had_it(
    past: list[Page], new: list[Page], expected: list[tuple[str, str | None]]
) -> None:
    missing = [each for each in judged([*past, *new]).breaks if each.key.what is What.MISSING]
    assert named(missing) == expected


def test_a_break_says_since_when_on_how_many_pages_and_where_to_look() -> None:
    new = batch(30, authors=lambda n: n < 504)
    (found,) = judged([*paper(500), *new]).breaks
    assert found.key == Key("authors", What.MISSING, "news", 19)
    assert (found.pages, found.holding, found.past_pages, found.past_holding) == (30, 4, 500, 500)
    assert found.since == new[4].fetched_at
    assert found.chance < 1e-30
    assert [page.story_id for page in found.without] == [page.story_id for page in new[:9:-1]]


def test_a_value_that_is_the_same_on_every_page_is_none() -> None:
    new = [replace(page, marks={**page.marks, "authors": 7}) for page in batch(12)]
    (found,) = judged([*paper(500), *new]).breaks
    assert (found.key.field, found.key.what) == ("authors", What.CONSTANT)
    editorials = [replace(page, marks={"authors": 7}) for page in (*paper(500), *batch(60))]
    assert judged(editorials).breaks == ()


def test_a_field_that_all_kinds_lost_is_seen_where_each_kind_has_few_pages() -> None:
    kinds = ("news", "opinion", "letter", "feature", "editorial")
    past = [replace(page, kind=kinds[n % 5]) for n, page in enumerate(paper(500))]
    new = [replace(page, kind=kinds[n % 5]) for n, page in enumerate(batch(10, authors=never))]
    (found,) = judged([*past, *new]).breaks
    assert found.key == Key("authors", What.MISSING, None, 19)
    assert found.pages == 10


def test_a_break_of_all_kinds_hides_none_of_a_single_kind() -> None:
    past, letters = paper(500), batch(12, kind="letter", title=never)
    (found,) = judged([*past, *letters]).breaks
    assert found.key.kind is None, "a kind without a past"
    held = [*past, *(replace(page, new=False) for page in letters)]
    news = batch(60, first=512, authors=never, title=never)
    assert named(judged([*held, *news], [stands(found)]).breaks) == [("authors", "news"), ("title", "news")]
    more = batch(12, first=512, kind="letter", title=never)
    assert judged([*held, *more], [stands(found)]).breaks == (), "and is not raised again"


def test_a_value_that_only_one_kind_repeats_is_no_break() -> None:
    """Every editorial is by "Editorial", and a batch has nothing else."""
    editorials = [replace(page, marks={**page.marks, "authors": 7}) for page in batch(40, kind="editorial")]
    assert judged([*paper(500), *editorials]).breaks == ()


def test_small_batches_add_up() -> None:
    """Three pages an hour, the newest without a byline: seen in the second batch, though none tells alone."""
    past = paper(500)
    for n in range(4):
        new = batch(3, first=500 + 3 * n, authors=never)
        found = judged([*past, *new]).breaks
        if found:
            break
        past += [replace(page, new=False) for page in new]
    assert n == 1
    assert found[0].pages == 8
    assert found[0].since == START + timedelta(hours=250)


def test_what_was_missed_before_is_no_cause_once_it_is_back() -> None:
    past = [*paper(500), *paper(3, first=500, authors=never)]
    assert judged([*past, *batch(3, first=503)]).breaks == ()


def test_a_break_that_stands_is_not_raised_again_and_ends_when_the_field_is_back() -> None:
    past, broken = paper(500), batch(12, authors=never)
    (found,) = judged([*past, *broken]).breaks
    held = [*past, *(replace(page, new=False) for page in broken)]
    more = batch(12, first=512, authors=never)
    assert judged([*held, *more], [stands(found)]) == judged([])
    mended = judged([*held, *batch(12, first=512)], [stands(found)])
    assert mended.mended == (stands(found),)
    assert mended.breaks == ()


def test_a_break_ends_when_new_rules_read_the_same_pages_rightly() -> None:
    past = paper(500)
    (found,) = judged([*past, *batch(12, authors=never)]).breaks
    assert judged([*past, *paper(12, first=500)], [stands(found)]).mended == (stands(found),)
    assert judged(paper(12, first=500, authors=never), [stands(found)]).mended == ()
    assert judged([], [stands(found)]).mended == ()


def test_a_break_of_one_field_hides_no_other() -> None:
    past, broken = paper(500), batch(12, authors=never)
    (found,) = judged([*past, *broken]).breaks
    held = [*past, *(replace(page, new=False) for page in broken)]
    again = judged([*held, *batch(12, first=512, authors=never, section=never)], [stands(found)])
    assert named(again.breaks) == [("section", "news")]


def test_the_same_break_is_seen_a_second_time() -> None:
    """Mended after twelve pages, and there again: what was broken before is no past to compare with."""
    past, broken = paper(500), batch(12, authors=never)
    (found,) = judged([*past, *broken]).breaks
    over = replace(stands(found), until=START + timedelta(hours=256))
    held = [*past, *(replace(page, new=False) for page in broken), *paper(10, first=512)]
    assert named(judged([*held, *batch(12, first=522, authors=never)], [over]).breaks) == [
        ("authors", "news")
    ]


def test_what_somebody_accepted_is_the_past_from_then_on() -> None:
    past, broken = paper(500), batch(40, authors=never)
    (found,) = judged([*past, *broken]).breaks
    over = replace(stands(found), until=START + timedelta(hours=270), accepted=True)
    held = [*past, *(replace(page, new=False) for page in broken)]
    assert judged([*held, *batch(60, first=540, authors=never)], [over]).breaks == ()


def test_an_era_goes_over_into_the_next() -> None:
    """The pages whose ids begin the next hundred thousand do not begin without a past."""
    edge = 20 * ERA - 500
    found = judged([*paper(500, story=edge), *batch(12, story=edge, authors=never)]).breaks
    assert named(found) == [("authors", "news")]
    assert found[0].key.era == 20


def test_a_story_fetched_a_hundred_times_counts_once() -> None:
    new = [replace(page, story_id=1_900_999) for page in batch(100, authors=never)]
    assert judged([*paper(500), *new]).breaks == ()


@given(st.data())
def test_the_order_of_the_pages_says_nothing(data: st.DataObject) -> None:
    pages = [*paper(40), *batch(data.draw(st.integers(0, 20)), first=40, authors=never)]
    mixed = data.draw(st.permutations(pages))
    assert judged(mixed) == judged(pages)


@given(st.lists(st.booleans(), max_size=300), st.integers(0, 60))
def test_a_batch_that_has_it_all_raises_nothing_whatever_the_past(past: list[bool], new: int) -> None:
    pages = [*paper(len(past), authors=lambda n: past[n]), *batch(new, first=300)]
    assert judged(pages).breaks == ()

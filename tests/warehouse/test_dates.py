"""Every date with its source: which was taken, which agree, and what a list gives where a page has none."""

from __future__ import annotations

from typing import Any

from tests.warehouse.paper import Paper, article, discovery, everything, rows


def said(field: str, source: str, moment: str | None, day: str, words: str) -> dict[str, Any]:
    return {"field": field, "source": source, "happened_at": moment, "day": day, "said": words}


def undated(story: int) -> dict[str, Any]:
    nothing = {"published_at": None, "published_on": None, "published_at_from": None}
    return article(story, published_at_exact=False, **nothing)


def test_each_date_is_kept_with_its_source_and_whether_it_agrees(paper: Paper) -> None:
    paper.run(
        discovery(7),
        discovery(7, "feed", "home", None, listed_at="2026-03-09T05:03:00+05:00", member=False),
        discovery(7, "sitemap", "sitemap", None, listed_at="2026-03-08T23:00:00+05:00", member=False),
    )
    dates = [
        said("published", "meta", "2026-03-09T05:00:00+05:00", "2026-03-09", "2026-03-09 05:00:00+05:00"),
        said("published", "shown", None, "2026-03-09", "March 9, 2026"),
        said("published", "picture", None, "2026-03-08", "2026/03/08231500abcdef0"),
        said("printed", "print line", None, "2026-03-09", "Published in Dawn, March 9th, 2026"),
        said("updated", "meta", "2026-03-09T05:00:00+05:00", "2026-03-09", "2026-03-09 05:00:00+05:00"),
    ]
    paper.page(7, article(7, dates=dates))
    paper.load()
    found = rows(paper, "select field, source, chosen, agrees from dates where story_id = 7 order by all")
    assert found == [
        ("printed", "address", False, True),
        ("printed", "print line", True, True),
        ("published", "feed", False, True),
        ("published", "meta", True, True),
        ("published", "picture", False, False),
        ("published", "shown", False, True),
        ("published", "sitemap", False, False),
        ("updated", "meta", True, True),
    ]


def test_a_page_without_a_time_takes_it_from_where_it_is_listed_whenever_that_comes(paper: Paper) -> None:
    paper.run()
    paper.page(7, undated(7))
    paper.load()
    taken = "select published_at, published_on, published_at_from, published_at_exact from articles"
    assert rows(paper, taken) == [(None, None, None, False)]
    paper.run(
        discovery(7, "latest", "latest-news", None, listed_at="2026-03-09T06:00:00+05:00", member=False)
    )
    paper.load()
    assert [row[2:] for row in rows(paper, taken)] == [("listing", True)]
    paper.run(discovery(7, "feed", "home", None, listed_at="2026-03-09T05:59:00+05:00", member=False))
    assert paper.load().articles
    assert [row[2:] for row in rows(paper, taken)] == [("feed", True)]
    assert rows(paper, "select source, chosen from dates where field = 'published' order by all") == [
        ("feed", True),
        ("listing", False),
    ]
    paper.load("again.duckdb")
    assert everything(paper) == everything(paper, "again.duckdb")


def test_a_day_alone_gets_the_time_of_a_list_of_that_day_and_of_no_other(paper: Paper) -> None:
    paper.run(
        discovery(7, "feed", "home", None, listed_at="2026-03-09T05:59:00+05:00", member=False),
        discovery(8, "feed", "home", None, listed_at="2026-03-10T05:59:00+05:00", member=False),
    )
    for story in (7, 8):
        midnight = {"published_at": "2026-03-09T00:00:00+05:00", "published_at_from": "print line"}
        paper.page(story, article(story, published_at_exact=False, **midnight))
    paper.load()
    found = rows(paper, "select story_id, published_at_from, published_at_exact from articles order by all")
    assert found == [(7, "feed", True), (8, "print line", False)]


def test_a_list_from_the_future_dates_nothing(paper: Paper) -> None:
    paper.run(discovery(7, "feed", "home", None, listed_at="2036-03-09T05:59:00+05:00", member=False))
    paper.page(7, undated(7))
    paper.load()
    assert rows(paper, "select published_at from articles") == [(None,)]

"""The rail meter on the replica of the site: 921 real texts pass, with rails of one another around them, and
370 rails of 37 kinds planted into them are caught.

Needs the replica beside the repository or where DAWN_REPLICA says; skipped without it.
"""

from __future__ import annotations

import importlib.util
import re
from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from crawlers.extract import paragraphs_of
from crawlers.rails import Evidence, Teaser
from crawlers.suspects import Page, Repeats
from tests.crawlers.metering import Batch, Tally, blocks_of, planted
from tests.crawlers.plants import KINDS, Teased, card, rail
from tests.crawlers.test_replica import REPLICA

LIVE = "https://www.dawn.com"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REPLICA.is_file(), reason=f"no replica of the site at {REPLICA}"),
]


class Paper:
    """The replica's stories, each page with a rail of twelve others beside its own chrome."""

    def __init__(self) -> None:
        spec = importlib.util.spec_from_file_location("replica", REPLICA)
        assert spec is not None and spec.loader is not None
        replica = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(replica)
        site = replica.Site(REPLICA.parent / "texts/articles-2025-sample.jsonl.gz")
        self.chance = Random(921)
        self.stories: list[Any] = list(site.stories.values())
        self.teased = [Teased(each.id, each.title, each.gold()["paragraphs"][0]) for each in self.stories]
        self.batch = Batch()
        for story in self.stories:
            self.batch.take(self.html(story), self.url(story))
        for stories in site.editions.values():
            self.batch.take_listing(site.listing("A section", stories, LIVE))
        # Every story is teased: with its whole first paragraph, with an excerpt cut, and cut elsewhere.
        for salt in (0, 1):
            self.batch.take_listing(f"<html><body>{rail(self.teased, salt)}</body></html>")
        for size in (60, 117):
            cards = "".join(card(each, each.opening[:size].rstrip() + "...") for each in self.teased)
            self.batch.take_listing(f"<html><body>{cards}</body></html>")

    def url(self, story: Any) -> str:
        return f"{LIVE}{story.path}"

    def others(self, story: Any, count: int) -> list[Teased]:
        return [each for each in self.chance.sample(self.teased, count + 1) if each.story_id != story.id][
            :count
        ]

    def html(self, story: Any) -> str:
        around = rail(self.others(story, 12), self.chance.randint(0, 1))
        page: str = story.page().replace("<!-- box/label -->", f"<div>{around}</div><!-- box/label -->", 1)
        return page


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    yield Paper()


def test_all_stories_pass(paper: Paper) -> None:
    assert len(paper.batch.articles) == 921
    assert paper.batch.verdicts() == []


def test_no_line_is_on_many_stories(paper: Paper) -> None:
    days: defaultdict[Any, Repeats] = defaultdict(Repeats)
    for story in paper.stories:
        article = paper.batch.articles[story.id]
        page = Page("c", 0, story.id, article.title, paragraphs_of(article), Evidence())
        for day in (story.published.date(), "all"):
            days[day].add(page, " | ".join(article.authors))
    assert [run.lines() for run in days.values() if run.lines()] == []


def test_what_stories_share_passes_even_where_it_is_teased(paper: Paper) -> None:
    """Every sentence that two of them say, as the excerpt of either, cut and not."""
    says: defaultdict[str, set[int]] = defaultdict(set)
    for story, article in paper.batch.articles.items():
        for sentence in re.split(r"(?<=[.?!…”])\s+", article.body):
            if len(sentence) > 40:
                says[sentence].add(story)
    shared = {sentence: stories for sentence, stories in says.items() if len(stories) > 1}
    assert len(shared) > 100
    before = list(paper.batch.teasers)
    try:
        for sentence, stories in shared.items():
            for said in (sentence, f"{sentence[:90]}..."):
                paper.batch.teasers.extend(Teaser(str(story), "excerpt", said) for story in stories)
        assert paper.batch.verdicts() == []
    finally:
        paper.batch.teasers = before


def test_planted_rails_are_caught(paper: Paper) -> None:
    tally, known = Tally(), paper.batch.known()
    long = [story for story in paper.stories if len(story.gold()["paragraphs"]) > 2]
    for kind, plant in KINDS.items():
        for _ in range(10):
            story = paper.chance.choice(long)
            blocks = plant(blocks_of(story.body()), paper.others(story, 5))
            html = planted(paper.html(story), story.body(), blocks)
            tally.plant(kind, html, paper.url(story), paper.batch, known)
    print(f"\n{tally}")  # noqa: T201
    assert tally.missed == []
    assert sum(row["planted"] for row in tally.rows.values()) >= 200

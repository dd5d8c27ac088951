"""Real pages, hour by hour as they went online: no break among them, and one where a byline is taken away.

Needs the replica beside the repository or where DAWN_REPLICA says; skipped without it.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from crawlers.drift import Break, Page, What, judged
from crawlers.extract import extract_page
from crawlers.items import Article

REPLICA = Path(
    os.environ.get("DAWN_REPLICA") or Path(__file__).parents[2].resolve().parent / "shared/dawn/replica.py"
)
pytestmark = pytest.mark.skipif(not REPLICA.is_file(), reason=f"no replica of the site at {REPLICA}")
FIELDS = (
    "title",
    "authors",
    "section",
    "published_at",
    "updated_at",
    "image_url",
    "image_caption",
    "tags",
    "dateline",
    "pictures",
    "body",
)


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    spec = importlib.util.spec_from_file_location("replica", REPLICA)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    site = module.Site(REPLICA.parent / "texts/articles-2025-sample.jsonl.gz")
    found = [extract_page(story.page()) for story in site.stories.values()]
    assert all(isinstance(article, Article) for article in found)
    return sorted(
        (article for article in found if isinstance(article, Article) and article.published_at),
        key=lambda article: (article.published_at, article.story_id),
    )


def page(article: Article, new: bool = False) -> Page:
    assert article.published_at is not None
    said = {field: getattr(article, field) for field in FIELDS}
    marked = ("title", "authors", "section", "image_url", "image_caption", "body")
    return Page(
        capture_id=f"urn:{article.story_id}",
        run="run",
        story_id=article.story_id,
        url=article.url,
        fetched_at=article.published_at,
        kind=article.kind.value,
        layout=article.layout,
        new=new,
        has={field: bool(value) for field, value in said.items()},
        marks={field: hash(said[field]) for field in marked if said[field]},
    )


def hours(articles: list[Article], size: int) -> Iterator[list[Article]]:
    """The articles of each hour that has any, for `size` hours together."""

    def hour(article: Article) -> int:
        assert article.published_at is not None
        return int(article.published_at.timestamp()) // (3600 * size)

    yield from (list(group) for _, group in groupby(articles, key=hour))


@pytest.mark.parametrize("size", [*(pytest.param(size, marks=pytest.mark.slow) for size in (1, 6)), 24])
def test_no_hour_of_real_pages_is_a_break(articles: list[Article], size: int) -> None:
    assert len(articles) == 921
    past: list[Page] = []
    found: list[Break] = []
    for batch in hours(articles, size):
        found += judged([*past, *(page(article, new=True) for article in batch)]).breaks
        past += [page(article) for article in batch]
    assert [each.key for each in found] == []


@pytest.mark.parametrize("field", ["title", "authors", "section", "published_at", "updated_at", "body"])
def test_a_field_taken_from_real_pages_is_missed_in_the_first_ten(
    articles: list[Article], field: str
) -> None:
    days = [list(day) for day in hours(articles, 24)]
    last = max(n for n, day in enumerate(days) if len(day) >= 30)
    past = [page(article) for day in days[:last] for article in day]
    new = [page(article, new=True) for article in days[last][:10]]
    assert judged([*past, *new]).breaks == ()
    without = [replace(each, has={**each.has, field: False}) for each in new]
    keys = [each.key for each in judged([*past, *without]).breaks]
    assert {(key.field, key.what) for key in keys} == {(field, What.MISSING)}

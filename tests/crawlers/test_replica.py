"""The replica of the site: 921 real texts in the real page read exactly as its gold says.

Needs the replica beside the repository or where DAWN_REPLICA says; skipped without it.
"""

from __future__ import annotations

import importlib.util
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.extract import extract, extract_feed
from crawlers.items import Article
from tests.crawlers.paper import capture

REPLICA = Path(
    os.environ.get("DAWN_REPLICA") or Path(__file__).parents[2].resolve().parent / "shared/dawn/replica.py"
)
pytestmark = pytest.mark.skipif(not REPLICA.is_file(), reason=f"no replica of the site at {REPLICA}")


@pytest.fixture(scope="module")
def replica() -> Any:
    spec = importlib.util.spec_from_file_location("replica", REPLICA)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(replica: Any) -> Any:
    return replica.Site(REPLICA.parent / "texts/articles-2025-sample.jsonl.gz")


def fields(article: Article) -> dict[str, object]:
    return {
        "story_id": article.story_id,
        "url": article.url,
        "title": article.title,
        "section": article.section,
        "authors": list(article.authors),
        "published_at": article.published_at,
        "updated_at": article.updated_at,
        "printed_on": article.printed_on.isoformat() if article.printed_on else None,
        "paragraphs": article.body.split("\n\n"),
    }


def gold(story: Any) -> dict[str, object]:
    said: dict[str, Any] = story.gold()
    return said | {name: datetime.fromisoformat(said[name]) for name in ("published_at", "updated_at")}


@pytest.mark.parametrize("stir", [0, 7])
def test_every_page_reads_as_its_gold_says(replica: Any, site: Any, stir: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(replica, "STIR", stir)
    stories = list(site.stories.values())[:: 1 if stir == 0 else 9]
    for story in stories:
        result = extract(capture(story.page(), url=f"https://www.dawn.com{story.path}"))
        assert isinstance(result, Article), result
        assert fields(result) == gold(story)


def test_the_story_that_careless_extraction_ends_with_a_rail_ends_where_it_ends(site: Any) -> None:
    story = site.stories[1907269]
    result = extract(capture(story.page(), url=f"https://www.dawn.com{story.path}"))
    assert isinstance(result, Article)
    assert result.body.endswith(story.gold()["paragraphs"][-1]) and result.body.endswith("from Pyongyang.")


@pytest.mark.parametrize("path", ["/feeds/home", "/feeds/pakistan", "/feeds/newspaper"])
def test_the_feeds_read_as_the_gold_says(site: Any, path: str) -> None:
    media_type, text = site.answer(path, "https://www.dawn.com")
    articles = extract_feed(capture(text, url=f"https://www.dawn.com{path}", Content_Type=media_type))
    assert len(articles) == 60
    for article in articles:
        wanted = gold(site.stories[article.story_id])
        assert fields(article) == wanted | {"updated_at": None}

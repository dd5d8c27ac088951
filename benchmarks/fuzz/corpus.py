"""The whole pages that are damaged: our own, and the captured ones where they stand beside the repository."""

from __future__ import annotations

import os
import runpy
from dataclasses import dataclass
from pathlib import Path
from random import Random

from crawlers.lookalike import Lookalike
from tests.crawlers.paper import card
from tests.crawlers.sheets import FIRST_TEASED, SHEETS, SITE, STORY, headline, planted, sentence

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DAWN_REPLICA") or ROOT.resolve().parent / "shared/dawn/replica.py").parent
REPLICAS = 24  # of the 921; they are the longest pages and alike but for their texts


@dataclass(frozen=True, slots=True)
class Whole:
    """A page before it is damaged."""

    name: str
    content: bytes
    url: str
    media_type: str = "text/html; charset=utf-8"


def corpus() -> tuple[Whole, ...]:
    """Every whole page, always in the same order; without ../shared only our own."""
    return (*_saved(), *_lookalikes(), *_sheets(), *_captured())


def _saved() -> list[Whole]:
    cases = sorted((ROOT / "tests/pages").glob("*/page.html"))
    return [
        Whole(f"tests/pages/{path.parent.name}", path.read_bytes(), f"{SITE}/news/2000007") for path in cases
    ]


def _lookalikes() -> list[Whole]:
    look = Lookalike(days=1)
    pages = [
        Whole(f"look-alike {number}", look.page(number, SITE).encode(), f"{SITE}{story.path}")
        for number, story in look.stories.items()
    ]
    for path in ("/feeds/home", "/feeds/multimedia", "/latest-news"):
        answer = look.answer(path, SITE)
        pages.append(Whole(f"look-alike {path}", answer.text.encode(), SITE + path, answer.media_type))
    return pages


def _sheets() -> list[Whole]:
    die = Random("corpus")
    pages = []
    for sheet in SHEETS:
        rail = "".join(card(FIRST_TEASED + n, headline(die), sentence(die, 16, 30)) for n in range(12))
        rail = f"<div><h3>Opinion</h3><div class='grid'>{rail}</div></div>"
        kind = "application/rss+xml" if sheet.layout == "feed" else "text/html; charset=utf-8"
        url = f"{SITE}/feeds/home" if sheet.layout == "feed" else f"{SITE}/news/{STORY}"
        pages += [
            Whole(f"{sheet}, {size} paragraphs, rail {place}", built.encode(), url, kind)
            for place in sheet.places
            for size in (0, 1, 8)
            if (built := sheet.build(planted(size), {place: rail}))
        ]
    return pages


def _captured() -> list[Whole]:
    captures = sorted((SHARED / "captures").glob("*.html"))
    pages = [Whole(f"captures/{path.name}", path.read_bytes(), f"{SITE}/news/1888473") for path in captures]
    if (SHARED / "replica.py").is_file():
        site = runpy.run_path(str(SHARED / "replica.py"))["Site"](
            SHARED / "texts/articles-2025-sample.jsonl.gz"
        )
        stories = list(site.stories.values())
        pages += [
            Whole(f"replica {story.id}", story.page().encode(), SITE + story.path)
            for story in stories[:: max(1, len(stories) // REPLICAS)]
        ]
        feed = site.answer("/feeds/pakistan", SITE)[1].encode()
        pages.append(Whole("replica /feeds/pakistan", feed, f"{SITE}/feeds/pakistan", "application/rss+xml"))
    return pages

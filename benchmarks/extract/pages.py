"""The pages that are read, and what a right reading of each is.

They are the replica's where it is at hand (real texts in the real page; it is not part of this repository),
otherwise the look-alike's, grown to the same weight, whose texts are made up.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.extract.grown import grown
from benchmarks.extract.scoring import Page, cut_into_sentences, sentences
from benchmarks.extract.tools import ROOT
from crawlers.lookalike import Lookalike, Story
from crawlers.lookalike.texts import die

LIVE = "https://www.dawn.com"
_LOOKALIKE_DAYS = 12  # some three hundred stories
_TEASED = 100  # of the newest
T = TypeVar("T")


def replica_path() -> Path:
    """Where the replica would be: as DAWN_REPLICA says, or in `shared` beside the checkout."""
    return Path(os.environ.get("DAWN_REPLICA") or ROOT.parent / "shared/dawn/replica.py")


def evenly(things: Sequence[T], count: int | None, size: Callable[[T], int]) -> list[T]:
    """`count` of the things, evenly from the smallest to the largest; all where there are fewer."""
    ranked = sorted(things, key=size)
    if count is None or count >= len(ranked):
        return ranked
    if count == 1:
        return ranked[:1]
    return [ranked[index * (len(ranked) - 1) // (count - 1)] for index in range(count)]


def written(folder: Path, count: int | None) -> tuple[str, list[Page]]:
    """What the pages are, in a few words, and the pages; their HTML is written into the folder.

    In the order of the stories' ids, so that long and short ones come mixed.
    """
    replica = replica_path()
    if replica.is_file():
        return "real texts of 2025 set into a real page", _of_replica(replica, folder, count)
    return "made-up texts in the look-alike's pages, grown to this weight", _of_lookalike(folder, count)


def _of_replica(path: Path, folder: Path, count: int | None) -> list[Page]:
    spec = importlib.util.spec_from_file_location("replica", path)
    assert spec is not None and spec.loader is not None
    replica = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replica)
    stories = replica.Site(path.parent / "texts/articles-2025-sample.jsonl.gz").stories.values()
    some = evenly(list(stories), count, lambda story: len(story.body()))
    return [_replica_page(story, folder) for story in sorted(some, key=lambda story: story.id)]


def _replica_page(story: Any, folder: Path) -> Page:
    markup, body, gold = story.page(), story.body(), story.gold()
    around = markup.replace(body, "", 1) if body else markup
    if body and around == markup:
        raise ValueError(f"the replica's page of {story.id} does not hold its own body")
    file = f"{story.id}.html"
    (folder / file).write_text(markup, "utf-8")
    paragraphs = tuple(gold["paragraphs"])
    return Page(file, LIVE + story.path, paragraphs, story.printed_tail, sentences(around), gold)


def _of_lookalike(folder: Path, count: int | None) -> list[Page]:
    site = Lookalike(days=_LOOKALIKE_DAYS)
    some = evenly(list(site.gold()), count, lambda gold: len(str(gold["body"])))
    pages = []
    for gold in sorted(some, key=lambda gold: str(gold["story_id"])):
        story = site.stories[int(str(gold["story_id"]))]
        file = f"{story.id}.html"
        (folder / file).write_text(lookalike_page(site, story), "utf-8")
        around = _around(site, story, gold)
        pages.append(Page(file, LIVE + story.path, story.paragraphs, story.print_line, around, gold))
    return pages


def lookalike_page(site: Lookalike, story: Story) -> str:
    """The story's page as the look-alike has it, of the weight of a real one."""
    others = [other for other in site.newest[:_TEASED] if other.id != story.id and not other.points_to]
    return grown(site.page(story.id, LIVE), others, LIVE, die(site.seed, "grown", story.id))


def _around(site: Lookalike, story: Story, gold: Mapping[str, Any]) -> tuple[str, ...]:
    """The sentences around a story: those of its page without a body, and those of the rail in that body."""
    site.stories[story.id] = replace(story, blocks=(), teaser=story.excerpt)
    around = sentences(lookalike_page(site, story))
    site.stories[story.id] = story
    return tuple(dict.fromkeys((*around, *cut_into_sentences(gold["rail_texts"]))))

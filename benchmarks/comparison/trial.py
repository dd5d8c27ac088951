"""A site, two visits of a crawler with edits between them, and the account of what it holds then."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.comparison.crawlers import Crawler, Held, Visit, visited
from benchmarks.extract.scoring import Page, cut_into_sentences, leaked, plain, score
from crawlers.lookalike import Lookalike, Story, texts

SAID, SILENT = (
    4,
    4,
)  # edits between the visits: such as the page and the sitemap tell of, and such as they do not
_ID = re.compile(r"/news/(?:amp/|print/)?(\d+)")


@dataclass(frozen=True, slots=True)
class Account:
    """What a crawler holds after two visits of a site, and what it asked for."""

    crawler: str
    stories: int  # that the site has, and lets be fetched
    found: int
    exact: int  # of these in a text that is right, word for word, after the first visit
    rails: int  # stories held with a sentence of a teaser
    others: int  # held, and no story: pointers, listings, advertisements
    twice: int  # stories held in several copies though nothing changed
    said: int  # edits held after the second visit, of SAID
    silent: int  # of SILENT
    before: int  # edited stories of which the text before is still held
    requests: tuple[int, int]
    unchanged: int  # answers 304 in the second visit
    forbidden: int  # requests that robots.txt forbids
    visits: tuple[Visit, Visit]

    @property
    def rate(self) -> float:
        """Stories of the first visit a CPU second, from the first request to the stored text."""
        return self.found / self.visits[0].cpu if self.visits[0].cpu else 0.0


def newest_monday(today: date) -> date:
    """The last Monday before this day, so that a day's weekly sections are the same in each run."""
    return today - timedelta(days=today.weekday() or 7)


def trial(crawler: Crawler, folder: Path, days: int, today: date, seed: int = 7) -> Account:
    """The account of this crawler over a look-alike of so many days, the last of them `newest_monday`."""
    site = Lookalike(seed=seed, days=days, today=newest_monday(today))
    span = (min(site.days), max(site.days))
    folder.mkdir(parents=True)
    with site.serve() as address:
        there = published(site)
        first = visited(crawler, address, folder, 0, span)
        asked = len(site.requests)
        held = list(crawler.holds(folder))
        said, silent = edited(site)
        second = visited(crawler, address, folder, 1, span)
        after = list(crawler.holds(folder))
        log = list(site.requests)
    before = {story.id: story for story in there.values()}
    found, exact, rails = reading(held, before, site)
    return Account(
        crawler.name,
        len(there),
        len(found),
        exact,
        rails,
        sum(story_id not in there for story_id in map(identity, held)),
        copies(after, before, {*said, *silent}),
        sum(holds(after, site.stories[each], before[each]) for each in said),
        sum(holds(after, site.stories[each], before[each]) for each in silent),
        sum(holds(after, before[each], site.stories[each]) for each in (*said, *silent)),
        (asked, len(log) - asked),
        sum(each.status == 304 for each in log[asked:]),
        sum(closed(each.path, site.forbidden) for each in log),
        (first, second),
    )


def published(site: Lookalike) -> dict[int, Story]:
    """The stories that the site has and lets be fetched, by id: no pointers, none that is gone or
    forbidden."""
    return {
        story.id: story
        for story in site.stories.values()
        if not story.points_to and story.id not in site.gone and story.id != site.forbidden
    }


def edited(site: Lookalike) -> tuple[list[int], list[int]]:
    """The ids of stories edited now: those whose page and sitemap say a later time, and those that do not."""
    able = [story.id for story in published(site).values() if story.kind == "news" and story.paragraphs]
    able = sorted(able, reverse=True)[: SAID + SILENT]
    for number, story_id in enumerate(able):
        fall = texts.die(site.seed, "comparison", story_id)
        site.edit(
            story_id,
            title=texts.headline(fall, "news"),
            sentence=texts.sentence(fall, "news"),
            minutes=90 if number < SAID else 0,
        )
    return able[:SAID], able[SAID:]


def identity(held: Held) -> int:
    """The story's id, by the address; -1 where it is none of a story."""
    match = _ID.search(held.url)
    return int(match[1]) if match else -1


def reading(held: Iterable[Held], there: Mapping[int, Story], site: Lookalike) -> tuple[set[int], int, int]:
    """The ids of the stories held, how many have the right text, and how many a teaser's sentence."""
    rails = {
        int(str(gold["story_id"])): cut_into_sentences(gold["rail_texts"])  # type: ignore[arg-type]
        for gold in site.gold()
    }
    found: set[int] = set()
    exact: set[int] = set()
    with_rails: set[int] = set()
    for one in held:
        story_id = identity(one)
        if story_id not in there:
            continue
        found.add(story_id)
        page = _page(there[story_id], rails[story_id])
        if score({"text": one.text}, page).exact:
            exact.add(story_id)
        if leaked(plain(one.text), page):
            with_rails.add(story_id)
    return found, len(exact), len(with_rails)


def holds(held: Iterable[Held], story: Story, other: Story) -> bool:
    """Whether a text is held that has what this state of the story has and its other state has not."""
    own = [plain(each) for each in story.paragraphs if each not in other.paragraphs]
    texts_of = (plain(one.text) for one in held if identity(one) == story.id)
    return any(all(each in text for each in own) for text in texts_of)


def copies(held: Iterable[Held], there: Mapping[int, Story], but: set[int]) -> int:
    """How many stories are held in several copies, without those that were edited."""
    texts_of: dict[int, Counter[str]] = defaultdict(Counter)
    for one in held:
        if identity(one) in there and identity(one) not in but:
            texts_of[identity(one)][one.text] += 1
    return sum(each.total() > 1 for each in texts_of.values())


def closed(path: str, forbidden: int) -> bool:
    """Whether the look-alike's robots.txt forbids this path."""
    return path.startswith(("/archive", "/search", "/obituary", "/news/print", f"/news/{forbidden}"))


def _page(story: Story, rails: tuple[str, ...]) -> Page:
    return Page("", story.path, story.paragraphs, story.print_line, rails, {"title": story.title})

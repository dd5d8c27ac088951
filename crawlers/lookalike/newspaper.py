"""The look-alike itself: its stories, what it answers to a path, what its newsroom can do to a story."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from crawlers.dawn import PRINT_SECTIONS
from crawlers.lookalike import desk, listings, texts
from crawlers.lookalike.faults import Fault
from crawlers.lookalike.pages import story_page
from crawlers.lookalike.rails import Rails, rails_of
from crawlers.lookalike.redesign import Redesign, redesigned
from crawlers.lookalike.stories import Block, Shape, Story

TODAY = date(2026, 3, 9)
ADDRESS = "http://127.0.0.1:8100"
DAILY_LISTS = ("latest-news", "pakistan", "world")

_HTML, _RSS, _XML, _TEXT = "text/html; charset=utf-8", "application/rss+xml", "application/xml", "text/plain"
_FEED_LENGTH, _SITEMAP_LENGTH, _LATEST_LENGTH = 40, 1000, 60

Where = str | Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site says to a path when nothing is wrong."""

    status: int
    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the site saw it. `status` is 0 where the connection was closed without an answer."""

    at: float  # monotonic seconds, when it came in
    method: str
    path: str
    user_agent: str
    status: int


class Lookalike:
    """A made-up dawn.com of some days. The same seed, days and today give the same bytes.

    `stories` holds every story with a page, pointers and withdrawn ones too; `gone` says which of them answer
    404 or 410; robots.txt forbids `forbidden`. `faults` maps a path, "*" or a test on paths to a fault; the
    first that fits is applied. `redesign` holds the parts of stories' pages that look otherwise now.
    `requests` is what was asked, in order; `errors` what broke in the server.
    """

    def __init__(self, seed: int = 7, days: int = 3, today: date = TODAY, stir: int = 0) -> None:
        self.seed, self.stir, self.today = seed, stir, today
        self.days = tuple(today - timedelta(days=back) for back in range(days))
        planned = [story for day in reversed(self.days) for story in desk.stories_of(seed, day)]
        self.stories = {story.id: story for story in sorted(planned, key=lambda story: story.id)}
        self.sponsored = desk.sponsored(seed, today)
        # Off the newest day where there is another, so that both backfills and today's lists can go without.
        day = self.days[min(1, days - 1)]
        self.gone = {self._in_slot("web sport", day).id: 404, self._in_slot("karachi", day).id: 410}
        self.forbidden = self._in_slot("web business", day).id
        self.faults: dict[Where, Fault] = {}
        self.redesign: frozenset[Redesign] = frozenset()
        self.requests: list[Request] = []
        self.errors: list[BaseException] = []

    # What there is to know about it.

    @property
    def newest(self) -> tuple[Story, ...]:
        """Every story, the newest first, withdrawn ones too."""
        return tuple(sorted(self.stories.values(), key=lambda story: story.id, reverse=True))

    @property
    def pointers(self) -> dict[int, str]:
        """The stories that only lead elsewhere, and where to. No listing links to those with `elsewhere`."""
        return {story.id: story.points_to for story in self.stories.values() if story.points_to}

    def having(self, trait: str) -> tuple[Story, ...]:
        """The stories with a trait ("rail in body", "soft hyphens"), oldest first; see Story.traits."""
        return tuple(story for story in self.stories.values() if trait in story.traits)

    def in_slot(self, slot: str) -> tuple[Story, ...]:
        """The stories of a slot of the days' plans ("front page", "pointer card"), oldest first."""
        return tuple(story for story in self.stories.values() if story.slot == slot)

    def gold(self) -> Iterator[dict[str, object]]:
        """What a right extraction of each page yields, and `rail_texts`: the teasers' sentences on it.

        Pointers and stories that are gone are left out. The forbidden one is in, for whoever has its page.
        """
        for story in self.stories.values():
            if not story.points_to and story.id not in self.gone:
                yield {**story.gold(), "rail_texts": list(self._rails(story).texts)}

    def edition(self, day: date) -> dict[str, tuple[int, ...]]:
        """The ids that belong to each print section of a day and to each of its daily lists.

        A section that does not exist that day is no key; an empty one has no ids. Rails and cards that
        lead to another host are not counted; stories that are gone or forbidden are.
        """
        sections = {section: self._printed(section, day) for section in self._sections(day)}
        lists = {name: self._daily(name, day) for name in DAILY_LISTS} if day in self.days else {}
        return {
            name: tuple(story.id for story in stories if not story.elsewhere)
            for name, stories in {**sections, **lists}.items()
        }

    # What its newsroom can do.

    def edit(
        self, story_id: int, *, title: str | None = None, sentence: str | None = None, minutes: int = 90
    ) -> Story:
        """The story after an edit: a new headline, another first sentence, a later time of update."""
        story = self.stories[story_id]
        blocks = _with_sentence(story.blocks, sentence) if sentence else story.blocks
        later = story.updated + timedelta(minutes=minutes)
        return self._keep(replace(story, title=title or story.title, blocks=blocks, updated=later))

    def edit_one(self) -> Story:
        """The first story of the newest day's front page, with a new headline and first sentence."""
        story = self._in_slot("front page", self.today)
        fall = texts.die(self.seed, "edit", story.id, story.updated)
        return self.edit(story.id, title=texts.headline(fall, "news"), sentence=texts.sentence(fall, "news"))

    def retract(self, story_id: int) -> None:
        """Takes a story off the site: its page answers 410, feeds and sitemap forget it, listings do not."""
        self.gone = {**self.gone, story_id: 410}

    def change_slug(self, story_id: int) -> Story:
        """The story under another slug. The old one still serves it."""
        story = self.stories[story_id]
        return self._keep(replace(story, slug=f"updated-{story.slug}"[:90].strip("-")))

    # What it answers.

    def serve(self, port: int = 0, certificate: Path | None = None) -> AbstractContextManager[str]:
        """Serves it on loopback within a `with`, which gives its address. Port 0: any that is free.

        Over TLS with a certificate: a PEM file with its key in it.
        """
        from crawlers.lookalike.server import serving

        return serving(self, port, certificate)

    def answer(self, path: str, address: str = ADDRESS) -> Answer:
        """What the site says to a path, with or without a query. Faults are the server's."""
        path = path.split("?", maxsplit=1)[0].rstrip("/") or "/"
        for pattern, answer in _ROUTES:
            if match := re.fullmatch(pattern, path):
                return answer(self, match, address)
        return _absent(404)

    def page(self, story_id: int, address: str = ADDRESS) -> str:
        """The page of a story as HTML, even of one that is gone."""
        story = self.sponsored if story_id == self.sponsored.id else self.stories[story_id]
        return redesigned(story_page(story, self._rails(story), address), self.redesign)

    def _story_answer(self, match: re.Match[str], address: str) -> Answer:
        story_id = int(match["id"])
        if story_id not in self.stories and story_id != self.sponsored.id:
            return _absent(404)
        if story_id in self.gone:
            return _absent(self.gone[story_id])
        return Answer(200, _HTML, self.page(story_id, address))

    def _print_answer(self, match: re.Match[str], address: str) -> Answer:
        day = _day(match["day"])
        if day is None or match["section"] not in self._sections(day):
            return _absent(404)
        title = f"Newspaper: {match['section']}, {day:%B} {day.day}, {day.year}"
        return self._listing(title, [("all", self._printed(match["section"], day))], address)

    def _daily_answer(self, match: re.Match[str], address: str) -> Answer:
        day = _day(match["day"])
        if day not in self.days:
            return _absent(404)
        return self._listing(f"{match['name']} of {day}", [("all", self._daily(match["name"], day))], address)

    def _latest_answer(self, _: re.Match[str], address: str) -> Answer:
        newest = self.newest[:_LATEST_LENGTH]
        tabs = [(tab, tuple(s for s in newest if tab in ("all", s.section.lower()))) for tab in listings.TABS]
        return self._listing("Latest News", tabs, address)

    def _feed_answer(self, match: re.Match[str], address: str) -> Answer:
        name = match["name"] or "home"
        if name not in _FEEDS:
            return _absent(404)
        chosen = [story for story in self._current() if _FEEDS[name](story)][:_FEED_LENGTH]
        return Answer(200, _RSS, listings.feed(name.title(), chosen, address))

    def _sitemap_answer(self, _: re.Match[str], address: str) -> Answer:
        return Answer(200, _XML, listings.sitemap(self._current()[:_SITEMAP_LENGTH], address))

    def _robots_answer(self, _: re.Match[str], address: str) -> Answer:
        return Answer(200, _TEXT, listings.robots(self.forbidden, address))

    def _listing(self, title: str, tabs: list[tuple[str, tuple[Story, ...]]], address: str) -> Answer:
        return Answer(200, _HTML, listings.listing(title, tabs, self._beside(), self.sponsored, address))

    def _beside(self) -> tuple[Story, ...]:
        # Another stir moves the rails on by some stories.
        shown = [story for story in self.newest if not story.points_to]
        return tuple(shown[self.stir % 5 :])

    def _current(self) -> list[Story]:
        # Feeds and sitemap leave out what is gone, and the forbidden story: only listings know that one.
        return [story for story in self.newest if story.id not in self.gone and story.id != self.forbidden]

    def _sections(self, day: date) -> tuple[str, ...]:
        if day not in self.days:
            return ()
        # A weekly section has no page on the days between; a daily one has, even with nothing in it.
        weekly = {slot.printed: slot.weekdays for slot in desk.PRINT if slot.weekdays != desk.DAILY}
        return tuple(name for name in PRINT_SECTIONS if day.weekday() in weekly.get(name, desk.DAILY))

    def _printed(self, section: str, day: date) -> tuple[Story, ...]:
        return tuple(s for s in self.stories.values() if s.print_section == section and s.printed_on == day)

    def _daily(self, name: str, day: date) -> tuple[Story, ...]:
        online = (story for story in self.newest if story.published.date() == day)
        return tuple(story for story in online if name in ("latest-news", story.section.lower()))

    def _rails(self, story: Story) -> Rails:
        return rails_of(story, self.newest, self.sponsored, self.seed, self.stir)

    def _in_slot(self, slot: str, day: date) -> Story:
        return next(s for s in self.in_slot(slot) if day in (s.printed_on, s.published.date()))

    def _keep(self, story: Story) -> Story:
        self.stories = {**self.stories, story.id: story}
        return story


_FEEDS: Mapping[str, Callable[[Story], bool]] = {
    "home": lambda _: True,
    "latest-news": lambda _: True,
    "newspaper": lambda story: story.printed_on is not None,
    "opinion": lambda story: story.kind in ("opinion", "editorial", "letter"),
    "multimedia": lambda story: story.kind in ("pictures", "video", "cartoon"),
    "pakistan": lambda story: story.section == "Pakistan",
    "world": lambda story: story.section == "World",
    "business": lambda story: story.section == "Business",
    "sport": lambda story: story.section == "Sport",
}

_DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
_ROUTES: tuple[tuple[str, Callable[[Lookalike, re.Match[str], str], Answer]], ...] = (
    # The slug says nothing, and the oldest addresses have several parts after the id.
    (r"/news/(?:amp/|print/)?(?P<id>\d{1,9})(?:/.*)?", Lookalike._story_answer),
    (rf"/newspaper/(?P<section>[a-z-]+)/{_DAY}", Lookalike._print_answer),
    (rf"/(?P<name>latest-news|pakistan|world)/{_DAY}", Lookalike._daily_answer),
    (r"/|/home|/latest-news", Lookalike._latest_answer),
    (r"/feeds/sitemap", Lookalike._sitemap_answer),
    # A sub-section of a feed is ignored, as on the real site.
    (r"/feeds(?:/(?P<name>[a-z-]+)(?:/[a-z-]+)?)?", Lookalike._feed_answer),
    (r"/robots\.txt", Lookalike._robots_answer),
)


def _absent(status: int) -> Answer:
    return Answer(
        status, _HTML, f"<!DOCTYPE html><html><body><h2>{status}</h2><p>No such page.</p></body></html>"
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2026-02-30
        return None


def _with_sentence(blocks: tuple[Block, ...], sentence: str) -> tuple[Block, ...]:
    at = next(n for n, block in enumerate(blocks) if block.shape is Shape.PARAGRAPH and not block.link)
    # The dateline stays where it stood.
    opening = re.match(r"[A-Z]{4,}: ", blocks[at].texts[0])
    edited = replace(blocks[at], texts=((opening[0] if opening else "") + sentence,))
    return (*blocks[:at], edited, *blocks[at + 1 :])

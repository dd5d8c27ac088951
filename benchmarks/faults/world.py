"""A look-alike, a second one that nobody may ask, and what the command makes of the first when let be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crawlers import site as facts
from crawlers.items import Place
from crawlers.lookalike import Lookalike
from crawlers.pages import FeedPage, ListingPage, SitemapPage, members
from tests.flows.conftest import stories

PATIENCE = "1.0"  # seconds for a whole answer; the look-alike needs some thousandths
LONGEST = 120.0  # seconds that a command may take, whatever befalls it

_PAGES: dict[Place, type[ListingPage | FeedPage | SitemapPage]] = {
    Place.FEED: FeedPage,
    Place.SITEMAP: SitemapPage,
}

Text = tuple[str, tuple[str, ...], str]
"""Headline, authors, body."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended, after how many seconds, and what it said: results, and what is amiss."""

    code: int
    seconds: float
    stdout: str
    stderr: str

    @property
    def last_line(self) -> str:
        """The last line that it said on stderr."""
        return (self.stderr.strip().splitlines() or [""])[-1]


@dataclass(frozen=True, slots=True)
class World:
    """A site that is served, and a folder in which `ask`, a command of `dawn`, has done all there is to do.

    `listings` are the ids that belong to each listing the command reads, by path.
    """

    site: Lookalike
    address: str
    elsewhere: Lookalike
    elsewhere_address: str
    ask: tuple[str, ...]
    folder: Path
    listings: Mapping[str, frozenset[int]]
    ledger: Mapping[int, tuple[str, str]]
    texts: Mapping[int, Text]

    def told(self, data: Path, *words: str) -> Told:
        """How `dawn` with these words ended on a data folder. Raises TimeoutExpired where it does not."""
        command = [sys.executable, "-c", "from flows.cli import main; main()", *words]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAWN_", "PREFECT_"))}
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--data", str(data), "--site", self.address, "--delay", "0"],
            env=kept | {"DAWN_TIMEOUT": PATIENCE},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return Told(done.returncode, time.monotonic() - began, done.stdout, done.stderr)

    @property
    def fine(self) -> list[int]:
        """The stories of the listings that are stored when nothing is wrong."""
        return [number for number, (status, _) in self.ledger.items() if status == "stored"]

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens to the site within the block is undone behind it."""
        before = self.site.stories, self.site.gone
        self.site.requests.clear()
        self.site.errors.clear()
        self.elsewhere.requests.clear()
        try:
            yield
        finally:
            self.site.stories, self.site.gone = before
            self.site.faults.clear()


@contextmanager
def world(folder: Path, days: int, *ask: str) -> Iterator[World]:
    """The world of a look-alike of some days, in a folder that is empty. Raises where it is not whole."""
    site, elsewhere = Lookalike(days=days), Lookalike(days=1)
    with site.serve() as address, elsewhere.serve() as elsewhere_address:
        data = folder / "undisturbed"
        listings = _listings(site, address, ask)
        bare = World(site, address, elsewhere, elsewhere_address, ask, data, listings, {}, {})
        done = bare.told(data, *ask)
        if done.code != 0:
            raise RuntimeError(f"nothing is wrong, and yet {done.stderr}")
        made = World(
            site, address, elsewhere, elsewhere_address, ask, data, listings, ledger(data), texts(data)
        )
        right = gold(site, made.texts)
        if made.texts != right or not made.texts:
            raise RuntimeError(f"{sum(made.texts[n] != right.get(n) for n in made.texts)} are not right")
        yield made


def gold(site: Lookalike, numbers: Iterable[int]) -> dict[int, Text]:
    """What a right reading of these stories' pages gives."""
    wanted = set(numbers)
    return {
        story.id: (story.title, tuple(story.authors), story.body)
        for story in site.stories.values()
        if story.id in wanted
    }


def ledger(data: Path) -> dict[int, tuple[str, str]]:
    """What became of each story that was ever listed, and why."""
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute("select story_id, status, coalesce(reason, '') from core.ledger").fetchall()
    return {number: (status, reason) for number, status, reason in rows}


def texts(data: Path) -> dict[int, Text]:
    """Every story that is stored, as it is published."""
    with duckdb.connect(str(data / "dawn.duckdb"), read_only=True) as con:
        rows = con.execute("select story_id, title, authors, body from articles").fetchall()
    return {number: (title, tuple(authors), body) for number, title, authors, body in rows}


def read(data: Path, url: str) -> str:
    """What became of a listing at last: "read", "not recognised", or why there was no answer to read."""
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        row = con.execute(
            "select event, recognised, status, error, detail from raw.journal"
            " where event in ('listing', 'attempt', 'refused') and coalesce(listing_url, url) = ?"
            " order by happened_at desc limit 1",
            [url],
        ).fetchone()
    if row is None:
        return "never asked for"
    event, recognised, status, error, detail = row
    if event == "listing":
        return "read" if recognised else f"not recognised ({status})"
    return f"{error}: {detail}" if event == "attempt" else "robots.txt forbids it"


def broke_off(data: Path) -> str:
    """Why the newest crawl did not finish; "" where it did."""
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        row = con.execute(
            "select outcome, reason from raw.journal where event = 'end' order by happened_at desc limit 1"
        ).fetchone()
    return "" if row is None or row[0] == "finished" else str(row[1])


def same(data: Path, other: Path) -> bool:
    """Whether two folders say the same of every story and edition, but for when it was fetched."""
    return stories(data) == stories(other)


def copied(source: Path, target: Path) -> Path:
    """The copy of a data folder."""
    shutil.copytree(source, target)
    return target


def _listings(site: Lookalike, address: str, ask: tuple[str, ...]) -> dict[str, frozenset[int]]:
    day = site.days[0] if ask[0] == "backfill" else None
    found = {}
    for one in facts.EDITION if day else facts.LATEST:
        path = one.path.format(day=day)
        answer = site.answer(path, address)
        page = _PAGES.get(one.place, ListingPage)(address + path, answer.text.encode(), address)
        if answer.status == 200:
            cards = members(one.place, day, page.cards)
            found[path] = frozenset(card.story_id for card in cards if card.story_id)
    return found

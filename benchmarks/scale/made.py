"""A data folder as crawls of two years would leave it: pages of the look-alike, as heavy as real ones."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from itertools import groupby
from pathlib import Path

from benchmarks.warc import PAGE_BYTES
from crawlers.archive import ArchiveWriter
from crawlers.lookalike import Lookalike
from crawlers.site import LIVE

RUN = 500
"""Pages of a run, which is one WARC file: of this size some 5 MB."""

A_DAY = 27  # stories with a page, give or take one
FETCHED = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
LINKS = 200
"""In menus and footer, as a real page has them; what else makes it heavy are scripts."""

_LINK = "<li class='menu__item'><a class='menu__link' href='/trends/{}'>Topic {}</a></li>\n"
_CODE = "window.slots.push({{'slot': {}, 'sizes': [[300, 250], [728, 90]], 'targeting': 'story'}});\n"


def made(root: Path, pages: int) -> int:
    """The bytes of the archive of a new data folder with so many pages, in runs of RUN."""
    for name in ("archive", "journal", "extracted", "plans"):
        (root / name).mkdir(parents=True)
    (root / "site.json").write_text(json.dumps({"site": LIVE}) + "\n", "utf-8")
    days = pages // A_DAY + 30
    numbers = list(_site(days).stories)[:pages]
    if len(numbers) < pages:
        raise SystemExit(f"the look-alike has {len(numbers)} stories in {days} days, and not {pages}")
    runs = [numbers[at : at + RUN] for at in range(0, pages, RUN)]
    with multiprocessing.get_context("fork").Pool() as pool:
        pool.map(partial(_run, root, days), enumerate(runs))
    return sum(path.stat().st_size for path in (root / "archive").iterdir())


@cache
def _site(days: int) -> Lookalike:
    return Lookalike(days=days)


def _run(root: Path, days: int, numbered: tuple[int, Sequence[int]]) -> None:
    """Nothing; one run's WARC file and journal are there."""
    number, stories = numbered
    site = _site(days)
    began = FETCHED + timedelta(minutes=20 * number)
    run = f"{began:%Y%m%dT%H%M%SZ}-stories-{number:04x}"
    with ArchiveWriter(root / "archive" / f"{run}.warc.gz", facts={"isPartOf": run}) as archive:
        for at, story in enumerate(stories):
            page = site.page(story, LIVE)
            archive.write(
                f"{LIVE}/news/{story}/{site.stories[story].slug}",
                200,
                [("Content-Type", "text/html; charset=utf-8")],
                _heavy(page).encode(),
                began + timedelta(seconds=2 * at),
            )
    events = [_begin(run), *_listed(site, stories), _END]
    with (root / "journal" / f"{run}.jsonl").open("w", encoding="utf-8") as journal:
        for event in events:
            journal.write(json.dumps({"at": began.isoformat(), **event}) + "\n")


def _heavy(page: str) -> str:
    """The page with menus and scripts besides, so that it is as long as a real one."""
    menu = "".join(_LINK.format(n, n) for n in range(LINKS))
    missing = PAGE_BYTES - len(page) - len(menu)
    code = "".join(_CODE.format(n) for n in range(max(missing, 0) // len(_CODE)))
    return page.replace("</body>", f"<ul>{menu}</ul><script>{code}</script></body>")


_END = {
    "event": "end",
    "outcome": "finished",
    "reason": "all was asked for",
    "requests": RUN,
    "responses": RUN,
}


def _begin(run: str) -> dict[str, object]:
    return {
        "event": "begin",
        "run": run,
        "spider": "stories",
        "site": LIVE,
        "delay": 2.0,
        "user_agent": "benchmark",
        "sections": [],
        "stories": RUN,
    }


def _listed(site: Lookalike, stories: Sequence[int]) -> list[dict[str, object]]:
    """Where each story stood: in its day's list of the latest news."""

    def day_of(story: int) -> date:
        return site.stories[story].published.date()

    events: list[dict[str, object]] = []
    for day, of_day in groupby(sorted(stories, key=lambda each: (day_of(each), each)), key=day_of):
        for position, story in enumerate(of_day, 1):
            events.append(
                {
                    "event": "discovery",
                    "url": f"{LIVE}/news/{story}",
                    "place": "daily",
                    "section": "latest-news",
                    "day": day.isoformat(),
                    "listing_url": f"{LIVE}/latest-news/{day}",
                    "story_id": story,
                    "title": site.stories[story].title,
                    "position": position,
                    "member": True,
                }
            )
    return events

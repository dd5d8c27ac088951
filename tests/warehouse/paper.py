"""A tiny newspaper on paper: journals and extracts written by hand, as the crawlers would leave them; and
what the warehouse makes of them."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from warehouse.database import writer
from warehouse.load import Loaded, load

START = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
SECTIONS = (("print", "national"), ("daily", "latest-news"))


def article(story: int, body: str = "One two three.", **fields: Any) -> dict[str, Any]:
    """An article as an extract holds it; the hash is of what makes a version."""
    said = {
        "story_id": story,
        "url": f"http://site/news/{story}",
        "title": f"Title {story}",
        "kind": "news",
        "section": "Pakistan",
        "authors": ["AFP"],
        "dateline": None,
        "body": body,
        "word_count": len(body.split()),
        "published_at": "2026-03-09T05:00:00+05:00",
        "updated_at": "2026-03-09T05:00:00+05:00",
        "published_on": "2026-03-09",
        "printed_on": "2026-03-09",
        "printed_in": "Dawn",
        "image_url": None,
        "image_caption": None,
        "tags": [],
        "links": [],
        "source": "page",
        "published_at_from": "meta",
        "updated_at_from": "meta",
        "printed_on_from": "print line",
        "body_markdown": body,
        "pictures": [],
        "embeds": [],
        "bylines": [{"name": "AFP", "role": "agency", "url": None}],
        "dateline_on": None,
        "about_author": None,
        "contacts": [],
        "input_from": [],
        "header_image": None,
        "layout": "newskit-2025",
        "published_at_exact": True,
        "dates": [],
    } | fields
    content = json.dumps([said[name] for name in ("title", "authors", "section", "kind", "body")])
    return said | {"content_hash": hashlib.sha256(content.encode()).hexdigest()}


@dataclass
class Paper:
    """A data folder's files; each run is one call, one hour after the one before."""

    root: Path
    rules: str = "r1"
    runs: int = 0
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def run(self, *events: dict[str, Any], spider: str = "edition", day: str | None = "2026-03-09") -> str:
        """A new run whose journal holds these events between its begin and its end."""
        self.runs += 1
        self.name = f"run{self.runs:03}"
        self.now = START + timedelta(hours=self.runs)
        begin = {
            "event": "begin",
            "run": self.name,
            "spider": spider,
            "site": "http://site",
            "delay": 0,
            "stories": 0,
        }
        if spider == "edition":
            begin |= {"day": day, "sections": [{"place": p, "section": s} for p, s in SECTIONS]}
        ending = {"event": "end", "outcome": "finished", "reason": "all was asked", "requests": 1}
        self._journal = [begin, *events, ending]
        self._write()
        self.lines[self.name] = []
        return self.name

    def killed(self, torn: str = '{"event":"disc') -> None:
        """The last run's journal without its end, broken off in the middle of a line."""
        self._journal.pop()
        self._write()
        with (self.root / f"{self.name}.jsonl").open("a") as file:
            file.write(torn)

    def page(self, story: int, found: dict[str, Any] | None, **said: Any) -> str:
        """A capture of a story in the last run: its article, or the rejection in `said`."""
        rejection = None
        if found is None:
            rejection = {
                "reason": said.pop("reason"),
                "final": said.pop("final", True),
                "detail": "why",
                "points_to": None,
            }
        capture = f"urn:{self.name}:{len(self.lines[self.name])}"
        self.lines[self.name].append(
            {
                "capture_id": capture,
                "item": 0,
                "run": self.name,
                "rules": self.rules,
                "url": f"http://site/news/{story}",
                "fetched_at": (self.now + timedelta(minutes=30 + len(self.lines[self.name]))).isoformat(),
                "status": 200,
                "media_type": "text/html",
                "bytes": 100,
                "digest": f"sha256:{capture}",
                "revisit_of": None,
                "role": "story",
                "story_id": story,
                "article": found,
                "rejection": rejection,
                "evidence": {"teasers": [], "outside": [], "after": [], "opening": None, "rail_sentences": 4},
            }
            | said
        )
        return capture

    def files(self) -> tuple[list[Path], list[Path]]:
        """Every journal, and every extract under today's rules."""
        for run, lines in self.lines.items():
            path = self.root / f"{run}.{self.rules}.jsonl.gz"
            with gzip.open(path, "wt") as file:
                file.writelines(json.dumps(line | {"rules": self.rules}) + "\n" for line in lines)
        return sorted(self.root.glob("*.jsonl")), sorted(self.root.glob(f"*.{self.rules}.jsonl.gz"))

    def load(self, name: str = "warehouse.duckdb") -> Loaded:
        """What loading all of it into the warehouse of that name changes."""
        return load(self.root / name, *self.files(), self.rules)

    def _write(self) -> None:
        stamped = [
            {"at": (self.now + timedelta(seconds=n)).isoformat()} | e for n, e in enumerate(self._journal)
        ]
        (self.root / f"{self.name}.jsonl").write_text("".join(json.dumps(e) + "\n" for e in stamped))


def listing(
    place: str = "print", section: str = "national", day: str = "2026-03-09", **said: Any
) -> dict[str, Any]:
    """The event that a listing was read."""
    return {
        "event": "listing",
        "url": f"http://site/{place}/{section}/{day}",
        "place": place,
        "section": section,
        "day": day,
        "status": 200,
        "recognised": True,
        "cards": 3,
        "members": 1,
    } | said


def discovery(
    story: int | None,
    place: str = "print",
    section: str = "national",
    day: str | None = "2026-03-09",
    **said: Any,
) -> dict[str, Any]:
    """The event that a story stood in a listing."""
    return {
        "event": "discovery",
        "url": f"http://site/news/{story}/slug",
        "place": place,
        "section": section,
        "day": day,
        "listing_url": f"http://site/{place}/{section}",
        "story_id": story,
        "title": f"Title {story}",
        "position": 1,
        "member": True,
    } | said


def settled_listings(day: str = "2026-03-09") -> list[dict[str, Any]]:
    """Both listings of a day, read when the day was over."""
    late = "2026-03-12T00:00:00+00:00"
    return [listing(place, section, day, at=late) for place, section in SECTIONS]


PUBLIC = (
    "articles",
    "dates",
    "versions",
    "edits",
    "captures",
    "rejections",
    "discoveries",
    "editions",
    "runs",
    "breaks",
    "families",
    "duplicates",
    "forgotten",
)
KEPT = (
    "core.ledger",
    "core.versions",
    "core.edits",
    "core.quarantine",
    "raw.files",
    "raw.rules",
    "raw.journal",
    "raw.captures",
    "raw.bodies",
    "raw.extracts",
    "core.signatures",
    "core.pairs",
)


@contextmanager
def opened(paper: Paper, name: str = "warehouse.duckdb") -> Iterator[Any]:
    with writer(paper.root / name) as con:
        yield con


def rows(paper: Paper, sql: str, name: str = "warehouse.duckdb") -> list[tuple[Any, ...]]:
    with opened(paper, name) as con:
        return con.execute(sql).fetchall()


def everything(paper: Paper, name: str = "warehouse.duckdb") -> dict[str, list[tuple[Any, ...]]]:
    with opened(paper, name) as con:
        return {
            table: sorted(con.execute(f"from {table}").fetchall(), key=repr) for table in (*PUBLIC, *KEPT)
        }


def week(paper: Paper) -> None:
    """A small life of an archive: every way a story can go."""
    paper.run(*settled_listings(), *(discovery(n) for n in range(1, 8)), discovery(99, member=False))
    paper.page(1, article(1, "First text."))
    paper.page(2, None, reason="pointer")
    paper.page(3, None, reason="gone", status=404)
    paper.page(4, None, reason="blocked", final=False, status=403)
    paper.page(7, article(7, printed_on=None, printed_in=None))
    paper.run(
        {"event": "refused", "url": "http://site/news/5", "story_id": 5},
        {
            "event": "attempt",
            "url": "http://site/news/6",
            "story_id": 6,
            "error": "timeout",
            "detail": "60 s",
        },
        spider="stories",
    )
    paper.page(1, article(1, "First text, mended.", updated_at="2026-03-09T09:00:00+05:00"))
    paper.run(spider="stories")
    original = paper.page(1, article(1, "First text, mended.", updated_at="2026-03-09T09:00:00+05:00"))
    paper.page(1, None, reason="ignored") and paper.lines[paper.name][-1].update(
        article=None, rejection=None, revisit_of=original
    )
    paper.run(spider="stories")
    paper.page(1, article(1, "First text."))


def feed(paper: Paper, *articles: dict[str, Any], revisit_of: str | None = None) -> str:
    """A feed's capture in the last run, with these items."""
    capture = paper.page(0, None, reason="ignored")
    line = paper.lines[paper.name][-1]
    line.update(
        role="feed", story_id=None, rejection=None, revisit_of=revisit_of, url="http://site/feeds/home"
    )
    for item, found in enumerate(articles, 1):
        paper.lines[paper.name].append(dict(line, item=item, story_id=found["story_id"], article=found))
    return capture

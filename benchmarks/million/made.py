"""Journals and extracts of made-up stories, as crawls would leave them: a day a run, 200 stories a day."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from random import Random
from typing import Any

RULES = "made"
A_DAY = 200  # stories; www.dawn.com has 150 to 250
FIRST_DAY = date(2012, 1, 1)
FIRST_STORY = 1_000_000
SENTENCES = 100_000  # of which texts are made: two texts of forty share one in sixty times
PARAGRAPHS, OF_SENTENCES = (6, 24), (1, 4)  # about 5 KB a text
SECTIONS = (
    ("print", "front-page"),
    ("print", "national"),
    ("print", "business"),
    ("print", "sport"),
    ("daily", "latest-news"),
    ("daily", "pakistan"),
    ("daily", "world"),
)
_SYLLABLES = ("ka ri mo ta le na su di ro pe ha zi wa ba go chi ne ul ar en is ot").split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a made-up archive, in the order in which they came."""

    journals: tuple[Path, ...]
    extracts: tuple[Path, ...]

    @property
    def bytes(self) -> int:
        """Of the extracts, as they are packed."""
        return sum(path.stat().st_size for path in self.extracts)


def made(folder: Path, stories: int, jobs: int = 2) -> Files:
    """The files of the first so many stories; what is there already is not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    days = range((stories + A_DAY - 1) // A_DAY)
    sizes = [min(A_DAY, stories - day * A_DAY) for day in days]
    with ProcessPoolExecutor(jobs) as pool:
        pairs = list(pool.map(partial(_day, folder), days, sizes, chunksize=16))
    return Files(tuple(journal for journal, _ in pairs), tuple(extract for _, extract in pairs))


def hours_later(folder: Path, stories: int, hours: int, among: int) -> Files:
    """The files of a run some hours after `stories`: 200 new ones and, of the newest so many (`among`), 50
    with another text and 50 unchanged."""
    folder.mkdir(parents=True, exist_ok=True)
    day = (stories + A_DAY - 1) // A_DAY + hours
    first = FIRST_STORY + stories + (hours - 1) * 200
    held = [FIRST_STORY + n for n in Random(first).sample(range(max(0, stories - among), stories), 100)]
    return Files(
        *((path,) for path in _run(folder, day, [*range(first, first + 200), *held], set(held[:50])))
    )


def _day(folder: Path, day: int, size: int) -> tuple[Path, Path]:
    first = FIRST_STORY + day * A_DAY
    return _run(folder, day, range(first, first + size), frozenset())


def _run(
    folder: Path, day: int, stories: Sequence[int], edited: frozenset[int] | set[int]
) -> tuple[Path, Path]:
    on = FIRST_DAY + timedelta(day)
    began = datetime(on.year, on.month, on.day, 19, 30, tzinfo=UTC) + timedelta(days=1)
    run = f"{began:%Y%m%dT%H%M%SZ}-edition-{len(stories):04x}"
    journal, extract = folder / f"{run}.jsonl", folder / f"{run}.{RULES}.jsonl.gz"
    if not extract.exists():
        journal.write_text("".join(json.dumps(event) + "\n" for event in _events(run, on, began, stories)))
        beside = extract.with_suffix(".new")
        with gzip.open(beside, "wt", compresslevel=1) as file:
            for n, story in enumerate(stories):
                file.write(json.dumps(_line(run, began + timedelta(seconds=2 * n), story, edited)) + "\n")
        beside.replace(extract)
    return journal, extract


def _events(run: str, on: date, began: datetime, stories: Sequence[int]) -> Iterator[dict[str, Any]]:
    at, day = began.isoformat(), on.isoformat()
    sections = [{"place": place, "section": section} for place, section in SECTIONS]
    yield {
        "event": "begin",
        "at": at,
        "run": run,
        "spider": "edition",
        "site": "http://made",
        "day": day,
        "delay": 2.0,
        "user_agent": "made",
        "sections": sections,
        "stories": 0,
    }
    for place, section in SECTIONS:
        yield {
            "event": "listing",
            "at": at,
            "url": f"http://made/{place}/{section}/{day}",
            "place": place,
            "section": section,
            "day": day,
            "status": 200,
            "recognised": True,
            "cards": len(stories),
            "members": len(stories) // len(SECTIONS),
        }
    for position, story in enumerate(stories):
        place, section = SECTIONS[story % len(SECTIONS)]
        yield {
            "event": "discovery",
            "at": at,
            "url": f"http://made/news/{story}/slug",
            "place": place,
            "section": section,
            "day": day,
            "listing_url": f"http://made/{place}/{section}/{day}",
            "story_id": story,
            "title": _title(story),
            "position": position + 1,
            "member": True,
        }
    yield {
        "event": "end",
        "at": at,
        "outcome": "finished",
        "reason": "all was asked",
        "requests": len(stories),
        "responses": len(stories),
        "bytes": 150_000 * len(stories),
    }


def _line(run: str, fetched_at: datetime, story: int, edited: frozenset[int] | set[int]) -> dict[str, Any]:
    url = f"http://made/news/{story}"
    first_on = FIRST_DAY + timedelta((story - FIRST_STORY) // A_DAY)
    return {
        "capture_id": f"urn:uuid:{hashlib.md5(f'{run}{story}'.encode(), usedforsecurity=False).hexdigest()}",
        "item": 0,
        "run": run,
        "rules": RULES,
        "url": url,
        "fetched_at": fetched_at.isoformat(),
        "status": 200,
        "media_type": "text/html",
        "bytes": 150_000,
        "digest": f"sha256:{hashlib.sha256(f'{run}{story}'.encode()).hexdigest()}",
        "revisit_of": None,
        "role": "story",
        "story_id": story,
        "article": _article(story, first_on, url, story in edited),
        "rejection": None,
        "evidence": {"teasers": [], "outside": [], "after": [], "opening": None, "rail_sentences": 6},
    }


def _article(story: int, on: date, url: str, edited: bool) -> dict[str, Any]:
    body = _body(story)
    if edited:
        body += f"\n\nCorrection: an earlier version of story {story} gave another number."
    moment = f"{on.isoformat()}T{story % 24:02}:{story % 60:02}:00+05:00"
    place, section = SECTIONS[story % len(SECTIONS)]
    authors = [f"Author {story % 997}"]
    picture = f"http://made/{story}.jpg"
    title = _title(story)
    markdown = body if story % 3 else f"**{title}** {body}"
    said = json.dumps([title, authors, section, "news", body]).encode()
    return {
        "story_id": story,
        "url": url,
        "title": title,
        "kind": "news",
        "section": section,
        "authors": authors,
        "dateline": "KARACHI",
        "body": body,
        "word_count": len(body.split()),
        "published_at": moment,
        "updated_at": moment,
        "published_on": on.isoformat(),
        "printed_on": on.isoformat() if place == "print" else None,
        "printed_in": "Dawn" if place == "print" else None,
        "image_url": picture,
        "image_caption": "A caption.",
        "tags": ["one", f"tag {story % 100}"],
        "links": [],
        "source": "page",
        "published_at_from": "meta",
        "updated_at_from": "meta",
        "printed_on_from": "print line" if place == "print" else None,
        "body_markdown": None if markdown == body else markdown,
        "pictures": [
            {"url": f"http://made/{story}.jpg", "caption": "A caption.", "credit": None, "after": 0}
        ],
        "embeds": [],
        "bylines": [{"name": authors[0], "role": "author", "url": None}],
        "dateline_on": None,
        "about_author": None,
        "contacts": [],
        "input_from": [],
        "header_image": None,
        "layout": "newskit-2025",
        "published_at_exact": True,
        "dates": [
            {
                "field": "published",
                "source": "meta",
                "happened_at": moment,
                "day": on.isoformat(),
                "said": moment,
            }
        ],
        "content_hash": hashlib.sha256(said).hexdigest(),
        "body_id": _text_id(body),
        "markdown_id": _text_id(markdown),
    }


def _text_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _title(story: int) -> str:
    return _sentences()[Random(-story).randrange(SENTENCES)].rstrip(".").title()[:90]


def _body(story: int) -> str:
    chance = Random(story)
    known = _sentences()
    return "\n\n".join(
        " ".join(known[chance.randrange(SENTENCES)] for _ in range(chance.randint(*OF_SENTENCES)))
        for _ in range(chance.randint(*PARAGRAPHS))
    )


@lru_cache(maxsize=1)
def _sentences() -> list[str]:
    """Made-up sentences of 8 to 28 words; few words are frequent, as in any language."""
    chance = Random(0)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(40_000)]
    weights = [1 / (n + 3) for n in range(len(words))]
    drawn = iter(chance.choices(words, weights, k=SENTENCES * 28))
    return [
        " ".join(next(drawn) for _ in range(chance.randint(8, 28))).capitalize() + "."
        for _ in range(SENTENCES)
    ]

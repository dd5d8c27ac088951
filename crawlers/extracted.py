"""WARC in, JSON Lines out: the files `extracted/<run>.<rules>.jsonl.gz`, as docs/design.md lays them down.

A cache that can be made again at will: the same captures under the same rules give the same bytes, however
many processes made them. Pages stay in the process that read them: what comes out of it is lines.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, tzinfo
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

from crawlers import urls
from crawlers.extract import RULES, extract, extract_feed, read, read_listing
from crawlers.items import Article, Capture, Reason, Rejection
from crawlers.limit import SECONDS, TooSlowError, limited, works_here
from crawlers.packs import Segment
from crawlers.payload import media_type
from crawlers.rails import Evidence, Teaser
from crawlers.ranges import RANGE, Joining, ranges, read_part
from crawlers.reading import Tally
from crawlers.site import LIVE, TIME_ZONE
from crawlers.suspects import Page
from crawlers.workers import Task, Workers

_LOG = logging.getLogger(__name__)
_FLAT = tuple(Article.__dataclass_fields__)

Line = dict[str, object]


def file_name(run: str) -> str:
    """The name of a run's file under today's rules."""
    return f"{run}.{RULES}.jsonl.gz"


def write(lines: Iterable[bytes], folder: Path, run: str) -> Path:
    """The file of these lines of a run, written beside and renamed once whole; an older one is replaced.

    Raises whatever making the lines raises, and then leaves no file of this name behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(run)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as raw:
            # No name and no time in gzip's header: the same lines are the same bytes.
            with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                for line in lines:
                    packed.write(line)
            raw.flush()
            os.fsync(raw.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def extract_archives(
    archives: Sequence[tuple[Path | Segment, str]], folder: Path, site: str = LIVE, jobs: int = 1
) -> Iterator[Path]:
    """The files of these (WARC file or segment of one, run) pairs, as they come, made by `jobs` processes.

    One process works at a file; at one so large that the others would wait for it they all work together.
    A file's warnings are said once it is done.
    """
    if jobs <= 1 and works_here():
        for archive, run in archives:
            path, tally = extract_archive(archive, folder, run, site)
            warn(archive, tally)
            yield path
        return
    with Workers(jobs) as workers:
        bytes_each = sum(_segment(archive, run).size for archive, run in archives) / jobs
        apart = []
        for archive, run in archives:
            if jobs > 1 and _segment(archive, run).size > max(bytes_each / 2, RANGE):
                joining = _joining(archive, run, site)
                yield write(_joined(joining, workers, jobs), folder, run)
                warn(archive, joining.tally)
            else:
                apart.append(Task(archive, extract_archive, (archive, folder, run, site)))
        for task, (path, tally) in workers.as_they_come(apart):
            warn(task.subject, tally)
            yield path


def _segment(archive: Path | Segment, run: str) -> Segment:
    return archive if isinstance(archive, Segment) else Segment(archive, run)


def _joining(archive: Path | Segment, run: str, site: str) -> Joining:
    lying = _segment(archive, run)
    return Joining(lying.path, partial(packed_lines, run=run, site=site), lying.start, lying.end)


def extract_archive(archive: Path | Segment, folder: Path, run: str, site: str) -> tuple[Path, Tally]:
    """The file of one run, made here and now, and what of its records could not be read."""
    joining = _joining(archive, run, site)
    return write(joining.whole(), folder, run), joining.tally


def _joined(joining: Joining, workers: Workers, jobs: int) -> Iterator[bytes]:
    """The lines of one WARC file in order, made by all workers."""
    tasks = (
        Task(stretch, read_part, (stretch, joining.work))
        for stretch in ranges(joining.path, jobs, None, joining.start, joining.end)
        if not joining.over(stretch)
    )
    for task, part in workers.in_order(tasks):
        yield from joining.take(task.arguments[0], part)


def warn(archive: object, tally: Tally) -> None:
    """Nothing; what of a WARC file could not be read is said."""
    if tally.torn or tally.skipped:
        _LOG.warning("%s: %s torn and %s foreign records skipped", archive, tally.torn, tally.skipped)


def packed(line: Line) -> bytes:
    """A line as the files of `extracted/` have it."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def packed_lines(capture: Capture, run: str, site: str = LIVE) -> list[bytes]:
    """The lines of a capture, as the files have them."""
    return [packed(line) for line in lines(capture, run, site)]


def judged(capture: Capture, site: str = LIVE, seconds: float = SECONDS) -> Article | Rejection:
    """The article of a captured response or why there is none, within a page's time."""
    try:
        return limited(lambda: extract(capture, site, thorough=True), seconds)
    except TooSlowError as error:
        return Rejection(urls.story_id(capture.url, site), capture.url, Reason.TOO_SLOW, str(error))


def flat(result: Article | Rejection) -> Line:
    """A line of `dawn extract`: the columns of `articles` that a page alone gives; times in its offset.

    A Rejection has story_id, url, reason and detail, and points_to where it leads elsewhere.
    """
    if isinstance(result, Article):
        columns: Line = {name: _plain(getattr(result, name), TIME_ZONE) for name in _FLAT}
        return columns | {
            "word_count": result.word_count,
            "content_hash": result.content_hash,
            "rules": RULES,
        }
    said: Line = {
        "story_id": result.story_id,
        "url": result.url,
        "reason": result.reason.value,
        "detail": result.detail,
    }
    return said | ({"points_to": result.points_to} if result.points_to else {})


def lines(capture: Capture, run: str, site: str = LIVE, seconds: float = SECONDS) -> list[Line]:
    """The line of a capture, and one for each item of a feed; what takes too long is a rejection."""
    line = _line(capture, run, site)
    if capture.revisit_of is not None:
        return [line]
    try:
        return [line, *limited(lambda: _fill(line, capture, site), seconds)]
    except TooSlowError as error:
        line["article"] = line["evidence"] = None
        if line["role"] != "listing":  # of which nothing but evidence was wanted
            line["rejection"] = _rejection(Rejection(None, capture.url, Reason.TOO_SLOW, str(error)))
        return [line]


def _fill(line: Line, capture: Capture, site: str) -> list[Line]:
    """The lines of a feed's items; the line itself gets what the capture gave."""
    if line["role"] == "story":
        reading = read(capture, site)
        if isinstance(reading.result, Article):
            line["article"] = _article(reading.result)
        else:
            line["rejection"] = _rejection(reading.result)
        line["evidence"] = _evidence(reading.evidence)
    elif line["role"] == "listing":
        line["evidence"] = _evidence(read_listing(capture, site))
    elif line["role"] == "feed":
        return [
            line | {"item": item, "story_id": article.story_id, "article": _article(article)}
            for item, article in enumerate(extract_feed(capture, site), 1)
        ]
    return []


def _line(capture: Capture, run: str, site: str) -> Line:
    return {
        "capture_id": capture.id,
        "item": 0,
        "run": run,
        "rules": RULES,
        "url": capture.url,
        "fetched_at": capture.fetched_at.isoformat(),
        "status": capture.status,
        "media_type": media_type(capture),
        "bytes": len(capture.content),
        "digest": capture.digest,
        "revisit_of": capture.revisit_of,
        "etag": capture.header("ETag"),
        "last_modified": capture.header("Last-Modified"),
        "role": urls.role(capture.url, site),
        "story_id": urls.story_id(capture.url, site),
        "article": None,
        "rejection": None,
        "evidence": None,
    }


def _article(article: Article) -> Line:
    """The article's fields. The text is said once where it has no marks, as of three stories in four: of a
    load's time a third goes into reading texts."""
    columns = {name: _plain(getattr(article, name)) for name in Article.__dataclass_fields__}
    return (
        columns
        | {
            "word_count": article.word_count,
            "content_hash": article.content_hash,
            "body_id": article.body_id,
            "markdown_id": article.markdown_id,
        }
        | ({"body_markdown": None} if article.markdown_id == article.body_id else {})
    )


def _rejection(rejection: Rejection) -> Line:
    return {
        "reason": rejection.reason.value,
        "final": rejection.reason.final,
        "detail": rejection.detail,
        "points_to": rejection.points_to,
    }


def stored_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file that `write` wrote, in their order."""
    with gzip.open(path, "rb") as packed:
        for line in packed:
            yield json.loads(line)


def is_whole(path: Path) -> bool:
    """Whether each line of a file that `write` wrote can still be read, to the last byte."""
    try:
        for line in stored_lines(path):
            if "capture_id" not in line:
                return False
    except (gzip.BadGzipFile, EOFError, zlib.error, ValueError, TypeError):
        return False
    return path.stat().st_size > 0  # to gzip an empty file is one without a line


def page_of(line: dict[str, Any]) -> Page | None:
    """What the meter judges of a line: its article's text, and its page's evidence; None without a text."""
    article, shown = line["article"], line["evidence"] or {}
    if article is None:
        return None
    return Page(
        capture_id=line["capture_id"],
        item=line["item"],
        story_id=article["story_id"],
        title=article["title"],
        paragraphs=tuple(article["body"].split("\n\n")) if article["body"] else (),
        evidence=Evidence(
            after=tuple(shown.get("after", ())),
            opening=shown.get("opening"),
            linked=tuple(Teaser(*each) for each in shown.get("linked", ())),
        ),
    )


def _evidence(shown: Evidence | None) -> Line | None:
    if shown is None:
        return None
    return {
        "teasers": [list(teaser) for teaser in shown.teasers],
        "outside": list(shown.outside),
        "after": list(shown.after),
        "opening": shown.opening,
        "linked": [list(teaser) for teaser in shown.linked],
        "rail_sentences": shown.sentences,
    }


def _plain(value: object, zone: tzinfo | None = None) -> object:
    """A value as JSON has it, dataclasses as objects; instants keep their own offset, or get the zone's."""
    if isinstance(value, tuple):
        return [_plain(one, zone) for one in value]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), zone) for one in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime) and zone is not None:
        return value.astimezone(zone).isoformat()
    return value.isoformat() if isinstance(value, date) else value

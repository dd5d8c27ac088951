"""WARC in, JSON Lines out: the files `extracted/<run>.<rules>.jsonl.gz`, as docs/design.md lays them down.

A cache that can be made again at will: the same captures under the same rules give the same bytes, however
many processes made them.
"""

from __future__ import annotations

import gzip
import json
import logging
import multiprocessing
import os
import shutil
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import fields, is_dataclass
from datetime import date, datetime, tzinfo
from enum import Enum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from crawlers import urls
from crawlers.extract import RULES, extract, extract_feed, extract_page, read, read_listing
from crawlers.items import Article, Capture, Rejection
from crawlers.payload import media_type
from crawlers.rails import Evidence, Teaser
from crawlers.site import LIVE, TIME_ZONE
from crawlers.suspects import Page

_CHUNK_CAPTURES, _CHUNK_BYTES = 32, 4_000_000
_PEEKED = 4096
_LOG = logging.getLogger(__name__)
_FLAT = tuple(Article.__dataclass_fields__)

Line = dict[str, object]


def file_name(run: str) -> str:
    """The name of a run's file under today's rules."""
    return f"{run}.{RULES}.jsonl.gz"


def write(captures: Iterable[Capture], folder: Path, run: str, site: str = LIVE, jobs: int = 1) -> Path:
    """The file of all captures of a run, written beside and renamed once whole; an older one is replaced.

    Raises whatever reading the captures raises, and then leaves no file of this name behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(run)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as raw:
            # No name and no time in gzip's header: the same lines are the same bytes.
            with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                for line in lines(captures, run, site, jobs):
                    packed.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            raw.flush()
            os.fsync(raw.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def extract_archive(archive: Path, folder: Path, run: str, site: str = LIVE, jobs: int = 1) -> Path:
    """The file of a WARC file's captures; see `write`."""
    return write(_captures(archive), folder, run, site, jobs)


def extract_archives(
    archives: Sequence[tuple[Path, str]], folder: Path, site: str = LIVE, jobs: int = 1
) -> Iterator[Path]:
    """The files of these (WARC file, run) pairs, as they come: a task a WARC file, in `jobs` processes."""
    if jobs <= 1 or len(archives) <= 1:
        for archive, run in archives:
            yield extract_archive(archive, folder, run, site, jobs)
        return
    with _pool(min(jobs, len(archives))) as pool:
        tasks = [pool.submit(extract_archive, archive, folder, run, site) for archive, run in archives]
        try:
            for task in as_completed(tasks):
                yield task.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def read_files(files: Sequence[Path], site: str | None = None, jobs: int = 1) -> Iterator[Line]:
    """The flat lines of HTML and WARC files, in their order; `-` is stdin, of either sort.

    Without `site` it is the live one, and for captures of a site on loopback that one. Of a WARC file the
    captures of stories are read, not its listings, feeds and revisits; one without any is warned of. Raises
    OSError for a file that cannot be read.
    """
    pages = (page for path in files for page in _pages(path, site))
    if jobs <= 1:
        yield from map(_read_page, pages)
        return
    waiting: deque[Future[Line]] = deque()
    with _pool(jobs) as pool:
        try:
            for page in pages:
                waiting.append(pool.submit(_read_page, page))
                if len(waiting) > 64 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _pages(path: Path, site: str | None) -> Iterator[tuple[Capture | bytes, str]]:
    with ExitStack() as opened:
        if str(path) == "-" or not path.is_file():  # a pipe can be read only once, and a WARC file not at all
            source = sys.stdin.buffer if str(path) == "-" else opened.enter_context(path.open("rb"))
            copied = opened.enter_context(NamedTemporaryFile())
            shutil.copyfileobj(source, copied)
            copied.flush()
            path = Path(copied.name)
        with path.open("rb") as file:
            begins = file.read(_PEEKED)
            if not _is_warc(begins):
                yield begins + file.read(), site or LIVE
                return
        stories = revisits = 0
        for capture in _captures(path):
            its_site = site or (urls.site_of(capture.url) if urls.is_loopback(capture.url) else None) or LIVE
            revisits += capture.revisit_of is not None
            if capture.revisit_of is None and urls.role(capture.url, its_site) == "story":
                stories += 1
                yield capture, its_site
        if not stories and not revisits:
            _LOG.warning("%s holds no story of %s", path, site or LIVE)


def _captures(archive: Path) -> Iterator[Capture]:
    """The captures of a WARC file; what of it could not be read is said, once all else is."""
    from crawlers.archive import read

    reading = read(archive)
    yield from reading
    if reading.torn or reading.skipped:
        _LOG.warning("%s: %s torn and %s foreign records skipped", archive, reading.torn, reading.skipped)


def _is_warc(content: bytes) -> bool:
    """Whether bytes begin as a WARC file does, packed or not; a packed page is none."""
    if content.startswith(b"\x1f\x8b"):
        try:
            content = zlib.decompressobj(wbits=31).decompress(content, 4)
        except zlib.error:
            return False
    return content.startswith(b"WARC")


def _read_page(page: tuple[Capture | bytes, str]) -> Line:
    content, site = page
    if isinstance(content, bytes):
        return flat(extract_page(content, site=site))
    return flat(extract(content, site, thorough=True))


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Fresh processes (forkserver: never a copy of threads), the parsers loaded once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crawlers.extracted"])
    return ProcessPoolExecutor(jobs, mp_context=context)


def lines(captures: Iterable[Capture], run: str, site: str = LIVE, jobs: int = 1) -> Iterator[Line]:
    """One line a capture and one an item of a feed, in the captures' order whatever the number of jobs.

    `jobs=1` works in this process; more in a pool of fresh ones, which holds a few chunks at a time, so that
    a WARC of any size takes the same memory.
    """
    if jobs <= 1:
        for capture in captures:
            yield from _lines_of((capture,), run, site)
        return
    waiting: deque[Future[list[Line]]] = deque()
    with _pool(jobs) as pool:
        try:
            for chunk in _chunks(captures):
                waiting.append(pool.submit(_lines_of, chunk, run, site))
                if len(waiting) > 2 * jobs:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def flat(result: Article | Rejection) -> Line:
    """A line of `dawn extract`: the columns of `articles` that a page alone gives; times in Karachi's offset.

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


def _lines_of(captures: tuple[Capture, ...], run: str, site: str) -> list[Line]:
    made: list[Line] = []
    for capture in captures:
        line = _line(capture, run, site)
        made.append(line)
        if capture.revisit_of is not None:
            continue
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
            made.extend(
                line | {"item": item, "story_id": article.story_id, "article": _article(article)}
                for item, article in enumerate(extract_feed(capture, site), 1)
            )
    return made


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
        "role": urls.role(capture.url, site),
        "story_id": urls.story_id(capture.url, site),
        "article": None,
        "rejection": None,
        "evidence": None,
    }


def _article(article: Article) -> Line:
    columns = {name: _plain(getattr(article, name)) for name in Article.__dataclass_fields__}
    return columns | {"word_count": article.word_count, "content_hash": article.content_hash}


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


def _chunks(captures: Iterable[Capture]) -> Iterator[tuple[Capture, ...]]:
    chunk: list[Capture] = []
    size = 0
    for capture in captures:
        chunk.append(capture)
        size += len(capture.content)
        if len(chunk) >= _CHUNK_CAPTURES or size >= _CHUNK_BYTES:
            yield tuple(chunk)
            chunk, size = [], 0
    if chunk:
        yield tuple(chunk)

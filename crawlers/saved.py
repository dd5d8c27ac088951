"""What `dawn extract` does: HTML and WARC files in, flat JSON Lines out; no network, no database."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile

from crawlers import urls
from crawlers.extract import extract_page
from crawlers.extracted import flat, judged, warn
from crawlers.items import Capture, Reason, Rejection
from crawlers.limit import SECONDS, TooSlowError, limited
from crawlers.ranges import Joining, Range, ranges, read_part
from crawlers.site import LIVE, MAX_PAGE_BYTES
from crawlers.workers import Task, Workers

_PEEKED = 4096
_WORTH_A_POOL = 8_000_000  # packed bytes, a second's work: starting processes takes as long
_PACKED_TO = 6  # how many times smaller a page is packed
_PAGES, _PAGE_BYTES = 32, 4_000_000  # HTML files for one task, and their bytes
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Source:
    """A file to be read: what it is called, where its bytes lie, and how many there are, if packed."""

    name: str
    path: Path
    warc: bool
    weight: int


class _Warc:
    """The stories of a WARC file while it is read."""

    def __init__(self, source: _Source, site: str | None) -> None:
        self.joining = Joining(source.path, partial(_story_lines, site=site))
        self.name, self._site, self._stories = source.name, site, 0

    def counted(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines."""
        for line in lines:
            self._stories += 1
            yield line

    def warn(self) -> None:
        """Nothing; says what could not be read, once all of the file was."""
        warn(self.name, self.joining.tally)
        if not self._stories and not self.joining.tally.revisits:
            _LOG.warning("%s holds no story of %s", self.name, self._site or LIVE)


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """A range of a WARC file, as the subject of a task."""

    of: _Warc
    range: Range

    def __str__(self) -> str:
        return f"{self.of.name}, bytes {self.range.first} to {self.range.last}"


def read_files(files: Sequence[Path], site: str | None = None, jobs: int = 1) -> Iterator[bytes]:
    """The flat lines of HTML and WARC files, each with its end, in the files' order; `-` is stdin.

    Without `site` it is the live one, and for captures of a site on loopback that one. Of a WARC file the
    captures of stories are read, not its listings, feeds and revisits; one without any is warned of. The
    lines are the same whatever the number of jobs; this process makes them where that is 1, or little is to
    be done. Raises OSError for a file that cannot be read, and WorkerLostError where a process was killed.
    """
    with ExitStack() as copies:
        sources = (_source(path, copies) for path in files)
        known: list[_Source] = []
        weight = 0
        while jobs > 1 and weight <= _WORTH_A_POOL and (source := next(sources, None)):
            known.append(source)
            weight += source.weight
        read = partial(_read_apart, jobs=jobs) if weight > _WORTH_A_POOL else _read_here
        yield from read(chain(known, sources), site)


def _source(path: Path, copies: ExitStack) -> _Source:
    stdin = str(path) == "-"
    name = "stdin" if stdin else str(path)
    try:
        if stdin or not path.is_file():  # a pipe can be read only once, and a WARC file not at all
            with ExitStack() as opened:
                given = sys.stdin.buffer if stdin else opened.enter_context(path.open("rb"))
                copied = copies.enter_context(NamedTemporaryFile())
                shutil.copyfileobj(given, copied)
                copied.flush()
            path = Path(copied.name)
        with path.open("rb") as file:
            begins = file.read(_PEEKED)
        size = path.stat().st_size
    except OSError:
        return _Source(name, path, False, 0)  # whoever reads it says why it cannot, when it is its turn
    return _Source(name, path, _is_warc(begins), size if begins[:1] == b"\x1f" else size // _PACKED_TO)


def is_warc_file(path: Path) -> bool:
    """Whether a file begins as a WARC file does. Raises OSError for one that cannot be read."""
    with path.open("rb") as file:
        return _is_warc(file.read(_PEEKED))


def _is_warc(content: bytes) -> bool:
    """Whether bytes begin as a WARC file does, packed or not; a packed page is none."""
    if content.startswith(b"\x1f\x8b"):
        try:
            content = zlib.decompressobj(wbits=31).decompress(content, _PEEKED)
        except zlib.error:
            return False
    return content.removeprefix(BOM_UTF8).lstrip(b"\r\n").startswith(b"WARC")


def _read_here(sources: Iterable[_Source], site: str | None) -> Iterator[bytes]:
    for source in sources:
        if source.warc:
            warc = _Warc(source, site)
            yield from warc.counted(warc.joining.whole())
            warc.warn()
        else:
            yield _page_line(source.path, site)


def _read_apart(sources: Iterable[_Source], site: str | None, jobs: int) -> Iterator[bytes]:
    warc: _Warc | None = None
    with Workers(jobs) as workers:
        for task, made in workers.in_order(_tasks(sources, site, jobs)):
            subject = task.subject
            of = subject.of if isinstance(subject, _Stretch) else None
            if warc is not None and warc is not of:
                warc.warn()
            warc = of
            if isinstance(subject, _Stretch):
                yield from subject.of.counted(subject.of.joining.take(subject.range, made))
            else:
                lines, error = made
                yield from lines
                if error is not None:
                    raise error
    if warc is not None:
        warc.warn()


def _tasks(sources: Iterable[_Source], site: str | None, jobs: int) -> Iterator[Task]:
    """A task a range of a WARC file, and one for some HTML files together."""
    pages: list[_Source] = []
    for source in sources:
        weight = sum(page.weight for page in pages) * _PACKED_TO
        if pages and (source.warc or len(pages) >= _PAGES or weight > _PAGE_BYTES):
            yield _pages_task(pages, site)
            pages = []
        if not source.warc:
            pages.append(source)
            continue
        warc = _Warc(source, site)
        for stretch in ranges(source.path, jobs):
            if not warc.joining.over(stretch):
                yield Task(_Stretch(warc, stretch), read_part, (stretch, warc.joining.work))
    if pages:
        yield _pages_task(pages, site)


def _pages_task(pages: list[_Source], site: str | None) -> Task:
    subject = pages[0].name if len(pages) == 1 else f"{pages[0].name} … {pages[-1].name}"
    return Task(subject, _page_lines, ([page.path for page in pages], site))


def _page_lines(paths: list[Path], site: str | None) -> tuple[list[bytes], OSError | None]:
    """The lines of saved pages, up to the first that cannot be read, and why it cannot."""
    lines: list[bytes] = []
    try:
        for path in paths:
            lines.append(_page_line(path, site))  # noqa: PERF401 (those before an error are kept)
    except OSError as error:
        return lines, error
    return lines, None


def _page_line(path: Path, site: str | None, seconds: float = SECONDS) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_PAGE_BYTES + 1)
    try:
        result = limited(lambda: extract_page(content, site=site or LIVE), seconds)
    except TooSlowError as error:
        result = Rejection(None, "", Reason.TOO_SLOW, str(error))
    return _packed(flat(result))


def _story_lines(capture: Capture, site: str | None) -> list[bytes]:
    its_site = site or (urls.site_of(capture.url) if urls.is_loopback(capture.url) else None) or LIVE
    if capture.revisit_of is not None or urls.role(capture.url, its_site) != "story":
        return []
    return [_packed(flat(judged(capture, its_site)))]


def _packed(line: dict[str, object]) -> bytes:
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"

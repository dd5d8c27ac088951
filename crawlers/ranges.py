"""One WARC file read by several processes: byte ranges of it, and how what they say is put together.

Nobody can tell for certain from the middle of a file where a record begins: what looks like one may lie
inside a page. So each range says where it began to read and where it stopped, and is believed only if it
began where reading from the beginning had arrived. What is not believed is read again, in order. The outcome
is always that of reading the file in one go.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from crawlers.items import Capture
from crawlers.reading import Reading, Tally
from crawlers.records import is_zipped

RANGE = 4 << 20
"""Bytes of a file for one task: some 150 packed pages, half a second of work."""

_SMALLEST = 1 << 18
_WINDOW = 1 << 18  # bytes that are searched at once
_AHEAD = 4096  # bytes of a gzip member that are looked into: more than its headers take
_MEMBER = re.compile(rb"\x1f\x8b\x08")
_AFTER_A_RECORD = re.compile(rb"\r\n\r\n(?=WARC/\d)")
_MUCH = 16 << 20  # bytes of lines that one part holds at most, give or take a capture's

Work = Callable[[Capture], list[bytes]]
"""What is made of a capture: its lines, each with its end. Several processes do it, so it must be pure."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes of a file: its are the records that begin in it. `last` is the first byte after it."""

    path: Path
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.path}, bytes {self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Part:
    """What a range held, as far as one can see from inside it."""

    began: int | None  # where its first record seems to begin; None: none does
    stopped: int | None  # where reading must go on; None: there is nothing more
    lines: list[bytes]
    tally: Tally


def ranges(
    path: Path, jobs: int, size: int | None = None, start: int = 0, end: int | None = None
) -> list[Range]:
    """The ranges of a file: some for each job, none much longer than RANGE or than `size`.

    The last one ends at `end`, or at the byte that was the file's last when this was asked. A record begins
    at `start`.
    """
    end = path.stat().st_size if end is None else end
    size = size or max(_SMALLEST, min(RANGE, (end - start) // (4 * jobs) + 1))
    return [Range(path, first, min(first + size, end)) for first in range(start, end, size)]


def read_part(stretch: Range, work: Work) -> Part:
    """What the records of a range hold. To be judged by `Joining.take`: it may have begun at no record."""
    began = first_record(stretch)
    if began is None:
        return Part(None, None, [], Tally())
    reading = Reading(stretch.path, began, stretch.last, apart=True)
    lines: list[bytes] = []
    ends = [0]  # lines after each capture
    size = 0
    for capture in reading:
        made = work(capture)
        lines += made
        ends.append(len(lines))
        size += sum(map(len, made))
        if size > _MUCH:
            reading.end = began  # the next record is another's
    del lines[ends[reading.tally.captures] :]
    return Part(began, reading.stopped, lines, reading.tally)


def first_record(stretch: Range) -> int | None:
    """The first byte of a range at which a record seems to begin; None where none does."""
    if stretch.first == 0:
        return 0
    with stretch.path.open("rb") as file:
        search = _first_member if is_zipped(file) else _first_plain
        return search(file, stretch.first, stretch.last)


def _first_member(file: BinaryIO, first: int, last: int) -> int | None:
    for at in range(first, last, _WINDOW):
        file.seek(at)
        content = memoryview(file.read(_WINDOW + _AHEAD))
        for found in _MEMBER.finditer(content):
            if found.start() >= min(_WINDOW, last - at):
                break
            if _inflates_to_a_record(content[found.start() : found.start() + _AHEAD]):
                return at + found.start()
    return None


def _inflates_to_a_record(member: memoryview) -> bool:
    try:
        return zlib.decompressobj(wbits=31).decompress(member, 5) == b"WARC/"
    except zlib.error:
        return False


def _first_plain(file: BinaryIO, first: int, last: int) -> int | None:
    for at in range(first, last, _WINDOW):
        before = file.seek(max(at - 4, 0))
        found = _AFTER_A_RECORD.search(file.read(_WINDOW + 10))
        if found:
            return before + found.end() if before + found.end() < last else None
    return None


@dataclass(slots=True)
class Joining:
    """The lines of a file, or of its bytes from `start` to `end`, from the parts of its ranges, in order.

    `tally` is right once all were taken.
    """

    path: Path
    work: Work
    start: int = 0
    end: int | None = None
    tally: Tally = field(default_factory=Tally)
    again: int = 0  # ranges that were read in order, because their parts could not be believed or broke off
    _at: int | None = field(init=False)  # where reading in order has arrived; None: at the end

    def __post_init__(self) -> None:
        self._at = self.start

    def over(self, stretch: Range) -> bool:
        """Whether all of a range was read already: something that begins before it reached beyond it."""
        return self._at is None or self._at >= stretch.last

    def take(self, stretch: Range, part: Part) -> Iterator[bytes]:
        """The lines of the next range: those of its part, or what reading in order gives."""
        if self.over(stretch):
            return
        if part.began == self._at:
            self._at = part.stopped
            self.tally.add(part.tally)
            yield from part.lines
        if not self.over(stretch):
            self.again += 1
            yield from self._read(stretch.last)

    def whole(self) -> Iterator[bytes]:
        """The lines of all of it, read in order by this process."""
        return self._read(self.end)

    def _read(self, end: int | None) -> Iterator[bytes]:
        assert self._at is not None
        reading = Reading(self.path, self._at, end)
        for capture in reading:
            yield from self.work(capture)
        self._at = reading.stopped
        self.tally.add(reading.tally)

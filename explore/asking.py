"""How questions are asked here: for so long, with so much memory, so many at once, while somebody waits."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from time import perf_counter
from typing import Any, BinaryIO, Literal, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from explore.harmless import harmless, told_apart
from explore.plot import Column, column
from warehouse.deadline import Deadline
from warehouse.query import QueryError, answer, export
from warehouse.values import cell, lines

Form = Literal["csv", "jsonl", "parquet"]

MOST_ROWS = 1000
MOST_COLUMNS = 100
MOST_CHARACTERS = 2_000_000  # of all cells that a page shows
LONGEST_CELL = 500  # characters
LONGEST_NAME = 80  # characters of a column's name
_BATCH = 20  # rows held at a time: their cells may be megabytes
_LOOK = 0.1  # seconds between two looks at whether the browser is still there

_Made = TypeVar("_Made")


class BusyError(Exception):
    """As many questions as may be are being answered; the message says what to do."""


class Asking:
    """The bounds of questions: seconds and bytes of DuckDB's for each, and how many at once."""

    def __init__(self, seconds: float = 30.0, memory: int = 1 << 30, at_once: int = 2) -> None:
        self.seconds, self.memory, self.at_once = seconds, memory, at_once
        self._running: set[Deadline] = set()
        self._lock = Lock()

    @contextmanager
    def turn(self) -> Iterator[Deadline]:
        """The deadline of one question more. Raises BusyError where as many are asked as may be."""
        deadline = Deadline(self.seconds)
        with self._lock:
            if len(self._running) >= self.at_once:
                raise BusyError(
                    f"{self.at_once} questions are being answered just now, which is as many as may be:"
                    " wait until one is done, and run this again"
                )
            self._running.add(deadline)
        try:
            yield deadline
        finally:
            with self._lock:
                self._running.remove(deadline)

    def end(self, why: str) -> None:
        """Nothing; all questions that are being answered are ended."""
        with self._lock:
            for deadline in self._running:
                deadline.end(why)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a page shows of an answer: names, cells as text, how many were left away, and what can be drawn.

    `more` tells that there are more rows than are shown; `long` how many cells were cut.
    """

    names: tuple[str, ...]
    columns: int
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]
    drawable: tuple[Column, ...]
    more: bool
    long: int
    seconds: float


def answered(public: Path, sql: str, asking: Asking, deadline: Deadline) -> Answered:
    """The answer as far as a page shows it. Raises QueryError where there is none."""
    began = perf_counter()
    rows: list[tuple[str, ...]] = []
    values: list[tuple[Any, ...]] = []
    long = characters = 0
    with answer(public, sql, deadline=deadline, memory=asking.memory, batch=_BATCH) as found:
        more = False
        for row in found.rows:
            if len(rows) == MOST_ROWS or characters > MOST_CHARACTERS:
                more = True
                break
            cells = [cell(value) for value in islice(row, MOST_COLUMNS)]
            long += sum(len(said) > LONGEST_CELL for said in cells)
            cut = tuple(harmless(said, LONGEST_CELL) for said in cells)
            characters += sum(map(len, cut))
            rows.append(cut)
            values.append(tuple(_kept(value, said) for value, said in zip(row, cut, strict=False)))
        names = told_apart(found.columns[:MOST_COLUMNS], LONGEST_NAME)
        drawable = tuple(column(name, [row[n] for row in values]) for n, name in enumerate(names))
        return Answered(
            names,
            len(found.columns),
            tuple(rows),
            tuple(each.kind == "quantitative" for each in drawable),
            drawable,
            more,
            long,
            perf_counter() - began,
        )


def _kept(value: Any, said: str) -> Any:
    """A value as a chart may need it: without the megabytes."""
    return said if isinstance(value, str | bytes | list | tuple | dict) else value


def exported(public: Path, sql: str, form: Form, asking: Asking, deadline: Deadline) -> BinaryIO:
    """The whole answer in an open file that has no name any more: closed, it is gone. Raises QueryError.

    Made whole before a byte of it is sent: an answer that fails is no file that looks complete. It may take
    half of what is free on the disk.
    """
    with TemporaryDirectory(prefix="dawn-answer.") as folder:
        made = Path(folder) / "answer"
        with _bounded(made, deadline):
            if form == "parquet":
                export(public, sql, made, deadline=deadline, memory=asking.memory)
            else:
                with (
                    answer(public, sql, deadline=deadline, memory=asking.memory, batch=_BATCH) as found,
                    made.open("w", encoding="utf-8", newline="") as file,
                ):
                    file.writelines(lines(found, form))
        return made.open("rb")


@contextmanager
def _bounded(made: Path, deadline: Deadline) -> Iterator[None]:
    """Nothing; the question ends where the file of its answer becomes too large for the disk."""
    most = shutil.disk_usage(made.parent).free // 2
    done = Event()

    def watch() -> None:
        while not done.wait(_LOOK):
            with suppress(FileNotFoundError):
                if made.stat().st_size > most:
                    deadline.end("the answer takes more than half of what is free on the disk: ask for less")

    watching = Thread(target=watch, name="answer-size", daemon=True)
    watching.start()
    try:
        yield
    except OSError as error:
        raise QueryError(f"the answer cannot be written: {error.strerror}") from error
    finally:
        done.set()
        watching.join()


async def while_waited_for(request: Request, asking: Asking, work: Callable[[Deadline], _Made]) -> _Made:
    """What the work gives; its question is ended once it takes too long, or the browser has gone away."""
    with asking.turn() as deadline:

        async def watch() -> None:
            try:
                while not await request.is_disconnected():
                    await asyncio.sleep(_LOOK)
            finally:
                deadline.end("nobody waits for the answer any more")

        watching = asyncio.create_task(watch())
        try:
            return await run_in_threadpool(work, deadline)
        finally:
            watching.cancel()

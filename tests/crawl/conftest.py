"""Real crawls, each in a process of its own, against the look-alike on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from crawlers import journal
from crawlers import reading as warc
from crawlers.archive import Held, Validated
from crawlers.crawl import command
from crawlers.items import Capture
from crawlers.lookalike import Lookalike
from crawlers.plan import Owed, Plan

TODAY = date(2026, 3, 9)
numbers = count(1)


@dataclass(frozen=True)
class Crawled:
    """What a crawl process left behind."""

    code: int
    last_line: str
    stdout: str
    stderr: str
    plan: Plan
    events: list[dict[str, Any]] = field(default_factory=list)
    captures: list[Capture] = field(default_factory=list)
    torn: int = 0

    def of(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == event]

    @property
    def end(self) -> dict[str, Any]:
        [end] = self.of("end")
        return end


@dataclass(frozen=True)
class Crawling:
    """A crawl process under way."""

    plan: Plan
    process: subprocess.Popen[str]

    def answered(self, number: int) -> None:
        """Nothing; that many requests came to their end, and stand in the archive."""
        assert self.process.stdout is not None
        for _ in range(number):
            assert self.process.stdout.readline()

    def left(self, timeout: float = 60) -> Crawled:
        """What it leaves behind, once it is over."""
        stdout, stderr = self.process.communicate(timeout=timeout)
        lines = stderr.splitlines() or [""]
        reading = warc.read(self.plan.archive) if self.plan.archive.exists() else None
        captures = list(reading) if reading else []
        events = list(journal.read(self.plan.journal)) if self.plan.journal.exists() else []
        torn = reading.torn if reading else 0
        return Crawled(self.process.returncode, lines[-1], stdout, stderr, self.plan, events, captures, torn)


Start = Callable[..., Crawling]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a crawl: `start(spider, address, stories=[...], delay=…, day=…, payloads=…)`."""
    under_way: list[Crawling] = []

    def begin(
        spider: str,
        address: str,
        *,
        stories: dict[int, str] | None = None,
        delay: float = 0,
        day: date | None = None,
        payloads: dict[str, Held] | None = None,
        contact: str | None = None,
        owed: tuple[Owed, ...] = (),
        environment: dict[str, str] | None = None,
        program: str | None = None,
        budget: int | None = None,
        listings: tuple[Validated, ...] = (),
    ) -> Crawling:
        run = f"run-{next(numbers)}"
        plan = Plan(
            run=run,
            spider=spider,
            site=address,
            delay=delay,
            archive=tmp_path / f"{run}.warc.gz",
            journal=tmp_path / f"{run}.jsonl",
            day=day,
            contact=contact,
            stories=owed or tuple(Owed(number, url, "new") for number, url in (stories or {}).items()),
            payloads=payloads or {},
            budget=budget,
            listings=listings,
        )
        path = tmp_path / f"{run}.json"
        plan.write(path)
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(path)] if program else command(path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | (environment or {}),
        )
        under_way.append(Crawling(plan, process))
        return under_way[-1]

    yield begin
    for crawling in under_way:
        if crawling.process.poll() is None:
            crawling.process.kill()
            crawling.process.communicate()


@pytest.fixture
def crawl(start: Start) -> Callable[..., Crawled]:
    """The same, waiting until it is over."""
    return lambda *args, **kwargs: start(*args, **kwargs).left()


@pytest.fixture
def site() -> Lookalike:
    return Lookalike(seed=7, days=3, today=TODAY)


def progress(crawled: Crawled) -> list[dict[str, Any]]:
    return [json.loads(line) for line in crawled.stdout.splitlines()]


def until(happened: Callable[[], bool], seconds: float = 20) -> None:
    """Nothing; it has happened. Fails where it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        # Another process's doing can only be looked at again and again; 10 ms keep that cheap.
        Event().wait(0.01)

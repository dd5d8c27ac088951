"""When a question is ended that is still being answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import duckdb

_AGAIN = 0.02
"""Seconds between two interruptions: one that comes between two steps of an answer is lost."""


class Deadline:
    """The end of one question: after so many seconds, or once somebody says so, from whichever thread."""

    def __init__(self, seconds: float) -> None:
        self.why = ""
        """In one line, why the question was ended; "" as long as it was not."""
        self._seconds = seconds
        self._over = Event()

    def end(self, why: str) -> None:
        """Nothing; the question ends as soon as DuckDB notices, or does not begin."""
        self.why = self.why or why
        self._over.set()

    @contextmanager
    def over(self, con: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Nothing; what the connection does in this block is interrupted once it is time."""
        done = Event()

        def watch() -> None:
            if not self._over.wait(self._seconds):
                self.end(f"not answered within {self._seconds:g} seconds, and stopped: ask for less")
            while not done.wait(_AGAIN):
                con.interrupt()

        watching = Thread(target=watch, name="deadline", daemon=True)
        watching.start()
        try:
            yield
        finally:
            done.set()
            self._over.set()
            watching.join()

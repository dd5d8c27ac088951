"""How far a long step is: counts, rate and time left on stderr, where that is a terminal; else nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from flows.console import err, one_line

BAR_FROM = 80  # columns of a terminal that has room for a bar and for words
NUMBERS = 26  # columns that all but the words and the bar take, but for huge counts


class _Words(ProgressColumn):
    """What is being done, cut where a narrow terminal has to have room for the numbers."""

    def render(self, task: Task) -> Text:
        words = Text(one_line(task.description), no_wrap=True)
        words.truncate(max(err.width - NUMBERS, 8), overflow="ellipsis")
        return words


class _Counted(MofNCompleteColumn):
    """`12/30`, or `12` where nobody knows of how many; nothing of what is not counted."""

    def render(self, task: Task) -> Text:
        if task.total is not None:
            return super().render(task)
        return Text(f"{int(task.completed)}" if task.completed else "", style="progress.download")


class _Rate(ProgressColumn):
    """How many a second or a minute, of what is counted."""

    def render(self, task: Task) -> Text:
        return Text(rate(task.speed), style="progress.data.speed")


class _Left(TimeRemainingColumn):
    """The time left, of what has an end; of the rest how long it has taken."""

    _elapsed = TimeElapsedColumn()

    def render(self, task: Task) -> Text:
        if task.total is None:
            return self._elapsed.render(task)
        return super().render(task).append(" left" if err.width >= BAR_FROM else "")


def rate(speed: float | None) -> str:
    """So many a second, or where that is less than one a minute: `25/s`, `3.2/s`, `28/min`."""
    if not speed:
        return ""
    if speed < 0.95:
        return f"{speed * 60:.0f}/min" if speed * 60 >= 0.95 else f"{speed * 3600:.0f}/h"
    return f"{speed:.1f}/s" if speed < 9.95 else f"{speed:.0f}/s"


@contextmanager
def reporting(
    shown: bool = True,
) -> Iterator[tuple[Callable[[str, int, int | None], None], Callable[[], None]]]:
    """What reports progress, and what says that another crawl is waited for. Silent where stderr is piped."""
    live = shown and err.file.isatty() and not err.is_dumb_terminal  # rich takes FORCE_COLOR for a terminal
    bar = [BarColumn()] if err.width >= BAR_FROM else []
    bars = Progress(
        *(SpinnerColumn(), _Words(), *bar, _Counted(), _Rate(), _Left()),
        console=err,
        transient=True,
        disable=not live,
    )
    at_work: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int | None) -> None:
        if what not in at_work:
            for task in at_work.values():
                bars.remove_task(task)
            at_work.clear()
            at_work[what] = bars.add_task(what, total=total)
        # A step that takes no tenth of a second is seen to have been done, too.
        bars.update(at_work[what], completed=done, total=total, refresh=done == total)

    def waiting() -> None:
        err.print("another crawl works in this data folder: waiting for it", style="dim")

    with bars:
        yield report, waiting

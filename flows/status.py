"""The command `dawn status`: the archive in ten lines, and a word for monitors. Asks no site."""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawlers.site import TIME_ZONE
from flows.ending import fail
from flows.options import data_option, existing

if TYPE_CHECKING:
    from flows.disk import DiskUse
    from flows.folder import DataFolder
    from warehouse.days import Holdings
    from warehouse.ledger import DayState

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TAIL = 1 << 16  # bytes of a journal in which its last line stands


class Age(click.ParamType[timedelta]):
    """A length of time: 90m, 3h, 2d."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([0-9]{1,6})([smhd])", str(value))
        if found is None:
            self.fail(f"{value!r} is no length of time: write 90m, 3h or 2d", param, ctx)
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


@dataclass(frozen=True, slots=True)
class Crawl:
    """One run as its journal ends: `outcome` is finished, stopped, failed, killed or running."""

    run: str
    outcome: str
    at: datetime  # of its last event; of a journal without one, when it was last written
    reason: str


@click.command()
@click.option(
    "--max-age",
    type=Age(),
    default=None,
    metavar="AGE",
    help="For monitors: exit 1 and one line where the newest run that succeeded is older (90m, 3h, 2d).",
)
@data_option
def status(max_age: timedelta | None, data: Path) -> None:
    """The archive in ten lines: days, stories, captures, runs, what is owed, what is broken, disk."""
    from flows import show
    from flows.disk import disk_use
    from warehouse.days import covered, holdings

    folder = existing(data)
    now = datetime.now(UTC)
    newest, succeeded = crawls(folder)
    if max_age is not None:
        if succeeded is None:
            fail(f"no run of {data} has succeeded yet")
        elif now - succeeded.at > max_age:
            fail(
                f"the newest run that succeeded, {succeeded.run}, ended {ago(now - succeeded.at)},"
                f" more than {ago(max_age).removesuffix(' ago')}"
            )
    published = folder.public.exists()
    held = holdings(folder.public) if published else None
    days = covered(folder.public) if published else []
    for line in lines(folder.site, held, days, newest, succeeded, disk_use(data), now):
        show.line(line)


def crawls(folder: DataFolder) -> tuple[Crawl | None, Crawl | None]:
    """The newest run of the folder, and the newest that finished; read from the ends of their journals."""
    from crawlers.plan import SPIDERS

    newest: Crawl | None = None
    for path in sorted(folder.journal.glob("*.jsonl"), reverse=True):
        if path.stem.split("-")[1:2] not in ([spider] for spider in SPIDERS):
            continue  # of a stage
        crawl = _crawl(path)
        newest = newest or crawl
        if crawl.outcome == "finished":
            return newest, crawl
    return newest, None


def _crawl(journal: Path) -> Crawl:
    with journal.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            running = False
        except BlockingIOError:
            running = True
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL, 0))
        whole = file.read().rpartition(b"\n")[0]
    try:
        event = json.loads(whole.rpartition(b"\n")[2])
        at = datetime.fromisoformat(event["at"])
    except (ValueError, KeyError, TypeError):  # torn in its first line
        event, at = {}, datetime.fromtimestamp(journal.stat().st_mtime, UTC)
    if event.get("event") == "end":
        return Crawl(journal.stem, str(event.get("outcome")), at, str(event.get("reason") or ""))
    if running:
        return Crawl(journal.stem, "running", at, "a process works on it")
    return Crawl(journal.stem, "killed", at, "its journal breaks off")


def lines(
    site: str,
    held: Holdings | None,
    days: Sequence[DayState],
    newest: Crawl | None,
    succeeded: Crawl | None,
    disk: DiskUse,
    now: datetime,
) -> list[str]:
    """The ten lines. Times are shown in Asia/Karachi."""
    from flows.disk import readable_size

    def when(at: datetime | None) -> str:
        return f"{at.astimezone(TIME_ZONE):%Y-%m-%d %H:%M} ({ago(now - at)})" if at else "none yet"

    def a_run(crawl: Crawl | None) -> str:
        return f"{crawl.run}: {crawl.outcome} {when(crawl.at)}, {crawl.reason}" if crawl else "none yet"

    states = ("complete", "partial", "unknown", "absent")
    counted = [(sum(day.state == state for day in days), state) for state in states]
    stood = ", ".join(f"{count} {state}" for count, state in counted if count)
    span = f"{days[0].day} to {days[-1].day}: {stood}" if days else "none was listed yet"
    parts = ("archive", "journal", "extracted", "search", "databases", "other")
    room = ", ".join(f"{readable_size(size)} {part}" for part in parts if (size := getattr(disk, part)))
    nothing = "nothing is published yet"
    return [
        f"site       {site}",
        f"days       {span}",
        f"stories    {f'{held.stories} in {held.versions} versions' if held else nothing}",
        f"captures   {f'{held.captures}, the newest {when(held.newest_capture)}' if held else nothing}",
        f"published  {when(held.published_at) if held else nothing}",
        f"last run   {a_run(newest)}",
        f"succeeded  {a_run(succeeded)}",
        f"owed       {held.owed if held else nothing}",
        f"breaks     {(held.open_breaks or 'none') if held else nothing}",
        f"disk       {room or 'nothing'}; {readable_size(disk.free)} free",
    ]


def ago(length: timedelta) -> str:
    """A length of time for people: 40 seconds ago, 5 minutes ago, 3 hours ago, 12 days ago."""
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}s ago"
    return f"{seconds} second{'' if seconds == 1 else 's'} ago"

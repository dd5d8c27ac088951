"""The command `dawn status`: the archive in ten lines, and a word for monitors. Asks no site."""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawlers.site import TIME_ZONE
from flows.ending import fail
from flows.json_lines import json_option, say
from flows.options import data_option, existing

if TYPE_CHECKING:
    from flows.disk import DiskUse
    from flows.folder import DataFolder
    from warehouse.days import Holdings
    from warehouse.ledger import DayState

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_STATES = ("complete", "partial", "unknown", "absent")
_HELD = ("stories", "versions", "captures", "newest_capture", "published_at", "owed", "open_breaks")
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
@json_option
def status(max_age: timedelta | None, data: Path, as_json: bool) -> None:
    """The archive in ten lines: days, stories, captures, runs, what is owed, what is broken, disk."""
    folder = existing(data)
    found = state(folder, datetime.now(UTC))
    if as_json:
        say(found.as_json())
    if max_age is not None:
        if found.succeeded is None:
            fail(f"no run of {data} has succeeded yet")
        elif found.now - found.succeeded.at > max_age:
            fail(
                f"the newest run that succeeded, {found.succeeded.run}, ended"
                f" {ago(found.now - found.succeeded.at)}, more than {ago(max_age).removesuffix(' ago')}"
            )
    if not as_json:
        told(found)


@dataclass(frozen=True, slots=True)
class State:
    """How an archive stands at one moment. `held` is None where nothing is published yet."""

    site: str
    held: Holdings | None
    days: Sequence[DayState]
    newest: Crawl | None
    succeeded: Crawl | None
    disk: DiskUse
    now: datetime

    def as_json(self) -> dict[str, Any]:
        """The same for programs; what is counted by the published file is null where there is none."""
        held = asdict(self.held) if self.held else dict.fromkeys(_HELD)
        days: dict[str, Any] = {"first": None, "last": None}
        if self.days:
            days = {"first": self.days[0].day, "last": self.days[-1].day}
        for each in _STATES:
            days[each] = sum(day.state == each for day in self.days)
        return {
            "site": self.site,
            "days": days,
            **{name: held[name] for name in _HELD},
            "last_run": asdict(self.newest) if self.newest else None,
            "succeeded": asdict(self.succeeded) if self.succeeded else None,
            "disk": asdict(self.disk),
        }


def state(folder: DataFolder, now: datetime) -> State:
    """How the archive stands now."""
    from flows.disk import disk_use
    from warehouse.days import covered, holdings

    published = folder.public.exists()
    held = holdings(folder.public) if published else None
    days = covered(folder.public) if published else []
    return State(folder.site, held, days, *crawls(folder), disk_use(folder.root), now)


def told(found: State) -> None:
    """Nothing; the ten lines on stdout, folded where the terminal is narrower."""
    from flows import console

    for line in lines(
        found.site, found.held, found.days, found.newest, found.succeeded, found.disk, found.now
    ):
        console.tell(line, hang=11)


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
    """The ten lines. Times are shown in the site's zone."""
    from flows.disk import readable_size

    def when(at: datetime | None) -> str:
        return f"{at.astimezone(TIME_ZONE):%Y-%m-%d %H:%M} ({ago(now - at)})" if at else "none yet"

    def a_run(crawl: Crawl | None) -> str:
        return f"{crawl.run}: {crawl.outcome} {when(crawl.at)}, {crawl.reason}" if crawl else "none yet"

    counted = [(sum(day.state == each for day in days), each) for each in _STATES]
    stood = ", ".join(f"{count} {each}" for count, each in counted if count)
    span = f"{days[0].day} to {days[-1].day}: {stood}" if days else "none was listed yet"
    parts = ("archive", "journal", "extracted", "search", "databases", "other")
    room = ", ".join(f"{readable_size(size)} {part}" for part in parts if (size := getattr(disk, part)))
    nothing = "nothing is published yet"
    anew = ": `dawn replay` makes it of what was fetched" if newest else ""
    return [
        f"site       {site}",
        f"days       {span}",
        f"stories    {f'{held.stories} in {held.versions} versions' if held else nothing}",
        f"captures   {f'{held.captures}, the newest {when(held.newest_capture)}' if held else nothing}",
        f"published  {when(held.published_at) if held else nothing + anew}",
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

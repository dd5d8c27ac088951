"""What a case takes, from what its parts take. Pure; seconds, bytes and dollars.

The stages work at the same time, each on what the one before it has left so far, as the schedules do. So a
case takes as long as its slowest stage, the bottleneck, takes for all of it; and one that waits for a site
costs a machine that waits, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil

DAY, HOUR = 86_400.0, 3_600.0
MONTHS_KEPT = 12  # that storage is paid for
FILE_MB = 2.5  # of a file of the archive: a run's hundred pages; it is written once, and read once
WRITERS = ("load", "families", "index")  # one process each, whatever the cores


@dataclass(frozen=True, slots=True)
class Parts:
    """What one story takes of each stage: rates are per second of one core, sizes in bytes."""

    crawl: float  # pages a core could fetch if nobody asked it to wait
    extract: float  # pages, under a layout that is known
    extract_any: float  # pages, of a site that nobody wrote a layout for
    load: float
    families: float
    index: float
    page: float  # in the archive
    extracted: float
    warehouse: float
    search: float
    requests: float  # pages asked for a story
    listings: float  # a day of an edition


@dataclass(frozen=True, slots=True)
class Manners:
    """What a site is promised: seconds between two requests, requests a day, and those kept for revisits."""

    delay: float = 2.0
    a_day: float = 20_000.0
    revisits: float = 300.0

    @property
    def left(self) -> float:
        """Requests a day for what is not held yet."""
        return max(min(DAY / self.delay, self.a_day) - self.revisits, 0.0)


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars: a core's hour, a GB's month of object storage, a thousand requests of it, a GB sent out, and
    an hour of the database that holds catalog and schedules."""

    core_hour: float
    gb_month: float
    thousand_puts: float
    thousand_gets: float
    gb_out: float
    database_hour: float


@dataclass(frozen=True, slots=True)
class Case:
    """A job of work. With `download` (bytes) the pages lie in files of others, else they are crawled.

    `days` are those of an edition that are listed, of each site; `over` is the time in seconds in which the
    stories come about, None where they are a backlog.
    """

    name: str
    sites: int
    stories: float  # of all sites
    days: float = 0.0
    download: float = 0.0
    over: float | None = None
    known: bool = True  # the layout
    cores: int = 2
    bandwidth: float = 100e6  # bytes a second


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case takes: the seconds each stage would need alone, core seconds, bytes by kind, dollars by
    kind."""

    case: Case
    stages: Mapping[str, float]
    work: Mapping[str, float]
    bytes: Mapping[str, float]
    money: Mapping[str, float]
    cores: int  # that must be paid for

    @property
    def bottleneck(self) -> str:
        """The stage that lets the fewest stories through in a second."""
        return min(self.stages, key=self.rate)

    @property
    def next(self) -> str:
        """The stage that is slowest once the bottleneck is gone."""
        return min((name for name in self.stages if name != self.bottleneck), key=self.rate)

    def rate(self, stage: str) -> float:
        """Stories a second that a stage lets through."""
        return self.case.stories / self.stages[stage] if self.stages[stage] else float("inf")

    @property
    def seconds(self) -> float:
        """How long all of it takes."""
        return max(self.stages.values())

    @property
    def keeping_up(self) -> float:
        """Cores that are busy on average, over the time in which the stories come in."""
        return sum(self.work.values()) / (self.case.over or self.seconds)

    @property
    def dollars(self) -> float:
        """All the money."""
        return sum(self.money.values())

    @property
    def a_million(self) -> float:
        """Dollars for a million stories."""
        return self.dollars / self.case.stories * 1e6


def outcome(case: Case, parts: Parts, manners: Manners, prices: Prices) -> Outcome:
    """What the case takes. There must be a story, and manners that leave a request a day."""
    pages = case.stories * parts.requests if not case.download else case.stories
    listings = case.days * parts.listings * case.sites
    work = {
        "extract": case.stories / (parts.extract if case.known else parts.extract_any),
        "load": case.stories / parts.load,
        "families": case.stories / parts.families,
        "index": case.stories / parts.index,
    }
    stages = {"extract": work["extract"] / case.cores}
    if case.download:
        stages["download"] = case.download / case.bandwidth
    else:
        # Sites are asked side by side, each at its own pace.
        stages["fetch"] = (pages + listings) / case.sites / manners.left * DAY
        work["fetch"] = (pages + listings) / parts.crawl
    # A data folder a site, and one writer a folder: as many at once as there are cores.
    at_once = min(case.sites, case.cores)
    stages |= {name: work[name] / at_once for name in WRITERS}
    seconds = max(stages.values())
    stored = {
        "archive": case.download or (pages + listings) * parts.page,
        "extracted": case.stories * parts.extracted,
        "tables, twice": 2 * case.stories * parts.warehouse,  # the writer's file, and the published one
        "search index": case.stories * parts.search,
    }
    cores = max(case.cores, ceil(sum(work.values()) / seconds))
    return Outcome(case, stages, work, stored, _money(stored, seconds, cores, prices), cores)


def _money(stored: Mapping[str, float], seconds: float, cores: int, prices: Prices) -> dict[str, float]:
    """Machines while it lasts, a year of storage, its requests, and the tables sent out once."""
    gigabytes = {name: size / 1e9 for name, size in stored.items()}
    objects = 2 * (gigabytes["archive"] + gigabytes["extracted"]) * 1_000 / FILE_MB
    return {
        "machines": cores * seconds / HOUR * prices.core_hour,
        "database": seconds / HOUR * prices.database_hour,
        "storage": sum(gigabytes.values()) * MONTHS_KEPT * prices.gb_month,
        "requests": objects / 1_000 * (prices.thousand_puts + prices.thousand_gets),
        "sent out": gigabytes["tables, twice"] / 2 * prices.gb_out,
    }


def doubled(
    case: Case, parts: Parts, manners: Manners, prices: Prices
) -> dict[str, tuple[Case, Parts, Manners, Prices]]:
    """The same case with one thing doubled, by what that is."""
    return {
        "pause between requests": (case, parts, replace(manners, delay=manners.delay * 2), prices),
        "requests a day": (case, parts, replace(manners, a_day=manners.a_day * 2), prices),
        "stories": (
            replace(case, stories=case.stories * 2, download=case.download * 2),
            parts,
            manners,
            prices,
        ),
        "bytes of a page": (
            replace(case, download=case.download * 2),
            replace(parts, page=parts.page * 2),
            manners,
            prices,
        ),
        "CPU time of extraction": (
            case,
            replace(parts, extract=parts.extract / 2, extract_any=parts.extract_any / 2),
            manners,
            prices,
        ),
        "CPU time of the writer": (
            case,
            replace(parts, load=parts.load / 2, families=parts.families / 2, index=parts.index / 2),
            manners,
            prices,
        ),
        "cores": (replace(case, cores=case.cores * 2), parts, manners, prices),
        "price of a core": (case, parts, manners, replace(prices, core_hour=prices.core_hour * 2)),
        "price of storage": (case, parts, manners, replace(prices, gb_month=prices.gb_month * 2)),
    }

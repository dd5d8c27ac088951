"""What the simulation is made from: figures of the record, and figures that are assumed, each with its
source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from benchmarks.record import Figure, Record, plain
from benchmarks.simulation.model import DAY, Case, Manners, Parts, Prices

FIRST, LAST = date(2001, 1, 1), date(2026, 11, 27)
YEARS_OF_50 = 20


@dataclass(frozen=True, slots=True)
class Input:
    """A figure, and where it is from. `spread` is what its rounds said, least and most, or ""."""

    name: str
    value: float
    unit: str
    measured: bool
    source: str
    spread: str = ""


class NotMeasuredError(Exception):
    """A figure that the simulation needs is in no record yet."""


_CORE, _STORIES = "pages/s of a core", "stories/s of a core"


def measured(kept: Mapping[str, Record]) -> dict[str, Input]:
    """The figures that the record has, by name. NotMeasuredError names the job that has to be run."""
    return {
        "crawl": _of(kept, "spider", "the spider `stories`", "figure", _CORE, "a crawl that need not wait"),
        "extract": _reading(kept),
        "extract_any": _of(
            kept,
            "extract",
            "trafilatura",
            "pages per CPU second",
            _CORE,
            "extraction, no layout known: trafilatura",
        ),
        "load": _largest(kept, "million", "one core, stories/s", _STORIES, "load"),
        "families": _largest(kept, "million", "families, stories/s", "stories/s", "who tells the same"),
        "index": _largest(kept, "search", "stories/CPU s", _STORIES, "full-text index"),
        "page": _of(kept, "archive", "archive, KB a story", "figure", "KB", "a page in the archive"),
        "extracted": _of(kept, "archive", "extracted, KB a story", "figure", "KB", "a story, extracted"),
        "warehouse": _largest(kept, "million", "a story", "KB", "a story in the tables"),
        "search": _largest(kept, "million", "its search index", "KB", "a story in the index"),
        "requests": _of(
            kept, "archive", "requests a story beside those", "figure", "requests", "pages asked for a story"
        ),
        "listings": _of(kept, "archive", "listings asked a day", "figure", "requests", "listings of a day"),
    }


def lake(kept: Mapping[str, Record]) -> Input | None:
    """What a story takes in the lake; None until the job `scale` has measured it."""
    try:
        return _of(kept, "scale", "lake, KB a story", "figure", "KB", "a story in the lake")
    except NotMeasuredError:
        return None


def parts(inputs: Mapping[str, Input]) -> Parts:
    """The same figures as the model wants them: sizes in bytes."""
    return Parts(**{name: one.value * (1_000 if one.unit == "KB" else 1) for name, one in inputs.items()})


ASSUMED: dict[str, Input] = {
    one.name: one
    for one in (
        Input("pause between two requests", 2, "s", False, "our promise (`--delay`)"),
        Input("requests a day and site", 20_000, "", False, "our promise (`--max-requests`)"),
        Input("of these for revisits", 300, "", False, "our promise (`--budget`)"),
        Input(
            "stories of Dawn a day",
            150,
            "",
            False,
            "its ids rise by 190 to 250 a day since 2013, and not each is a story;"
            " whole days of a sample of 2025 have 60 to 120",
        ),
        Input("a listing in the archive", 1, "pages", False, "listings weigh about what a story's page does"),
        Input(
            "CC-NEWS: files a day",
            19,
            "",
            False,
            "files 178 to 266 between 1 and 5 June 2021, [commoncrawl/news-crawl #46](https://github.com/commoncrawl/news-crawl/issues/46)",
        ),
        Input("CC-NEWS: bytes of a file", 1.0727e9, "", False, "the same listing"),
        Input(
            "CC-NEWS: pages a month",
            11.7e6,
            "",
            False,
            "March to May 2024, [FineNews](https://huggingface.co/datasets/maxidl/FineNews-unfiltered)",
        ),
        Input(
            "reading from object storage",
            100e6,
            "bytes/s",
            False,
            "a small machine in the bucket's own region",
        ),
        Input(
            "a core's hour",
            0.0504,
            "$",
            False,
            "half of m7i.large, us-east-1, on demand, [2026](https://www.doit.com/blog/aws-ec2-pricing)",
        ),
        Input(
            "object storage, a GB's month",
            0.023,
            "$",
            False,
            "S3 Standard, us-east-1, first 50 TB, [March 2026](https://cloudburn.io/blog/amazon-s3-pricing)",
        ),
        Input(
            "a thousand PUTs",
            0.005,
            "$",
            False,
            "S3 Standard, us-east-1, [2026](https://aws.amazon.com/s3/pricing/)",
        ),
        Input(
            "a thousand GETs",
            0.0004,
            "$",
            False,
            "S3 Standard, us-east-1, [2026](https://aws.amazon.com/s3/pricing/)",
        ),
        Input(
            "a GB sent out",
            0.09,
            "$",
            False,
            "from S3 to the internet, [2026](https://aws.amazon.com/s3/pricing/)",
        ),
        Input(
            "an hour of PostgreSQL",
            0.065,
            "$",
            False,
            "db.t4g.medium, one zone, us-east-1, [2026](https://infratally.com/articles/aws-rds-pricing-explained-2026.html)",
        ),
    )
}
"""What nobody measured here. The models' texts of prices are public lists; each is a parameter."""


def manners() -> Manners:
    """What a site is promised."""
    return Manners(
        _assumed("pause between two requests"),
        _assumed("requests a day and site"),
        _assumed("of these for revisits"),
    )


def prices() -> Prices:
    """One cloud's public list prices."""
    return Prices(
        _assumed("a core's hour"),
        _assumed("object storage, a GB's month"),
        _assumed("a thousand PUTs"),
        _assumed("a thousand GETs"),
        _assumed("a GB sent out"),
        _assumed("an hour of PostgreSQL"),
    )


def cases() -> tuple[Case, ...]:
    """Dawn since 2001, fifty papers of twenty years, and a year of Common Crawl's news archive."""
    a_day = _assumed("stories of Dawn a day")
    days = (LAST - FIRST).days + 1
    many = YEARS_OF_50 * 365.25
    year = 365 * _assumed("CC-NEWS: files a day") * _assumed("CC-NEWS: bytes of a file")
    pages = 12 * _assumed("CC-NEWS: pages a month")
    return (
        Case(f"Dawn, 2001 to {LAST.year}", 1, a_day * days, days),
        Case(f"50 papers, {YEARS_OF_50} years", 50, 50 * a_day * many, many),
        Case(
            "CC-NEWS, one year",
            1,
            pages,
            download=year,
            over=365 * DAY,
            known=False,
            bandwidth=_assumed("reading from object storage"),
        ),
    )


def _assumed(name: str) -> float:
    return ASSUMED[name].value


def _record(kept: Mapping[str, Record], job: str) -> Record:
    if job not in kept:
        raise NotMeasuredError(f"`make bench ONLY={job}` has not been run")
    return kept[job]


def _input(job: str, name: str, value: float, found: Figure, unit: str) -> Input:
    spread = f"{found.low:g} to {found.high:g}" if found.low is not None else ""
    return Input(name, value, unit, True, f"[`{job}`](benchmarks.md#{job})", spread)


def _of(kept: Mapping[str, Record], job: str, row: str, column: str, unit: str, name: str) -> Input:
    found = _record(kept, job).figure(plain(row), column)
    return _input(job, name, found.value, found, unit)


def _largest(kept: Mapping[str, Record], job: str, column: str, unit: str, name: str) -> Input:
    """The figure of the largest archive that has one."""
    record = _record(kept, job)
    for row in reversed(
        [row[0] for one in record.tables() if one.columns[0] == "stories" for row in one.rows]
    ):
        try:
            found = record.figure(row, column)
        except KeyError:
            continue
        return _input(job, f"{name}, of {row} stories", found.value, found, unit)
    raise NotMeasuredError(f"`{job}` has no {column}")


def _reading(kept: Mapping[str, Record]) -> Input:
    """Pages a CPU second of `dawn extract` by one process over the largest file; where that was not measured,
    of extraction alone, which reads no WARC."""
    if "warc" not in kept:
        return _of(
            kept,
            "extract",
            "ours, with rail meter",
            "pages per CPU second",
            _CORE,
            name="extraction, the layout known; without reading the WARC",
        )
    record = kept["warc"]
    rows = [row[0] for one in record.tables() if one.columns[0] == "pages, jobs" for row in one.rows]
    row = next(row for row in reversed(rows) if row.endswith(", 1"))
    cpu = record.figure(row, "CPU seconds")
    pages = float(row.rpartition(",")[0].replace(",", ""))
    return _input("warc", "extraction, the layout known", pages / cpu.value, cpu, _CORE)

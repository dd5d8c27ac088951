"""Everything that `make bench` measures, in one list: a job has a name, a module, and what it does at each
size.

A job is `python -m MODULE ARGUMENTS`: a process of its own, which prints Markdown. Its minutes are
about what it takes on two cores that nobody else uses; they are said before it begins.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.record import Size

SMALL, USUAL, FULL = Size.SMALL, Size.USUAL, Size.FULL


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement. `page` is the document that shows all of it; without one docs/benchmarks.md does.

    `pictures` are files of docs/ that it draws: by `--picture FILE`. Jobs of one
    size share the folder MADE: `explore` looks at what `million` made.
    """

    name: str
    what: str
    module: str
    arguments: Mapping[Size, str]
    minutes: Mapping[Size, float]
    page: str = ""
    pictures: tuple[str, ...] = ()
    may_find: bool = False  # ends with 1 where something was amiss, which is a result like any other

    @property
    def there(self) -> bool:
        """Whether this checkout has its module."""
        return importlib.util.find_spec(self.module) is not None


def _sizes(small: str, usual: str, full: str) -> dict[Size, str]:
    return {SMALL: small, USUAL: usual, FULL: full}


def _minutes(small: float, usual: float, full: float) -> dict[Size, float]:
    return {SMALL: small, USUAL: usual, FULL: full}


JOBS = (
    Job(
        "choices",
        "two choices of the design, each beside the way not taken",
        "benchmarks.choices",
        _sizes("--turns 1", "--turns 5", "--turns 11"),
        _minutes(0.5, 1, 2),
    ),
    Job(
        "archive",
        "what a page and its story take on disk, from the archive to the tables",
        "benchmarks.stored",
        _sizes("--pages 100 --days 2", "--pages 800 --days 14", "--pages 800 --days 60"),
        _minutes(0.4, 2.5, 8),
    ),
    Job(
        "warc",
        "`dawn extract` over a WARC file, by one process and by two",
        "benchmarks.warc",
        _sizes(
            "--pages 400 --round-pages 200 --rounds 1",
            "--pages 4000 --round-pages 1000 --rounds 3",
            "--pages 20000 --round-pages 2000 --rounds 5",
        ),
        _minutes(0.3, 2, 6),
    ),
    Job(
        "spider",
        "the crawl, beside a plain Scrapy spider",
        "benchmarks.spider",
        _sizes("--pages 300 --rounds 1", "--pages 3000 --rounds 3", "--pages 20000 --rounds 3"),
        _minutes(0.3, 1, 4),
    ),
    Job(
        "extract",
        "our extraction beside other people's, on the same pages",
        "benchmarks.extract",
        _sizes("--pages 10 --rounds 1", "--pages 100 --rounds 3", "--pages 300 --rounds 3"),
        _minutes(1, 5, 15),
        page="extraction.md",
        pictures=("extraction.svg",),
    ),
    Job(
        "comparison",
        "the whole of a crawl, beside other people's crawlers, on the same site",
        "benchmarks.comparison",
        _sizes("--days 1 --rounds 1", "--days 2 --rounds 2", "--days 7 --rounds 3"),
        _minutes(2, 5, 15),
        page="comparison.md",
    ),
    Job(
        "million",
        "the warehouse by the number of stories",
        "benchmarks.million",
        _sizes("1000", "1000 10000 100000", "1000 10000 100000 1000000"),
        _minutes(1, 10, 40),
        page="million.md",
        pictures=("million.svg",),
    ),
    Job(
        "explore",
        "the pages of `dawn explore`, in a real browser",
        "benchmarks.explore",
        _sizes("1000 --turns 1", "100000 --turns 11", "100000 --turns 11"),
        _minutes(0.3, 1, 2),
    ),
    Job(
        "search",
        "full-text search: the index made, kept up, asked",
        "benchmarks.search",
        _sizes("1000 --rounds 1", "1000 10000 --rounds 3", "1000 10000 100000 --rounds 3"),
        _minutes(0.2, 1, 6),
    ),
    Job(
        "families",
        "who tells the same: what is found of labelled pairs, and what it costs",
        "benchmarks.families",
        _sizes("1000 --rounds 1", "1000 10000 --rounds 3", "1000 10000 100000 1000000 --rounds 1"),
        _minutes(1, 4, 28),
    ),
    Job(
        "orchestration",
        "what Prefect costs a day",
        "benchmarks.orchestration",
        _sizes("--days 5", "--days 15", "--days 30"),
        _minutes(2, 4, 7),
    ),
    Job(
        "revisit",
        "which edits a learnt schedule of looks catches; counts, no times, and the same for a seed",
        "benchmarks.revisit",
        _sizes("--seeds 1 --days 8 --stories 20", "", ""),
        _minutes(0.2, 3, 3),
        page="revisit.md",
    ),
    Job(
        "faults",
        "each fault of a site by itself, and mixtures of them",
        "benchmarks.faults",
        _sizes("--only down", "--jobs 2 --mixtures 20", "--jobs 2 --mixtures 200"),
        _minutes(0.5, 6, 22),
        page="faults.md",
        may_find=True,
    ),
    Job(
        "fuzz",
        "damaged pages through extraction, damaged listings through their readers",
        "benchmarks.fuzz.both",
        _sizes(
            "--pages 300 --inputs 1000", "--pages 20000 --inputs 50000", "--pages 100000 --inputs 1000000"
        ),
        _minutes(0.5, 3, 16),
        may_find=True,
    ),
    Job(
        "scale",
        "the same work embedded and on many machines",
        "benchmarks.scale",
        _sizes("--pages 1500 --round-pages 500 --rounds 1", "--pages 20000", "--pages 20000 --rounds 3"),
        _minutes(3, 12, 15),
        page="scale.md",
    ),
)
BY_NAME = {job.name: job for job in JOBS}


def chosen(names: str | None) -> tuple[Job, ...]:
    """The jobs named, with commas between them, in the list's order; all where nothing is named. ValueError
    names what is no job."""
    if not names:
        return JOBS
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := sorted(wanted - set(BY_NAME)):
        raise ValueError(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
    return tuple(job for job in JOBS if job.name in wanted)

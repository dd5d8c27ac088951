"""The documents' figures, written from the record: `docs/benchmarks.md` and the marked places of all others.

A place of a document is marked in one of two ways, and what stands there is nobody's to edit:

    <!-- figures: JOB --> … <!-- end of figures -->         all that the job printed, or JOB/SECTION
    <!-- figure: JOB :: row :: column -->729<!-- -->        one number; a table's title may be a fourth word

`written` is pure: a text and the record give a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from benchmarks import simulation
from benchmarks.extract.report import table
from benchmarks.jobs import JOBS, Job
from benchmarks.machine import ROOT
from benchmarks.record import Record, Size
from benchmarks.simulation.inputs import NotMeasuredError

KEPT = ROOT / "docs/benchmarks"
PAGE = ROOT / "docs/benchmarks.md"
BLOCK = re.compile(r"(<!-- figures: (?P<name>[^>]+?) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
PLACE = re.compile(r"(<!-- figure: (?P<name>[^>]+?) -->).*?(<!-- -->)", re.DOTALL)

_TOP = """\
# Measured

What each choice of the design costs, in figures: all of them by one command, each beside another way or over
several rounds, with the machine that they were measured on.

```console
$ make bench                       # every job below, at its usual size: {usual}
$ make bench FULL=1                # all that these documents speak of: {full}
$ make bench ONLY=extract,million  # some of them
$ make bench CONTINUE=1            # what an interrupted run has not measured yet
$ python -m benchmarks --list      # the jobs, and how many minutes each takes
```

A job is a process of its own that prints Markdown. What it printed is kept in `docs/benchmarks`
with its size, day, commit and machine, and these documents are written from there: here, and in the marked
places of the others. A test holds them to it, and holds every other figure with a unit in them to a list of
where it comes from ([stated.toml](benchmarks/stated.toml)). A run of a smaller size never takes the place of
a larger one's.

How to read a figure: **a (b to c)** is the middle of some rounds, the least and the most. Machines differ,
and shared ones differ from hour to hour: compare what was measured in one run, in turn, and not a rate here
with a rate of yours.
"""


def records(folder: Path | None = None) -> dict[str, Record]:
    """The record of each job that has one, by the job's name."""
    return {path.stem: Record.of(path.read_text("utf-8")) for path in sorted((folder or KEPT).glob("*.json"))}


def pages() -> list[Path]:
    """The documents that may have marked places: README, and all of docs/ but the page that is made whole."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(set((ROOT / "docs").glob("*.md")) - {PAGE})]


def write() -> list[str]:
    """The names of the documents that were not as the record has them, and now are."""
    kept = records()
    made = {path: written(path.read_text("utf-8"), kept) for path in pages()} | {PAGE: page(kept)}
    with suppress(NotMeasuredError):
        made[ROOT / "docs/scale.svg"] = simulation.drawn(kept)
    changed = [path for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in changed:
        path.write_text(made[path], "utf-8")
    return [str(path.relative_to(ROOT)) for path in changed]


def written(text: str, kept: Mapping[str, Record]) -> str:
    """The text with its marked places as the record has them. KeyError names a figure that it has not."""

    def block(found: re.Match[str]) -> str:
        return f"{found[1]}\n{_block(found['name'], kept)}\n\n{found[3]}"

    def place(found: re.Match[str]) -> str:
        return f"{found[1]}{_place(found['name'], kept)}{found[3]}"

    return PLACE.sub(place, BLOCK.sub(block, text))


def page(kept: Mapping[str, Record]) -> str:
    """docs/benchmarks.md: the jobs, the machines, and the tables that no other page shows."""
    lines = [_TOP.format(usual=_hours(Size.USUAL), full=_hours(Size.FULL)), "## The jobs", ""]
    rows = [_row(job, kept.get(job.name)) for job in JOBS]
    lines += [table(["job", "measures", "size here", "took", "day", "commit"], rows), ""]
    lines += [
        "Minutes are those of the clock, of the run that is shown. Where there are none, the tables are",
        "older than the record. What a job does at its usual size and at its full one stands in",
        "[benchmarks/jobs.py](../benchmarks/jobs.py).",
        "",
        "## The machines",
        "",
        *_machines(kept),
    ]
    for job in JOBS:
        record = kept.get(job.name)
        if record is None:
            continue
        lines += ["", f"## {job.name}", "", f"{job.what[0].upper()}{job.what[1:]}. {about(record)}", ""]
        if job.page:
            lines.append(f"Its tables stand in [{job.page}]({job.page}).")
        else:
            lines.append(re.sub(r"^## ", "### ", record.section(), flags=re.MULTILINE))
    return "\n".join(lines).rstrip() + "\n"


def about(record: Record) -> str:
    """The command, the size and the day of a record, as a sentence."""
    commit = f", commit {record.commit}" if record.commit else ""
    return f"`{record.command}` ({record.size}) on {record.day}{commit}; {record.machine['machine']}."


def _block(name: str, kept: Mapping[str, Record]) -> str:
    job, _, section = name.partition("/")
    if job == "simulation":
        return simulation.report(kept)
    if job not in kept:
        return "Not measured yet."
    return f"{about(kept[job])}\n\n{kept[job].section(section)}"


def _place(name: str, kept: Mapping[str, Record]) -> str:
    job, row, column, *title = (word.strip() for word in name.split(" :: "))
    found = kept[job].figure(row, column, *title)
    return found.shown.partition(" (")[0]


def _row(job: Job, record: Record | None) -> list[str]:
    what = f"[{job.what}]({job.page})" if job.page else job.what
    if record is None:
        return [f"`{job.name}`", what, "–", "–", "–", "–"]
    took = f"{record.seconds / 60:.1f} min" if record.seconds else "–"
    return [f"`{job.name}`", what, str(record.size), took, record.day, record.commit or "–"]


def _machines(kept: Mapping[str, Record]) -> Iterator[str]:
    """A line for each description, with the jobs that were measured on it."""
    by_machine: dict[str, list[str]] = {}
    for record in kept.values():
        parts = [f"{said}" for name, said in record.machine.items() if name != "load before" and said]
        by_machine.setdefault("; ".join(parts), []).append(record.job)
    for said, jobs in by_machine.items():
        yield f"- {said}: {', '.join(f'`{job}`' for job in jobs)}."


def _hours(size: Size) -> str:
    minutes = sum(job.minutes[size] for job in JOBS)
    return f"about {minutes / 60:.1f} hours" if minutes > 90 else f"about {minutes:.0f} minutes"

"""`make bench`: every measurement, one after the other, and the documents written from what came of them.

    python -m benchmarks                       # all jobs, as much of each as anybody may wait for
    python -m benchmarks --only extract,million --full
    python -m benchmarks --continue            # only what this commit has not measured yet
    python -m benchmarks --list                # the jobs, and how long each takes
    python -m benchmarks --documents           # no measurement: the documents anew, from the record

A job that ends leaves build/bench/JOB.json at once, and, where it did no less than what
docs/benchmarks/JOB.json has, becomes the record; so an interrupt costs the job under way and no other. Exit 1
where a job failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.documents import KEPT, records, write
from benchmarks.jobs import Job, chosen
from benchmarks.machine import ROOT, commit, described
from benchmarks.record import Record, Size, larger

MADE = ROOT / "build/bench"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 where a job failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", metavar="JOBS", help="these, with commas between them")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="all that the documents speak of: hours")
    size.add_argument("--small", action="store_true", help="a sign of life of each; never becomes the record")
    parser.add_argument("--replace", action="store_true", help="also where the record is of a larger size")
    parser.add_argument("--continue", action="store_true", dest="go_on", help="what is measured is left out")
    parser.add_argument("--list", action="store_true", help="the jobs, and no measurement")
    parser.add_argument("--documents", action="store_true", help="the documents anew, and no measurement")
    given = parser.parse_args(arguments)
    wanted_size = Size.FULL if given.full else Size.SMALL if given.small else Size.USUAL
    try:
        jobs = chosen(given.only)
    except ValueError as error:
        parser.error(str(error))
    if given.list:
        print(listed(jobs))
        return 0
    if given.documents:
        print("\n".join(f"written: {name}" for name in write()) or "the documents are as the record has them")
        return 0
    if given.go_on:
        here = commit()
        jobs = tuple(job for job in jobs if not done_already(job, wanted_size, here))
    return run(jobs, wanted_size, given.replace)


def listed(jobs: Sequence[Job]) -> str:
    """A line a job: its name, what it measures, and its minutes at each size."""
    lines = [
        f"{job.name:14} {' / '.join(f'{job.minutes[size]:g}' for size in Size):>14} min  {job.what}"
        for job in jobs
    ]
    totals = " / ".join(f"{sum(job.minutes[size] for job in jobs):.0f}" for size in Size)
    return "\n".join([f"{'job':14} {'small/usual/full':>14}", *lines, f"{'all':14} {totals:>14} min"])


def done_already(job: Job, size: Size, here: str) -> bool:
    """Whether a run of this commit left a result of this size."""
    path = MADE / f"{job.name}.json"
    if not path.is_file():
        return False
    found = Record.of(path.read_text("utf-8"))
    return found.commit == here and found.size is size


def run(jobs: Sequence[Job], size: Size, replace: bool = False) -> int:
    """1 where a job failed or is interrupted; what the others measured is kept, and stands in the
    documents."""
    minutes = sum(job.minutes[size] for job in jobs)
    print(f"{len(jobs)} jobs, {size}: about {minutes:.0f} minutes; let nothing else run", file=sys.stderr)
    said: dict[str, str] = {}
    try:
        for job in jobs:
            said[job.name] = measured(job, size, replace)
            print(f"── {job.name}: {said[job.name]}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        said["interrupted"] = "failed: the others' results are kept; --continue measures the rest"
    try:
        for name in write():
            print(f"written: {name}", file=sys.stderr)
    except KeyError as error:  # a marked place whose figure is measured no more; what was measured is kept
        said["documents"] = f"failed: {error.args[0]}"
    failed = {name: what for name, what in said.items() if what.startswith("failed")}
    print("\n".join(f"{name}: {what}" for name, what in said.items()))
    return 1 if failed else 0


def measured(job: Job, size: Size, replace: bool) -> str:
    """What came of a job, in a line: it ran in a process of its own, and its record is written."""
    if not job.there:
        return "not there yet"
    MADE.mkdir(parents=True, exist_ok=True)
    pictures = [MADE / name for name in job.pictures]
    words = [*job.arguments[size].split(), *(word for path in pictures for word in ("--picture", str(path)))]
    made = MADE / "made" / size
    made.mkdir(parents=True, exist_ok=True)
    if job.name == "million":
        (made / "figures.json").unlink(missing_ok=True)  # sizes of an earlier run are none of this one's
    machine, began = described(), time.perf_counter()
    print(f"── {job.name}: {job.what}; about {job.minutes[size]:g} minutes", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", job.module, *words],
        cwd=ROOT,
        env=os.environ | {"MADE": str(made)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if (done.returncode and not job.may_find) or "|" not in done.stdout:
        (MADE / f"{job.name}.out").write_text(done.stdout, "utf-8")
        return f"failed: python -m {job.module} ended with {done.returncode} after {seconds:.0f} s"
    record = Record(
        job.name,
        size,
        f"python -m {job.module} {job.arguments[size]}".strip(),
        str(datetime.now(UTC).date()),
        commit(),
        round(seconds),
        machine,
        tuple(done.stdout.strip().splitlines()),
    )
    (MADE / f"{job.name}.json").write_text(record.json(), "utf-8")
    found = "; it found something amiss" if done.returncode else ""
    if size is Size.SMALL:
        return f"{seconds:.0f} s; a sign of life, in build/bench{found}"
    if not replace and not larger(record, records().get(job.name)):
        return f"{seconds:.0f} s; the record is of a larger size and stays{found}"
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{job.name}.json").write_text(record.json(), "utf-8")
    for path in pictures:
        shutil.copyfile(path, ROOT / "docs" / path.name)
    return f"{seconds:.0f} s; recorded{found}"


if __name__ == "__main__":
    sys.exit(main())

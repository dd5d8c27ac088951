"""What the trial found, as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.extract.report import table
from benchmarks.record import spread
from benchmarks.scale.made import RUN
from benchmarks.scale.trial import HERE, THERE, Found

_STAGES = {"send": "archive to the store", "share": "lake"}


def report(found: Found) -> str:
    """All of it: a sentence, and tables with a title each."""
    tables = {
        "Extraction, in turn": _extraction(found),
        "The whole, in seconds; extraction by two": _whole(found),
        "Asked, in milliseconds, once it was asked before": _asked(found),
        "What a story takes": _weights(found),
        "Killed on the way": _kills(found),
        "Equal, row for row": _equal(found),
    }
    said = (
        f"{found.pages:,} pages in {-(-found.pages // RUN)} WARC files, {found.packed / 1000:.1f} KB packed"
        f" each; {found.rounds} rounds of {found.round_pages:,} pages; {found.minutes:.0f} minutes in all."
    )
    return "\n\n".join([said, *(f"**{title}.**\n\n{shown}" for title, shown in tables.items())])


def _extraction(found: Found) -> str:
    rows = []
    for way, who in ((HERE, "processes here"), (THERE, "Dask's workers")):
        for jobs in (1, 2):
            rates = found.rates[way, jobs]
            rows.append(
                [
                    f"{jobs} of {who}",
                    spread(rates, "{:.0f}"),
                    spread(_ratios(rates, found.rates[HERE, jobs])),
                    spread(_ratios(rates, found.rates[way, 1])),
                    spread(found.firsts[way, jobs], "{:.1f}"),
                ]
            )
    return table(["by", "pages/s", "× as many processes", "× one of its kind", "first file after s"], rows)


def _ratios(some: Sequence[float], others: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(some, others, strict=True)]


def _whole(found: Found) -> str:
    here = {stage: seconds for stage, seconds in found.embedded.items() if stage not in ("first", "share")}
    there = {stage: seconds for stage, seconds in found.scaled.items() if stage != "first"}
    rows = []
    for stage, seconds in there.items():
        ours = here.get(stage, 0.0)
        rows.append([_STAGES.get(stage, stage), f"{ours:.1f}" if ours else "–", f"{seconds:.1f}"])
    total, other = sum(here.values()), sum(there.values())
    rows.append(["all", f"{total:.1f}", f"{other:.1f}"])
    rows.append(["times the embedded", "1.00", f"{other / total:.2f}"])
    return table(["stage", "embedded", "scaled out"], rows)


def _asked(found: Found) -> str:
    rows = [[name, *(spread(took, "{:.0f}") for took in both)] for name, both in found.asked.items()]
    return table(["question", "file", "lake"], rows)


def _weights(found: Found) -> str:
    names = {
        "archive": "archive in the store, KB a story",
        "extracted": "extracted in the store, KB a story",
        "lake": "lake, KB a story",
        "file": "the published file, KB a story",
    }
    return table(
        ["what", "figure"],
        [[said, f"{found.weights[name] / found.pages / 1000:.2f}"] for name, said in names.items()],
    )


def _kills(found: Found) -> str:
    return table(
        ["killed", "at that moment", "the command"], [[one.what, one.when, one.ended] for one in found.kills]
    )


def _equal(found: Found) -> str:
    return table(
        ["compared", "tables and views", "rows", "that differ"],
        [[one.what, str(one.tables), f"{one.rows:,}", str(len(one.differing))] for one in found.compared],
    )

"""The trials as tables in Markdown, for docs/faults.md. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from benchmarks.extract.report import machine, table
from benchmarks.faults.trial import Trial
from crawlers.lookalike.switches import FAULTS

_LONGEST = 90  # characters of an ending


def matrix(trials: Sequence[Trial]) -> str:
    """A row a trial of one fault: whom it befell, how that ended, and what made it whole. "" without any."""
    if not trials:
        return ""
    rows = []
    for one in trials:
        [befallen] = one.befallen
        stories = f"{len(befallen.stories)} stories" if befallen.stories else ""
        rows.append(
            [
                befallen.case.fault,
                FAULTS[befallen.case.fault].says,
                stories or " ".join(f"`{path}`" for path in befallen.listings),
                "; ".join(_short(ending) for ending in sorted(one.ended)),
                f"{one.seconds:.1f}",
                f"`{one.again}`",
                _found(one),
            ]
        )
    heads = ["fault", "what it is", "befell", "ended as", "seconds", "made whole by", "amiss"]
    amiss = sum(bool(one.amiss) for one in trials)
    return (
        f"{len(trials)} trials of {len({one.befallen[0].case.fault for one in trials})} faults,"
        f" {len(trials) - amiss} of them as they must be; {_when()}\n\n{table(heads, rows)}"
    )


def mixtures(trials: Mapping[int, Trial]) -> str:
    """What came of the mixtures, by their seeds: how many were as they must be, and what was amiss."""
    if not trials:
        return ""
    faults = Counter(one.case.fault for trial in trials.values() for one in trial.befallen)
    stories = sum(len(one.stories) for trial in trials.values() for one in trial.befallen)
    listings = sum(len(one.listings) for trial in trials.values() for one in trial.befallen)
    amiss = {seed: one for seed, one in trials.items() if one.amiss}
    seconds = sorted(one.seconds for one in trials.values())
    sizes = sorted(len(one.befallen) for one in trials.values())
    said = (
        f"{len(trials)} mixtures (seeds {min(trials)} to {max(trials)}) of {sizes[0]} to {sizes[-1]} faults"
        f" each, {len(faults)} faults in all, over a site of 300 stories: {stories} stories and {listings}"
        f" listings befallen. {len(trials) - len(amiss)} of them as they must be. The command took"
        f" {seconds[0]:.0f} to {seconds[-1]:.0f} seconds, half of the times under"
        f" {seconds[len(seconds) // 2]:.0f}; {_when()}"
    )
    lines = [f"- mixture {seed}: {_found(one)}" for seed, one in amiss.items()]
    return "\n".join([said, *(["", *lines] if lines else [])])


def _found(trial: Trial) -> str:
    return "; ".join(_short(line) for line in trial.amiss) or "–"


def _short(line: str) -> str:
    line = " ".join(line.split()).replace("|", "\\|")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _when() -> str:
    return f"`make bench-faults` on {datetime.now(UTC).date()}; {machine()}."

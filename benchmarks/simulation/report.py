"""The simulation as tables in Markdown, and as a picture. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from benchmarks.extract.report import table
from benchmarks.record import Record
from benchmarks.simulation import inputs
from benchmarks.simulation.model import DAY, HOUR, Outcome, doubled, outcome

_ROWS: Mapping[str, Callable[[Outcome], str]] = {
    "stories": lambda o: f"{o.case.stories / 1e6:,.2f} million",
    "all of it takes": lambda o: _time(o.seconds),
    "first bottleneck": lambda o: f"**{o.bottleneck}**, {o.rate(o.bottleneck):,.2f} stories/s",
    "the next": lambda o: f"{o.next}, {o.rate(o.next):,.0f} stories/s",
    "cores that it is given": lambda o: str(o.cores),
    "core-hours": lambda o: f"{sum(o.work.values()) / HOUR:,.1f}",
    "cores busy, to keep up": lambda o: f"{o.keeping_up:.3f}",
    "archive": lambda o: _size(o.bytes["archive"]),
    "extracted": lambda o: _size(o.bytes["extracted"]),
    "tables, the writer's and the published": lambda o: _size(o.bytes["tables, twice"]),
    "search index": lambda o: _size(o.bytes["search index"]),
    "storage": lambda o: _size(sum(o.bytes.values())),
    "machines": lambda o: _dollars(o.money["machines"]),
    "PostgreSQL": lambda o: _dollars(o.money["database"]),
    "storage for a year": lambda o: _dollars(o.money["storage"]),
    "its requests": lambda o: _dollars(o.money["requests"]),
    "the tables sent out once": lambda o: _dollars(o.money["sent out"]),
    "money": lambda o: _dollars(o.dollars),
    "money per million stories": lambda o: f"**{_dollars(o.a_million)}**",
}


def simulated(kept: Mapping[str, Record]) -> list[Outcome]:
    """What each case takes. NotMeasuredError where the record lacks a figure."""
    parts = inputs.parts(inputs.measured(kept))
    return [outcome(case, parts, inputs.manners(), inputs.prices()) for case in inputs.cases()]


def report(kept: Mapping[str, Record]) -> str:
    """The inputs, what comes of them, and what doubles what; of a record that lacks a figure, what to run."""
    try:
        found, outcomes = inputs.measured(kept), simulated(kept)
    except inputs.NotMeasuredError as error:
        return f"Not simulated: {error}."
    names = [one.case.name for one in outcomes]
    lake = inputs.lake(kept)
    return "\n\n".join(
        [
            "**What comes of it.**",
            table(["", *names], [[row, *map(tell, outcomes)] for row, tell in _ROWS.items()]),
            "**Each stage by itself**, as long as it would take with the others waiting for nobody.",
            table(
                ["stage", *names],
                [
                    [stage, *(_time(one.stages[stage]) if stage in one.stages else "–" for one in outcomes)]
                    for stage in ("fetch", "download", "extract", "load", "families", "index")
                ],
            ),
            "**What is doubled, and what that does**: to the time, and to the money.",
            _sensitivity(kept, outcomes),
            "**Measured**, here, by `make bench`.",
            _inputs([*found.values(), *([lake] if lake else [])]),
            ""
            if lake
            else "A story in the lake is not measured until `make bench ONLY=scale` has run, and in no sum.",
            "**Assumed**, by us, from others, or from a list of prices.",
            _inputs(list(inputs.ASSUMED.values())),
        ]
    ).replace("\n\n\n\n", "\n\n")


def _sensitivity(kept: Mapping[str, Record], outcomes: Sequence[Outcome]) -> str:
    parts = inputs.parts(inputs.measured(kept))
    changes = [doubled(one.case, parts, inputs.manners(), inputs.prices()) for one in outcomes]
    rows = []
    for what in changes[0]:
        cells = []
        for one, change in zip(outcomes, changes, strict=True):
            other = outcome(*change[what])
            cells.append(f"× {other.seconds / one.seconds:.2f}, × {other.dollars / one.dollars:.2f}")
        rows.append([what, *cells])
    return table(["doubled", *(one.case.name for one in outcomes)], rows)


def _inputs(rows: Sequence[inputs.Input]) -> str:
    return table(
        ["what", "figure", "in its rounds", "from"],
        [
            [one.name, f"{_plain(one.value)} {one.unit}".strip(), one.spread or "–", one.source]
            for one in rows
        ],
    )


def _plain(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:,.1f} million"
    return f"{value:,.0f}" if value >= 100 and value == int(value) else f"{value:,.4g}"


def _time(seconds: float) -> str:
    for unit, length in (("years", 365.25 * DAY), ("days", DAY), ("hours", HOUR), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:.0f} s"


def _size(size: float) -> str:
    return f"{size / 1e12:,.2f} TB" if size >= 1e12 else f"{size / 1e9:,.1f} GB"


def _dollars(money: float) -> str:
    return f"${money:,.0f}" if money >= 100 else f"${money:,.2f}"


# ── the picture ──────────────────────────────────────────────────────────────────────────────────────────

_STYLE = """
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; }
  .quiet { fill: #59636e; font-size: 12px; }
  .grid { stroke: #d1d9e0; }
  .bar { fill: #afb8c1; }
  .slowest { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .bar { fill: #59636e; }
    .slowest { fill: #4493f8; }
  }
"""
_LEFT, _RIGHT, _ROW, _TOP = 190, 620, 22, 46


def drawn(kept: Mapping[str, Record]) -> str:
    """How long each stage takes in each case, as SVG on a scale of tens; the bottleneck in another colour."""
    outcomes = simulated(kept)
    hours = [seconds / HOUR for one in outcomes for seconds in one.stages.values()]
    tens = range(math.floor(math.log10(min(hours))), math.ceil(math.log10(max(hours))) + 1)

    def x(value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (math.log10(value) - tens[0]) / (tens[-1] - tens[0])

    bars, at = [], _TOP
    for one in outcomes:
        bars.append(f"<text x='12' y='{at + 15}'>{escape(one.case.name)}</text>")
        at += _ROW
        for stage, seconds in sorted(one.stages.items(), key=lambda each: -each[1]):
            kind = "slowest" if stage == one.bottleneck else "bar"
            wide = max(x(seconds / HOUR) - _LEFT, 1)
            bars.append(
                f"<text class='quiet' x='{_LEFT - 8}' y='{at + 14}' text-anchor='end'>{stage}</text>"
                f"<rect class='{kind}' x='{_LEFT}' y='{at + 3}' width='{wide:.1f}' height='14' rx='2'/>"
                f"<text class='quiet' x='{_LEFT + wide + 6:.1f}' y='{at + 14}'>{_time(seconds)}</text>"
            )
            at += _ROW
        at += 10
    grid = [
        f"<line class='grid' x1='{x(10.0**ten):.1f}' x2='{x(10.0**ten):.1f}' y1='{_TOP}' y2='{at}'/>"
        f"<text class='quiet' x='{x(10.0**ten):.1f}' y='{at + 16}' text-anchor='middle'>{10.0**ten:g} h"
        "</text>"
        for ten in tens
    ]
    title = "How long each stage takes by itself; the longest is how long all of it takes"
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='720' height='{at + 30}'"
            f" viewBox='0 0 720 {at + 30}' role='img' aria-label='{escape(title, quote=True)}'>",
            f"<style>{_STYLE}</style>",
            f"<text class='quiet' x='12' y='22'>{escape(title)}</text>",
            *grid,
            *bars,
            "</svg>\n",
        ]
    )

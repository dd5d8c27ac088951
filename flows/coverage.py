"""The command `dawn coverage`: which days are complete, drawn in the terminal and as an SVG. Asks no site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from flows.console import one_line
from flows.json_lines import json_option
from flows.options import data_option, existing
from flows.parameters import Days
from warehouse.standing import MARKS, MEANINGS, endings, months

if TYPE_CHECKING:
    from warehouse.days import Gap
    from warehouse.ledger import DayState

COLOURS = {"complete": "green", "partial": "yellow", "unknown": "red", "absent": "dim"}
"""Of each state its colour in a terminal."""

SHOWN_GAPS = 40
WIDE, HALF = 92, 65  # columns of a terminal that a calendar wants, a month of 999,999 stories among them


@click.command()
@click.argument("days", type=Days(), required=False, metavar="[DAY|FIRST..LAST]")
@click.option(
    "--place", type=click.Choice(["print", "daily"]), help="Only the paper, or only the daily lists."
)
@click.option(
    "--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Also drawn into a file."
)
@data_option
@json_option
def coverage(
    days: tuple[date, date] | None, place: str | None, svg: Path | None, data: Path, as_json: bool
) -> None:
    """A calendar of what is complete, partial, absent and unknown, and why.

    Of all days between the first and the last that were ever listed, or of a range.
    """
    from flows import answers, console, json_lines
    from warehouse.days import covered, gaps

    if svg is not None and not svg.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {svg.parent} to put {svg.name} into")
    folder = existing(data)
    states = covered(folder.public, days, place)
    if svg is not None and states:
        with answers.replaced(svg) as beside:
            beside.write_text(drawing(states), "utf-8")
        console.err.print(f"drawn into {svg}")
    if as_json:
        for state in states:
            json_lines.say(json_lines.day(state))
        return
    if not states:
        console.out.print("nothing was listed yet: `dawn backfill` lists days")
        return
    lacking = gaps(folder.public, (states[0].day, states[-1].day), place)
    room = console.out.width if console.out.file.isatty() else WIDE
    for line in calendar(states, room):
        console.out.print(line, soft_wrap=True)
    console.out.print()
    for line in totals(states):
        console.tell(line, hang=23 if line.plain[:1] in MARKS.values() else 0)
    for line in missing(lacking):
        console.tell(line, hang=2)


def calendar(states: Sequence[DayState], room: int = WIDE) -> list[Text]:
    """The lines of a calendar: a month each, a mark each day, and how many of its stories are held.

    Of WIDE columns; where there is less `room` of HALF, with no space between days; or else of 39, and how
    many are held stands below.
    """
    wide = room >= WIDE
    marked = (1, 5, 10, 15, 20, 25, 30)
    ruler = "".join(f"{n:>2}" if n in marked else "  " for n in range(1, 32))
    if not wide:
        ruler = "".join(str(n % 10) if n in marked else " " for n in range(1, 32))
    lines = [Text(f"{'':8}{ruler}{'   held of listed' if wide else ''}".rstrip(), "dim")]
    for month, found in months(states):
        line = Text(f"{month:%Y-%m} " if wide else f"{month:%Y-%m}  ")
        for n in range(1, 32):
            state = found.get(n)
            mark, colour = (MARKS[state.state], COLOURS[state.state]) if state else (" ", "")
            line.append(f"{mark:>{2 if wide else 1}}", colour)
        held = sum(state.held for state in found.values())
        listed = sum(state.listed for state in found.values())
        if room >= HALF:
            line.append(f"{held:>8} of {listed}{'' if wide else ' held'}")
            lines.append(line)
        else:
            line.rstrip()
            lines += [line, Text(f"{'':8}{held} of {listed} held", "dim")]
    return lines


def totals(states: Sequence[DayState]) -> list[Text]:
    """The legend with how many days stand so, and what became of all stories: of each day's once."""
    lines = []
    for state, mark in MARKS.items():
        days = sum(each.state == state for each in states)
        lines.append(
            Text.assemble(
                (mark, COLOURS[state]), f" {state:9}{days:>6} {_days(days):5}", (MEANINGS[state], "dim")
            )
        )
    said = ", ".join(f"{count} {name}" for name, count in endings(states) if count)
    listed = sum(state.listed for state in states)
    lines.append(Text(f"{listed} stories listed, day by day{': ' + said if said else ''}"))
    return lines


def missing(lacking: Sequence[Gap]) -> list[Text]:
    """The lines that say what is partial or unknown, and why; the first SHOWN_GAPS of them."""
    if not lacking:
        return [Text("nothing is missing")]
    lines = [Text(f"{len(lacking)} gaps; `dawn backfill --missing` asks for what is owed", "bold")]
    for gap in lacking[:SHOWN_GAPS]:
        span = f"{gap.first}" if gap.first == gap.last else f"{gap.first}..{gap.last}"
        where = f"{gap.place} {gap.section}" if gap.section else "every section"
        mark = (MARKS[gap.state], COLOURS[gap.state])
        lines.append(Text.assemble(mark, one_line(f" {span}  {where}: {gap.reason}")))
    if len(lacking) > SHOWN_GAPS:
        rest = "day, place, section, reason from editions where state in ('partial', 'unknown')"
        lines.append(Text(f'… and {len(lacking) - SHOWN_GAPS} more: dawn sql "select {rest}"', "dim"))
    return lines


# ── the picture ──────────────────────────────────────────────────────────────────────────────────────────

_CELL, _GAP, _LEFT, _TOP, _RIGHT = 16, 3, 70, 62, 110
_STYLE = """
  .paper { fill: #ffffff } .complete { fill: #1a7f37 } .partial { fill: #d4a72c }
  .unknown { fill: #cf222e } .absent { fill: #d1d9e0 }
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .faint { fill: #59636e; font-size: 10px }
  .mark { fill: #ffffff; font-size: 11px; pointer-events: none } .on-partial { fill: #1f2328 }
  .end { text-anchor: end } .middle { text-anchor: middle }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .complete { fill: #2ea043 } .partial { fill: #d29922 }
    .unknown { fill: #f85149 } .absent { fill: #30363d }
    text { fill: #e6edf3 } .faint { fill: #9198a1 } .mark, .on-partial { fill: #0d1117 }
  }
"""


def drawing(states: Sequence[DayState]) -> str:
    """The calendar as an SVG that needs nothing besides: each day's numbers stand in its title.

    A state is told by colour and by a mark; light and dark follow whoever looks.
    """
    by_month = list(months(states))
    step = _CELL + _GAP
    width = _LEFT + 31 * step + _RIGHT
    height = _TOP + max(len(by_month), 1) * step + 34
    counts = ", ".join(
        f"{days} {state}" for state in MARKS if (days := sum(each.state == state for each in states))
    )
    span = f"{states[0].day} to {states[-1].day}" if states else "no day"
    listed, held = sum(state.listed for state in states), sum(state.held for state in states)
    said = f"{len(states)} {_days(len(states))}: {counts}. {held} of {listed} stories listed are held."
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="graphics-document document"'
        ' aria-labelledby="coverage-title coverage-said">',
        f'<title id="coverage-title">Coverage, {span}</title>',
        f'<desc id="coverage-said">{escape(said)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        f'<text x="{_LEFT - 8}" y="24" class="end">Coverage</text>',
        f'<text x="{_LEFT}" y="24">{escape(said)}</text>',
    ]
    lines += [
        f'<text class="faint middle" x="{_LEFT + (n - 1) * step + _CELL / 2:g}" y="{_TOP - 8}">{n}</text>'
        for n in (1, 5, 10, 15, 20, 25, 30)
    ]
    for row, (month, found) in enumerate(by_month):
        y = _TOP + row * step
        lines.append(f'<text class="end" x="{_LEFT - 8}" y="{y + 12}">{month:%Y-%m}</text>')
        lines += [_cell(state, _LEFT + (n - 1) * step, y) for n, state in sorted(found.items())]
        counted = [(state.held, state.listed) for state in found.values()]
        of = "{} of {}".format(*map(sum, zip(*counted, strict=True))) if counted else "0 of 0"
        lines.append(f'<text class="faint" x="{_LEFT + 31 * step + 8}" y="{y + 12}">{of}</text>')
    x, y = _LEFT, height - 26
    for state in MARKS:
        lines.append(f'<g>{_square(state, x, y)}<text x="{x + step + 3}" y="{y + 12}">{state}</text></g>')
        x += 110
    return "\n".join((*lines, "</svg>")) + "\n"


def _cell(state: DayState, x: int, y: int) -> str:
    said = ", ".join(f"{count} {name}" for name, count in endings([state]) if count)
    title = f"{state.day}: {state.state}, {state.listed} listed{': ' + said if said else ''}"
    if state.reason:
        title += f" ({state.reason})"
    return f'<g role="img"><title>{escape(title)}</title>{_square(state.state, x, y)}</g>'


def _square(state: str, x: int, y: int) -> str:
    mark = {"complete": "✓", "partial": "◐", "unknown": "?", "absent": ""}[state]
    square = f'<rect class="{state}" x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" rx="3"/>'
    told = (
        f'<text class="mark on-{state}" x="{x + _CELL / 2:g}" y="{y + 12}" aria-hidden="true">{mark}</text>'
    )
    return square + told if mark else square


def _days(count: int) -> str:
    return "day" if count == 1 else "days"

"""The figures as tables in Markdown. Pure but for what the machine is."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil, floor
from pathlib import Path
from statistics import median

from benchmarks.extract.rounds import Figures
from benchmarks.extract.scoring import FIELDS
from benchmarks.extract.tools import BASELINE, OURS


def ratios(figures: Sequence[Figures]) -> dict[str, tuple[float, ...]]:
    """How often as fast as trafilatura with its defaults each tool was, round by round; {} without it."""
    base = next((one.rates for one in figures if one.tool.name == BASELINE and one.totals), ())
    return {
        one.tool.name: tuple(mine / theirs for mine, theirs in zip(one.rates, base, strict=True))
        for one in figures
        if base and one.totals
    }


def machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The machine in a few words: processor, cores, memory, system, Python. Unknown parts are left out."""
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    pages = os.sysconf("SC_PHYS_PAGES") if "SC_PHYS_PAGES" in os.sysconf_names else 0
    memory = f"{pages * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB" if pages else ""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.machine()}"
    parts = (names[0] if names else platform.processor(), f"{os.cpu_count()} cores", memory, system, python)
    return ", ".join(part for part in parts if part)


def heading(what: str, count: int, kilobytes: float, rounds: int, options: Sequence[str], load: float) -> str:
    """What was measured, on what, by which command. `load` is the machine's load average before the run."""
    command = "make bench-extract" + (f' ARGS="{" ".join(options)}"' if options else "")
    return (
        f"{count} pages, {kilobytes:.0f} KB each on average: {what}. Each was read once to warm up and then"
        f" {rounds} times, the tools in turn. `{command}` on {datetime.now(UTC).date()}; {machine()};"
        f" load average before the run {load:.1f}."
    )


def quality(figures: Sequence[Figures]) -> str:
    """The main table: right or not, and at what price."""
    against = ratios(figures)
    rows = []
    for one in figures:
        if one.totals is None:
            rows.append([one.tool.name, one.missing.partition(":")[0], *["–"] * 8])
            continue
        t, ratio = one.totals, against.get(one.tool.name)
        rows.append(
            [
                _name(one),
                one.version,
                _share(t.exact),
                f"{t.leaks} ({_upwards(t.leaks / t.pages)})",
                *(f"{value:.4f}" for value in t.macro),
                _spread(one.rates, "{:.0f}"),
                _spread(ratio, "{:.1f}") if ratio else "–",
                f"{one.peak_mb:.0f}",
            ]
        )
    columns = ["tool", "version", "exact", "leaks", "precision", "recall", "F1"]
    return table([*columns, "pages per CPU second", f"× {BASELINE}", "peak MB"], rows)


def details(figures: Sequence[Figures]) -> str:
    """The second table: words counted over all pages, and the fields that a tool gives."""
    rows = []
    for one in figures:
        t = one.totals
        if t is None:
            continue
        fields = [_share(t.fields[name]) for name in FIELDS]
        micro = [f"{value:.4f}" for value in t.micro]
        rows.append(
            [_name(one), *micro, str(t.empty), *fields, _share(t.all_fields), _share(t.exact_paragraphs)]
        )
    columns = ["tool", "precision, micro", "recall, micro", "F1, micro", "empty"]
    return table([*columns, *(name.replace("_", " ") for name in FIELDS), "all five", "paragraphs"], rows)


def notes(figures: Sequence[Figures]) -> str:
    """What else is to be known of single tools, a line each; "" where there is nothing."""
    said = []
    for one in figures:
        if one.missing:
            said.append(f"- {one.tool.name}: {one.missing}.")
        if one.failed:
            said.append(f"- {one.tool.name} failed on {one.failed} pages; they count as empty.")
        if one.changed:
            said.append(f"- {one.tool.name} gave another text in a later round {one.changed} times.")
        if one.asked:
            said.append(f"- {one.tool.name} asked for the network {one.asked} times and was refused.")
    return "\n".join(said)


def _name(one: Figures) -> str:
    return f"**{one.tool.name}**" if one.tool.family == OURS else one.tool.name


def _spread(values: Sequence[float], form: str) -> str:
    low, high = form.format(min(values)), form.format(max(values))
    return f"{form.format(median(values))} ({low} to {high})"


def _share(value: float | None) -> str:
    """Never "1.000" for less than all."""
    return "–" if value is None else f"{floor(value * 1000 + 1e-9) / 1000:.3f}"


def _upwards(value: float) -> str:
    """Never "0.000" for more than nothing."""
    return f"{ceil(value * 1000 - 1e-9) / 1000:.3f}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up as plain text; figures to the right."""
    widths = [max(len(row[index]) for row in [columns, *rows]) for index in range(len(columns))]
    left = {0, 1} if columns[1] == "version" else {0}

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if index in left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join(padded)} |"

    rule = "|".join("-" * (w + 2) if i in left else "-" * (w + 1) + ":" for i, w in enumerate(widths))
    return "\n".join([line(columns), f"|{rule}|", *map(line, rows)])

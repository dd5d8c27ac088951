"""What a run leaves for whoever looks at it later: its counts, its manners, its red checks. Pure text.

Markdown, as Prefect's pages show it. What a site says reaches it only with its marks made harmless.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.receipt import Receipt
    from warehouse.checks import Check
    from warehouse.ledger import DayState
    from warehouse.manners import Crawled

SHOWN_ROWS = 10
CELL = 240  # characters
COUNTS = ("listed", "stored", "unchanged", "rejected", "gone", "refused", "owed")
_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&])")


def page(
    receipt: Receipt,
    crawls: Sequence[Crawled],
    days: Sequence[DayState],
    drawing: str | None,
    links: dict[str, str],
) -> str:
    """The whole account of one run as Markdown.

    `crawls` are the runs that it made; `days` are for the calendar, which `drawing` has as SVG.
    """
    parts = [f"**{cell(receipt.fault)}**" if receipt.fault else "**Done: nothing is owed, failed or red.**"]
    if receipt.days:
        parts += ["## Days", counts(receipt.days)]
    if crawls:
        parts += ["## Crawls and their manners", manners(crawls)]
    else:
        parts.append("No crawl was made.")
    if receipt.red:
        parts += ["## Red checks", *(red(each) for each in receipt.red)]
    if receipt.owed:
        rows = [[story.story_id, story.cause, story.url] for story in receipt.owed[:SHOWN_ROWS]]
        parts += ["## Stories owed", table(["story", "cause", "address"], rows)]
        parts.append(f"{len(receipt.owed)} in all.")
    if drawing:
        encoded = base64.b64encode(drawing.encode()).decode()
        parts += ["## Coverage", f"![The days as a calendar](data:image/svg+xml;base64,{encoded})"]
    if days:
        settled = sum(day.state in ("complete", "absent") for day in days)
        parts.append(f"{settled} of {len(days)} days from {days[0].day} to {days[-1].day} are complete.")
    parts += ["## See also", "\n".join(f"- {name}: {cell(where)}" for name, where in links.items())]
    return "\n\n".join(parts) + "\n"


def counts(days: Sequence[DayState]) -> str:
    """A row a day: how it stands, and what became of its stories."""
    rows = [[day.day, day.state, *(getattr(day, n) for n in COUNTS), day.reason] for day in days]
    return table(["day", "state", *COUNTS, "why"], rows)


def counted(receipt: Receipt) -> list[dict[str, Any]]:
    """The same as rows of plain values, for whoever reads them by program."""
    return [
        {"day": str(day.day), "state": day.state}
        | {name: getattr(day, name) for name in COUNTS}
        | {"why": day.reason}
        for day in receipt.days
    ]


def manners(crawls: Sequence[Crawled]) -> str:
    """A row a crawl: what it promised the site, and what the archive says that it did."""
    rows = [
        [
            crawl.run,
            crawl.outcome,
            crawl.requests,
            " ".join(f"{status}: {n}" for status, n in crawl.statuses),
            _seconds(crawl.delay),
            _seconds(crawl.smallest_gap),
            _seconds(crawl.waited),
            crawl.refused,
            f"{crawl.bytes / 1e6:.1f} MB",
            f"{crawl.not_modified} pages, {crawl.bytes_saved / 1e6:.1f} MB",
        ]
        for crawl in crawls
    ]
    heads = ["run", "outcome", "requests", "answers", "gap promised", "smallest gap", "waited", "refused"]
    return table([*heads, "bytes", "not sent again"], rows)


def red(check: Check) -> str:
    """A red check with its first rows."""
    rows = [list(row) for row in check.rows[:SHOWN_ROWS]]
    shown = f"{check.failing} rows, {len(rows)} shown"
    return f"**{cell(check.message)}** ({shown})\n\n{table(list(check.columns), rows)}"


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; every value is one cell of it, whatever it says."""
    lines = [heads, ["---"] * len(heads), *([cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cell(value: Any) -> str:
    """A value as one line of Markdown that means nothing but itself, cut to CELL characters."""
    said = "" if value is None else value if isinstance(value, str) else _plain(value)
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    line = line if len(line) <= CELL else line[: CELL - 1] + "…"
    return _MARKS.sub(r"\\\1", line)


def _plain(value: Any) -> str:
    return (
        json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    )


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"

"""What people see: lines and tables on stdout, a word on stderr. Nothing here decides anything."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, fields
from typing import TYPE_CHECKING, Any

from rich.text import Text

from flows.answers import table, write
from flows.console import err, one_line, out, safe, tell
from flows.coverage import COLOURS
from flows.tables import print_table

if TYPE_CHECKING:
    from flows.folder import DataFolder
    from flows.importing import Brought
    from flows.receipt import Receipt
    from warehouse.checks import Check
    from warehouse.differences import Difference
    from warehouse.search import Hit

SHOWN_CHARACTERS = 60

BREAKS = """
select
    field,
    what,
    list(coalesce(kind, 'all kinds') order by kind) as kinds,
    min(since) as since,
    sum(holding)::int as holding,
    sum(pages)::int as pages,
    sum(past_holding)::int as past_holding,
    sum(past_pages)::int as past_pages,
    arg_max(proposals, pages) as proposals,
    list_transform(arg_max(without, pages), lambda page: page.url)[1:5] as urls
from breaks
where state = 'open'
group by field, what
order by since, field
"""

STORIES_OF_RUNS = """
select
    status,
    count(*)
from core.ledger
where story_id in (select story_id from raw.captures where run in ({runs}))
group by status
order by count(*) desc, status
"""


def day(receipt: Receipt, how_far: str = "") -> None:
    """Nothing; one line on stderr for a day that is done, so that a long backfill can be followed."""
    for state in receipt.days:
        line = Text(
            f"{state.day}  {state.state:9}{state.stored:5} stored{_rest(state)}", COLOURS[state.state]
        )
        err.print(line.append(f"   {how_far}" if how_far else "", "dim"), soft_wrap=True)


def days(receipt: Receipt) -> None:
    """Nothing; the receipt of a backfill on stdout: what is complete, what is not and why."""
    if not receipt.days:
        out.print("nothing is missing: no request was made")
        return
    counts: Sequence[str] = ("sections", "stored", "unchanged", "rejected", "gone", "refused", "owed")
    if out.file.isatty():  # there is no room to say what did not happen
        counts = [name for name in counts if any(getattr(state, name) for state in receipt.days)]
    rows = (
        (
            Text(str(state.day)),
            Text(state.state, COLOURS[state.state]),
            *(Text(str(getattr(state, name))) for name in counts),
            Text(one_line(state.reason or "")),
        )
        for state in receipt.days
    )
    _table(("day", "state", *counts, "why"), rows, counts)
    complete = sum(state.state in ("complete", "absent") for state in receipt.days)
    out.print(f"{complete} of {len(receipt.days)} days complete, {len(receipt.runs)} crawls made")


def stored(folder: DataFolder, receipt: Receipt) -> None:
    """Nothing; one line on stdout: how many articles the published file holds."""
    from warehouse.query import answer

    with answer(folder.public, "select count(*), max(published_at) from articles") as found:
        count, newest = next(found.rows)
    news = "published anew" if receipt.published else "nothing changed"
    out.print(f"{count} articles in {folder.public}, the newest of {newest or 'no day'}: {news}")


def brought(folder: DataFolder, done: Brought) -> None:
    """Nothing; a row on stdout for each file that was imported, and what became of the stories it brought."""
    from warehouse.query import answer

    names = {
        "taken": "taken in",
        "held": "held already",
        "elsewhere": "other sites",
        "aside": "no story or listing",
        "unfit": "cannot be",
        "unwanted": "forgotten",
        "lost": "revisits of nothing",
        "unreadable": "unreadable",
        "others": "other records",
    }
    counted = {each: [getattr(found, each) for found in done.files] for each in names}
    shown = [each for each in names if each in ("taken", "held") or any(counted[each])]
    rows = (
        (
            Text(safe(found.name)),
            *(Text(str(counted[each][n])) for each in shown),
            Text("breaks off" if found.torn else "", "yellow"),
        )
        for n, found in enumerate(done.files)
    )
    heads = [names[each] for each in shown]
    _table(("file", *heads, ""), rows, heads)
    if not done.runs:
        out.print("nothing was new: nothing was added")
        return
    runs = ", ".join(f"'{run}'" for run in done.runs)
    with answer(folder.public, STORIES_OF_RUNS.format(runs=runs)) as found_stories:
        told = [f"{count} {status}" for status, count in found_stories.rows]
    out.print(
        f"{done.taken} captures taken in as {', '.join(done.runs)}; stories: {', '.join(told) or 'none'}"
    )


def accounts_of(folder: DataFolder, stories: Sequence[int]) -> list[dict[str, Any]]:
    """What is known of each story that was named, by the names of `warehouse.ledger.Account`."""
    from warehouse.ledger import accounts

    return [asdict(account) for account in accounts(folder.public, stories)]


def named(folder: DataFolder, stories: Sequence[int], receipt: Receipt) -> None:
    """Nothing; a row on stdout for each story that was named: its title, or why there is none."""
    from warehouse.ledger import Account, accounts

    known = accounts(folder.public, stories)
    if known:
        table([field.name for field in fields(Account)], iter([astuple(account) for account in known]))
    for story in receipt.owed:
        line(f"{story.story_id} was asked for in vain: {story.cause}", "yellow")


def checks(outcomes: Sequence[Check]) -> None:
    """Nothing; the checks on stdout, the rows of the red ones below them."""
    for outcome in outcomes:
        mark = Text("green  " if outcome.green else "red    ", "green" if outcome.green else "bold red")
        tell(mark + Text(outcome.message, "" if outcome.green else "bold"), hang=7)
        if not outcome.green:
            table(outcome.columns, iter(outcome.rows))
            out.print(f"{outcome.failing} rows, {len(outcome.rows)} shown", style="dim")


def breaks(folder: DataFolder) -> None:
    """Nothing; each field that went missing on stdout: its share, the proposed rules, pages to look at."""
    from warehouse.query import answer

    with answer(folder.public, BREAKS) as found:
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    for row in rows:
        became = "the same on all" if row["what"] == "constant" else "missing"
        line(f"{row['field']} is {became}: {', '.join(row['kinds'])}", "bold")
        tell(
            f"  since {row['since']:%Y-%m-%d %H:%M}: {row['holding']} of {row['pages']} pages have it"
            f"{' of their own' if row['what'] == 'constant' else ''},"
            f" {row['past_holding']} of {row['past_pages']} had it before",
            hang=2,
        )
        for rule in row["proposals"]:
            instead = f" instead of {rule['now']}" if rule["now"] else ""
            seen = f"right on {rule['pages']} of {rule['known']} pages"
            line(f"  propose  {rule['part']}: {rule['selector']}{instead} ({seen})", "green", hang=2)
        for url in row["urls"]:
            line(f"  look at  {url}", hang=11)


def hits(found: Sequence[Hit], form: str) -> None:
    """Nothing; what a search found on stdout, the words that were searched for bold or between asterisks."""
    from warehouse.query import Answer

    if form != "table":
        names = [field.name for field in fields(found[0])] if found else []
        rows = ([*astuple(hit)[:-1], hit.passage.text, hit.passage.marks] for hit in found)
        if form == "csv":
            rows = ([*astuple(hit)[:-1], hit.passage.marked()] for hit in found)
        columns = tuple(names) if form == "csv" else (*names, "marks")
        write(Answer(columns, (tuple(row) for row in rows)), form, sys.stdout)
        return
    for n, hit in enumerate(found):
        if n:
            out.print()
        day = hit.published_on or hit.printed_on
        when = f"{day:%Y-%m-%d}" if day else "undated   "
        what = " · ".join([hit.section or hit.kind, *hit.authors])
        which = "" if hit.current else f"  (version {hit.version}, not the current one)"
        head = Text(f"{hit.story_id}  {when}  ", "dim")
        tell(head + Text(one_line(hit.title), "bold") + Text(which), hang=len(head))
        tell(Text(one_line(f"  {what} · {hit.url}"), "dim"), hang=2)
        shown = Text("  ")
        if out.is_terminal:
            shown.append(safe(hit.passage.text))
            for first, behind in hit.passage.marks:
                shown.stylize("bold yellow", first + 2, behind + 2)
        else:
            shown.append(safe(hit.passage.marked()))
        tell(shown, hang=2)
    if not found:
        err.print("nothing found")


def line(text: str, style: str = "", hang: int = 0) -> None:
    """Nothing; one line on stdout, which a terminal shows folded: see `console.tell`."""
    tell(text, hang, style)


def _table(heads: Sequence[str], rows: Iterable[Sequence[Text]], numbers: Sequence[str]) -> None:
    """Nothing; a table that fits on stdout; `numbers` are the heads of those columns."""
    if lacking := print_table(out, heads, rows, [head in numbers for head in heads]):
        err.print(f"{lacking}: --json has all of it", style="dim")


def differences(changes: Sequence[Difference] | None, dry_run: bool, receipt: Receipt) -> None:
    """Nothing; what new rules change, by field, with examples."""
    if changes is None:
        out.print("nothing is published yet to compare with" + ("" if dry_run else ": all tables made anew"))
        return
    if not changes:
        out.print("nothing changes: today's rules read every capture as it was read before")
        return
    rows = []
    for change in changes:
        for n, (story, before, after) in enumerate(change.examples):
            head = (change.field, str(change.stories)) if n == 0 else ("", "")
            rows.append([Text(safe(each)) for each in (*head, str(story), *apart(before, after))])
    _table(("field", "stories", "for example", "before", "after"), rows, ("stories",))
    if dry_run:
        out.print("this was a dry run: nothing was changed")
    else:
        out.print("loaded and published" if receipt.published else "loaded; no row of the tables changed")


def apart(before: str | None, after: str | None) -> tuple[str, str]:
    """The two texts cut to where they first differ, a little before it and SHOWN_CHARACTERS after it."""
    if before is None or after is None:
        return tuple(
            "—" if text is None else " ".join(text.split())[:SHOWN_CHARACTERS] for text in (before, after)
        )  # type: ignore[return-value]
    same = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    start = max(0, same - 20)
    lead = "…" if start else ""
    return tuple(lead + " ".join(text[start : start + SHOWN_CHARACTERS].split()) for text in (before, after))  # type: ignore[return-value]


def _rest(state: Any) -> str:
    rest = [
        (state.unchanged, "unchanged"),
        (state.rejected, "rejected"),
        (state.gone, "gone"),
        (state.refused, "refused"),
        (state.owed, "owed"),
    ]
    return "".join(f", {count} {name}" for count, name in rest if count)

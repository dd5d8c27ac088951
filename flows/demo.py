"""The whole of it, offline: a made-up dawn.com on loopback, crawled into a folder and asked in SQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from flows import console, passes, show
from flows.coverage import COLOURS
from flows.crawling import Manners
from flows.folder import DataFolder, open_folder
from flows.progress import reporting
from flows.serve import no_proxy
from flows.settings_file import NAMED_BY
from warehouse.checks import check
from warehouse.query import answer
from warehouse.standing import MARKS

NARROW = 25
MARK = "made-by-dawn-demo.txt"
ARTICLES = """
select
    strftime(published_at, '%d %b %H:%M') as online,
    kind,
    section,
    title,
    array_to_string(authors, ' | ') as by,
    word_count as words
from articles
qualify row_number() over (partition by kind order by published_at desc) <= 2
order by published_at desc
limit 10
"""

EDITIONS = """
select section, day, state, listed, stored + unchanged as held
from editions
order by place desc, section, day
"""

ACCOUNTED = """
select
    count(distinct story_id) as discovered,
    (select count(*) from articles) as stored,
    (select count(*) from core.ledger where status = 'rejected') as rejected,
    (select count(*) from core.ledger where status = 'gone') as gone,
    (select count(*) from core.ledger where status = 'refused') as refused,
    (select count(*) from core.ledger where status = 'owed') as owed
from discoveries
where member
"""

EDITS = """
select new.story_id, new.version, old.title as before, new.title as after, new.updated_at
from versions as new
join versions as old on old.story_id = new.story_id and old.version = new.version - 1
order by all
"""

RAILS = """
select
    sum(rail_sentences) as stripped,
    count(*) as articles,
    (select count(*) from rejections where reason = 'rail_in_body') as quarantined
from articles
"""


def demo(root: Path) -> None:
    """Nothing; shows the main job end to end. Needs no network but loopback; takes under a minute."""
    from crawlers.lookalike import Lookalike

    out = console.out
    _clear(root)
    site = Lookalike()
    days = sorted(site.days)
    with site.serve() as address:
        folder = open_folder(root, address)
        _say(out, f"a made-up dawn.com at {address}: {len(site.stories)} stories, with rails, ads and tweets")
        _say(out, f"dawn backfill {days[0]}..{days[-1]}")
        with reporting() as (progress, waiting):
            receipt = passes.backfill(folder, Manners(delay=0), days, progress=progress, waiting=waiting)
        show.days(receipt)
        if receipt.fault:
            raise click.ClickException(receipt.fault)
        edited = site.edit_one()
        _say(out, f"an editor changes story {edited.id}; then one pass of the flow `latest`, run by Prefect")
        _through_prefect(folder)
    tables(out, folder)
    red = [each for each in check(folder.public) if not each.green]
    show.checks(red)
    if red:
        raise click.ClickException(f"{len(red)} checks are red, first: {red[0].message}")
    out.print()
    command = os.path.relpath(shutil.which(sys.argv[0]) or sys.argv[0])
    ask = f'{command} sql --data {root} "select title, body from articles limit 3"'
    out.print(Text.assemble("Ask it yourself:  ", (ask, "bold")))


def _clear(root: Path) -> None:
    """Nothing; the folder is empty but for the mark that a demo owns it. What no demo left is not touched."""
    mark = root / MARK
    if root.exists() and any(root.iterdir()) and not mark.exists():
        raise click.UsageError(f"{root} holds something that no demo left: name another folder with --data")
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    mark.write_text("This folder was made by `dawn demo`, and the next one makes it anew.\n", "utf-8")


def _through_prefect(folder: DataFolder) -> None:
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")},
        NAMED_BY: "",  # no settings but these
        "DAWN_DATA": str(folder.root.resolve()),
        "DAWN_SITE": folder.site,
        "DAWN_DELAY": "0",
        "PREFECT_HOME": str((folder.root / "prefect").resolve()),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        **no_proxy(),
    }
    ended = subprocess.run([sys.executable, "-m", "flows.latest"], env=environment, check=False)
    if ended.returncode != 0:
        raise click.ClickException(
            f"the flow `latest` ended with exit code {ended.returncode}: see its lines above"
        )


def tables(out: Console, folder: DataFolder) -> None:
    """Nothing; what the demo's archive holds, asked in SQL: articles, editions, an edit, rails."""
    for title, sql in (
        ("Some articles", ARTICLES),
        ("Every edition accounted for    ● complete   ◐ partial   ? unknown   · absent", EDITIONS),
        ("Every story discovered is accounted for", ACCOUNTED),
        ("An edit, seen: both versions are kept", EDITS),
    ):
        with answer(folder.public, sql) as found:
            rows = list(found.rows)
            out.print()
            out.print(Text(title, "bold"))
            out.print(_calendar(rows) if sql is EDITIONS else _table(found.columns, rows, out.width))
    with answer(folder.public, RAILS) as found:
        stripped, articles, quarantined = next(found.rows)
    out.print()
    out.print(
        Panel.fit(
            Text.assemble(
                (f"{stripped}", "bold"),
                f" sentences of rails and teasers stood on the pages of {articles} articles: stripped.\n",
                (f"{quarantined}", "bold"),
                " pages were quarantined because one was left in the text.",
            ),
            title="Not one sentence of a rail",
            border_style="green" if not quarantined else "red",
        )
    )


def _table(columns: tuple[str, ...], rows: list[tuple[object, ...]], width: int) -> Table:
    """The rows as a table of that width: headlines give way, so that all else is read whole."""
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    needed = [max([len(name), *(len(row[n]) for row in cells)]) for n, name in enumerate(columns)]
    long = [n for n, least in enumerate(needed) if least > NARROW]
    room = width - sum(least for n, least in enumerate(needed) if n not in long) - 2 * len(columns)
    table = Table(header_style="dim", pad_edge=False, box=None)
    for n, column in enumerate(columns):
        number = all(isinstance(row[n], int) for row in rows)
        table.add_column(column, justify="right" if number else "left", no_wrap=True, overflow="ellipsis")
    for row in cells:
        for n in long:
            most = max(room // len(long), 12)
            row[n] = row[n] if len(row[n]) <= most else row[n][: most - 1] + "…"
        table.add_row(*(Text(cell) for cell in row))
    return table


def _calendar(rows: list[tuple[object, ...]]) -> Table:
    days = sorted({str(row[1]) for row in rows})
    table = Table(header_style="dim", pad_edge=False, box=None)
    table.add_column("section")
    for each in days:
        table.add_column(each)
    for section in dict.fromkeys(str(row[0]) for row in rows):
        cells = {str(row[1]): row for row in rows if row[0] == section}
        line = []
        for each in days:
            state = str(cells[each][2])
            mark, colour = MARKS[state], COLOURS[state]
            line.append(
                Text(f"{mark} {cells[each][4]} of {cells[each][3]}" if cells[each][3] else mark, colour)
            )
        table.add_row(section, *line)
    return table


def _say(out: Console, what: str) -> None:
    out.print()
    out.print(Text(f"▶ {what}", "bold cyan"))

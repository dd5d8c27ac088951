"""The command `dawn`: answers `--help` without Prefect, Scrapy, DuckDB or trafilatura, which import slowly.

Progress goes to stderr, results to stdout. Exit 0: all that was asked for was done and every story is
accounted for; 1: something is owed, failed or red, and the last line on stderr says what; 2: wrong
arguments, in one clear line.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from crawlers.site import LIVE
from flows.audits import audit
from flows.backfilling import backfill
from flows.case import case
from flows.compact import compact
from flows.completion import completion
from flows.config import default_map, option
from flows.configuring import config
from flows.coverage import coverage
from flows.edits import edits
from flows.ending import end, exit_code, fail, speak_any_language
from flows.exploring import explore
from flows.folder import site_address
from flows.forget import forget
from flows.home import home
from flows.imports import import_
from flows.json_lines import form_of, json_option, jsonl_option
from flows.options import (
    crawl_into,
    crawl_options,
    dask_option,
    data_option,
    existing,
    site_for,
    store_option,
)
from flows.parameters import Days, Folder, is_utf8
from flows.restore import restore
from flows.revisiting import revisit
from flows.search import search
from flows.send import send
from flows.status import status
from flows.why import why


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="dawn-as-a-table", prog_name="dawn")
@click.pass_context
def dawn(context: click.Context) -> None:
    """The news site dawn.com as a table: crawled politely, kept as served, read with SQL."""
    context.default_map = default_map(dawn.commands)
    if context.invoked_subcommand is None:
        home()


dawn.add_command(audit)
dawn.add_command(backfill)
dawn.add_command(case)
dawn.add_command(revisit)
dawn.add_command(search)
dawn.add_command(coverage)
dawn.add_command(status)
dawn.add_command(why)
dawn.add_command(edits)
dawn.add_command(explore)
dawn.add_command(import_)
dawn.add_command(compact)
dawn.add_command(forget)
dawn.add_command(send)
dawn.add_command(restore)
dawn.add_command(config)
dawn.add_command(completion)


@dawn.command()
@crawl_options
@json_option
def run(data: Path, site: str | None, delay: float, contact: str | None, as_json: bool) -> None:
    """One pass now: the latest stories discovered, fetched, extracted, loaded, published, checked."""
    from flows import passes, show
    from flows.progress import reporting

    folder, manners = crawl_into(data, site, delay, contact)
    with reporting() as (progress, waiting):
        receipt = passes.latest(folder, manners, progress=progress, waiting=waiting)
    if not as_json:
        show.stored(folder, receipt)
    end(receipt, folder if as_json else None)


@dawn.command()
@click.argument("stories", nargs=-1, required=True, metavar="STORY…")
@crawl_options
@json_option
def fetch(
    stories: tuple[str, ...], data: Path, site: str | None, delay: float, contact: str | None, as_json: bool
) -> None:
    """These stories now, by id or address, held or not: through to published."""
    from crawlers.urls import WRITTEN, canonical, story_id
    from flows import passes, show
    from flows.forgetting import remembered
    from flows.progress import reporting
    from warehouse.ledger import Owed

    address = site_for(data, site)
    wanted = {}
    for said in stories:
        number = int(said) if re.fullmatch(r"[0-9]{1,18}", said) else story_id(said, address)
        if number is None or story_id(canonical(number, address), address) is None:
            raise click.UsageError(
                f"{said!r} is no story of {address}: give an id such as 1907269, or an address {WRITTEN}"
            )
        wanted[number] = Owed(number, canonical(number, address), "named")
    folder, manners = crawl_into(data, site, delay, contact)
    if gone := sorted(remembered(folder) & wanted.keys()):
        fail(f"{gone[0]} was forgotten and is not fetched again: leave it away")
    with reporting() as (progress, waiting):
        receipt = passes.named(folder, manners, list(wanted.values()), progress=progress, waiting=waiting)
    if as_json:
        end(receipt, folder, stories=show.accounts_of(folder, list(wanted)))
    else:
        show.named(folder, list(wanted), receipt)
        end(receipt)


@dawn.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path, allow_dash=True)
)
@option("jobs")
@option("site", help=f"Whose pages they are.  [default: {LIVE}, and for pages of loopback sites that site]")
def extract(files: tuple[Path, ...], jobs: int | None, site: str | None) -> None:
    """HTML or WARC files to JSON Lines on stdout; `-` reads stdin. No network, no database."""
    for path in files:
        if str(path) != "-" and (not path.exists() or path.is_dir() or not os.access(path, os.R_OK)):
            raise click.UsageError(f"{path} is no file that can be read")
    from crawlers.saved import read_files
    from flows import console
    from flows.progress import reporting

    lines = read_files(files, site_address(site) if site else None, jobs=jobs or os.cpu_count() or 1)
    shown = sys.stdout.isatty()
    with reporting(shown=not shown) as (progress, _):
        for done, line in enumerate(lines, 1):
            sys.stdout.buffer.write(console.safe(line.decode()).encode("utf-8") if shown else line)
            progress("pages read", done, None)


@dawn.command()
@click.argument("days", type=Days(), required=False, metavar="[DAY|FIRST..LAST]")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@data_option
@store_option
@dask_option
@json_option
def replay(days: tuple[date, date] | None, dry_run: bool, data: Path, as_json: bool) -> None:
    """Extract again from the archive under today's rules, show what changes by field, then load it.

    Makes no request. With days, only what holds stories of those days is read again.
    """
    from flows import passes, show
    from flows.progress import reporting

    folder = existing(data)
    with reporting() as (progress, waiting):
        changes, receipt = passes.replay(folder, days, dry_run, progress=progress, waiting=waiting)
    if as_json:
        fields = None if changes is None else [asdict(change) for change in changes]
        end(receipt, folder, dry_run=dry_run, changes=fields)
    else:
        show.differences(changes, dry_run, receipt)
        end(receipt)


@dawn.command()
@click.argument("query")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "jsonl", "parquet"]),
    default=None,
    help="How the answer is written.  [default: table, or what the ending of -o says]",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of stdout."
)
@jsonl_option
@data_option
@option("lake", help="Ask a lake, named by its catalog, instead of the data folder.")
@option("site", help="Of several sites in a lake, the one that is meant.  [default: all of them]")
def sql(
    query: str,
    form: str | None,
    output: Path | None,
    as_json: bool,
    data: Path,
    lake: str | None,
    site: str | None,
) -> None:
    """One read-only question in SQL; times are shown in the site's zone.

    Of a lake with several sites `articles` and its kin are those of all of them, and say whose in `site`.
    """
    from flows import answers
    from flows.bounds import bound_memory
    from flows.lakes import asked
    from warehouse.query import QueryError

    chosen = form_of(form, as_json) or {".csv": "csv", ".jsonl": "jsonl", ".parquet": "parquet"}.get(
        output.suffix if output else ""
    )
    if chosen == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("parquet is not for a terminal: name a file with -o")
    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {output.parent} to put {output.name} into")
    if not is_utf8(query):
        raise click.UsageError(f"the question is not in UTF-8: {query!r}")
    bound_memory()
    try:
        answers.answer(asked(data, lake, site), query, chosen or "table", output)
    except QueryError as error:
        raise click.UsageError(str(error)) from error


@dawn.command()
@click.option("--accept", multiple=True, metavar="FIELD", help="A field that went missing is gone for good.")
@data_option
@option("lake", help="Check the tables of a lake, named by its catalog, instead of the data folder's.")
@option("site", help="Of several sites in a lake, the one that is meant.")
@json_option
def check(accept: tuple[str, ...], data: Path, lake: str | None, site: str | None, as_json: bool) -> None:
    """The data-quality checks; exit 1 and the rows where one fails, and for missing fields a rule to try."""
    from flows import json_lines, passes, show, stages
    from flows.lakes import asked
    from flows.progress import reporting
    from warehouse.checks import check as check_tables

    tables = asked(data, lake, site)
    if not isinstance(tables, Path):
        if accept:
            raise click.UsageError("a field is accepted in a data folder, not in a lake: leave --lake away")
        outcomes = check_tables(tables)
        folder = None
    else:
        folder = existing(data)
        for field in accept:
            if not passes.accept(folder, field):
                raise click.UsageError(f"{field!r} is no field that went missing: see `dawn check`")
        with reporting() as (progress, _):
            outcomes = stages.check(folder, progress)
    if as_json:
        for outcome in outcomes:
            json_lines.say(json_lines.check(outcome))
    else:
        show.checks(outcomes)
        if folder is not None:
            show.breaks(folder)
    red = [each for each in outcomes if not each.green]
    if red:
        fail(f"{len(red)} of {len(outcomes)} checks are red, first: {red[0].message}")


@dawn.command()
@crawl_options
@option("port")
def serve(data: Path, site: str | None, delay: float, contact: str | None, port: int) -> None:
    """Prefect server and worker on this machine, with the schedules of prefect.yaml; Ctrl-C ends both."""
    from flows.serve import serve as serve_here

    folder, manners = crawl_into(data, site, delay, contact)
    serve_here(folder, manners, port)


@dawn.command()
@click.option(
    "--data",
    type=Folder(),
    default=Path("demo"),
    show_default=True,
    help="A folder for the demo; what an earlier demo left there is replaced.",
)
def demo(data: Path) -> None:
    """All of it, offline, against a made-up dawn.com on loopback."""
    from flows.demo import demo as show_all

    show_all(data)


def main() -> None:
    """Nothing; ends the process with the command's exit code. SIGTERM is taken as Ctrl-C is."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    speak_any_language()
    # DuckDB imports pandas at the first parameter of a query, where it is installed: 0.6 s of each command,
    # none of which makes a data frame.
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]
    if "_DAWN_COMPLETE" in os.environ:
        dawn.main(prog_name="dawn")  # a shell asks what could come next
    sys.exit(exit_code(dawn, sys.argv[1:]))

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
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawlers.site import LIVE
from flows.case import case
from flows.folder import DataFolder, FolderError, open_folder, site_address, site_of

if TYPE_CHECKING:
    from flows.passes import Receipt
    from flows.stages import Manners


class Days(click.ParamType[tuple[date, date]]):
    """A day, or a range of days with both ends: 2025-04-26 or 2025-04-01..2025-04-30."""

    name = "days"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[date, date]:
        if isinstance(value, tuple):
            return value
        first, dots, last = str(value).partition("..")
        try:
            days = _a_day(first), _a_day(last if dots else first)
        except ValueError:
            self.fail(
                f"{value!r} is no day and no range: write 2025-04-26 or 2025-04-01..2025-04-30", param, ctx
            )
        if days[0] > days[1]:
            self.fail(f"{value!r} ends before it begins", param, ctx)
        return days


def _a_day(said: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", said, flags=re.ASCII):
        raise ValueError(said)
    return date.fromisoformat(said)


class Folder(click.Path):
    """A data folder by its name: of some length, and in UTF-8, as DuckDB wants the names of its files."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if not str(value):
            self.fail(
                "the name of a folder is empty: leave --data away, or write . for this folder",
                param,
                ctx,
            )
        if not _is_utf8(str(value)):
            self.fail(f"{value!r} is not in UTF-8: name another folder", param, ctx)
        return super().convert(value, param, ctx)


def _is_utf8(said: str) -> bool:
    """Whether an argument came in UTF-8: any other byte stands in it as half a surrogate pair."""
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return True


data_option = click.option(
    "--data",
    type=Folder(),
    default=Path("data"),
    envvar="DAWN_DATA",
    show_default=True,
    show_envvar=True,
    help="The data folder.",
)


def crawl_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the options that every crawl takes: --data, --site, --delay, --contact."""
    for option in reversed(
        (
            data_option,
            click.option(
                "--site",
                envvar="DAWN_SITE",
                show_envvar=True,
                metavar="URL",
                help=f"The site; a data folder belongs to one.  [default: the folder's, or {LIVE}]",
            ),
            click.option(
                "--delay",
                type=click.FloatRange(0, 3600),
                default=2.0,
                envvar="DAWN_DELAY",
                show_default=True,
                show_envvar=True,
                metavar="SECONDS",
                help="The least time between two requests; under 1.0 only for loopback sites.",
            ),
            click.option(
                "--contact",
                envvar="DAWN_CONTACT",
                show_envvar=True,
                metavar="TEXT",
                help="An address in the user agent, for the site to write to.",
            ),
        )
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="dawn-as-a-table", prog_name="dawn")
def dawn() -> None:
    """The news site dawn.com as a table: crawled politely, kept as served, read with SQL."""


dawn.add_command(case)


@dawn.command()
@crawl_options
def run(data: Path, site: str | None, delay: float, contact: str | None) -> None:
    """One pass now: the latest stories discovered, fetched, extracted, loaded, published, checked."""
    from flows import passes, show

    folder, manners = _crawl_into(data, site, delay, contact)
    with show.progress() as (progress, waiting):
        receipt = passes.latest(folder, manners, progress=progress, waiting=waiting)
    show.stored(folder, receipt)
    _end(receipt)


@dawn.command()
@click.argument("days", type=Days(), metavar="DAY|FIRST..LAST")
@click.option("--again", is_flag=True, help="List the days again even where they are complete.")
@crawl_options
def backfill(
    days: tuple[date, date], again: bool, data: Path, site: str | None, delay: float, contact: str | None
) -> None:
    """The printed paper and the daily lists of a day or a range: what is missing is fetched.

    Run it again after a kill: it does only what is still owed.
    """
    from flows import passes, show

    if days[1] > passes.today():
        raise click.UsageError(f"{days[1]} is still to come; today is {passes.today()} in Karachi")
    folder, manners = _crawl_into(data, site, delay, contact)
    wanted = [days[0] + timedelta(n) for n in range((days[1] - days[0]).days + 1)]
    with show.progress() as (progress, waiting):
        receipt = passes.backfill(
            folder, manners, wanted, again, progress=progress, waiting=waiting, told=show.day
        )
    show.days(receipt)
    _end(receipt)


@dawn.command()
@click.argument("stories", nargs=-1, required=True, metavar="STORY…")
@crawl_options
def fetch(stories: tuple[str, ...], data: Path, site: str | None, delay: float, contact: str | None) -> None:
    """These stories now, by id or address, held or not: through to published."""
    from crawlers.urls import canonical, story_id
    from flows import passes, show
    from warehouse.ledger import Owed

    address = _site(data, site)
    wanted = {}
    for said in stories:
        number = int(said) if re.fullmatch(r"[0-9]{1,18}", said) else story_id(said, address)
        if number is None or story_id(canonical(number, address), address) is None:
            raise click.UsageError(
                f"{said!r} is no story of {address}: give an id such as 1907269, or an address /news/<id>"
            )
        wanted[number] = Owed(number, canonical(number, address), "named")
    folder, manners = _crawl_into(data, site, delay, contact)
    with show.progress() as (progress, waiting):
        receipt = passes.named(folder, manners, list(wanted.values()), progress=progress, waiting=waiting)
    show.named(folder, list(wanted), receipt)
    _end(receipt)


@dawn.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path, allow_dash=True)
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=None,
    help="Processes; 1 is this one.  [default: the cores]",
)
@click.option(
    "--site",
    envvar="DAWN_SITE",
    metavar="URL",
    help=f"Whose pages they are.  [default: {LIVE}, and for pages of loopback sites that site]",
)
def extract(files: tuple[Path, ...], jobs: int | None, site: str | None) -> None:
    """HTML or WARC files to JSON Lines on stdout; `-` reads stdin. No network, no database."""
    for path in files:
        if str(path) != "-" and (not path.exists() or path.is_dir() or not os.access(path, os.R_OK)):
            raise click.UsageError(f"{path} is no file that can be read")
    from crawlers.saved import read_files
    from flows import show

    lines = read_files(files, site_address(site) if site else None, jobs=jobs or os.cpu_count() or 1)
    with show.progress(shown=not sys.stdout.isatty()) as (progress, _):
        for done, line in enumerate(lines, 1):
            sys.stdout.buffer.write(line)
            progress("pages read", done, None)


@dawn.command()
@click.argument("days", type=Days(), required=False, metavar="[DAY|FIRST..LAST]")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@data_option
def replay(days: tuple[date, date] | None, dry_run: bool, data: Path) -> None:
    """Extract again from the archive under today's rules, show what changes by field, then load it.

    Makes no request. With days, only what holds stories of those days is read again.
    """
    from flows import passes, show

    folder = _existing(data)
    with show.progress() as (progress, waiting):
        changes, receipt = passes.replay(folder, days, dry_run, progress=progress, waiting=waiting)
    show.differences(changes, dry_run, receipt)
    _end(receipt)


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
@data_option
def sql(query: str, form: str | None, output: Path | None, data: Path) -> None:
    """One read-only question in SQL; times are shown in Asia/Karachi."""
    from flows import show
    from warehouse.query import QueryError

    chosen = form or {".csv": "csv", ".jsonl": "jsonl", ".parquet": "parquet"}.get(
        output.suffix if output else ""
    )
    if chosen == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("parquet is not for a terminal: name a file with -o")
    if output is not None and not output.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {output.parent} to put {output.name} into")
    if not _is_utf8(query):
        raise click.UsageError(f"the question is not in UTF-8: {query!r}")
    try:
        show.answer(data / "dawn.duckdb", query, chosen or "table", output)
    except QueryError as error:
        raise click.UsageError(str(error)) from error


@dawn.command()
@click.option("--accept", multiple=True, metavar="FIELD", help="A field that went missing is gone for good.")
@data_option
def check(accept: tuple[str, ...], data: Path) -> None:
    """The data-quality checks; exit 1 and the rows where one fails, and for missing fields a rule to try."""
    from flows import passes, show, stages

    folder = _existing(data)
    for field in accept:
        if not passes.accept(folder, field):
            raise click.UsageError(f"{field!r} is no field that went missing: see `dawn check`")
    outcomes = stages.check(folder)
    show.checks(outcomes)
    show.breaks(folder)
    red = [each for each in outcomes if not each.green]
    if red:
        _fail(f"{len(red)} of {len(outcomes)} checks are red, first: {red[0].message}")


@dawn.command()
@crawl_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4200,
    show_default=True,
    help="The server's port on loopback.",
)
def serve(data: Path, site: str | None, delay: float, contact: str | None, port: int) -> None:
    """Prefect server and worker on this machine, with the schedules of prefect.yaml; Ctrl-C ends both."""
    from flows.serve import serve as serve_here

    folder, manners = _crawl_into(data, site, delay, contact)
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
    _speak_any_language()
    if "_DAWN_COMPLETE" in os.environ:
        dawn.main(prog_name="dawn")  # a shell asks what could come next
    sys.exit(_run(sys.argv[1:]))


_KEPT = "what was fetched is kept; run the same command again to go on"
_LEFT = {
    "extract": "the lines written so far are not all; run it again, it begins anew",
    "sql": "the answer is not whole, and no file was replaced",
    "check": "nothing was changed",
    "case": "look whether the case is whole, or remove it",
    "demo": "run it again, it begins anew",
    "replay": "nothing is lost; run the same command again to go on",
}
"""What is so after a command that was interrupted, for those that fetch nothing."""


def _run(arguments: list[str]) -> int:
    # Not by click's own `main`: it ends the process with 1 where whoever reads us has gone, as `head` does.
    context: click.Context | None = None
    try:
        context = dawn.make_context("dawn", arguments)
        with context:
            dawn.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else str(error), err=True)
        return 2
    except click.UsageError as error:
        where = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        _say(f"{error.format_message()}{where}")
        return 2
    except FolderError as error:
        _say(str(error))
        return 2
    except click.ClickException as error:
        _say(error.format_message())
        return 1
    except (KeyboardInterrupt, click.Abort):
        left = _LEFT.get(context.invoked_subcommand or "" if context else "", _KEPT)
        _say(f"interrupted: {left}")
        return 130
    except BrokenPipeError:
        _drop_stdout()
        return 0
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        crawls = context is not None and context.invoked_subcommand not in _LEFT
        _say(f"{what}; {'nothing that was fetched is lost: ' if crawls else ''}mend it and run it again")
        _drop_stdout()  # else the interpreter tries to write once more, and tells that failure too
        return 1
    except Exception as error:
        if not isinstance(error, _stage_errors()):
            raise  # a bug, which shows itself
        _say(str(error))
        return 1
    return 0


def _speak_any_language() -> None:
    """Nothing; no headline can end the command, whatever a terminal's encoding.

    Into files and pipes goes UTF-8, as into the files of -o; what a terminal has no letter for is escaped.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _drop_stdout() -> None:
    """Nothing; what is still to be written goes nowhere: the interpreter's last flush must not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _stage_errors() -> tuple[type[Exception], ...]:
    """What a stage raises that could not do its work: it names its thing and what to do next."""
    from crawlers.workers import WorkerLostError
    from flows.stages import CrawlFailedError
    from warehouse.database import WarehouseError

    return (WarehouseError, CrawlFailedError, WorkerLostError)


def _end(receipt: Receipt) -> None:
    from flows import show

    show.checks(receipt.red)
    if receipt.fault:
        _fail(receipt.fault)


def _fail(message: str) -> None:
    raise click.ClickException(message)


def _say(message: str) -> None:
    with suppress(BrokenPipeError):  # nobody reads stderr any more; the exit code still says it
        click.echo("dawn: " + " ".join(message.split()), err=True)


def _site(data: Path, site: str | None) -> str:
    return site_address(site) if site else site_of(data) or LIVE


def _crawl_into(
    data: Path, site: str | None, delay: float, contact: str | None
) -> tuple[DataFolder, Manners]:
    """The folder and the manners of a crawl; wrong ones are found out before anything is written."""
    from flows.stages import mannered

    address = _site(data, site)
    manners = mannered(address, delay, contact)
    return open_folder(data, address), manners


def _existing(data: Path) -> DataFolder:
    site = site_of(data)
    if site is None:
        raise FolderError(
            f"{data} is no data folder yet: run `dawn run` or `dawn backfill` first, or name one with --data"
        )
    return open_folder(data, site)

"""The command `dawn backfill`: a range of days, in this terminal or handed to a server."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from crawlers.site import TOWN
from flows.ending import end
from flows.json_lines import json_option, say
from flows.options import crawl_into, crawl_options
from flows.parameters import Days

if TYPE_CHECKING:
    from flows.receipt import Receipt


@click.command()
@click.argument("days", type=Days(), required=False, metavar="DAY|FIRST..LAST")
@click.option("--again", is_flag=True, help="List the days again even where they are complete.")
@click.option(
    "--missing",
    is_flag=True,
    help="Ask for nothing but what is owed: of these days, or of all that were ever listed.",
)
@click.option("--newest-first", is_flag=True, help="Begin with the last day.  [default: with the first]")
@click.option("--submit", is_flag=True, help="Hand it to a Prefect server; `dawn serve` is one.")
@crawl_options
@json_option
def backfill(
    days: tuple[date, date] | None,
    again: bool,
    missing: bool,
    newest_first: bool,
    submit: bool,
    data: Path,
    site: str | None,
    delay: float,
    contact: str | None,
    as_json: bool,
) -> None:
    """The printed paper and the daily lists of a day or a range: what is missing is fetched.

    Run it again after a kill: it does only what is still owed.
    """
    from flows import passes, show
    from flows.estimate import Estimate
    from flows.progress import reporting

    if days is None and not missing:
        raise click.UsageError("Missing argument 'DAY|FIRST..LAST': which days? (or --missing)")
    if again and missing:
        raise click.UsageError("--again lists what is complete, --missing what is not: take one of them")
    if days is None and submit:
        raise click.UsageError("--submit wants a range of days: FIRST..LAST")
    if days is not None and days[1] > passes.today():
        raise click.UsageError(f"{days[1]} is still to come; today is {passes.today()} in {TOWN}")
    if submit:
        assert days is not None
        _submit(data, days, as_json, again=again, missing=missing, newest_first=newest_first)
        return
    folder, manners = crawl_into(data, site, delay, contact)
    estimate = Estimate(0, 0.0)

    def planned(count: int) -> None:
        nonlocal estimate
        estimate = Estimate(count, monotonic())

    def told(receipt: Receipt) -> None:
        show.day(receipt, estimate.after(receipt, monotonic()))

    with reporting() as (progress, waiting):
        if missing:
            receipt = passes.missing(
                *(folder, manners, days, newest_first),
                progress=progress,
                waiting=waiting,
                told=told,
                planned=planned,
            )
        else:
            assert days is not None
            wanted = passes.days_of(days, newest_first)
            planned(len(wanted))
            receipt = passes.backfill(
                *(folder, manners, wanted, again), progress=progress, waiting=waiting, told=told
            )
    if not as_json:
        show.days(receipt)
    end(receipt, folder if as_json else None)


def _submit(data: Path, days: tuple[date, date], as_json: bool, **how: bool) -> None:
    from flows import show
    from flows.submit import api_of, submit

    context = click.get_current_context()

    def said(name: str) -> Any:
        """What the command line itself says; what is in this terminal's environment is not the worker's."""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        return context.params[name] if given else None

    taken = submit(
        api_of(data),
        days,
        **{name: value or None for name, value in how.items()},
        data=str(Path(given).absolute()) if (given := said("data")) else None,
        site=said("site"),
        delay=said("delay"),
        contact=said("contact"),
    )
    if as_json:
        say(asdict(taken))
    else:
        show.line(f"submitted as {taken.name}: {taken.page}")

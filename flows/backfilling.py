"""The command `dawn backfill`: a range of days, in this terminal or handed to a server."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import click
from click.core import ParameterSource

from flows.ending import end
from flows.options import Days, crawl_into, crawl_options


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
) -> None:
    """The printed paper and the daily lists of a day or a range: what is missing is fetched.

    Run it again after a kill: it does only what is still owed.
    """
    from flows import passes, show
    from flows.estimate import Estimate

    if days is None and not missing:
        raise click.UsageError("Missing argument 'DAY|FIRST..LAST': which days? (or --missing)")
    if again and missing:
        raise click.UsageError("--again lists what is complete, --missing what is not: take one of them")
    if days is None and submit:
        raise click.UsageError("--submit wants a range of days: FIRST..LAST")
    if days is not None and days[1] > passes.today():
        raise click.UsageError(f"{days[1]} is still to come; today is {passes.today()} in Karachi")
    if submit:
        assert days is not None
        _submit(data, days, again=again, missing=missing, newest_first=newest_first)
        return
    folder, manners = crawl_into(data, site, delay, contact)
    with show.progress() as (progress, waiting):
        if missing:
            receipt = passes.missing(
                folder, manners, days, newest_first, progress=progress, waiting=waiting, told=show.day
            )
        else:
            assert days is not None
            wanted = passes.days_of(days, newest_first)
            estimate = Estimate(len(wanted), monotonic())
            receipt = passes.backfill(
                *(folder, manners, wanted, again),
                progress=progress,
                waiting=waiting,
                told=lambda receipt: show.day(receipt, estimate.after(receipt, monotonic())),
            )
    show.days(receipt)
    end(receipt)


def _submit(data: Path, days: tuple[date, date], **how: bool) -> None:
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
    show.line(f"submitted as {taken.name}: {taken.page}")

"""The command `dawn revisit`: held stories looked at again where an edit is most likely."""

from __future__ import annotations

from pathlib import Path

import click

from flows.ending import end
from flows.options import crawl_into, crawl_options
from flows.revisits import BUDGET


@click.command()
@click.option(
    "--budget",
    type=click.IntRange(0, 100_000),
    default=BUDGET,
    show_default=True,
    metavar="N",
    help="Requests for this on one day in Karachi, those of earlier runs included.",
)
@crawl_options
def revisit(budget: int, data: Path, site: str | None, delay: float, contact: str | None) -> None:
    """Held stories looked at again, those first that have most likely changed since they were had.

    How likely, by age and section, is learnt from what earlier looks saw. A page that is the same is not
    sent again, where the site can say so.
    """
    from flows import passes, show

    folder, manners = crawl_into(data, site, delay, contact)
    with show.progress() as (progress, waiting):
        receipt = passes.revisit(folder, manners, budget, progress=progress, waiting=waiting)
    show.stored(folder, receipt)
    end(receipt)

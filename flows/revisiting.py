"""The command `dawn revisit`: held stories looked at again where an edit is most likely."""

from __future__ import annotations

from pathlib import Path

import click

from flows.config import option
from flows.ending import end
from flows.json_lines import json_option
from flows.options import crawl_into, crawl_options


@click.command()
@option("budget")
@crawl_options
@json_option
def revisit(
    budget: int, data: Path, site: str | None, delay: float, contact: str | None, as_json: bool
) -> None:
    """Held stories looked at again, those first that have most likely changed since they were had.

    How likely, by age and section, is learnt from what earlier looks saw. A page that is the same is not
    sent again, where the site can say so.
    """
    from flows import passes, show
    from flows.progress import reporting

    folder, manners = crawl_into(data, site, delay, contact)
    with reporting() as (progress, waiting):
        receipt = passes.revisit(folder, manners, budget, progress=progress, waiting=waiting)
    if not as_json:
        show.stored(folder, receipt)
    end(receipt, folder if as_json else None)

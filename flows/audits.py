"""The command `dawn audit`: whether the archive still holds what it held. Asks no site."""

from __future__ import annotations

from pathlib import Path

import click

from flows.ending import end
from flows.options import data_option, existing


@click.command()
@data_option
def audit(data: Path) -> None:
    """Read every byte of the archive, count every capture, ask every check; exit 1 where one is wrong."""
    from flows import passes, show
    from flows.disk import readable_size

    folder = existing(data)
    with show.progress() as (progress, waiting):
        found, receipt = passes.audited(folder, progress=progress, waiting=waiting)
    show.line(
        f"{found.captures} captures of {found.runs} runs, {readable_size(found.bytes)}, read and compared"
    )
    for what in ("damaged", "lacking", "unread"):
        for each in getattr(found, what)[:20]:
            show.line(f"{what}: {each}", "red")
    show.checks(receipt.red)
    end(receipt)

"""The command `dawn audit`: whether the archive still holds what it held. Asks no site."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from flows.ending import end
from flows.json_lines import json_option
from flows.options import data_option, existing


@click.command()
@data_option
@json_option
def audit(data: Path, as_json: bool) -> None:
    """Read every byte of the archive, count every capture, ask every check; exit 1 where one is wrong."""
    from flows import passes, show
    from flows.disk import readable_size
    from flows.progress import reporting

    folder = existing(data)
    with reporting() as (progress, waiting):
        found, receipt = passes.audited(folder, progress=progress, waiting=waiting)
    if as_json:
        end(receipt, folder, audited=asdict(found))
        return
    show.line(
        f"{found.captures} captures of {found.runs} runs, {readable_size(found.bytes)}, read and compared"
    )
    for what in ("damaged", "lacking", "unread"):
        for each in getattr(found, what)[:20]:
            show.line(f"{what}: {each}", "red")
    show.checks(receipt.red)
    end(receipt)

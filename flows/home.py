"""What `dawn` says alone: how the archive stands, or how to begin one. Asks no site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from flows.config import find
from flows.folder import open_folder, site_of

BEGIN = """\
There is no archive in {data} yet. To begin with:

  dawn demo                                       all of it, offline, in half a minute
  dawn run --contact you@example.org              the newest stories
  dawn backfill {day} --contact you@example.org   the paper of one day

--data names another folder, and `dawn config` shows every setting."""


def home() -> None:
    """Nothing; the ten lines of `dawn status` on stdout, or without an archive what to do first."""
    data = Path(find("data").value)
    site = site_of(data)
    if site is None:
        from flows.passes import today

        click.echo(BEGIN.format(data=data, day=today()))
    else:
        from flows.status import state, told

        told(state(open_folder(data, site), datetime.now(UTC)))
    click.echo("\n`dawn --help` shows every command")

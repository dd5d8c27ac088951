"""The command `dawn explore`: the archive in a browser, on loopback. Asks no site."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import click

from flows.ending import fail
from flows.options import data_option, existing


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4280,
    show_default=True,
    help="The port on loopback; 0 takes a free one.",
)
@click.option(
    "--browser/--no-browser",
    default=True,
    help="Whether it is opened in the browser.  [default: in a terminal]",
)
@data_option
def explore(port: int, browser: bool, data: Path) -> None:
    """The archive in a browser: today, search, stories, coverage, over time, SQL. Ctrl-C ends it.

    Read-only, on loopback alone; follows new publications.
    """
    folder = existing(data)
    from explore.serving import ServingError, bound, serve
    from flows.bounds import bound_memory

    bound_memory()  # a question in SQL may make a text of gigabytes

    try:
        taken = bound(port)
    except ServingError as error:
        fail(str(error))

    def ready(address: str) -> None:
        click.echo(address)
        click.echo("Ctrl-C ends it", err=True)
        if browser and sys.stdout.isatty():
            import webbrowser

            webbrowser.open(address)

    with suppress(KeyboardInterrupt):  # which is how it ends
        serve(folder.root, folder.site, taken, ready, folder.store)

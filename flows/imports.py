"""The command `dawn import`: captures that others made into the archive, and then as usual. Asks no site."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.config import option
from flows.ending import end, fail
from flows.json_lines import json_option
from flows.options import data_option, opened, site_for, store_option

if TYPE_CHECKING:
    from flows.importing import Brought


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@data_option
@store_option
@option("site")
@json_option
def import_(files: tuple[Path, ...], data: Path, site: str | None, as_json: bool) -> None:
    """Captures that others made (Common Crawl, a colleague), from WARC files: through to published.

    Takes the site's stories, listings, feeds and sitemaps, each once and as of the time it was fetched. The
    files are left as they are. Run again it adds what is not held yet.
    """
    from crawlers.saved import is_warc_file

    for path in files:
        if not path.is_file() or not os.access(path, os.R_OK):
            raise click.UsageError(f"{path} is no file that can be read")
        if not is_warc_file(path):
            raise click.UsageError(f"{path} is no WARC file: nothing was imported")
    from flows import passes, show
    from flows.progress import reporting

    folder = opened(data, site_for(data, site))
    with reporting() as (progress, waiting):
        brought, receipt = passes.bring(folder, files, progress=progress, waiting=waiting)
    if as_json:
        end(receipt, folder, files=[asdict(found) for found in brought.files])
    else:
        show.brought(folder, brought)
        show.stored(folder, receipt)
        end(receipt)
    if fault := _fault(brought):
        fail(fault)


def _fault(brought: Brought) -> str | None:
    """What the files lack, in a line; None where they are whole."""
    torn = [found for found in brought.files if found.torn]
    if not torn:
        return None
    first = torn[0]
    return (
        f"{len(torn)} of {len(brought.files)} files break off, first {first.name} after {first.records}"
        " records: what stood before is taken in, get them whole and import them again"
    )

"""Which lake is meant: what is published is sent there, and questions may be asked there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from flows import config
from flows.crawling import Progress, quiet
from flows.folder import DataFolder
from warehouse.checks import Check
from warehouse.database import Published, WarehouseError, readable

if TYPE_CHECKING:
    from warehouse.lake import Lake, Sent

HELD = "the_lake_holds_what_was_published"


def lake_of(site: str | None) -> Lake | None:
    """The lake of the settings, and that site's tables in it; None where none is named."""
    if (catalog := config.find("lake").value) is None:
        return None
    from warehouse.lake.address import lake

    return lake(catalog, files(), site)


def files() -> str | None:
    """Where the rows of a lake are put: as `lake-files` says, else in the folder `lake` of the store."""
    if said := config.find("lake-files").value:
        return str(said)
    store = config.find("store").value if "store" in config.NAMED else None
    return f"{str(store).rstrip('/')}/lake" if store else None


def send(folder: DataFolder, progress: Progress = quiet) -> Sent | None:
    """What was sent of the published file into the lake; None where no lake is set, or nothing is published.

    Raises WarehouseError where the lake cannot be had: nothing of this is in it then, and the next time all
    is sent that it lacks.
    """
    lake = lake_of(folder.site)
    if lake is None or not folder.public.exists():
        return None
    from warehouse.lake import send as send_tables

    progress("sending to the lake", 0, None)
    return send_tables(
        folder.public, lake, told_of=lambda done, total: progress("sending to the lake", done, total)
    )


def held(folder: DataFolder) -> Check | None:
    """The check that the lake holds what is published; None where no lake is set, or nothing is published."""
    lake = lake_of(folder.site)
    if lake is None or not readable(folder.public):
        return None
    from warehouse.lake import behind

    try:
        why = "it holds another publication: `dawn send`" if behind(folder.public, lake) else None
    except WarehouseError as error:
        why = str(error)
    rows = ((str(lake), why),) if why else ()
    return Check(HELD, ("lake", "why"), rows, len(rows))


def asked(data: Path, catalog: str | None, site: str | None) -> Published:
    """What a question is asked of: the lake where one is named, else the published file of the data folder.

    A folder that the command line names goes before a lake that it does not name.
    """
    ctx = click.get_current_context()
    said = ParameterSource.COMMANDLINE
    if catalog is None or (
        ctx.get_parameter_source("data") == said and ctx.get_parameter_source("lake") != said
    ):
        return data / "dawn.duckdb"
    from warehouse.lake.address import lake

    return lake(catalog, None, site)

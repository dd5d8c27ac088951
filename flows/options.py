"""The options that commands share: a data folder, a site and its manners; and what becomes of those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawlers.site import LIVE
from flows.config import find, option, process_environment
from flows.folder import DataFolder, FolderError, open_folder, site_address, site_of, store_of

if TYPE_CHECKING:
    from flows.crawling import Manners


data_option = option("data")

_BOUND = "dawn.max_disk"
_REQUESTS = "dawn.max_requests"
_STORE = "dawn.store"
_DASK = "dawn.dask"


def _kept(key: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """What takes such an option: it is known to those who open the folder, and no command hands it on."""

    def keep(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value is not None:
            ctx.meta[key] = value

    return keep


store_option = option("store", expose_value=False, callback=_kept(_STORE))
dask_option = option("dask", expose_value=False, callback=_kept(_DASK))


def crawl_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the options that every crawl takes: where to, whom to ask, and how patiently."""
    for one in reversed(
        (
            data_option,
            option("site"),
            option("delay"),
            option("contact"),
            option("max-disk", expose_value=False, callback=_kept(_BOUND)),
            option("max-requests", expose_value=False, callback=_kept(_REQUESTS)),
            store_option,
            dask_option,
        )
    ):
        command = one(command)
    return command


def site_for(data: Path, site: str | None) -> str:
    return site_address(site) if site else site_of(data) or LIVE


def crawl_into(data: Path, site: str | None, delay: float, contact: str | None) -> tuple[DataFolder, Manners]:
    """The folder and the manners of a crawl; wrong ones are found out before anything is written."""
    from flows.crawling import mannered

    address = site_for(data, site)
    meta = click.get_current_context().meta
    process_environment("")  # raises SettingError for what its own process would be told
    manners = replace(mannered(address, delay, contact), most_disk=meta.get(_BOUND))
    if _REQUESTS in meta:
        manners = replace(manners, most_requests=meta[_REQUESTS])
    folder = opened(data, address)
    if find("lake").value is not None:
        from flows.lakes import lake_of

        lake_of(folder)  # raises SettingError for one that nothing can be sent to
    return folder, manners


def opened(data: Path, site: str) -> DataFolder:
    """The data folder, with its store, its bound and its Dask scheduler, as options and settings say them."""
    context = click.get_current_context(silent=True)
    meta = context.meta if context else {}
    return open_folder(
        data,
        site,
        store=meta.get(_STORE) or find("store").value,
        local_archive=find("local-archive").value,
        dask=meta.get(_DASK) or find("dask").value,
    )


def named_store(data: Path) -> str | None:
    """The store that the command line or a setting names, or else the folder's own; None without any."""
    context = click.get_current_context(silent=True)
    said = (context.meta.get(_STORE) if context else None) or find("store").value
    return str(said) if said else store_of(data)


def existing(data: Path) -> DataFolder:
    site = site_of(data)
    if site is None:
        raise FolderError(
            f"{data} is no data folder yet: run `dawn run` or `dawn backfill` first, or name one with --data"
        )
    return opened(data, site)

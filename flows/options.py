"""What commands take: days, a data folder, a site and its manners; and how those become what stages want."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawlers.site import LIVE
from flows.folder import DataFolder, FolderError, open_folder, site_address, site_of
from flows.room import size

if TYPE_CHECKING:
    from flows.crawling import Manners


class Days(click.ParamType[tuple[date, date]]):
    """A day, or a range of days with both ends: 2025-04-26 or 2025-04-01..2025-04-30."""

    name = "days"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[date, date]:
        if isinstance(value, tuple):
            return value
        first, dots, last = str(value).partition("..")
        try:
            days = _a_day(first), _a_day(last if dots else first)
        except ValueError:
            self.fail(
                f"{value!r} is no day and no range: write 2025-04-26 or 2025-04-01..2025-04-30", param, ctx
            )
        if days[0] > days[1]:
            self.fail(f"{value!r} ends before it begins", param, ctx)
        return days


class Day(click.ParamType[date]):
    """One day: 2025-04-26."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return _a_day(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day: write 2025-04-26", param, ctx)


def _a_day(said: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", said, flags=re.ASCII):
        raise ValueError(said)
    return date.fromisoformat(said)


class Folder(click.Path):
    """A data folder by its name: of some length, and in UTF-8, as DuckDB wants the names of its files."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        if not str(value):
            self.fail(
                "the name of a folder is empty: leave --data away, or write . for this folder",
                param,
                ctx,
            )
        if not is_utf8(str(value)):
            self.fail(f"{value!r} is not in UTF-8: name another folder", param, ctx)
        return super().convert(value, param, ctx)


def is_utf8(said: str) -> bool:
    """Whether an argument came in UTF-8: any other byte stands in it as half a surrogate pair."""
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return True


data_option = click.option(
    "--data",
    type=Folder(),
    default=Path("data"),
    envvar="DAWN_DATA",
    show_default=True,
    show_envvar=True,
    help="The data folder.",
)


_BOUND = "dawn.max_disk"
_REQUESTS = "dawn.max_requests"


def _bound(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    """Nothing; the bound is known to `crawl_into`, and no command need hand it on."""
    if value is not None:
        ctx.meta[_BOUND] = size(value)


def _requests(ctx: click.Context, _param: click.Parameter, value: int | None) -> None:
    """Nothing; the same."""
    if value is not None:
        ctx.meta[_REQUESTS] = value


def crawl_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the options that every crawl takes: where to, whom to ask, and how patiently."""
    for option in reversed(
        (
            data_option,
            click.option(
                "--site",
                envvar="DAWN_SITE",
                show_envvar=True,
                metavar="URL",
                help=f"The site; a data folder belongs to one.  [default: the folder's, or {LIVE}]",
            ),
            click.option(
                "--delay",
                type=click.FloatRange(0, 3600),
                default=2.0,
                envvar="DAWN_DELAY",
                show_default=True,
                show_envvar=True,
                metavar="SECONDS",
                help="The least time between two requests; under 1.0 only for loopback sites.",
            ),
            click.option(
                "--contact",
                envvar="DAWN_CONTACT",
                show_envvar=True,
                metavar="TEXT",
                help="An address in the user agent, for the site to write to.",
            ),
            click.option(
                "--max-disk",
                envvar="DAWN_MAX_DISK",
                show_envvar=True,
                metavar="SIZE",
                expose_value=False,
                callback=_bound,
                help="Fetch nothing while the data folder takes more, e.g. 50GB.",
            ),
            click.option(
                "--max-requests",
                type=click.IntRange(1),
                envvar="DAWN_MAX_REQUESTS",
                show_envvar=True,
                metavar="N",
                expose_value=False,
                callback=_requests,
                help="Requests on one day in Karachi, those of earlier runs included.  [default: 20000]",
            ),
        )
    ):
        command = option(command)
    return command


def site_for(data: Path, site: str | None) -> str:
    return site_address(site) if site else site_of(data) or LIVE


def crawl_into(data: Path, site: str | None, delay: float, contact: str | None) -> tuple[DataFolder, Manners]:
    """The folder and the manners of a crawl; wrong ones are found out before anything is written."""
    from flows.crawling import mannered

    address = site_for(data, site)
    meta = click.get_current_context().meta
    manners = replace(mannered(address, delay, contact), most_disk=meta.get(_BOUND))
    if _REQUESTS in meta:
        manners = replace(manners, most_requests=meta[_REQUESTS])
    return open_folder(data, address), manners


def existing(data: Path) -> DataFolder:
    site = site_of(data)
    if site is None:
        raise FolderError(
            f"{data} is no data folder yet: run `dawn run` or `dawn backfill` first, or name one with --data"
        )
    return open_folder(data, site)

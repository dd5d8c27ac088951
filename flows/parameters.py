"""What may be written for an option: days, a day, a folder, a site, a size; a wrong one is told in a line."""

from __future__ import annotations

import os
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from crawlers.site import TIME_ZONE
from flows.folder import FolderError, site_address
from flows.room import size

OFFERED_DAYS = 14  # that a shell offers: these, up to today


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

    def shell_complete(
        self, _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The last days that begin so; behind two dots, for the end of a range."""
        first, dots, last = incomplete.partition("..")
        before = f"{first}.." if dots else ""
        return [
            CompletionItem(before + day) for day in _last_days() if day.startswith(last if dots else first)
        ]


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

    def shell_complete(
        self, _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The last days that begin so."""
        return [CompletionItem(day) for day in _last_days() if day.startswith(incomplete)]


def _last_days() -> list[str]:
    today = datetime.now(TIME_ZONE).date()
    return [str(today - timedelta(n)) for n in range(OFFERED_DAYS)]


def _a_day(said: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", said, flags=re.ASCII):
        raise ValueError(said)
    return date.fromisoformat(said)


class Catalog(click.ParamType[str]):
    """The catalog of a lake: postgres:dbname=…, postgresql://user@host/lake, or a file for a trial."""

    name = "catalog"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from warehouse.lake.address import LakeAddressError, lake

        try:
            lake(str(value))
        except LakeAddressError as error:
            self.fail(str(error), param, ctx)
        return str(value)


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
        if Path(value).exists() and not Path(value).is_dir():
            self.fail(f"{str(value)!r} is a file: name a folder", param, ctx)
        return super().convert(value, param, ctx)


class Number(click.FloatRange):
    """A number within bounds."""

    name = "number"


class Count(click.IntRange):
    """A whole number within bounds."""

    name = "whole number"


class Site(click.ParamType[str]):
    """The address of a site: scheme, host, port."""

    name = "site"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return site_address(str(value))
        except FolderError as error:
            self.fail(str(error), param, ctx)


class Size(click.ParamType[int]):
    """A number of bytes: 50GB, 800MB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return size(str(value))
        except FolderError as error:
            self.fail(str(error), param, ctx)


def is_utf8(said: str) -> bool:
    """Whether an argument came in UTF-8: any other byte stands in it as half a surrogate pair."""
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return True

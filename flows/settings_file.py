"""The settings file: which one holds here, what it says, and the one setting of it that is needed first.

Knows no setting by name but the site file, which is chosen before anything else is imported.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from crawlers.facts import NAMED_BY as SITE_FILE_IN

FILE = "dawn.toml"
"""The settings file of a working folder; without one, `config.toml` in the folder of `click.get_app_dir`."""

NAMED_BY = "DAWN_CONFIG"
"""The environment variable that names another settings file; where it is set and empty, none is read."""

_taken: set[str] = set()


class SettingError(ValueError):
    """A setting cannot be what a file or the environment says; the message names both, in one line."""


def file_in_use(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The settings file that holds here, or None: as DAWN_CONFIG says, `dawn.toml` here, or the user's.

    One file alone is read. Raises SettingError where DAWN_CONFIG names none.
    """
    if (named := environment.get(NAMED_BY)) is not None:
        if named and not Path(named).is_file():
            raise SettingError(f"{NAMED_BY} names {named!r}, which is no file: mend the name, or unset it")
        return Path(named) if named else None
    return next((path for path in places() if path.is_file()), None)


def places() -> tuple[Path, Path]:
    """Where a settings file is looked for, the first place first."""
    return Path(FILE), Path(click.get_app_dir("dawn")) / "config.toml"


def said_in(path: Path) -> dict[str, Any]:
    """What a settings file says, as it is written. Raises SettingError where it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise SettingError(f"{path} cannot be read: {error}") from None


def settle_site_file() -> None:
    """Nothing; the environment names the site file that holds here, with its whole path, if one is named.

    The environment comes before the settings file. One that cannot be read is told of later, by whoever
    reads all of it.
    """
    said = os.environ.get(SITE_FILE_IN)
    if not said:
        try:
            path = file_in_use()
            named = said_in(path).get("site-file") if path else None
        except SettingError:
            return
        if path is None or not isinstance(named, str) or not named:
            return
        said = str((path.parent / Path(named).expanduser()).absolute())
        _taken.add(said)
    os.environ[SITE_FILE_IN] = str(Path(said).expanduser().absolute())


def is_ours(said: str) -> bool:
    """Whether this value of the environment was taken from a settings file."""
    return said in _taken

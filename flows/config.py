"""The settings, each said once: its name, environment variable, type, default and meaning.

Commands and flows take them from here. What the command line says comes before the environment, that before
the settings file, that before the default. `python -m flows.config` prints the list as Markdown. Pure, but
for reading the environment and that file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

import click

from crawlers.facts import NAMED_BY as SITE_FILE_IN
from crawlers.site import LIVE, TOWN
from flows.parameters import Catalog, Count, Folder, Number, Place, Scheduler, Site, Size
from flows.revisits import BUDGET
from flows.settings_file import SettingError, file_in_use, is_ours, said_in

_KINDS: dict[type, str] = {str: "text", int: "a whole number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `default` is None where there is none that is the same everywhere: then see `else_said`.

    `written` are the types that it may have in the file. `on_command_line`: whether commands have it as an
    option.
    """

    name: str
    meaning: str
    kind: click.ParamType[Any]
    written: tuple[type, ...]
    default: Any = None
    else_said: str = "none"
    metavar: str | None = None
    on_command_line: bool = True

    @property
    def env(self) -> str:
        """The environment variable."""
        return "DAWN_" + self.name.upper().replace("-", "_")

    @property
    def default_said(self) -> str:
        """The default in words."""
        return self.else_said if self.default is None else str(self.default)


@dataclass(frozen=True, slots=True)
class Found:
    """What a setting is, and where that was said: in the `environment`, in the `file`, or by `default`."""

    setting: Setting
    value: Any
    source: str


_SECONDS = Number(0, 3600)

SETTINGS = (
    Setting("data", "The data folder.", Folder(), (str,), Path("data")),
    Setting(
        "site",
        "The site; a data folder belongs to one.",
        Site(),
        (str,),
        else_said=f"the folder's, or {LIVE}",
        metavar="URL",
    ),
    Setting(
        "site-file",
        "The file of facts about the site, where it is not Dawn: docs/sites.md.",
        click.Path(dir_okay=False, path_type=Path),
        (str,),
        else_said="crawlers/dawn.py",
        on_command_line=False,
    ),
    Setting(
        "delay",
        "The least time between two requests; under 1.0 only for loopback sites.",
        _SECONDS,
        (int, float),
        2.0,
        metavar="SECONDS",
    ),
    Setting(
        "contact",
        "An address in the user agent, for the site to write to.",
        click.STRING,
        (str,),
        metavar="TEXT",
    ),
    Setting(
        "max-disk",
        "Fetch nothing while the data folder takes more, e.g. 50GB.",
        Size(),
        (str, int),
        else_said="until the disk is nearly full",
        metavar="SIZE",
    ),
    Setting(
        "max-requests",
        f"Requests on one day in {TOWN}, those of earlier runs included.",
        Count(1),
        (int,),
        else_said="20000",
        metavar="N",
    ),
    Setting(
        "budget",
        f"Requests for `dawn revisit` on one day in {TOWN}, those of earlier runs included.",
        Count(0, 100_000),
        (int,),
        BUDGET,
        metavar="N",
    ),
    Setting(
        "jobs",
        "Processes of `dawn extract`; 1 is this one.",
        Count(1, 256),
        (int,),
        else_said="the cores",
    ),
    Setting(
        "store",
        "Where whole files of the data folder are kept besides it: s3://bucket/prefix, or another folder.",
        Place(),
        (str,),
        else_said="the folder's, or none",
        metavar="URL",
    ),
    Setting(
        "local-archive",
        "Bytes of the archive that stay here; beyond, the oldest files are left to the store alone.",
        Size(),
        (str, int),
        else_said="all",
        metavar="SIZE",
        on_command_line=False,
    ),
    Setting(
        "dask",
        "A Dask scheduler whose workers extract; small work is done here.",
        Scheduler(),
        (str,),
        else_said="processes of this machine",
        metavar="ADDRESS",
    ),
    Setting(
        "lake",
        "The catalog of a lake: what is published is sent there, and questions are asked there.",
        Catalog(),
        (str,),
        metavar="CATALOG",
    ),
    Setting(
        "lake-files",
        "The folder or URL under which the lake's rows lie, e.g. s3://bucket/lake.",
        click.STRING,
        (str,),
        else_said="lake/ in the store",
        metavar="PLACE",
        on_command_line=False,
    ),
    Setting("port", "The Prefect server's port on loopback.", Count(0, 65535), (int,), 4200),
    Setting(
        "timeout",
        "Seconds that a whole answer of the site may take.",
        Number(0, 3600, min_open=True),
        (int, float),
        60.0,
        on_command_line=False,
    ),
    Setting(
        "retry-delay",
        "Seconds before a flow tries a crawl again, for the first time; each later wait is twice that.",
        _SECONDS,
        (int, float),
        10.0,
        on_command_line=False,
    ),
    Setting(
        "log-level",
        "From which level on a crawl's own log is written.",
        click.Choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
        (str,),
        else_said="WARNING, in a flow INFO",
        on_command_line=False,
    ),
)

NAMED = {setting.name: setting for setting in SETTINGS}


def file_settings(path: Path | None) -> dict[str, Any]:
    """What a settings file says, by name, each of its type; a relative path is one beside the file.

    Raises SettingError in one line with the file and the key: unknown, of a wrong type, out of range.
    """
    if path is None:
        return {}
    said = said_in(path)
    found = {}
    for key, value in said.items():
        if key not in NAMED:
            near = get_close_matches(key, NAMED, 1)
            hint = f"did you mean {near[0]!r}?" if near else "`dawn config` shows those that there are"
            raise SettingError(f"{path}: there is no setting {key!r}: {hint}")
        setting = NAMED[key]
        if type(value) not in setting.written or (isinstance(value, float) and not isfinite(value)):
            kinds = " or ".join(
                _KINDS[each] for each in setting.written if each is not int or float not in setting.written
            )
            raise SettingError(f"{path}: {key} must be {kinds}, and is {value!r}")
        found[key] = _converted(setting, value, f"{path}: {key}")
    for name in found.keys() & {"data", "site-file"}:
        found[name] = path.parent / Path(found[name]).expanduser()
    return found


def find(
    name: str, environment: Mapping[str, str] = os.environ, from_file: Mapping[str, Any] | None = None
) -> Found:
    """What a setting is where no command line says it, and where that was said. Raises SettingError."""
    setting = NAMED[name]
    said = environment.get(setting.env)  # an empty variable says nothing, as for click
    if said and not (setting.env == SITE_FILE_IN and is_ours(said)):
        return Found(setting, _converted(setting, said, setting.env), "environment")
    held = file_settings(file_in_use(environment)) if from_file is None else from_file
    if name in held:
        return Found(setting, held[name], "file")
    return Found(setting, setting.default, "default")


def process_environment(log_level: str) -> dict[str, str]:
    """The environment of a crawl's own process: what this one has, and those settings that it reads there."""
    timeout, level = find("timeout"), find("log-level")
    told = {timeout.setting.env: str(timeout.value), level.setting.env: level.value or log_level}
    return {**os.environ, **told}


def default_map(commands: Mapping[str, click.Command]) -> dict[str, dict[str, Any]]:
    """What the settings file gives to the options of these commands, as click's `default_map` has it.

    An option is a setting where it has that setting's environment variable. Raises SettingError.
    """
    held = {NAMED[name].env: value for name, value in file_settings(file_in_use()).items()}
    return {
        command: {
            option.name: held[str(option.envvar)]
            for option in told.params
            if option.name and option.envvar in held
        }
        for command, told in commands.items()
    }


def reference() -> Iterator[tuple[str, str, str, str, str]]:
    """Of each setting its name, environment variable, option, default and meaning, in words."""
    for setting in SETTINGS:
        option = f"--{setting.name}" if setting.on_command_line else ""
        yield setting.name, setting.env, option, setting.default_said, setting.meaning


def markdown() -> str:
    """The same as a Markdown table."""
    rows = [("setting", "environment", "option", "default", "meaning"), ("---",) * 5]
    for name, env, option, default, meaning in reference():
        rows.append((f"`{name}`", f"`{env}`", f"`{option}`" if option else "", default, meaning))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def option(name: str, **other: Any) -> Callable[..., Any]:
    """A setting as an option of a command; `other` is for `click.option`, and comes before what is here."""
    setting = NAMED[name]
    fixed = setting.default is not None
    told = {
        "type": setting.kind,
        "default": setting.default,
        "envvar": setting.env,
        "show_envvar": True,
        "show_default": fixed,
        "metavar": setting.metavar,
        "help": setting.meaning
        + ("" if fixed or setting.else_said == "none" else f"  [default: {setting.else_said}]"),
    }
    return click.option(f"--{name}", **(told | other))


def _converted(setting: Setting, value: Any, where: str) -> Any:
    try:
        return setting.kind.convert(value, None, None)
    except click.BadParameter as error:
        raise SettingError(f"{where}: {error.message}") from None


if __name__ == "__main__":
    click.echo(markdown(), nl=False)

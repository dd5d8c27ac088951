"""The command `dawn config`: every setting, what it is here, and where that was said. Asks no site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from crawlers.site import LIVE
from flows.config import SETTINGS, Found, find, option
from flows.folder import site_of
from flows.json_lines import json_option, say
from flows.settings_file import file_in_use, places

_SOURCES = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "file",
}


def _all_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for setting in reversed(SETTINGS):
        if setting.on_command_line:
            command = option(setting.name)(command)
    return command


@click.command()
@_all_options
@json_option
def config(as_json: bool, **given: Any) -> None:
    """Every setting, its value here, and where that was said: command line, environment, file or default.

    The settings file is dawn.toml in this folder, else config.toml in the user's configuration folder, else
    none; DAWN_CONFIG names another one.
    """
    from flows import answers, show

    file = file_in_use()
    found = [_found(setting.name, given) for setting in SETTINGS]
    if as_json:
        say(
            {
                "file": str(file) if file else None,
                "settings": [
                    {
                        "name": each.setting.name,
                        "value": str(each.value) if isinstance(each.value, Path) else each.value,
                        "source": each.source,
                        "env": each.setting.env,
                        "option": f"--{each.setting.name}" if each.setting.on_command_line else None,
                        "default": each.setting.default_said,
                        "meaning": each.setting.meaning,
                    }
                    for each in found
                ],
            }
        )
        return
    answers.table(("setting", "value", "from"), iter(_row(each, file) for each in found))
    looked = " or ".join(str(path) for path in places())
    show.line(f"settings file: {file}" if file else f"no settings file: it would be {looked}", "dim")


def _found(name: str, given: dict[str, Any]) -> Found:
    """What the setting is for a command that is called here as this one was."""
    held = find(name)
    parameter = name.replace("-", "_")
    source = click.get_current_context().get_parameter_source(parameter)
    if source in _SOURCES:
        held = Found(held.setting, given[parameter], _SOURCES[source])
    if name == "site" and held.value is None:
        of_folder = site_of(given["data"])
        return Found(held.setting, of_folder or LIVE, "data folder" if of_folder else "default")
    return held


def _row(found: Found, file: Path | None) -> tuple[str, str, str]:
    shown = found.setting.default_said if found.value is None else str(found.value)
    where = {"environment": found.setting.env, "file": str(file)}.get(found.source, found.source)
    return found.setting.name, shown, where

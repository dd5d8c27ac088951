"""The reference pages that are made from the code: the command, the flows, the settings, a site's facts.

`python -m docs.reference` writes them, `make reference` with the tables; tests hold them to what this gives.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
import yaml

from crawlers import facts, site
from flows.cli import dawn
from flows.config import SETTINGS, markdown

ROOT = Path(__file__).parents[1]
PATTERN = 'It is a regular expression of `re`; "" where the site has no such thing.'
MADE = "Made from the code by `make reference`; do not edit."


def command_page() -> str:
    """docs/command.md: every command with its arguments and options, as `dawn COMMAND --help` says them."""
    lines = ["# The command", "", MADE, "", _paragraphs(dawn.help), "", "| command | does |", "|---|---|"]
    commands = sorted(dawn.commands.items())
    lines += [
        f"| [`dawn {name}`](#dawn-{name}) | {_cell(_paragraphs(one.help).partition(chr(10))[0])} |"
        for name, one in commands
    ]
    lines += [
        "",
        "Progress goes to stderr, results to stdout. Exit 0: all that was asked for was done and every",
    ]
    lines += [
        "story is accounted for; 1: something is owed, failed or red, and the last line on stderr says what;"
    ]
    lines += ["2: wrong arguments, in one line."]
    for name, one in commands:
        context = click.Context(one, info_name=f"dawn {name}")
        usage = " ".join([f"dawn {name}", *one.collect_usage_pieces(context)])
        lines += ["", f"## dawn {name}", "", "```text", usage, "```", "", _paragraphs(one.help)]
        if options := list(_options(one)):
            lines += ["", "| option | is | without it |", "|---|---|---|", *options]
    return "\n".join(lines) + "\n"


def flows_page() -> str:
    """docs/flows.md: every deployment of prefect.yaml with its flow's words and parameters; no server."""
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
    lines = ["# The flows", "", MADE, ""]
    lines += ["What `dawn serve` or `prefect deploy --all` registers, from [prefect.yaml](../prefect.yaml)."]
    lines += ["", "| deployment | when | where one is at work already |", "|---|---|---|"]
    for one in deployments:
        when = "; ".join(f"`{each['cron']}` in {each['timezone']}" for each in one.get("schedules", []))
        name = one["name"]
        lines.append(f"| [`{name}`](#{name}) | {when or 'when asked'} | {_collision(one)} |")
    for one in deployments:
        module, _, name = one["entrypoint"].rpartition(".")
        flow = getattr(import_module(module), name)
        hours = round(flow.timeout_seconds / 3600)
        lines += ["", f"## {one['name']}", "", one["description"].strip(), ""]
        lines += [
            _paragraphs(flow.fn.__doc__),
            "",
            f"`{one['entrypoint']}`; ended after {hours} hours at most.",
        ]
        lines += ["", "| parameter | type | without it |", "|---|---|---|", *_parameters(flow.fn)]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """docs/settings.md: every setting, as `flows.config` lists them."""
    lines = [
        *("# The settings", "", MADE, ""),
        "What the command line says comes first, then the environment, then a file, then the default.",
        "The file is `dawn.toml` in the folder where a process stands, else `config.toml` in",
        "`~/.config/dawn`; `DAWN_CONFIG` names another one. One file is read, its keys are the first column,",
        "and a folder in it lies beside it. `dawn config` shows what holds, and where it was said. Runs of a",
        "flow read the same, where their parameters leave it open. How to set them for a service:",
        "[systemd.md](systemd.md), [kubernetes.md](kubernetes.md).",
        "",
    ]
    return "\n".join(lines) + "\n" + markdown()


def facts_page() -> str:
    """docs/facts.md: every fact of a site file, as `crawlers.site` declares them, and their types."""
    lines = ["# The facts of a site", "", MADE, ""]
    lines += ["What a site file says, each by its name. How to write one: [sites.md](sites.md)."]
    text = inspect.getsource(site)
    titles = {
        number: line.strip("# ─").capitalize()
        for number, line in enumerate(text.splitlines(), 1)
        if line.startswith("# ──")
    }
    for node, after in pairwise(ast.parse(text).body):
        if not isinstance(node, ast.AnnAssign) or node.value is not None:
            continue
        for number in [number for number in titles if number < node.lineno]:
            lines += ["", f"## {titles.pop(number)}", "", "| fact | type | is |", "|---|---|---|"]
        assert isinstance(after, ast.Expr)
        meaning, kind = ast.literal_eval(after.value), ast.unparse(node.annotation)
        if kind.startswith("Annotated"):
            groups = ", ".join(f"`{name}`" for name in re.findall(r"'(\w+)'", kind))
            meaning, kind = f"{meaning} Its groups: {groups}.", "Pattern"
        lines.append(f"| `{ast.unparse(node.target)}` | `{kind}` | {_cell(meaning)} |")
    lines += ["", "## What they are made of"]
    lines += ["", f"A `Pattern` is a text. {_paragraphs(PATTERN)}"]
    for one in (facts.Listing, facts.Cards, facts.Times, facts.Layout):
        named = ", ".join(f"`{name}`" for name in one.__annotations__)
        lines += ["", f"### {one.__name__}", "", _paragraphs(one.__doc__), "", f"Has {named}."]
    return "\n".join(lines) + "\n"


def _options(command: click.Command) -> Iterator[str]:
    for option in command.params:
        if not isinstance(option, click.Option) or option.hidden:
            continue
        meaning, default = _said(option)
        shown = ", ".join(f"`{name}`" for name in option.opts)
        if not option.is_flag:
            shown += f" `{option.make_metavar(click.Context(command))}`"
        if isinstance(option.envvar, str):
            meaning += f" Also `{option.envvar}`."
        if option.multiple:
            meaning += " May be given several times."
        yield f"| {_cell(shown)} | {_cell(meaning)} | {_cell(default)} |"


def _said(option: click.Option) -> tuple[str, str]:
    """What an option is, and what counts without it."""
    found = re.fullmatch(r"(.*?)\s*(?:\[default: (.*)\])?", option.help or "", flags=re.DOTALL)
    meaning, default = found.groups() if found else ("", None)
    if default is None and option.show_default:
        default = str(option.default)
    return meaning, "required" if option.required else default or ""


def _parameters(function: Callable[..., Any]) -> Iterator[str]:
    hints = get_type_hints(function, include_extras=True)
    known = {setting.env for setting in SETTINGS}
    for name, one in inspect.signature(function).parameters.items():
        hint = hints[name]
        bounds = ""
        if metadata := getattr(hint, "__metadata__", ()):
            bounds = ", " + ", ".join(_bound(each) for field in metadata for each in field.metadata)
            hint = get_args(hint)[0]
        kinds = [each.__name__ for each in get_args(hint) or (hint,) if each is not type(None)]
        default = "" if one.default is None else f"`{one.default}`"
        if one.default is one.empty:
            default = "required"
        elif one.default is None and (variable := f"DAWN_{name.upper()}") in known:
            default = f"the worker's [`{variable}`](settings.md)"
        yield f"| `{name}` | {', '.join(kinds)}{bounds} | {default} |"


def _bound(constraint: Any) -> str:
    least, most = getattr(constraint, "ge", None), getattr(constraint, "le", None)
    return f"at least {least}" if most is None else f"at most {most}"


def _collision(deployment: dict[str, Any]) -> str:
    cancelled = deployment["concurrency_limit"]["collision_strategy"] == "CANCEL_NEW"
    return "the new run is cancelled: the next does its work" if cancelled else "the new run waits"


def _paragraphs(text: str | None) -> str:
    """A docstring as Markdown: each paragraph one line; what click is told not to wrap, as it stands."""
    said = inspect.cleandoc(text or "")
    return "\n\n".join(_paragraph(each) for each in said.split("\n\n"))


def _paragraph(text: str) -> str:
    if text.startswith("\b"):
        return "```text\n" + text.lstrip("\b\n") + "\n```"
    return " ".join(text.split())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "command.md": command_page,
    "facts.md": facts_page,
    "flows.md": flows_page,
    "settings.md": settings_page,
}


def write(pages: Iterable[str] = PAGES) -> None:
    """Nothing; the pages are written."""
    for name in pages:
        Path(__file__).with_name(name).write_text(PAGES[name](), "utf-8")


if __name__ == "__main__":
    write()

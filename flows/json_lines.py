"""What `--json` prints, for programs: JSON Lines on stdout, one object a line, however few.

A command that tells of many things (stories, days, checks) prints a line for each, one that tells of one
thing (an archive, a pass) one line. Days and instants are ISO 8601; what is not known is null.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from flows.folder import DataFolder
    from flows.receipt import Receipt
    from warehouse.checks import Check
    from warehouse.ledger import DayState

json_option = click.option("--json", "as_json", is_flag=True, help="For programs: JSON Lines on stdout.")
"""The option of a command that has no `--format`."""

jsonl_option = click.option("--json", "as_json", is_flag=True, help="For programs: short for --format jsonl.")
"""The option of one that has."""

DAY = ("listed", "stored", "unchanged", "rejected", "gone", "refused", "owed")


def say(what: Mapping[str, Any]) -> None:
    """Nothing; one line of JSON on stdout, harmless where that is a terminal."""
    from flows.console import Shown
    from warehouse.values import plain

    line = json.dumps(plain(dict(what)), ensure_ascii=False)
    Shown(sys.stdout).write(line + "\n")


def form_of(form: str | None, as_json: bool) -> str | None:
    """The form that `--format` and `--json`, which is short for `--format jsonl`, amount to."""
    if as_json and form not in (None, "jsonl"):
        raise click.UsageError(f"--json is --format jsonl, and not {form}: leave one of them away")
    return "jsonl" if as_json else form


def check(outcome: Check) -> dict[str, Any]:
    """A check: its name, whether it is green, how many rows it found, and the first of them."""
    return {
        "check": outcome.message,
        "green": outcome.green,
        "failing": outcome.failing,
        "rows": [dict(zip(outcome.columns, row, strict=True)) for row in outcome.rows],
    }


def day(state: DayState) -> dict[str, Any]:
    """A day: how it stands, what became of the stories that its sections list, and why it is not complete."""
    counted = {name: getattr(state, name) for name in DAY}
    return {
        "day": state.day,
        "state": state.state,
        "sections": state.sections,
        **counted,
        "reason": state.reason,
    }


def receipt(folder: DataFolder, done: Receipt) -> dict[str, Any]:
    """What a pass did: `fault` is what the last line on stderr says, null where all was done."""
    return {
        "fault": done.fault,
        "failure": done.failure,
        "published": done.published,
        "articles": _articles(folder),
        "runs": list(done.runs),
        "days": [day(state) for state in done.days],
        "owed": [{"story_id": one.story_id, "url": one.url, "cause": one.cause} for one in done.owed],
        "red": [check(each) for each in done.red],
    }


def _articles(folder: DataFolder) -> int | None:
    from warehouse.query import answer

    if not folder.public.exists():
        return None
    with answer(folder.public, "select count(*) from articles") as found:
        return int(next(found.rows)[0])

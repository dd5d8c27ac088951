"""`--json`: every output parses, one object a line, and its numbers are those that SQL gives."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

from flows.cli import dawn as command
from flows.folder import DataFolder
from tests.flows.conftest import Backfilled, Dawn, in_folder, told
from tests.flows.terminal import in_terminal

WITHOUT = {"send", "restore", "case", "compact", "completion", "demo", "extract", "forget", "serve"}
"""Commands that tell programs nothing, or, as `extract`, nothing else."""


def objects(dawn: Dawn, *words: str, code: int = 0) -> list[dict[str, Any]]:
    """The lines that a command prints, parsed."""
    done = dawn(*words, "--json")
    assert done.returncode == code, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(isinstance(each, dict) for each in found)
    return found


def asked(backfilled: Backfilled, query: str) -> list[tuple[Any, ...]]:
    return told(DataFolder(backfilled.data, backfilled.address), query)


def test_every_command_that_tells_something_has_it() -> None:
    has = {
        name
        for name, one in command.commands.items()
        if any("--json" in option.opts for option in one.params if isinstance(option, click.Option))
    }
    assert set(command.commands) - has <= WITHOUT | {"explore"}


README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
ROWS = re.findall(r"^\| (`.*?) \| \w+ \| (.*) \|$", README.split("### For programs", 1)[1], re.MULTILINE)


def fields(name: str) -> list[str]:
    """The fields that the README names for a command, those of each pass included."""
    said = dict(ROWS)[name]
    shared = fields("`run` `backfill` `revisit`") if said.startswith("the same, and") else []
    return shared + re.findall(r"`(\w+)`", said)


def test_status_counts_as_sql_does(backfilled: Backfilled, dawn: Dawn) -> None:
    (status,) = objects(dawn, "status")
    query = """
    select
        (select count(*) from articles),
        (select count(*) from versions),
        (select count(*) from captures),
        (select coalesce(sum(owed), 0) from editions)
    """
    names = ("stories", "versions", "captures", "owed")
    assert tuple(status[name] for name in names) == asked(backfilled, query)[0]
    assert status["site"] == backfilled.address and list(status) == fields("`status`")
    assert status["days"] == {
        **{"first": backfilled.day, "last": backfilled.day},
        **{"complete": 1, "partial": 0, "unknown": 0, "absent": 0},
    }
    assert status["last_run"]["outcome"] == status["succeeded"]["outcome"] == "finished"
    ours = sum(path.stat().st_size for path in (backfilled.data / "archive").iterdir())
    assert status["disk"]["archive"] == ours


def test_coverage_is_a_line_a_day(backfilled: Backfilled, dawn: Dawn) -> None:
    first, day = objects(dawn, "coverage", f"2026-03-01..{backfilled.day}")[::8]
    assert (first["day"], first["state"], first["listed"]) == ("2026-03-01", "unknown", 0)
    listed = (
        f"select count(distinct story_id) from discoveries where member and day = date '{backfilled.day}'"
    )
    ends = ("stored", "unchanged", "rejected", "gone", "refused", "owed")
    assert day["listed"] == asked(backfilled, listed)[0][0] == sum(day[name] for name in ends)
    assert list(day) == fields("`coverage`")
    assert (day["day"], day["state"], day["reason"]) == (backfilled.day, "complete", None)
    sections = asked(backfilled, f"select count(*) from editions where day = date '{backfilled.day}'")
    assert day["sections"] == sections[0][0]


@pytest.mark.slow
def test_sql_edits_search_and_why_are_their_jsonl(backfilled: Backfilled, dawn: Dawn) -> None:
    story = asked(backfilled, "select min(story_id) from articles")[0][0]
    for words in (("sql", "select 1 as a"), ("edits",), ("search", "the"), ("why", str(story))):
        short = dawn(*words, "--json")
        assert short.returncode == 0 and short.stdout == dawn(*words, "--format", "jsonl").stdout
    ids = [each["story_id"] for each in objects(dawn, "sql", "from articles order by story_id")]
    assert ids == [row[0] for row in asked(backfilled, "select story_id from articles order by story_id")]
    assert objects(dawn, "why", str(story))[-1]["status"] == "stored"
    assert objects(dawn, "search", "zzzzzz") == []
    assert list(objects(dawn, "search", "the")[0]) == fields("`search`")
    assert list(objects(dawn, "config")[0]) == fields("`config`")


def test_checks_are_a_line_each_and_red_ones_have_their_rows(backfilled: Backfilled, dawn: Dawn) -> None:
    from warehouse.database import scripts

    green = objects(dawn, "check")
    names = [name.replace("_", " ") for name, _ in scripts("checks")]
    assert [each["check"] for each in green] == names
    assert {each["green"] for each in green} == {True}
    assert list(green[0]) == fields("`check`")
    assert all(each["failing"] == 0 and each["rows"] == [] for each in green)
    next(path for path in (backfilled.data / "archive").iterdir()).unlink()
    (receipt,) = objects(dawn, "audit", code=1)
    assert receipt["audited"]["lacking"] and receipt["fault"] == receipt["failure"]


def test_an_audit_is_a_receipt(backfilled: Backfilled, dawn: Dawn) -> None:
    (receipt,) = objects(dawn, "audit")
    captures, runs = asked(backfilled, "select count(*), count(distinct run) from captures")[0]
    assert (receipt["audited"]["captures"], receipt["audited"]["runs"]) == (captures, runs)
    assert receipt["fault"] is None and receipt["red"] == []
    assert list(receipt) == fields("`audit`")


@pytest.mark.slow
def test_a_pass_gives_its_receipt(backfilled: Backfilled, dawn: Dawn) -> None:
    here = ("--site", backfilled.address, "--delay", "0")
    (backfill,) = objects(dawn, "backfill", backfilled.day, *here, "--again")
    stories = asked(backfilled, "select count(*) from articles")[0][0]
    assert backfill["fault"] is None and backfill["articles"] == stories
    assert [day["day"] for day in backfill["days"]] == [backfilled.day]
    runs = {row[0] for row in asked(backfilled, "select run from runs")}
    assert len(backfill["runs"]) == 1 and set(backfill["runs"]) <= runs

    story = asked(backfilled, "select min(story_id) from articles")[0][0]
    (fetch,) = objects(dawn, "fetch", str(story), *here)
    assert [each["story_id"] for each in fetch["stories"]] == [story] and fetch["owed"] == []
    assert list(fetch) == fields("`fetch`")
    (revisit,) = objects(dawn, "revisit", "--budget", "1", *here)
    assert revisit["fault"] is None
    (replay,) = objects(dawn, "replay", "--dry-run")
    assert list(replay) == fields("`replay`")
    assert (replay["dry_run"], replay["changes"]) == (True, [])


def test_what_failed_says_so_in_the_receipt_and_in_the_exit_code(dawn: Dawn) -> None:
    (receipt,) = objects(dawn, "run", "--site", "http://127.0.0.1:9", "--delay", "0", code=1)
    assert "did not answer for robots.txt" in receipt["fault"]
    assert list(receipt) == fields("`run` `backfill` `revisit`")
    assert receipt["runs"] == [] and receipt["articles"] == 0


@pytest.mark.slow
def test_an_import_names_its_files(backfilled: Backfilled, dawn: Dawn, tmp_path: Path) -> None:
    taken = sorted((backfilled.data / "archive").iterdir())
    other = in_folder(tmp_path)
    (receipt,) = objects(other, "import", *map(str, taken), "--data", "other", "--site", backfilled.address)
    assert [each["name"] for each in receipt["files"]] == [path.name for path in taken]
    assert list(receipt) == fields("`import`")
    captured = sum(each["taken"] for each in receipt["files"])
    assert captured == told(DataFolder(tmp_path / "other", ""), "select count(*) from captures")[0][0]


def test_a_terminal_gets_no_control_characters_with_it(backfilled: Backfilled, tmp_path: Path) -> None:
    shown = in_terminal(tmp_path, 40, "sql", "select chr(27) || '[31m' || chr(8238) as text", "--json")
    assert json.loads(shown.raw) == {"text": "\x1b[31m�"}


def test_an_unpublished_archive_has_a_status(dawn: Dawn, tmp_path: Path) -> None:
    from flows.folder import open_folder

    open_folder(tmp_path / "data", "http://127.0.0.1:9")
    (status,) = objects(dawn, "status")
    assert (status["stories"], status["last_run"], status["days"]["first"]) == (None, None, None)


@pytest.mark.parametrize("words", [("status",), ("check",), ("audit",), ("coverage",)])
def test_an_error_leaves_stdout_empty(dawn: Dawn, words: tuple[str, ...]) -> None:
    done = dawn(*words, "--json")
    assert (done.returncode, done.stdout) == (2, "")

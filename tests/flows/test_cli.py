"""The command's manners: one clear line for wrong arguments, exit codes that mean something."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.flows.conftest import Dawn

COMMANDS = (
    *("run", "extract", "case", "coverage", "why", "status", "replay", "sql", "check"),
    *("search", "edits", "import", "compact", "forget", "revisit", "demo", "serve", "audit"),
    *("backfill", "fetch", "config", "completion"),
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backfill", "2025-13-01"), "is no day and no range"),
        (("backfill", "yesterday"), "is no day and no range"),
        (("backfill", "2025-04-02..2025-04-01"), "ends before it begins"),
        (("backfill", (datetime.now(UTC) + timedelta(3)).date().isoformat()), "still to come"),
        (
            ("backfill", "2025-04-01", "--delay", "0.5"),
            "delay must be 1 to 3600 seconds for https://www.dawn.com",
        ),
        (("backfill", "2025-04-01", "--delay", "-1"), "not in the range"),
        (("run", "--site", "ftp://www.dawn.com"), "is no site"),
        (("run", "--site", "https://www.dawn.com/pakistan"), "is no site"),
        (("fetch", "https://images.dawn.com/news/1195208"), "is no story of"),
        (("fetch", "-1"), "No such option"),
        (("fetch", "0"), "is no story of"),
        (("run", "--max-disk", "much"), "is no size"),
        (("forget",), "is no data folder yet"),
        (("revisit", "--budget", "-1"), "not in the range"),
        (("revisit", "--delay", "0.5"), "delay must be 1 to 3600 seconds for https://www.dawn.com"),
        (("compact",), "is no data folder yet"),
        (("fetch",), "Missing argument"),
        (("extract", "missing.html"), "is no file"),
        (("sql", "select 1", "-o", "no/such/place.csv"), "there is no folder no/such"),
        (("backfill", "2025-04-26.."), "is no day and no range"),
        (("backfill", "20250426"), "is no day and no range"),
        (("run", "--site", "http://[::1"), "is no site"),
        (("run", "--site", "http://127.0.0.1:99999"), "is no site"),
        (("run", "--site", "http://me:secret@127.0.0.1:1"), "is no site"),
        (("run", "--site", "http://127.evil.invalid", "--delay", "0"), "delay must be 1 to"),
        (("fetch", "1907269", "--delay", "nan"), "delay must be 1 to"),
        (("fetch", "1907269", "--contact", "é"), "contact must be printable ASCII"),
        (("fetch", "9" * 5000), "is no story of"),
        (("check",), "is no data folder yet"),
        (("check", "--data", ""), "the name of a folder is empty"),
        (
            ("run", "--data", "", "--site", "http://127.0.0.1:9", "--delay", "0"),
            "the name of a folder is empty",
        ),
        (("demo", "--data", ""), "the name of a folder is empty"),
        (("sql", "select 1", "--data", ""), "the name of a folder is empty"),
        (("sql", "select 1", "--data", "\udcff"), "is not in UTF-8"),
        (("sql", "select '\udcff'"), "the question is not in UTF-8"),
        (("replay",), "is no data folder yet"),
        (("backfill",), "Missing argument"),
        (("backfill", "--missing", "--again"), "take one of them"),
        (("backfill", "--missing", "2025-13-01"), "is no day and no range"),
        (("coverage",), "is no data folder yet"),
        (("coverage", "2025-13-01"), "is no day and no range"),
        (("coverage", "--svg", "no/such/place.svg"), "there is no folder no/such"),
        (("coverage", "--place", "web"), "is not one of"),
        (("why", "1907269"), "is no data folder yet"),
        (("status",), "is no data folder yet"),
        (("status", "--max-age", "soon"), "is no length of time"),
        (("frobnicate",), "No such command"),
        (("serch", "flood"), "Did you mean one of: 'fetch', 'search', 'serve'?"),
        (("runn",), "Did you mean 'run'?"),
        (("status", "--dat", "x"), "Did you mean '--data'?"),
        (("search", "--frm", "2025"), "Did you mean '--from'?"),
        (("run", "--delay", "soon"), "'soon' is not a valid number"),
        (("revisit", "--budget", "few"), "'few' is not a valid whole number"),
        (("config", "--port", "x"), "'x' is not a valid whole number"),
        (("completion", "tcsh"), "is not one of 'bash', 'zsh', 'fish'"),
        (("sql", "select 1", "--json", "--format", "csv"), "leave one of them away"),
    ],
)
def test_wrong_arguments_are_one_clear_line(
    dawn: Dawn, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = dawn(*words)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == [], "nothing is made for a command that cannot be carried out"


def test_sql_says_what_is_wrong_in_one_line(dawn: Dawn) -> None:
    done = dawn("sql", "select 1")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "dawn run" in done.stderr


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select titl from articles", 'did you mean "title"?'),
        ("from articls", 'did you mean "articles"?'),
        ("select lenth(title) from articles", 'did you mean "length"?'),
        (" ", "there is no question in it"),
        ("select 1; select 2", "one statement at a time, please: there are 2 here"),
    ],
)
def test_sql_names_what_was_meant(dawn: Dawn, tmp_path: Path, query: str, said: str) -> None:
    (tmp_path / "data").mkdir()
    con = duckdb.connect(str(tmp_path / "data" / "dawn.duckdb"))
    con.execute("create table articles as select 1 as story_id, 'a' as title")
    con.close()
    done = dawn("sql", query)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert said in done.stderr


def test_a_file_is_no_data_folder_and_a_torn_mark_is_mended(dawn: Dawn, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "'file' is a file: name a folder" in dawn("status", "--data", "file").stderr
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "site.json").write_text("{")
    done = dawn("status")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "delete it, and it is written anew from the journal" in done.stderr


def test_a_folder_belongs_to_one_site(dawn: Dawn) -> None:
    assert "robots.txt" in dawn("run", "--site", "http://127.0.0.1:9", "--delay", "0").stderr
    done = dawn("run", "--site", "http://127.0.0.1:10", "--delay", "0")
    assert done.returncode == 2
    assert "belongs to http://127.0.0.1:9" in done.stderr


def test_help_names_every_command_and_imports_nothing_slow() -> None:
    code = (
        "import sys\nfrom flows.cli import dawn\nfrom flows.ending import exit_code\n"
        "code = exit_code(dawn, ['--help'])\n"
        "slow = {'prefect', 'scrapy', 'duckdb', 'trafilatura', 'twisted'} & set(sys.modules)\n"
        "sys.exit(code or (f'imported {slow}' if slow else 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [name for name in COMMANDS if name not in done.stdout] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(dawn: Dawn, command: str) -> None:
    done = dawn(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: dawn " + command)

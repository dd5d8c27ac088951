"""What a page, a question or an address says, on a terminal, in a file, in an error: nothing of it acts."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.console import one_line, safe, unsaid
from flows.folder import FolderError, site_address
from flows.server import NoServerError, ask
from tests.flows.conftest import Backfilled, Dawn
from tests.flows.test_submit import DAYS, Server

EVIL = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b5m\x90q\x9c\u202egpj\u2066\u200f\u200b\x85\u2028\x7f\r\b\0x"
COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What a terminal takes for a command, turns around or hides: controls, bidi and zero-width marks."""


def test_only_what_can_be_seen_is_shown() -> None:
    assert COMMANDS.search(safe(EVIL)) is None
    assert COMMANDS.search("".join(safe(chr(n)) for n in range(0x110000))) is None
    assert (
        safe("plain — “quoted”, café, پاکستان, 巴\u00a0x\n\ty")
        == "plain — “quoted”, café, پاکستان, 巴\u00a0x\n\ty"
    )
    assert one_line("a\nb\tc\r\nd") == "a b c� d"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no answer at http://who:s3cr3t@host:1/api (x)", "no answer at http://***@host:1/api (x)"),
        ("https://s3cr3t@host and http://a:b@c:d@host/x", "https://***@host and http://***@host/x"),
        ("write to me@example.org, see https://host/a@b", "write to me@example.org, see https://host/a@b"),
    ],
)
def test_addresses_are_told_without_their_passwords(said: str, told: str) -> None:
    assert unsaid(said) == told


# ── pages' words, in every command that prints some ──────────────────────────────────────────────────────


@pytest.fixture
def poisoned(backfilled: Backfilled) -> Iterator[Backfilled]:
    """A folder whose tables and journals say what a hostile site could have them say."""
    (backfilled.data / "poison").write_text(EVIL)
    con = duckdb.connect(str(backfilled.data / "dawn.duckdb"))
    columns = con.execute(
        "select schema_name, c.table_name, column_name, data_type from duckdb_columns() as c"
        " join duckdb_tables() using (schema_name, table_name)"
        " where (schema_name, c.table_name) <> ('meta', 'migrations')"
        " and column_name in"
        " ('title', 'section', 'reason', 'detail', 'authors', 'cause', 'sign', 'before', 'after')"
    ).fetchall()
    assert len(columns) > 10
    for schema, table, column, kind in columns:
        if kind == "VARCHAR":
            said = f'"{column}" || ?'
        elif kind == "VARCHAR[]":
            said = f'list_transform("{column}", each -> each || ?)'
        else:
            continue
        con.execute(f'update {schema}."{table}" set "{column}" = {said}', [EVIL])
    con.execute("update core.editions set state = 'partial', reason = ?", [EVIL])
    con.close()
    *_, journal = sorted((backfilled.data / "journal").glob("*-stories-*.jsonl"))
    lines = journal.read_text().splitlines()
    end = json.loads(lines[-1]) | {"reason": EVIL}
    journal.write_text("\n".join([*lines[:-1], json.dumps(end)]) + "\n")
    yield backfilled


def shown(cwd: Path, *words: str) -> str:
    """What a person sees of the command, who sits at a terminal."""
    ours, its = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DAWN_")}
    child = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", *words],
        cwd=cwd,
        env=environment | {"TERM": "dumb", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    got = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        got += piece
    os.close(ours)
    child.wait(60)
    return got.decode().replace("\r\n", "\n")


@pytest.mark.slow
def test_a_pages_words_are_no_commands_to_a_terminal(poisoned: Backfilled, tmp_path: Path) -> None:
    story = str(next(one.id for one in poisoned.site.newest if one.id not in poisoned.site.gone))
    for words in (
        ("sql", "select title, authors from articles"),
        ("sql", "select title, authors from articles", "--format", "csv"),
        ("sql", "select title, authors from articles", "--format", "jsonl"),
        ("sql", f"select error('{EVIL.replace(chr(0), '')}')"),
        ("search", "the"),
        ("search", "the", "--format", "jsonl"),
        ("edits",),
        ("why", story),
        ("why", story, "--format", "jsonl"),
        ("coverage",),
        ("status",),
        ("check",),
        ("replay", "--dry-run"),
        ("fetch", f"x{EVIL.replace(chr(0), '')}"),
        ("extract", f"no{EVIL.replace(chr(0), '')}"),
    ):
        said = shown(tmp_path, *words)
        # Rich moves the cursor itself where it draws progress.
        drawn = re.sub(r"\x1b\[\??[0-9;]*[A-Za-z]", "", said) if words[0] == "replay" else said
        assert COMMANDS.search(drawn.replace("\r", "") if words[0] == "replay" else drawn) is None, (
            words,
            said,
        )
        assert "Traceback" not in said, (words, said)
        assert "�" in said or words[0] in ("edits", "extract", "check", "fetch"), (words, said)


def test_in_a_file_words_are_data(poisoned: Backfilled, dawn: Dawn, tmp_path: Path) -> None:
    question = "select title from articles order by story_id limit 1"
    con = duckdb.connect(str(poisoned.data / "dawn.duckdb"), read_only=True)
    [(title,)] = con.execute(question).fetchall()
    con.close()
    assert dawn("sql", question, "-o", "a.jsonl").returncode == 0
    assert json.loads((tmp_path / "a.jsonl").read_text("utf-8")) == {"title": title}
    assert title.endswith(EVIL)


@pytest.mark.slow
def test_hostile_words_to_search_for_are_words(backfilled: Backfilled, dawn: Dawn) -> None:
    before = (backfilled.data / "dawn.duckdb").read_bytes()
    for words in (
        "'; drop table articles; --",
        '" OR 1=1 --',
        "$(touch owned) `touch owned`",
        "../../etc/passwd",
        "title:(((((",
        "AND OR NOT + - * ? ~ ^ { } [ ] \\",
        "a* b* c* d*",
        "author:\"' or ''='\"",
        "\x1b]0;owned\x07",
        "%s%n{0}",
        "x" * 3999,
        " ".join("abcdefgh"[n % 8] * 3 + "*" for n in range(60)),
    ):
        done = dawn("search", "--", words)
        assert done.returncode in (0, 2), done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) <= 1
        asked = dawn(
            "sql", f"select story_id from search('{words.replace(chr(39), chr(39) * 2)}')", "--format", "csv"
        )
        assert asked.returncode in (0, 2), asked.stderr
        assert len(asked.stderr.splitlines()) <= 1
    assert (backfilled.data / "dawn.duckdb").read_bytes() == before
    assert not (backfilled.data.parent / "owned").exists()


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "said",
    [
        "https://who:s3cr3t@www.dawn.com",
        "who:s3cr3t@www.dawn.com",
        "https://s3cr3t@www.dawn.com",
        "https://who:s3cr3t/x@www.dawn.com",
        "https://who:s3cr3t@[broken",
    ],
)
def test_a_site_with_a_password_is_none_and_is_not_repeated(said: str) -> None:
    with pytest.raises(FolderError, match="without user and password") as error:
        site_address(said)
    assert "s3cr3t" not in str(error.value)


def test_no_command_repeats_a_password(dawn: Dawn, tmp_path: Path) -> None:
    for words in (
        ("run", "--site", "https://who:s3cr3t@www.dawn.com"),
        ("fetch", "https://who:s3cr3t@www.dawn.com/nothing"),
    ):
        done = dawn(*words)
        assert done.returncode == 2
        assert "s3cr3t" not in done.stderr + done.stdout
    assert not list(tmp_path.rglob("*.jsonl"))


def test_a_servers_password_goes_to_the_server_alone(dawn: Dawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_KEY", raising=False)
    with Server() as server:
        import threading

        threading.Thread(target=server.serve_forever, daemon=True).start()
        api = server.api.replace("http://", "http://who:s3cr3t@")
        done = dawn("backfill", DAYS, "--submit", settings={"PREFECT_API_URL": api})
        server.shutdown()
    assert done.returncode == 0, done.stderr
    assert server.allowed[0] == "Basic d2hvOnMzY3IzdA=="
    assert "s3cr3t" not in done.stdout + done.stderr
    done = dawn("backfill", DAYS, "--submit", settings={"PREFECT_API_URL": api})  # it is gone
    assert done.returncode == 1
    assert "no Prefect server answers at http://***@127.0.0.1" in done.stderr
    assert "s3cr3t" not in done.stderr


def test_a_key_that_no_request_can_carry_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_KEY", "s3cr3t\nx")
    with pytest.raises(NoServerError) as error:
        ask("http://127.0.0.1:9/api", "health")
    assert "PREFECT_API_KEY" in str(error.value)
    assert "s3cr3t" not in str(error.value)

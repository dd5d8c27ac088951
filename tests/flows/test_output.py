"""Where results go: pipes whose reader leaves, files, links, terminals of any encoding."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.crawlers.paper import page

LINES = 20_000
MANY = f"select range as n, repeat('word ', 20) as words from range({LINES})"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a published file of one table; that is all `dawn sql` asks for."""
    folder = tmp_path / "data"
    folder.mkdir()
    con = duckdb.connect(str(folder / "dawn.duckdb"))
    con.execute("create table articles as select 1 as story_id, 'The river’s café' as title")
    con.close()
    return folder


def start(cwd: Path, *words: str, first: str = "", **popen: object) -> subprocess.Popen[bytes]:
    """The command in a process of its own, with pipes."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DAWN_")}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment} | popen
    code = first + "from flows.cli import main; main()"
    return subprocess.Popen([sys.executable, "-c", code, *words], cwd=cwd, **streams)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    "words",
    [
        ("sql", MANY, "--format", "csv"),
        ("sql", MANY, "--format", "jsonl"),
        ("sql", MANY, "--format", "parquet"),
        ("sql", MANY),
        ("extract", "--jobs", "1", *["page.html"] * 300),
        ("extract", "--jobs", "1", "page.html"),
        ("sql", "--help"),
        ("--help",),
    ],
    ids=lambda words: " ".join(words)[:12] + words[-1][-7:],
)
def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path, data: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "page.html").write_text(page("<p>Some words of a story.</p>" * 50))
    child = start(tmp_path, *words)
    assert child.stdout and child.stderr
    if len(words) > 3:
        child.stdout.read(1)
    child.stdout.close()
    assert (child.stderr.read(), child.wait(60)) == (b"", 0)


def test_where_nobody_reads_the_exit_code_still_says_it(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    child = start(tmp_path, "check", stdout=write, stderr=write)
    os.close(write)
    assert child.wait(60) == 2


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "table"])
def test_a_pipe_is_written_into(tmp_path: Path, data: Path, form: str) -> None:
    pipe, words = tmp_path / "pipe", ("sql", "from articles", "--format", form)
    os.mkfifo(pipe)
    child = start(tmp_path, *words, "-o", "pipe")
    got = pipe.read_bytes()
    assert child.wait(60) == 0
    assert pipe.is_fifo()
    assert got and got == start(tmp_path, *words).communicate()[0]


def test_a_link_still_leads_to_its_file_and_files_keep_their_mode(tmp_path: Path, data: Path) -> None:
    def ask(output: str) -> None:
        said = start(tmp_path, "sql", "from articles", "-o", output, umask=0o027).communicate()[1]
        assert b"1 rows in" in said, said

    there, link, new = tmp_path / "there.csv", tmp_path / "link.csv", tmp_path / "new.csv"
    there.write_text("old")
    there.chmod(0o664)
    link.symlink_to("there.csv")
    ask("link.csv")
    ask("new.csv")
    (tmp_path / "nowhere.csv").symlink_to("made.csv")
    ask("nowhere.csv")
    assert link.is_symlink() and (tmp_path / "nowhere.csv").is_symlink()
    assert there.read_text("utf-8") == new.read_text("utf-8") == (tmp_path / "made.csv").read_text("utf-8")
    assert "The river’s café" in new.read_text("utf-8")
    assert (there.stat().st_mode & 0o777, new.stat().st_mode & 0o777) == (0o664, 0o640)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"data", "there.csv", "link.csv", "new.csv", "nowhere.csv", "made.csv"}


def test_a_question_that_cannot_be_answered_leaves_the_file_as_it_was(tmp_path: Path, data: Path) -> None:
    (tmp_path / "there.csv").write_text("old")
    child = start(tmp_path, "sql", "select error('no')", "-o", "there.csv")
    assert child.wait(60) == 2
    assert (tmp_path / "there.csv").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "there.csv"}


@pytest.mark.parametrize("form", ["table", "csv", "jsonl"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8:strict"])
def test_no_encoding_of_a_pipe_ends_the_command(
    tmp_path: Path, data: Path, form: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    child = start(tmp_path, "sql", "from articles", "--format", form)
    got, said = child.communicate(timeout=60)
    assert (child.returncode, said) == (0, b"")
    assert "The river’s café" in got.decode()


def test_a_terminal_without_a_letter_gets_it_escaped(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    ours, its = os.openpty()
    child = start(tmp_path, "sql", "from articles", "--format", "csv", stdout=its)
    os.close(its)
    assert child.wait(60) == 0
    assert b"The river\\u2019s caf\\xe9" in os.read(ours, 9999)
    os.close(ours)


@pytest.mark.parametrize("output", [(), ("-o", "there.jsonl")])
def test_no_column_is_lost_in_silence(tmp_path: Path, data: Path, output: tuple[str, ...]) -> None:
    (tmp_path / "there.jsonl").write_text("old")
    child = start(tmp_path, "sql", "--format", "jsonl", "select 1 as a, 2 as b, 3 as a", *output)
    got, said = child.communicate(timeout=60)
    assert (child.returncode, got, said.count(b"\n")) == (2, b"", 1)
    assert b"two columns are called 'a'" in said
    assert (tmp_path / "there.jsonl").read_text() == "old"


def full(limit: int) -> Callable[[], None]:
    """No file can become larger: what a full disk is, for one process."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


@pytest.mark.parametrize(
    "words", [("extract", "--jobs", "1", *["page.html"] * 20), ("sql", MANY, "--format", "csv")]
)
def test_a_full_disk_is_said_without_promises(tmp_path: Path, data: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "page.html").write_text(page("<p>Some words of a story.</p>" * 50))
    with (tmp_path / "out").open("wb") as out:
        child = start(tmp_path, *words, stdout=out, preexec_fn=full(8192))
        said = child.communicate(timeout=60)[1].decode()
    assert child.returncode == 1
    assert len(said.splitlines()) == 1 and said.endswith("make room on the disk and run it again\n")
    assert "fetched" not in said


HEEDING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
at_an_open = lambda event, args: (
    event == "open" and str(args[0]).endswith("pipe") and print("opens the pipe", flush=True)
)
sys.addaudithook(at_an_open)
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("extract", "--jobs", "1", "pipe"), "the lines written so far are not all; run it again"),
        (("sql", "from articles", "--format", "csv", "-o", "pipe"), "the answer is not whole"),
    ],
)
def test_interrupted_it_says_what_is_so(
    tmp_path: Path, data: Path, words: tuple[str, ...], said: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    child = start(tmp_path, *words, first=HEEDING)
    assert child.stdout
    while b"opens the pipe" not in child.stdout.readline():
        assert child.poll() is None
    main_thread = Path(f"/proc/{child.pid}/task/{child.pid}/stat")
    while main_thread.read_text().rpartition(")")[2].split()[0] != "S":
        os.sched_yield()  # it still runs towards where it waits for the other end of the pipe
    child.send_signal(signal.SIGINT)
    assert said in child.communicate(timeout=60)[1].decode()
    assert child.returncode == 130

"""`dawn search`: hits best first on stdout, one clear line for what has no sense."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows import stages
from flows.folder import open_folder
from tests.flows.conftest import Dawn
from tests.warehouse.paper import Paper, article
from warehouse.publish import publish


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two stories, of which one was edited; its index is made by the stage."""
    folder = open_folder(tmp_path / "data", "http://site")
    paper = Paper(folder.root)
    for metal in ("copper", "zinc"):
        paper.run(spider="stories")
        paper.page(1, article(1, f"The price of {metal} rose.\n\nNobody knows why."))
    paper.page(2, article(2, "A \x1b[31mzinc\x07 mine.", title="Zinc", authors=["Abbas Nasir"]))
    paper.load()
    publish(folder.warehouse, folder.public)
    assert stages.index(folder).added == 3
    return folder.root


def test_a_search_on_the_terminal_and_for_other_tools(dawn: Dawn, data: Path) -> None:
    shown = dawn("search", "zinc")
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("2  2026-03-09  Zinc")
    assert "\x1b" not in shown.stdout
    assert "  The price of **zinc** rose." in lines
    past = dawn("search", "copper", "--past")
    assert "version 1, not the current one" in past.stdout
    found = [json.loads(line) for line in dawn("search", "zinc", "--format", "jsonl").stdout.splitlines()]
    assert [hit["story_id"] for hit in found] == [2, 1]
    first, behind = found[1]["marks"][0]
    assert found[1]["passage"][first:behind] == "zinc"
    rows = list(csv.DictReader(io.StringIO(dawn("search", "zinc", "--format", "csv").stdout)))
    assert [row["passage"] for row in rows][1] == "The price of **zinc** rose."
    assert dawn("search", "--author", "abbas", "--format", "csv").stdout.count("\n") == 2
    assert [row["story_id"] for row in rows] == ["2", "1"]
    nothing = dawn("search", "unobtainium")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "nothing found\n")
    asked = dawn("sql", "select story_id from search('zinc') order by score desc", "--format", "csv")
    assert asked.stdout.split() == ["story_id", "2", "1"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "nothing to search for"),
        (("-zinc",), 2, "only words that must not stand there"),
        (("on:noon",), 2, "on: wants a day"),
        (("zinc", "--from", "noon"), 2, "--from: wants a day"),
        (("zinc", "--limt", "3"), 2, "No such option '--limt'. Did you mean '--limit'?"),
        (("zinc", "--limit", "0"), 2, "not in the range"),
        (("zinc", "--data", "elsewhere"), 1, "is not there yet"),
    ],
)
def test_what_has_no_sense_is_one_clear_line(
    dawn: Dawn, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = dawn("search", *words)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_command_waits_for_pandas(data: Path) -> None:
    """DuckDB imports it at the first parameter of a query, where it is installed; `why` has one."""
    pytest.importorskip("pandas")
    code = (
        "import sys\nfrom flows.cli import main\n"
        "try:\n    main()\nfinally:\n    print('pandas:', sys.modules.get('pandas'))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, "why", "1", "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.splitlines()[-1] == "pandas: None", said

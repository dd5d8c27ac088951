"""The README is true: `make demo` and every command of the tour give what it says they give."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.flows.conftest import Dawn

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TOUR = README.split("## A tour", 1)[1].split("\n## ", 1)[0]


def told() -> list[tuple[str, str]]:
    """Every command of the tour with the output that stands below it."""
    pairs = []
    for block in re.findall(r"```console\n(.*?)```", TOUR, flags=re.DOTALL):
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE):
            pairs.append((command, output))
    return pairs


def plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.slow
def test_the_demo_and_the_tour_say_what_they_show(dawn: Dawn, tmp_path: Path) -> None:
    done = dawn("demo")
    assert done.returncode == 0, done.stderr
    for sight in (
        "Some articles",
        "Every edition accounted for",
        "both versions are kept",
        "Not one sentence of a rail",
    ):
        assert sight in done.stdout
    assert "Finished in state Completed()" in done.stderr, "one pass goes through Prefect itself"
    commands = told()
    assert len(commands) >= 7
    for command, output in commands:
        ran = dawn(*shlex.split(command)[1:])
        assert ran.returncode == 0, ran.stderr
        assert plain(ran.stdout) == plain(output), command
    assert (tmp_path / "opinion.parquet").stat().st_size > 0


def test_the_demo_removes_nothing_that_no_demo_left(dawn: Dawn, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").write_text("mine")
    done = dawn("demo", "--data", "precious")
    assert done.returncode != 0
    assert (tmp_path / "precious/file").read_text() == "mine"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/design.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        if not target.startswith("http"):
            assert (ROOT / page).parent.joinpath(target).exists(), target


def test_the_readme_names_every_command_and_module() -> None:
    from flows.cli import dawn as command

    for name in command.commands:
        assert f"`dawn {name}" in README
    for room in ("crawlers", "warehouse", "flows"):
        for module in (ROOT / room).glob("*.py"):
            assert module.name == "__init__.py" or module.name in README, module

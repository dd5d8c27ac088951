"""The README names what there is; that its tour is true is tried with the other documents."""

from __future__ import annotations

from pathlib import Path

from tests.flows.conftest import Dawn

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_demo_removes_nothing_that_no_demo_left(dawn: Dawn, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").write_text("mine")
    done = dawn("demo", "--data", "precious")
    assert done.returncode != 0
    assert (tmp_path / "precious/file").read_text() == "mine"


def test_the_readme_names_every_command_and_module() -> None:
    from flows.cli import dawn as command

    for name in command.commands:
        assert f"`dawn {name}" in README
    for room in ("crawlers", "warehouse", "flows"):
        for module in (ROOT / room).glob("*.py"):
            assert module.name == "__init__.py" or module.name in README, module

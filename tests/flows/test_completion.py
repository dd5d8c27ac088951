"""Tab: what the shells offer behind `dawn`, asked of the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from crawlers.site import TIME_ZONE
from flows.cli import dawn as command
from tests.flows.conftest import Dawn

TODAY = f"{datetime.now(TIME_ZONE):%Y-%m-%d}"


def offered(words: list[str], begun: str) -> list[str]:
    """What is offered, asked of click without a shell."""
    found = ShellComplete(command, {}, "dawn", "_DAWN_COMPLETE").get_completions(words, begun)
    return [item.value for item in found]


@pytest.mark.parametrize(
    ("words", "begun", "among"),
    [
        ([], "co", ["coverage", "compact", "completion", "config"]),
        (["sql"], "--f", ["--format"]),
        (["sql", "--format"], "j", ["jsonl"]),
        (["coverage", "--place"], "", ["print", "daily"]),
        (["edits", "--type"], "ste", ["stealth edit"]),
        (["edits", "--since"], TODAY[:-1], [TODAY]),
        (["backfill"], TODAY[:5], [TODAY]),
        (["backfill"], f"{TODAY}..{TODAY[:-1]}", [f"{TODAY}..{TODAY}"]),
        (["search", "--kind"], "edi", ["editorial"]),
        (["completion"], "", ["bash", "zsh", "fish"]),
    ],
)
def test_commands_options_choices_and_days_are_offered(
    words: list[str], begun: str, among: list[str]
) -> None:
    found = offered(words, begun)
    assert [each for each in among if each not in found] == []
    assert all(each.startswith(begun) for each in found)


def test_every_command_and_every_option_is_offered() -> None:
    assert set(offered([], "")) == set(command.commands)
    for name, told in command.commands.items():
        long = {
            name
            for one in told.params
            if isinstance(one, click.Option)
            for name in one.opts
            if name[:2] == "--"
        }
        assert long <= set(offered([name], "--")), name


def test_completing_imports_nothing_slow(tmp_path: Path) -> None:
    code = (
        "import atexit, sys\n"
        "slow = {'prefect', 'scrapy', 'duckdb', 'trafilatura', 'twisted'}\n"
        "atexit.register(lambda: print('imported', sorted(slow & set(sys.modules)), file=sys.stderr))\n"
        "from flows.cli import main; main()"
    )
    asked = {"_DAWN_COMPLETE": "bash_complete", "COMP_WORDS": "dawn sql --", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **asked},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "plain,--format" in done.stdout.split()
    assert done.stderr == "imported []\n"


ASK = {
    "bash": """
eval "$(dawn completion bash)"
COMP_WORDS=(dawn sql --fo) COMP_CWORD=2
"$(complete -p dawn | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" dawn
printf '%s\\n' "${COMPREPLY[@]}"
""",
    "zsh": """
autoload -U compinit && compinit -u -D
eval "$(dawn completion zsh)"
compadd() { print -l -- "$@" }
_describe() { print -l -- ${(P)3} }
words=(dawn sql --fo) CURRENT=3
_dawn_completion
""",
    "fish": "dawn completion fish | source\ncomplete --do-complete 'dawn sql --fo'\n",
}


@pytest.fixture
def on_path(tmp_path: Path) -> dict[str, str]:
    """An environment in which `dawn` is the command under test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "dawn"
    script.write_text(f"#!{sys.executable}\nfrom flows.cli import main\nmain()\n")
    script.chmod(0o755)
    root = str(Path(__file__).parents[2])
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("DAWN_")},
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PYTHONPATH": root,
        "HOME": str(tmp_path),
    }


@pytest.mark.parametrize("shell", list(ASK))
def test_a_real_shell_completes(shell: str, on_path: dict[str, str], tmp_path: Path) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed here")
    done = subprocess.run(
        [found, "-c", ASK[shell]],
        env=on_path,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "--format" in done.stdout, (done.stdout, done.stderr)
    assert "--data" not in done.stdout


def test_the_shell_is_that_of_whoever_asks(dawn: Dawn) -> None:
    assert dawn("completion", settings={"SHELL": "/usr/bin/fish"}).stdout == dawn("completion", "fish").stdout
    unknown = dawn("completion", settings={"SHELL": "/bin/tcsh"})
    assert (unknown.returncode, "say bash, zsh or fish" in unknown.stderr) == (2, True)

"""Settings: one list, four places where they may be said, and one line for what is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt

from crawlers import settings as crawl_settings
from flows import settings_file
from flows.cli import dawn as command
from flows.config import NAMED, SETTINGS, SettingError, file_settings, find, process_environment
from flows.crawling import DAILY_REQUESTS, Manners
from tests.flows.conftest import Dawn

ROOT = Path(__file__).parents[2]


def shown(dawn: Dawn, *words: str, **settings: str) -> dict[str, tuple[object, str]]:
    """Of each setting what `dawn config --json` says that it is, and where from."""
    done = dawn("config", "--json", *words, settings=settings)
    assert done.returncode == 0, done.stderr
    return {each["name"]: (each["value"], each["source"]) for each in json.loads(done.stdout)["settings"]}


def test_the_command_line_comes_before_environment_file_and_default(dawn: Dawn, tmp_path: Path) -> None:
    (tmp_path / "dawn.toml").write_text(
        'data = "from-file"\ndelay = 5\ncontact = "file@example.org"\nmax-disk = "50GB"\n'
        "max-requests = 100\nbudget = 7\njobs = 3\nport = 4300\ntimeout = 9.5\nretry-delay = 1\n"
        'log-level = "INFO"\nsite = "https://www.dawn.com/"\nsite-file = "facts.py"\n'
        'store = "s3://bucket/dawn/"\nlocal-archive = "20GB"\ndask = "tcp://10.0.0.5:8786"\n'
        'lake = "postgres:dbname=lake host=db"\nlake-files = "s3://bucket/lake"\n'
    )
    (tmp_path / "facts.py").write_text("from crawlers.dawn import *\n")
    from_file = {
        "data": "from-file",
        "site": "https://www.dawn.com",
        "site-file": "facts.py",
        "delay": 5.0,
        "contact": "file@example.org",
        "max-disk": 50_000_000_000,
        "max-requests": 100,
        "budget": 7,
        "jobs": 3,
        "store": "s3://bucket/dawn",
        "local-archive": 20_000_000_000,
        "dask": "tcp://10.0.0.5:8786",
        "lake": "postgres:dbname=lake host=db",
        "lake-files": "s3://bucket/lake",
        "port": 4300,
        "timeout": 9.5,
        "retry-delay": 1.0,
        "log-level": "INFO",
    }
    assert set(from_file) == set(NAMED), "each setting is tried here"
    assert shown(dawn) == {name: (value, "file") for name, value in from_file.items()}
    said = {"delay": "4", "contact": "env@example.org", "timeout": "8", "data": "from-env"}
    environment = {NAMED[name].env: value for name, value in said.items()}
    both = shown(dawn, **environment)
    assert both["delay"] == (4.0, "environment") and both["timeout"] == (8.0, "environment")
    assert both["data"] == ("from-env", "environment") and both["budget"] == (7, "file")
    all_three = shown(dawn, "--delay", "3", "--data", "from-line", **environment)
    assert all_three["delay"] == (3.0, "command line")
    assert all_three["data"] == ("from-line", "command line")
    assert all_three["contact"] == ("env@example.org", "environment")
    (tmp_path / "dawn.toml").unlink()
    assert {source for _, source in shown(dawn).values()} == {"default"}


def test_a_command_obeys_the_file(dawn: Dawn, tmp_path: Path) -> None:
    (tmp_path / "dawn.toml").write_text('data = "elsewhere"\ndelay = 0.5\n')
    assert "delay must be 1 to 3600 seconds" in dawn("run").stderr
    assert "elsewhere is no data folder yet" in dawn("status").stderr
    assert "other is no data folder yet" in dawn("status", "--data", "other").stderr
    assert "no archive in elsewhere yet" in dawn().stdout
    assert "[env var: DAWN_DELAY; default: 0.5;" in " ".join(dawn("run", "--help").stdout.split())


def test_one_file_is_read_the_nearest(dawn: Dawn, tmp_path: Path) -> None:
    home = tmp_path / "home" / "dawn"
    home.mkdir(parents=True)
    (home / "config.toml").write_text('delay = 6\ndata = "news"\n')
    users = {"XDG_CONFIG_HOME": str(home.parent)}
    found = shown(dawn, **users)
    assert found["delay"] == (6.0, "file")
    assert found["data"] == (str(home / "news"), "file"), "a relative folder lies beside the file"
    (tmp_path / "dawn.toml").write_text("budget = 1\n")
    found = shown(dawn, **users)
    assert (found["delay"], found["budget"]) == ((2.0, "default"), (1, "file"))
    (tmp_path / "other.toml").write_text("budget = 2\n")
    assert shown(dawn, **users, DAWN_CONFIG="other.toml")["budget"] == (2, "file")
    assert shown(dawn, **users, DAWN_CONFIG="")["budget"] == (300, "default")
    said = dawn("config", settings={**users, "DAWN_CONFIG": "other.toml"}).stdout
    assert "settings file: other.toml" in said
    assert [line.split() for line in said.splitlines() if line.startswith("budget")] == [
        ["budget", "2", "other.toml"]
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dely = 3", "there is no setting 'dely': did you mean 'delay'?"),
        ("max_disk = '1GB'", "there is no setting 'max_disk': did you mean 'max-disk'?"),
        ("password = 'x'", "there is no setting 'password': `dawn config` shows those that there are"),
        ("[run]\ndelay = 3", "there is no setting 'run'"),
        ("delay = '3'", "delay must be a number, and is '3'"),
        ("delay = true", "delay must be a number, and is True"),
        ("delay = nan", "delay must be a number, and is nan"),
        ("delay = 9999", "delay: 9999.0 is not in the range"),
        ("budget = 2.5", "budget must be a whole number, and is 2.5"),
        ("contact = 5", "contact must be text, and is 5"),
        ("data = ['a']", "data must be text, and is ['a']"),
        ("data = ''", "data: the name of a folder is empty"),
        ("max-disk = 'much'", "max-disk: 'much' is no size: write it like 50GB or 800MB"),
        ("max-disk = 1.5", "max-disk must be text or a whole number, and is 1.5"),
        ("site = 'ftp://x'", "site: 'ftp://x' is no site"),
        ("log-level = 'LOUD'", "log-level: 'LOUD' is not one of"),
        ("delay = ", "cannot be read: "),
        ("delay = 1\ndelay = 2", "cannot be read: "),
    ],
)
def test_what_is_wrong_in_a_file_is_one_line_with_the_file_and_the_key(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "dawn.toml"
    path.write_text(text)
    with pytest.raises(SettingError) as error:
        file_settings(path)
    assert str(error.value).startswith(str(path)) and said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("words", [(), ("status",), ("config",), ("run",)])
def test_a_wrong_file_stops_every_command_in_one_line(
    dawn: Dawn, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "dawn.toml").write_text("site = 'http://me:secret@127.0.0.1'")
    done = dawn(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("dawn: dawn.toml: site: that is no site") and "secret" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["dawn.toml"]
    assert dawn("--help").returncode == 0


def test_files_that_cannot_be_read(dawn: Dawn, tmp_path: Path) -> None:
    (tmp_path / "dawn.toml").write_bytes(b"contact = '\xff'")
    assert "dawn.toml cannot be read" in dawn("config").stderr
    done = dawn("config", settings={"DAWN_CONFIG": "missing.toml"})
    assert (done.returncode, "DAWN_CONFIG names 'missing.toml', which is no file" in done.stderr) == (2, True)
    (tmp_path / "dawn.toml").unlink()
    here = ("--site", "http://127.0.0.1:9", "--delay", "0")
    done = dawn("run", *here, settings={"DAWN_TIMEOUT": "soon"})
    assert (done.returncode, done.stderr) == (2, "dawn: DAWN_TIMEOUT: 'soon' is not a valid number.\n")
    assert list(tmp_path.iterdir()) == []


def test_every_option_with_a_variable_is_of_the_list() -> None:
    by_env = {setting.env: setting for setting in SETTINGS}
    optional = set()
    for name, told in command.commands.items():
        for option in told.params:
            if isinstance(option, click.Option) and option.envvar:
                setting = by_env[str(option.envvar)]
                assert option.opts == [f"--{setting.name}"], name
                optional.add(setting.name)
    assert optional == {setting.name for setting in SETTINGS if setting.on_command_line}


def test_the_code_reads_no_variable_that_is_not_of_the_list() -> None:
    known = {setting.env for setting in SETTINGS} | {settings_file.NAMED_BY, "DAWN_CRAWL_PARENT"}
    for room in ("flows", "crawlers", "warehouse"):
        for path in (ROOT / room).rglob("*.py"):
            if "lookalike" not in path.parts:
                assert set(re.findall(r"\bDAWN_[A-Z_]+", path.read_text("utf-8"))) <= known, path


def test_the_defaults_are_those_of_the_code_that_obeys_them() -> None:
    assert NAMED["delay"].default == Manners().delay
    assert NAMED["max-requests"].default_said == str(DAILY_REQUESTS)
    assert NAMED["timeout"].default == crawl_settings._TIMEOUT
    assert NAMED["log-level"].default_said.startswith(Manners().log_level)


def test_a_crawl_is_told_what_file_or_environment_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert process_environment("INFO")["DAWN_LOG_LEVEL"] == "INFO"
    (tmp_path / "dawn.toml").write_text("timeout = 7\nlog-level = 'ERROR'\n")
    told = process_environment("INFO")
    assert (float(told["DAWN_TIMEOUT"]), told["DAWN_LOG_LEVEL"]) == (7.0, "ERROR")
    monkeypatch.setenv("DAWN_LOG_LEVEL", "DEBUG")
    assert process_environment("INFO")["DAWN_LOG_LEVEL"] == "DEBUG"


def test_a_flow_takes_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.folder import FolderError
    from flows.tasks import place

    monkeypatch.chdir(tmp_path)
    with pytest.raises(FolderError, match="name the data folder"):
        place(None, None, None, None)
    (tmp_path / "dawn.toml").write_text(
        "data = 'news'\ndelay = 3\ncontact = 'you@example.org'\nmax-requests = 50\nmax-disk = 1000\n"
    )
    folder, manners = place(None, None, None, None)
    assert (folder.root, folder.site) == (Path("news"), "https://www.dawn.com")
    assert manners == Manners(3.0, "you@example.org", 1000, "INFO", 50)
    monkeypatch.setenv("DAWN_DELAY", "4")
    monkeypatch.setenv("DAWN_DATA", str(tmp_path / "other"))
    folder, manners = place(None, "http://127.0.0.1:9", None, "me@example.org")
    assert (folder.root, folder.site) == (tmp_path / "other", "http://127.0.0.1:9")
    assert (manners.delay, manners.contact) == (4.0, "me@example.org")
    assert place(tmp_path / "third", None, 5.0, None)[1].delay == 5.0
    monkeypatch.setenv("DAWN_DELAY", "soon")
    with pytest.raises(SettingError, match="DAWN_DELAY: 'soon' is not a valid number"):
        place(None, None, None, None)


def test_runs_of_a_server_read_the_file_that_it_was_started_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.folder import DataFolder
    from flows.serve import environment_for

    monkeypatch.chdir(tmp_path)
    folder = DataFolder(tmp_path, "http://127.0.0.1:9")
    assert environment_for(folder, Manners(), 1)["DAWN_CONFIG"] == ""
    (tmp_path / "dawn.toml").write_text("budget = 5\n")
    assert environment_for(folder, Manners(), 1)["DAWN_CONFIG"] == str(tmp_path / "dawn.toml")


def test_an_empty_variable_says_nothing() -> None:
    assert find("delay", {"DAWN_DELAY": "", "DAWN_CONFIG": ""}).source == "default"


def test_the_reference_is_a_markdown_table_of_every_setting() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flows.config"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    html = MarkdownIt().enable("table").render(done.stdout)
    assert html.count("<tr>") == len(SETTINGS) + 1
    for setting in SETTINGS:
        assert f"<code>{setting.env}</code>" in html
    assert (ROOT / "docs/settings.md").read_text("utf-8").endswith(done.stdout)


def test_the_readme_shows_what_config_shows(dawn: Dawn, tmp_path: Path) -> None:
    section = (ROOT / "README.md").read_text("utf-8").split("### Settings", 1)[1]
    block = section.split("```console\n", 1)[1].split("```", 1)[0]
    _, file, _, shown_there = re.split(
        r"^\$ (?:cat dawn.toml|(DAWN_DELAY=3) dawn config)\n", block, flags=re.MULTILINE
    )[1:]
    (tmp_path / "dawn.toml").write_text(file)
    done = dawn("config", settings={"DAWN_DELAY": "3"})
    assert [line.rstrip() for line in done.stdout.splitlines()] == shown_there.splitlines()


def test_config_needs_no_duckdb() -> None:
    code = (
        "import sys; from flows.cli import dawn; from flows.ending import exit_code\n"
        "exit_code(dawn, ['config', '--json'])\n"
        "slow = {'prefect', 'scrapy', 'duckdb', 'trafilatura'} & set(sys.modules)\n"
        "sys.exit(f'imported {slow}' if slow else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr

"""A second site, by a site file alone: the whole path, each command in a process of its own."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import get_type_hints
from zoneinfo import ZoneInfo

import pytest

from tests.tern.newspaper import LATER, STORIES, Tern, page, serving
from warehouse.query import answer

ROOT = Path(__file__).parents[2]
SITE_FILE = Path(__file__).with_name("site_file.py")
ORDINARY, SMUGGLING = STORIES[:-1], STORIES[-1]

Said = subprocess.CompletedProcess[str]


def dawn(*words: str | Path, cwd: Path, file: Path | None = SITE_FILE, piped: str | None = None) -> Said:
    """What the command says under a site file, in a process of its own; under Dawn's where there is None."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DAWN_")}
    named = {"DAWN_SITE_FILE": str(file)} if file else {}
    return subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *map(str, words)],
        cwd=cwd,
        env=environment | named,
        input=piped,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class Filled:
    """The paper, still served, and a folder into which its days from Saturday to Monday were fetched."""

    tern: Tern
    folder: Path
    said: Said

    def __call__(self, *words: str, delay: bool = False) -> Said:
        more = ["--delay", "0"] if delay else []
        return dawn(*words, "--data", "data", *more, cwd=self.folder)

    def held(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of an answer, asked in this process: it costs a hundredth of the command."""
        with answer(self.folder / "data/dawn.duckdb", sql) as said:
            return [tuple(_plain(value) for value in row) for row in said.rows]

    def rows(self, sql: str) -> list[dict[str, object]]:
        """The same by the command, by name."""
        said = self("sql", sql, "--format", "jsonl")
        assert said.returncode == 0, said.stderr
        return [json.loads(line) for line in said.stdout.splitlines()]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _filled(folder: Path) -> Iterator[Filled]:
    with serving() as tern:
        days = (
            "backfill",
            "2025-03-08..2025-03-10",
            "--site",
            tern.address,
            "--data",
            "data",
            "--delay",
            "0",
        )
        yield Filled(tern, folder, dawn(*days, cwd=folder))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    yield from _filled(tmp_path_factory.mktemp("tern"))


@pytest.fixture
def filled_anew(tmp_path: Path) -> Iterator[Filled]:
    yield from _filled(tmp_path)


def test_a_second_site_comes_by_its_site_file_alone(filled: Filled) -> None:
    assert filled.said.returncode == 0, filled.said.stdout + filled.said.stderr
    rows = filled.rows("from articles order by story_id")
    assert [row["story_id"] for row in rows] == [story.number for story in ORDINARY]
    for row, story in zip(rows, ORDINARY, strict=True):
        assert row["title"] == story.title
        assert row["body"] == "\n\n".join(story.paragraphs)  # to the letter, and nothing else of the page
        assert row["authors"] == list(story.names)
        assert row["section"] == story.section
        assert row["url"] == f"{filled.tern.address}/A{story.number}.html"
        assert row["layout"] == "broadsheet"
        assert row["dateline"] == "HALIFAX"
    by_number = {row["story_id"]: row for row in rows}
    assert {number: row["kind"] for number, row in by_number.items() if row["kind"] != "news"} == {
        4102: "opinion",
        4103: "feature",
    }
    assert by_number[4102]["bylines"] == [{"name": "Fundy Wire", "role": "agency", "url": None}]
    # What stands on cards and nowhere else is in no body.
    everything = " ".join(str(row["body"]) for row in rows)
    assert not any(story.deck in everything for story in (*STORIES, LATER))
    assert not any(words in everything for words in ("Rope", "letter box", "Elsewhere", "From the paper"))


def test_its_days_are_days_in_its_own_zone_across_the_hour_that_is_lost(filled: Filled) -> None:
    rows = filled.held("select story_id, published_at, published_on, printed_on, printed_in from articles")
    assert {row[0]: row[1:] for row in rows} == {
        4101: ("2025-03-08T05:10:00-04:00", "2025-03-08", "2025-03-08", "The Tern"),
        4102: ("2025-03-08T05:20:00-04:00", "2025-03-08", "2025-03-08", "The Tern"),
        4103: ("2025-03-06T18:00:00-04:00", "2025-03-06", "2025-03-08", "Weekend"),
        # 03:45 and 03:15 in UTC: with one offset for both, one of them would be a story of the Sunday.
        4104: ("2025-03-08T23:45:00-04:00", "2025-03-08", None, None),
        4105: ("2025-03-10T00:15:00-03:00", "2025-03-10", None, None),
        4106: ("2025-03-10T05:10:00-03:00", "2025-03-10", "2025-03-10", "The Tern"),
        4107: ("2025-03-10T06:00:00-03:00", "2025-03-10", "2025-03-10", "Harbour"),
    }


def test_its_editions_are_those_of_its_calendar(filled: Filled) -> None:
    rows = filled.held("select day, place, section, state, listed, stored, reason from editions order by all")
    spared, lacking = (
        "the site has no such list on that day of the week",
        "the site has no such listing (404)",
    )
    assert rows == [
        ("2025-03-08", "daily", "archive", "complete", 3, 3, None),
        ("2025-03-08", "print", "front", "complete", 2, 2, None),
        ("2025-03-08", "print", "harbour", "absent", 0, 0, lacking),
        ("2025-03-08", "print", "weekend", "complete", 1, 1, None),
        ("2025-03-09", "daily", "archive", "absent", 0, 0, spared),
        ("2025-03-09", "print", "front", "absent", 0, 0, spared),
        ("2025-03-09", "print", "harbour", "absent", 0, 0, spared),
        ("2025-03-09", "print", "weekend", "absent", 0, 0, spared),
        ("2025-03-10", "daily", "archive", "complete", 3, 3, None),
        ("2025-03-10", "print", "front", "complete", 1, 1, None),
        ("2025-03-10", "print", "harbour", "complete", 1, 1, None),
        ("2025-03-10", "print", "weekend", "absent", 0, 0, spared),
    ]
    assert not [path for path in filled.tern.asked if "09-03-2025" in path or "2025/03/09" in path]
    assert "/paper/10-03-2025/weekend" not in filled.tern.asked


def test_its_checks_are_green_and_coverage_and_why_speak_of_it(filled: Filled) -> None:
    checked = filled("check")
    assert checked.returncode == 0 and "red" not in checked.stdout, checked.stdout
    covered = filled("coverage", "2025-03-08..2025-03-10")
    assert covered.returncode == 0 and "nothing is missing" in covered.stdout, covered.stdout
    told = filled("why", "4105")
    assert told.stdout.startswith(f"story 4105  {filled.tern.address}/A4105.html\n")
    assert told.stdout.splitlines()[-1].startswith("stored: version 1")


def test_whoever_opens_its_file_without_us_sees_its_days(filled: Filled) -> None:
    import duckdb

    with duckdb.connect(str(filled.folder / "data/dawn.duckdb"), read_only=True) as con:
        con.execute("set TimeZone = 'Asia/Tokyo'")
        assert con.execute("select core.zone()").fetchone() == ("America/Halifax",)
        said = con.execute("select day::varchar from dates where story_id = 4105 and source = 'listing'")
        assert said.fetchall() == [("2025-03-10",)]


def test_its_folder_is_refused_under_another_site_file_and_another_folder_under_its_own(
    filled: Filled, tmp_path: Path
) -> None:
    data = filled.folder / "data"
    refused = dawn("status", "--data", data, cwd=tmp_path, file=None)
    assert (refused.returncode, refused.stderr) == (
        2,
        f"dawn: {data} is an archive of https://www.tern.example, and the site file here is that of"
        " https://www.dawn.com: name another folder with --data, or that paper's file in DAWN_SITE_FILE\n",
    )
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours/site.json").write_text('{"site": "http://127.0.0.1:1"}')
    refused = dawn("status", "--data", "ours", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        "dawn: ours is an archive of https://www.dawn.com, and the site file here"
    )


def test_a_saved_page_of_it_reads_field_by_field(tmp_path: Path) -> None:
    saved = Path(__file__).parent / "pages/broadsheet"
    said = dawn("extract", saved / "page.html", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    found, expected = json.loads(said.stdout), json.loads((saved / "expected.json").read_text())
    assert {name: found[name] for name in expected} == expected


@pytest.mark.slow
def test_the_newest_named_ones_and_forgotten_ones_of_a_second_site(filled_anew: Filled) -> None:
    ran = filled_anew("run", delay=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr  # by the Atom feed and the front page
    assert {"/wire.atom", "/"} <= set(filled_anew.tern.asked)
    assert filled_anew.rows(f"select title from articles where story_id = {LATER.number}") == [
        {"title": LATER.title}
    ]
    named = filled_anew("fetch", str(LATER.number), delay=True)
    assert named.returncode == 0, named.stderr  # its short address leads to the long one
    assert f"/A{LATER.number}.html" in filled_anew.tern.asked
    replayed = filled_anew("replay", "--dry-run")
    assert replayed.returncode == 0 and "nothing changes" in replayed.stdout, replayed.stdout
    forgotten = filled_anew("forget", "4101")
    assert forgotten.returncode == 0, forgotten.stderr
    slug = ORDINARY[0].path.split("/")[-1].removesuffix("-A4101.html").encode()
    for path in (filled_anew.folder / "data").rglob("*"):
        if path.suffix in (".gz", ".jsonl") and path.is_file():
            held = subprocess.run(["zcat", "-f", path], capture_output=True, check=True).stdout
            assert slug not in held and ORDINARY[0].title.encode() not in held, path
    checked = filled_anew("check")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
def test_a_rail_that_no_rule_of_its_file_knows_is_quarantined(filled_anew: Filled) -> None:
    ran = filled_anew("backfill", "2025-03-11", delay=True)
    assert ran.returncode == 1 and "no story is quarantined" in ran.stderr
    (row,) = filled_anew.rows("select story_id, reason from rejections")
    assert row == {"story_id": SMUGGLING.number, "reason": "rail_in_body"}
    assert LATER.title not in str(filled_anew.rows("select body from articles"))


# ── a site file that cannot be followed ──────────────────────────────────────────────────────────────────

WRONG: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text.replace("\nLIVE =", "\nALIVE ="), "lacks LIVE: say it as docs/sites.md explains"),
    (
        lambda text: text.replace("FOUNDED = 1893", 'FOUNDED = "1893"'),
        "FOUNDED must be of type int, and is '1893'",
    ),
    (
        lambda text: text.replace('("tern",)', '["tern"]'),
        "LEADING_WORDS must be a tuple, and is ['tern']",
    ),
    (
        lambda text: text.replace('PICTURE_DAY = ""', 'PICTURE_DAY = "(20[0-9]+"'),
        "PICTURE_DAY must be a pattern, and is none",
    ),
    (
        lambda text: text.replace("(?P<hour>", "("),
        "SHOWN_TIME is a pattern without the group 'hour'",
    ),
    (lambda text: text.replace('"/A{id}.html"', '"/B{id}.html"'), "STORY_ADDRESS gives /B123.html, which"),
    (lambda text: text.replace('("july", ', '("july", "july", '), "MONTHS must have twelve"),
    (lambda text: text + "\n1 / 0\n", "cannot be read: division by zero"),
    (lambda text: text.replace("(Kind.OPINION, ", '("opinion", '), "KINDS must be of type Kind"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said[:24] for _, said in WRONG])
def test_a_site_file_that_is_wrong_is_refused_by_name(
    change: Callable[[str], str], said: str, tmp_path: Path
) -> None:
    from crawlers import site
    from crawlers.facts import SiteFileError, facts_of

    hints = get_type_hints(site, include_extras=True)
    del hints["SITE_FILE"]
    text = SITE_FILE.read_text()
    assert facts_of(SITE_FILE, hints)["LIVE"] == "https://www.tern.example"
    changed = tmp_path / "wrong.py"
    changed.write_text(change(text))
    assert changed.read_text() != text
    with pytest.raises(SiteFileError, match=f"^the site file {re.escape(str(changed))}:? ") as refused:
        facts_of(changed, hints)
    assert "\n" not in str(refused.value)
    assert said in str(refused.value)


def test_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    said = dawn("status", cwd=tmp_path, file=tmp_path / "no.py")
    assert said.returncode == 2 and said.stdout == ""
    assert said.stderr.startswith(f"dawn: the site file {tmp_path}/no.py cannot be read: ")
    assert said.stderr.count("\n") == 1


def test_the_settings_file_may_name_the_site_file(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers/tern.py").write_text(SITE_FILE.read_text())
    (tmp_path / "dawn.toml").write_text('site-file = "papers/tern.py"\n')
    said = dawn("config", "--json", cwd=tmp_path, file=None)
    assert said.returncode == 0, said.stderr
    found = {each["name"]: (each["value"], each["source"]) for each in json.loads(said.stdout)["settings"]}
    assert found["site-file"] == ("papers/tern.py", "file")
    assert found["site"] == ("https://www.tern.example", "default")


def test_its_schedules_are_in_its_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import serve

    assert serve.scheduled(tmp_path) == serve.prefect_file()
    monkeypatch.setattr(serve, "TIME_ZONE", ZoneInfo("America/Halifax"))
    monkeypatch.chdir(tmp_path)
    made = serve.scheduled(Path())
    assert made.is_absolute()  # Prefect is told of it in another folder
    ours, theirs = serve.prefect_file().read_text(), made.read_text()
    zones = re.findall(r"timezone: (\S+)", theirs)
    assert set(zones) == {"America/Halifax"} and len(zones) == ours.count("timezone: ")
    assert theirs.replace("America/Halifax", "Asia/Karachi") == ours


# ── nothing else is Dawn's ───────────────────────────────────────────────────────────────────────────────

DAWNS = re.compile(
    r"dawn\.com|dawnnews|karachi|/news/|story__|template__|timestamp--|timeago|newskit|media--embed"
    r"|whatsapp-channel|data-original-src|published in",
    re.IGNORECASE,
)
"""Hosts, zone, addresses and markup of Dawn."""

SITE_FILES = {"crawlers/dawn.py"}
ALLOWED = {
    "crawlers/lookalike/": "is Dawn's look-alike",
    "flows/demo.py": "shows that look-alike, and says whose it is",
    "warehouse/migrations/": "landed; whoever applies them puts the site's zone in its place",
    "warehouse/zone.py": "the zone as those migrations spell it",
    "warehouse/checks/no_body_holds_the_page_around_it.sql": "finds Dawn's phrases, and nothing of others",
}
"""Where such a word may stand, and why."""


def _said_in(path: Path) -> Iterator[str]:
    """The strings of a module, but for docstrings; of any other file its text without SQL's comments."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield re.sub(r"--.*", "", text) if path.suffix == ".sql" else text
        return
    tree = ast.parse(text)
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            if isinstance(node.value, str):
                yield node.value
            elif isinstance(node.value, bytes):
                yield node.value.decode("latin-1")


def _naming_dawn() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for room in ("crawlers", "explore", "flows", "warehouse"):
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in (".py", ".sql", ".html", ".js", ".toml"):
                where = path.relative_to(ROOT).as_posix()
                found[where] = [said for said in _said_in(path) if DAWNS.search(said)]
    return {where: said for where, said in found.items() if said}


def test_no_module_but_the_site_file_names_what_is_dawns() -> None:
    found = _naming_dawn()
    assert found.keys() >= SITE_FILES  # the pattern finds something
    others = {
        where: said
        for where, said in found.items()
        if where not in SITE_FILES and not any(where.startswith(one) for one in ALLOWED)
    }
    assert others == {}


def test_whatever_may_name_it_does() -> None:
    found = _naming_dawn()
    assert [one for one in ALLOWED if not any(where.startswith(one) for where in found)] == []


NO_CLASSES = {"com", "tv", "example", "html"}  # behind a dot all the same


def test_the_two_sites_have_no_markup_in_common() -> None:
    classes = re.compile(r"\.([a-z][\w-]+)")
    both = []
    for path in (ROOT / "crawlers/dawn.py", SITE_FILE):
        selectors = [said for said in _said_in(path) if re.fullmatch(r"[\w\s.,#>:\[\]()=*'-]+", said)]
        both.append({name for said in selectors for name in classes.findall(said)} - NO_CLASSES)
    assert both[0] and both[1] and both[0].isdisjoint(both[1]), both[0] & both[1]
    served = page(STORIES[0])
    assert not DAWNS.search(served)

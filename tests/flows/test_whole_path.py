"""From the site to a SQL answer, with the command as people use it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import duckdb
import pytest

from crawlers.lookalike import Lookalike, faults
from tests.flows.conftest import Backfilled, Dawn, stories, tables


def asked(site: Lookalike) -> list[str]:
    return [request.path for request in site.requests if request.path.startswith("/news/")]


@pytest.fixture
def day(site: Lookalike) -> str:
    return str(site.days[0])


def test_a_day_becomes_a_table(backfilled: Backfilled) -> None:
    """Every story of the day equals what the look-alike printed, field by field and word by word."""
    site = backfilled.site
    assert backfilled.day in backfilled.said
    con = duckdb.connect(str(backfilled.data / "dawn.duckdb"), read_only=True)
    con.execute("set TimeZone = 'Asia/Karachi'")
    columns = (
        "title",
        "section",
        "kind",
        "authors",
        "published_at",
        "updated_at",
        "printed_on",
        "printed_in",
        "body",
    )
    rows = {
        row[0]: dict(zip(columns, row[1:], strict=True))
        for row in con.execute(f"select story_id, {', '.join(columns)} from articles").fetchall()
    }
    # A text's name comes from the extraction; the warehouse would give it the same.
    assert con.execute("from raw.bodies where body_id <> substr(sha256(body), 1, 32)::uuid").fetchall() == []
    assert con.execute("select count(*) from raw.bodies").fetchone() != (0,)
    con.close()
    gold = {story["story_id"]: story for story in site.gold()}
    listed = {story for section in site.edition(site.days[0]).values() for story in section}
    expected = listed & gold.keys() - {site.forbidden}
    assert expected <= rows.keys()
    assert len(expected) > 15
    for story in expected:
        got = rows[story] | {name: rows[story][name].isoformat() for name in ("published_at", "updated_at")}
        printed = got["printed_on"]
        got["printed_on"] = printed.isoformat() if printed else None
        assert got == {name: gold[story][name] for name in columns}, story
        teasers = [text for text in gold[story]["rail_texts"] if len(text.split()) > 4]
        assert teasers
        assert not [text for text in teasers if text in got["body"]]


def test_a_second_run_asks_for_nothing_and_changes_nothing(dawn: Dawn, backfilled: Backfilled) -> None:
    site, day = backfilled.site, backfilled.day
    before, requests = tables(backfilled.data), len(site.requests)
    again = dawn("backfill", day, "--site", backfilled.address, "--delay", "0")
    assert again.returncode == 0, again.stderr
    assert len(site.requests) == requests
    assert tables(backfilled.data) == before
    # Listed again on demand, it asks for listings alone, and the stories' rows stay as they are.
    told = len(asked(site))
    assert dawn("backfill", day, "--again", "--delay", "0").returncode == 0
    assert len(asked(site)) == told
    assert stories(backfilled.data)


@pytest.mark.slow
def test_an_edit_is_a_version_and_chrome_is_none(
    dawn: Dawn, site: Lookalike, address: str, tmp_path: Path
) -> None:
    first = dawn("run", "--site", address, "--delay", "0")
    assert first.returncode == 0, first.stderr
    told = len(asked(site))
    edited = site.edit_one()
    site.change_slug(next(story.id for story in site.newest if story.id != edited.id))
    second = dawn("run", "--delay", "0")
    assert second.returncode == 0, second.stderr
    assert len(asked(site)) == told + 1, "only the edited story may be asked for again"
    found = dawn("sql", "select story_id, version from versions where version > 1", "--format", "jsonl")
    assert [json.loads(line) for line in found.stdout.splitlines()] == [{"story_id": edited.id, "version": 2}]


def test_the_tables_can_be_made_again_from_archive_and_journal(dawn: Dawn, backfilled: Backfilled) -> None:
    site, data = backfilled.site, backfilled.data
    site.edit_one()
    assert dawn("run", "--delay", "0").returncode == 0
    requests = len(site.requests)
    before = tables(data)
    for path in (data / "dawn.duckdb", data / "warehouse.duckdb"):
        path.unlink()
    shutil.rmtree(data / "extracted")
    again = dawn("replay")
    assert again.returncode == 0, again.stderr
    assert tables(data) == before
    assert len(site.requests) == requests


@pytest.mark.slow
def test_named_stories_are_fetched_held_or_not(dawn: Dawn, site: Lookalike, address: str) -> None:
    wanted, other = site.newest[0].id, site.newest[1].id
    gone = next(iter(site.gone))
    for _ in range(2):
        done = dawn(
            "fetch",
            str(wanted),
            f"{address}/news/{other}/any-slug",
            str(gone),
            "--site",
            address,
            "--delay",
            "0",
        )
        assert done.returncode == 0, done.stderr
        assert str(wanted) in done.stdout
        assert "gone" in done.stdout
    assert len(asked(site)) == 6


@pytest.mark.slow
def test_a_named_story_that_the_site_does_not_give_is_no_success(
    dawn: Dawn, site: Lookalike, address: str
) -> None:
    story = site.newest[0].id
    options = ("--site", address, "--delay", "0")
    assert dawn("fetch", str(story), *options).returncode == 0
    site.faults[lambda path: path.startswith(f"/news/{story}")] = faults.status(500)
    done = dawn("fetch", str(story), *options)
    assert done.returncode == 1
    assert "still owed" in done.stderr.splitlines()[-1]
    site.faults.clear()
    told = len(asked(site))
    assert dawn("run", *options).returncode == 0
    assert [path for path in asked(site)[told:] if f"/news/{story}" in path], "its last attempt had failed"


@pytest.mark.slow
def test_robots_that_forbid_everything_are_obeyed_said_and_asked_again(
    dawn: Dawn, site: Lookalike, address: str, day: str
) -> None:
    rules = b"User-agent: *\nDisallow: /\n"
    site.faults["/robots.txt"] = lambda reply: faults.Reply(200, (("Content-Type", "text/plain"),), rules)
    done = dawn("backfill", day, "--site", address, "--delay", "0")
    assert done.returncode == 0, done.stderr
    assert "robots.txt forbids the listing" in done.stdout
    assert {request.path for request in site.requests} == {"/robots.txt"}
    told = dawn("sql", "select distinct state, reason from editions", "--format", "csv")
    assert told.stdout.splitlines()[1:] == ["absent,robots.txt forbids the listing"]
    site.faults.clear()
    assert dawn("backfill", day, "--delay", "0").returncode == 0
    assert "complete" in dawn("sql", "select distinct state from editions", "--format", "csv").stdout


@pytest.mark.slow
def test_a_proxy_of_the_environment_is_none_of_loopbacks(dawn: Dawn, site: Lookalike, address: str) -> None:
    proxy = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    story = site.newest[0].id
    done = dawn("fetch", str(story), "--site", address, "--delay", "0", settings=proxy)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_gap_is_kept_from_one_crawl_to_the_next(dawn: Dawn, site: Lookalike, address: str) -> None:
    """Each crawl begins with robots.txt, which here forbids the rest: three in a row, over two commands."""
    rules = b"User-agent: *\nDisallow: /\n"
    site.faults["/robots.txt"] = lambda reply: faults.Reply(200, (("Content-Type", "text/plain"),), rules)
    first, day, third = site.days[0] - timedelta(1), site.days[0], site.days[0] - timedelta(2)
    delay = 4.0  # longer than a crawl takes to start
    options = ("--site", address, "--delay", str(delay))
    assert dawn("backfill", f"{first}..{day}", *options).returncode == 0
    assert dawn("backfill", str(third), *options).returncode == 0
    times = [request.at for request in site.requests]
    assert len(times) == 3
    assert min(b - a for a, b in pairwise(times)) >= delay


@pytest.mark.slow
def test_changed_rules_are_shown_and_then_loaded_without_a_request(
    dawn: Dawn, backfilled: Backfilled, tmp_path: Path
) -> None:
    """A copy of the program in which one pattern more is chrome: and back to the first one again."""
    site = backfilled.site
    requests, root = len(site.requests), Path(__file__).parents[2]
    for room in ("crawlers", "warehouse", "flows"):
        shutil.copytree(root / room, tmp_path / "changed" / room)
    facts = tmp_path / "changed/crawlers/site.py"
    facts.write_text(
        facts.read_text("utf-8") + '\nCHROME_LINES = (*CHROME_LINES, r"The writer is .*")\n', "utf-8"
    )
    changed = {"PYTHONPATH": str(tmp_path / "changed")}
    opinions = "select count(*) as n from articles where body like '%The writer is %'"
    before = json.loads(dawn("sql", opinions, "--format", "jsonl").stdout)["n"]
    assert before > 0

    shown = dawn("replay", "--dry-run", settings=changed)
    assert shown.returncode == 0, shown.stderr
    assert re.search(rf"^body +{before} ", shown.stdout, flags=re.MULTILINE)
    assert "nothing was changed" in shown.stdout
    assert json.loads(dawn("sql", opinions, "--format", "jsonl").stdout)["n"] == before

    assert dawn("replay", settings=changed).returncode == 0
    assert json.loads(dawn("sql", opinions, "--format", "jsonl").stdout)["n"] == 0
    assert (
        json.loads(dawn("sql", "select max(version) as n from versions", "--format", "jsonl").stdout)["n"]
        == 1
    )

    back = dawn("replay")
    assert "loaded and published" in back.stdout
    assert json.loads(dawn("sql", opinions, "--format", "jsonl").stdout)["n"] == before
    assert "nothing changes" in dawn("replay", "--dry-run").stdout
    assert len(site.requests) == requests


@pytest.mark.usefixtures("backfilled")
def test_an_answer_is_the_same_on_stdout_and_in_a_file(dawn: Dawn, tmp_path: Path) -> None:
    query = "select story_id, published_at, authors, printed_on, links from articles order by 1"
    for form in ("csv", "jsonl", "table"):
        (tmp_path / f"answer.{form}").write_text("an older answer")
        assert dawn("sql", query, "--format", form, "-o", f"answer.{form}").returncode == 0
        assert (tmp_path / f"answer.{form}").read_text("utf-8") == dawn("sql", query, "--format", form).stdout
    first = json.loads(dawn("sql", query, "--format", "jsonl").stdout.splitlines()[0])
    assert datetime.fromisoformat(first["published_at"]).utcoffset() == timedelta(hours=5)
    assert dawn("sql", "describe articles", "--format", "csv", "-o", "columns.csv").returncode == 0
    odd = "select 1.5 as d, true as b, 'nan'::double as n, ['nan'::double] as l, '\\xAA'::blob as x -- end"
    assert json.loads(dawn("sql", odd, "--format", "jsonl").stdout) == {
        "d": 1.5,
        "b": True,
        "n": None,
        "l": [None],
        "x": "aa",
    }
    assert dawn("sql", odd, "--format", "csv").stdout.splitlines()[1] == "1.5,true,,[null],aa"
    assert dawn("sql", odd, "-o", "odd.parquet").returncode == 0


@pytest.mark.slow
def test_what_a_listing_owes_and_the_site_does_not_give_is_owed(
    dawn: Dawn, site: Lookalike, address: str, day: str
) -> None:
    victim = site.edition(site.days[0])["national"][0]
    site.faults[lambda path: path.startswith(f"/news/{victim}")] = faults.status(500)
    done = dawn("backfill", day, "--site", address, "--delay", "0")
    assert done.returncode == 1
    assert "are not complete" in done.stderr.splitlines()[-1]
    assert "1 of " in done.stderr.splitlines()[-1]
    site.faults.clear()
    told = len(asked(site))
    done = dawn("backfill", day, "--delay", "0")
    assert done.returncode == 0, done.stderr
    assert len(asked(site)) == told + 1, "only the one that was owed"


@pytest.mark.slow
def test_a_site_that_is_down_is_said_in_one_line_and_nothing_is_lost(
    dawn: Dawn, site: Lookalike, address: str, day: str
) -> None:
    site.faults["*"] = faults.down
    done = dawn("backfill", day, "--site", address, "--delay", "0")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "robots.txt" in last
    assert "exit code 3" in last
    assert "Traceback" not in done.stderr
    site.faults.clear()
    assert dawn("backfill", day, "--delay", "0").returncode == 0


@pytest.mark.slow
def test_a_reader_held_through_a_whole_run_blocks_nothing(
    dawn: Dawn, site: Lookalike, address: str, day: str, tmp_path: Path
) -> None:
    assert dawn("backfill", day, "--site", address, "--delay", "0").returncode == 0
    con = duckdb.connect(str(tmp_path / "data/dawn.duckdb"), read_only=True)
    before = con.execute("select count(*), max(version) from articles").fetchall()
    site.edit_one()
    assert dawn("run", "--delay", "0").returncode == 0
    assert con.execute("select count(*), max(version) from articles").fetchall() == before
    con.close()
    assert stories(tmp_path / "data")


def test_extract_needs_neither_folder_nor_network(dawn: Dawn, site: Lookalike, tmp_path: Path) -> None:
    story = next(iter(site.gold()))
    page = site.page(story["story_id"], "https://www.dawn.com")
    (tmp_path / "page.html").write_text(page, "utf-8")
    (tmp_path / "no.html").write_text("<html><body>Nothing here</body></html>", "utf-8")
    done = dawn("extract", "page.html", "no.html", "-", "--jobs", "1", piped=page)
    assert done.returncode == 0, done.stderr
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert first == third
    assert first["body"] == story["body"]
    assert first["published_at"] == story["published_at"]
    assert (second["reason"], second["story_id"]) == ("not_an_article", None)
    assert list(tmp_path.glob("data")) == []
    os.mkfifo(tmp_path / "pipe")
    feeding = Thread(target=(tmp_path / "pipe").write_text, args=(page, "utf-8"))
    feeding.start()
    assert json.loads(dawn("extract", "pipe").stdout) == first
    feeding.join()


def test_extract_reads_an_archive_as_the_pipeline_does(dawn: Dawn, backfilled: Backfilled) -> None:
    files = [str(path) for path in (backfilled.data / "archive").iterdir()]
    one = dawn("extract", *files, "--jobs", "1")
    two = dawn("extract", *files, "--site", backfilled.address, "--jobs", "2")
    assert one.stdout == two.stdout
    lines = [json.loads(line) for line in one.stdout.splitlines()]
    found = dawn("sql", "select story_id, body from articles", "--format", "jsonl")
    rows = {row["story_id"]: row["body"] for row in map(json.loads, found.stdout.splitlines())}
    assert {line["story_id"]: line["body"] for line in lines if "body" in line} == rows


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_it_leaves_a_whole_archive(
    site: Lookalike, address: str, day: str, dawn: Dawn, tmp_path: Path, sign: signal.Signals
) -> None:
    """The site stalls on a story; the command is stopped there and run again after the site healed."""
    healed, reached = Event(), Event()
    stall = faults.stall(healed)

    def stalled(reply: faults.Reply) -> faults.Reply:
        reached.set()
        return stall(reply)

    victim = site.edition(site.days[0])["national"][0]
    site.faults[lambda path: path.startswith(f"/news/{victim}")] = stalled
    # Whoever runs the tests in the background has SIGINT ignored, and what it starts inherits that.
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    words = ["backfill", day, "--site", address, "--delay", "0"]
    child = subprocess.Popen(
        [sys.executable, "-c", f"{heeding}\nfrom flows.cli import main; main()", *words],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("DAWN_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reached.wait(60)
    child.send_signal(sign)
    _, said = child.communicate(timeout=60)
    healed.set()
    site.faults.clear()
    assert child.returncode == 130
    assert "run the same command again" in said.splitlines()[-1]
    done = dawn("backfill", day, "--delay", "0")
    assert done.returncode == 0, done.stderr
    outcomes = dawn(
        "sql", "select outcome, count(*) from runs group by 1 order by 1", "--format", "csv"
    ).stdout
    assert "stopped" in outcomes

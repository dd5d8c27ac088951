"""`dawn why`, `dawn coverage` and `dawn backfill --missing` on a crawled archive."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.lookalike import Lookalike, faults
from crawlers.site import EDITION
from flows.why import as_text
from tests.flows.conftest import Dawn
from warehouse.telling import ending
from warehouse.way import Step, Way


def ids(paths: list[str]) -> list[int]:
    """The stories among paths, in order."""
    found = (re.match(r"/news/(\d+)", path) for path in paths)
    return sorted(int(each[1]) for each in found if each)


@pytest.mark.slow
def test_what_is_missing_is_asked_for_and_told(
    dawn: Dawn, site: Lookalike, address: str, tmp_path: Path
) -> None:
    day, before = site.days[0], site.days[0] - timedelta(1)
    edition = site.edition(day)
    listings = {f"/newspaper/sport/{day}": "sport", f"/latest-news/{day}": "latest-news"}
    unread = {story for name in listings.values() for story in edition[name]}
    elsewhere = {story for name in edition.keys() - set(listings.values()) for story in edition[name]}
    failing = sorted(elsewhere - site.gone.keys() - {site.forbidden})[:2]
    for path in listings:
        site.faults[path] = faults.status(500)
    for story in failing:
        site.faults[lambda path, story=story: path.startswith(f"/news/{story}")] = faults.status(500)
    options = ("--site", address, "--delay", "0")
    first = dawn("backfill", str(day), *options)
    assert first.returncode == 1, first.stderr
    # Rails of the other lists name some of them, which are looked at for their print line.
    unheld = unread - set(ids([request.path for request in site.requests])) - {site.forbidden}
    assert unheld

    # What is owed is told …
    said = dawn("why", str(failing[0])).stdout.splitlines()
    assert "failed, status: answered 500" in "\n".join(said)
    assert said[-1].startswith("owed: status: answered 500")
    shown = dawn("coverage", "--svg", "c.svg")
    assert shown.returncode == 0, shown.stderr
    assert f"? {day}  print sport: status: answered 500" in shown.stdout
    assert f"{day}: partial" in (tmp_path / "c.svg").read_text()

    # … and asked for: it, the listings that failed and what they name, a day never listed, and nothing else.
    site.faults.clear()
    told = len(site.requests)
    done = dawn("backfill", "--missing", f"{before}..{day}", *options)
    assert done.returncode == 0, done.stderr
    asked = [request.path for request in site.requests[told:]]
    everything = sorted(one.path.format(day=before) for one in EDITION)
    named = [path for path in asked if path != "/robots.txt" and not path.startswith("/news/")]
    assert sorted(named) == sorted([*everything, *listings])
    assert ids(asked) == sorted(unheld | set(failing))
    told = len(site.requests)
    for days in ([], [f"{before}..{day}"], [str(day)]):
        again = dawn("backfill", "--missing", *days, *options)
        assert again.returncode == 0, again.stderr
        assert again.stdout == "nothing is missing: no request was made\n"
    assert len(site.requests) == told
    assert "nothing is missing" in dawn("coverage").stdout

    # The way names the place of the bytes, and the command line prints them.
    steps = [
        json.loads(line)
        for line in dawn("why", f"{address}/news/{failing[0]}/any", "--format", "jsonl").stdout.splitlines()
    ]
    assert steps[-1]["what"] == "ending" and steps[-1]["status"] == "stored"
    page = [step for step in steps if step["what"] == "capture" and step["status"] == 200][-1]
    record = subprocess.run(
        ["bash", "-c", page["command"]], cwd=tmp_path, capture_output=True, check=True
    ).stdout
    payload = record.split(b"\r\n\r\n", 2)[2].removesuffix(b"\r\n\r\n")
    assert "sha256:" + hashlib.sha256(payload).hexdigest() == page["digest"]
    assert len(payload) == page["bytes"]
    text = dawn("why", str(failing[0])).stdout.splitlines()
    assert text[-1].startswith("stored: version 1, ")
    assert any(page["command"] in line for line in text)

    # A journal that no load has taken in is told of, too.
    (tmp_path / "data/journal/20991231T000000Z-stories-abcd.jsonl").write_text(
        json.dumps(
            {
                "event": "attempt",
                "at": "2026-12-31T00:00:00+00:00",
                "story_id": 7,
                "url": f"{address}/news/7",
                "error": "timeout",
            }
        )
        + "\n"
    )
    unloaded = dawn("why", "7").stdout.splitlines()
    assert unloaded[1].endswith("(not published yet)")
    assert unloaded[-1].startswith("not known yet")
    never = dawn("why", str(min(site.stories) - 1))
    assert never.returncode == 0
    assert "near it" in never.stdout
    assert never.stdout.splitlines()[-1] == "never seen: no listing named it, and nobody asked for it"


def known(article: dict[str, object] | None = None, steps: tuple[Step, ...] = (), **ledger: object) -> Way:
    row = {"status": "stored", "reason": None, "unchanged": False, "failed_since": 0} | ledger
    return Way(1, steps, row if ledger else None, article)


def test_each_try_and_each_patience_is_told() -> None:
    at = datetime(2026, 3, 9, 6, tzinfo=UTC)
    steps = (
        Step("retry", at, {"run": "r", "error": "status", "detail": "answered 503", "attempts": 1}),
        Step("wait", at, {"run": "r", "seconds": 2.5, "cause": "503, Retry-After", "until": at}),
        Step("wait", at, {"run": "r", "seconds": None, "cause": "429, Retry-After", "until": at}),
    )
    told = "\n".join(as_text(known(steps=steps, status="owed"), {}, "http://site"))
    assert "try 1 failed, status: answered 503; tried again, run r" in told
    assert "2.5 s of patience, 503, Retry-After, run r" in told
    assert "not to be asked before 2026-03-09 06:00:00 UTC, 429, Retry-After, run r" in told


def test_each_ending_is_one_line() -> None:
    held = {"version": 2, "title": "A title", "word_count": 7}
    listed = Step("discovery", None, {"run": "r"})
    late = Step("attempt", None, {"run": "r", "published": False})
    said = {
        ending(known(held, status="stored")): "stored: version 2, 7 words, A title",
        ending(
            known(held, status="stored", unchanged=True)
        ): "stored: version 2, 7 words, unchanged when it was had again, A title",
        ending(
            known(held, status="stored", failed_since=2)
        ): "stored: version 2, 7 words, A title; asked for 2 times in vain since",
        ending(
            known(held, status="owed", reason="never asked for")
        ): "owed: version 2, 7 words, A title (never asked for)",
        ending(known(status="rejected", reason="pointer: why")): "rejected because pointer: why",
        ending(known(status="gone", reason="gone: status 404")): "gone: status 404",
        ending(known(status="refused", reason="robots")): "refused: robots",
        ending(
            known(status="owed", reason="timeout: 60 s", failed_since=1)
        ): "owed: timeout: 60 s; asked for 1 time in vain since",
        ending(known(steps=(listed,))): "owed by nobody: it only stood in rails, and was never asked for",
        ending(known(steps=(late,))): "not known yet: r is not loaded; the next run takes it in",
        ending(known()): "never seen: no listing named it, and nobody asked for it",
    }
    assert list(said) == list(said.values())

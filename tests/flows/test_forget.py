"""`dawn forget`: afterwards no byte of the data folder holds the story, and it does not come back."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.lookalike import Lookalike
from crawlers.payload import decoded
from crawlers.reading import read
from tests.flows.conftest import Dawn, tables

pytestmark = pytest.mark.slow

OPTIONS = ("--delay", "0")


def contents(data: Path) -> Iterator[tuple[str, bytes]]:
    """Each file's name and bytes: as they lie there, unpacked, and of WARC files each payload decoded."""
    for path in sorted(path for path in data.rglob("*") if path.is_file()):
        name, content = str(path.relative_to(data)), path.read_bytes()
        yield name, name.encode() + content
        if name.endswith(".gz"):
            try:
                yield name, gzip.decompress(content)
            except EOFError:
                yield name, zlib.decompressobj(31).decompress(content)
        if name.endswith(".warc.gz"):
            for capture in read(path):
                page = decoded(capture)
                yield f"{name} {capture.url}", page if isinstance(page, bytes) else capture.content


def found(data: Path, sayings: list[str]) -> set[str]:
    """The files and captures in which one of these sayings stands, however its letters are written."""
    wanted = [
        form
        for said in sayings
        for form in {
            said.encode(),
            json.dumps(said)[1:-1].encode(),
            said.replace("&", "&amp;").replace("’", "&rsquo;").encode(),
            said.replace("’", "&#8217;").encode(),
        }
    ]
    return {name for name, content in contents(data) if any(form in content for form in wanted)}


def sayings_of(site: Lookalike, story: int) -> list[str]:
    """Its headline, its slug and its sentences, but for those that other stories say as well."""
    gold = {one["story_id"]: one for one in site.gold()}
    own = gold.pop(story)
    others = "\n".join(one["title"] + "\n" + one["body"] for one in gold.values())
    known = next(one for one in site.newest if one.id == story)
    slug = known.path.rsplit("/", 1)[-1]
    sentences = [said.strip() for said in re.split(r"(?<=[.!?”])\s+|\n+", own["body"])]
    sayings = [own["title"], slug, known.excerpt, *(said for said in sentences if len(said.split()) > 4)]
    return [said for said in sayings if said and said not in others]


@pytest.fixture
def held(dawn: Dawn, site: Lookalike, address: str) -> int:
    """A story that is held, with its page, in feeds, listings and rails of other pages."""
    day = str(site.days[0])
    assert dawn("backfill", day, "--site", address, *OPTIONS).returncode == 0
    assert dawn("run", *OPTIONS).returncode == 0
    gold = {one["story_id"]: one for one in site.gold()}
    teased = "\n".join(text for one in gold.values() for text in one["rail_texts"])
    listed = {story for section in site.edition(site.days[0]).values() for story in section}
    return next(
        one.id
        for one in site.newest
        if one.id in gold
        and one.id in listed
        and one.excerpt
        and one.excerpt in teased
        and len(gold[one.id]["body"]) > 500
    )


def test_no_byte_holds_it_and_it_does_not_come_back(
    dawn: Dawn, site: Lookalike, address: str, held: int, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    sayings = sayings_of(site, held)
    assert len(sayings) > 5
    assert len(found(data, sayings)) > 10
    before = dict(contents(data))
    tried = dawn("forget", str(held), "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert f"{held} was held, would be forgotten" in tried.stdout
    assert dict(contents(data)) == before
    rest = [row for row in tables(data)["main.articles"] if row[0] != held]

    done = dawn("forget", f"{address}/news/{held}/any-slug", "--reason", "asked for by its author")
    assert done.returncode == 0, done.stderr
    assert f"{held} was held, is forgotten" in done.stdout
    assert tried.stdout.splitlines()[1].replace("would go", "went") == done.stdout.splitlines()[1]
    assert found(data, sayings) == set()
    told = dawn("sql", "select story_id, reason from forgotten", "--format", "csv")
    assert told.stdout.splitlines()[1:] == [f"{held},asked for by its author"]
    told = dawn("sql", f"select status, reason from core.ledger where story_id = {held}", "--format", "csv")
    assert told.stdout.splitlines()[1:] == ["rejected,forgotten"]
    assert [row[:12] for row in tables(data)["main.articles"]] == [row[:12] for row in rest]
    assert dawn("check").returncode == 0

    asked = len(site.requests)
    refused = dawn("fetch", str(held), *OPTIONS)
    assert refused.returncode == 1
    assert "was forgotten" in refused.stderr
    assert dawn("run", *OPTIONS).returncode == 0
    assert dawn("backfill", str(site.days[0]), "--again", *OPTIONS).returncode == 0
    assert [one for one in site.requests[asked:] if f"/news/{held}" in one.path] == []
    assert len(site.requests) > asked, "its feeds and listings were read again"
    assert found(data, sayings) == set()
    assert dawn("replay").returncode == 0
    assert found(data, sayings) == set()


@pytest.mark.slow
def test_in_a_pack_too_and_a_story_that_was_never_held(
    dawn: Dawn, site: Lookalike, held: int, tmp_path: Path
) -> None:
    data, never = tmp_path / "data", 999_999_001
    assert dawn("compact").returncode == 0
    done = dawn("forget", str(held), str(never))
    assert done.returncode == 0, done.stderr
    assert f"{held} was held, is forgotten" in done.stdout
    assert f"{never} was not held, is forgotten" in done.stdout
    assert found(data, sayings_of(site, held)) == set()
    assert sorted(path.suffix for path in (data / "archive").iterdir()) == [".gz", ".json"]
    again = dawn("forget")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("0 records went from 0 files")
    told = dawn("sql", "select story_id from forgotten order by 1", "--format", "csv")
    assert told.stdout.splitlines()[1:] == sorted([str(held), str(never)], key=int)


KILL = "import os, signal\ndef killed(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
KILLS = {
    "once it is remembered": "import flows.forgetting as f; f.take_out = killed",
    "with an extract gone and its archive as it was": (
        "import crawlers.forgetting as c; real = c.without\n"
        "c.without = lambda lying, target, wanted: real(lying, None, wanted) if target is None else killed()"
    ),
    "before the journal": "import flows.forgetting as f; f._journal_without = killed",
    "with the writer's database gone": "import flows.passes as p; p.made_anew = killed",
    "before it is published": "import flows.stages as s; s.publish_file = killed",
}


@pytest.mark.slow
@pytest.mark.parametrize("where", KILLS)
def test_killed_midway_it_is_ended_by_running_it_again(
    dawn: Dawn, site: Lookalike, held: int, tmp_path: Path, where: str
) -> None:
    words = [
        sys.executable,
        "-c",
        f"{KILL}{KILLS[where]}\nfrom flows.cli import main; main()",
        "forget",
        str(held),
    ]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DAWN_")}
    done = subprocess.run(words, cwd=tmp_path, env=environment, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    between = dawn(
        "run", *OPTIONS
    )  # what is at work meanwhile shows nothing of it, and says that it is there
    assert between.returncode == 0 or "no forgotten story is still held" in between.stderr, between.stderr
    if where != "before it is published":
        told = dawn("sql", f"select count(*) from articles where story_id = {held}", "--format", "csv")
        assert told.stdout.splitlines()[1:] == ["0"]
    again = dawn("forget")
    assert again.returncode == 0, again.stderr
    assert found(tmp_path / "data", sayings_of(site, held)) == set()
    assert dawn("check").returncode == 0

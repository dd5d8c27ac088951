"""Readers are never locked out, and never see half of anything."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.warehouse.paper import Paper, article, discovery, everything, settled_listings
from warehouse.database import reader
from warehouse.publish import publish

PUBLICATIONS, KILLS, READERS, A_RUN = 200, 20, 8, 3

WRITER = """
import sys
from pathlib import Path
from warehouse.database import writer
from warehouse.load import load
from warehouse.publish import publish

root = Path(sys.argv[1])
journals, extracts = sorted(root.glob("*.jsonl")), sorted(root.glob("*.jsonl.gz"))
with writer(root / "warehouse.duckdb") as con:
    (taken,) = con.execute("select count(*) from raw.files where name like '%.gz'").fetchone()
publish(root / "warehouse.duckdb", root / "dawn.duckdb")
for n in range(taken + 1, len(journals) + 1):
    load(root / "warehouse.duckdb", journals[:n], extracts[:n], "r1")
    publish(root / "warehouse.duckdb", root / "dawn.duckdb")
    print(n, flush=True)
"""

READER = """
import json, os, sys
from pathlib import Path
from warehouse.database import reader

os.nice(10)  # else eight of them leave a writer on two cores a fifth of one
root, asked, seen, last = Path(sys.argv[1]), 0, set(), 0
while not (root / "over").exists():
    with reader(root / "dawn.duckdb") as con:
        for _ in range(3):
            (snapshot, stories, versions, runs), = con.execute(
                "select (select snapshot_id from snapshot), (select count(*) from articles),"
                " (select count(*) from versions), (select count(*) from runs)"
            ).fetchall()
            # Each run brings three stories, and from the second on a new text of one that was held.
            assert stories == 3 * runs and versions == stories + max(0, runs - 1), (stories, versions, runs)
            assert runs >= last, (runs, last)
            last, asked = runs, asked + 1
            seen.add(snapshot)
print(json.dumps({"asked": asked, "snapshots": len(seen), "last": last}))
"""


@contextmanager
def _process(program: str, paper: Paper) -> Iterator[subprocess.Popen[str]]:
    """A Python that runs this program; it does not outlive the test."""
    words = [sys.executable, "-c", program, str(paper.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_one_process_reads_two_publications_at_once(paper: Paper) -> None:
    """Each reader keeps the file that it opened; who comes after a publication reads the new one."""
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1, "The story."))
    paper.load()
    public = paper.root / "dawn.duckdb"
    publish(paper.root / "warehouse.duckdb", public)
    question = "select snapshot_id, count(*) from snapshot, articles group by all"
    with reader(public) as early, reader(public) as beside:
        before = early.execute(question).fetchone()
        assert beside.execute(question).fetchone() == before
        paper.run(discovery(2))
        paper.page(2, article(2, "Another story."))
        paper.load()
        publish(paper.root / "warehouse.duckdb", public)
        with reader(public) as late:
            after = late.execute(question).fetchone()
        assert early.execute(question).fetchone() == before
    assert before is not None and after is not None
    assert before[0] != after[0] and (before[1], after[1]) == (1, 2)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_eight_readers_beside_a_writer_that_is_killed(paper: Paper) -> None:
    """Two hundred publications, twenty kills at any moment, and no reader sees an error or a half."""
    for n in range(1, PUBLICATIONS + 1):
        first = A_RUN * n
        stories = range(first, first + A_RUN)
        paper.run(*(settled_listings() if n == 1 else ()), *(discovery(story) for story in stories))
        for story in stories:
            paper.page(story, article(story, f"The story {story}."))
        if n > 1:
            paper.page(first - 1, article(first - 1, f"The story {first - 1}, mended."))
    paper.files()
    chance = random.Random(20)
    kills = sorted(chance.sample(range(1, PUBLICATIONS), KILLS))
    killed = published = 0
    with ExitStack() as ending:
        readers: list[subprocess.Popen[str]] = []
        while published < PUBLICATIONS:
            writer = ending.enter_context(_process(WRITER, paper))
            assert writer.stdout is not None
            for line in writer.stdout:
                published = int(line)
                if not readers:
                    readers = [ending.enter_context(_process(READER, paper)) for _ in range(READERS)]
                if kills and published >= kills[0]:
                    kills.pop(0)
                    with suppress(subprocess.TimeoutExpired):
                        writer.wait(chance.random() * 0.3)  # anywhere in a load or a publication
                    writer.send_signal(signal.SIGKILL)
                    killed += 1
                    break
            said = writer.communicate(timeout=60)[1]
            assert writer.returncode in (0, -signal.SIGKILL), said
        assert killed == KILLS
        (paper.root / "over").touch()
        for each in readers:
            out, said = each.communicate(timeout=60)
            assert each.returncode == 0, said
            told = json.loads(out)
            assert told["asked"] > 0 and told["snapshots"] > 1
    paper.load("at_once.duckdb")
    assert everything(paper) == everything(paper, "at_once.duckdb")
    assert not Path(f"{paper.root}/dawn.duckdb.new").exists()

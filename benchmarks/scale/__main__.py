"""The same work embedded and on many machines: `python -m benchmarks.scale [--pages 20000] [--rounds 2]`.

Made are pages of the look-alike, as heavy as real ones, in an archive. They are extracted by processes of
this machine and by a Dask scheduler's workers, in turn, by one and by two; loaded into the embedded file and,
from archive and extracts on object storage, into a lake with its catalog in PostgreSQL: all of it really runs
here, each a process on loopback. Then all of it again, with a Dask worker, the loader and PostgreSQL killed
on the way. Whatever is not equal, row for row, is said, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.extract.report import table
from benchmarks.record import spread
from benchmarks.scale import killed, steps
from benchmarks.scale.equal import beside
from benchmarks.scale.made import RUN, made
from benchmarks.services import Dask, ObjectStorage, PostgreSQL, dask, object_storage, postgresql
from warehouse.database import reader
from warehouse.lake.address import lake
from warehouse.lake.comparing import compared

QUESTIONS = {
    "how many stories": "select count(*) from articles",
    "titles of a day": "select title from articles where published_on = date '2026-01-15'",
    "texts of a day": "select body from articles where published_on = date '2026-01-15'",
    "one text": "select body from articles where story_id = (select max(story_id) from articles)",
    "stories by section": "select section, count(*) from articles group by all",
    "every title with a word": "select count(*) from articles where title ilike '%plea%'",
}
ASKED = 3  # times, and once before


class World:
    """The servers, the folders, and what commands are told of them."""

    def __init__(self, root: Path, pages: int, rounds: int) -> None:
        self.root, self.pages, self.rounds = root, pages, rounds
        self.unequal: list[str] = []

    def run(self) -> str:
        """All of it, as Markdown."""
        began = time.perf_counter()
        size = made(self.root / "embedded", self.pages)
        for name in ("scaled", "killed"):
            shutil.copytree(self.root / "embedded", self.root / name)
        with ExitStack() as stack:
            database: PostgreSQL = stack.enter_context(postgresql(durable=True))
            storage: ObjectStorage = stack.enter_context(object_storage())
            told = self._told(storage, database, "scaled")
            cluster: Dask = stack.enter_context(dask(told, self.root))
            cluster.add_worker()
            told["DAWN_DASK"] = cluster.address
            sent = self._step("send", "scaled", told)
            rates, firsts = self._extracted(cluster, told)
            embedded = self._step("the_rest", "embedded", os.environ)
            scaled = self._step("the_rest", "scaled", told)
            asked = self._asked(told)
            weight = self._weight(storage)
            kills = self._killed(storage, database, cluster)
            self._compare(told, "scaled")
        minutes = (time.perf_counter() - began) / 60
        packed = size / self.pages / 1000
        return "\n".join(
            [
                f"{self.pages:,} pages in {self.pages // RUN} WARC files, {packed:.1f} KB packed each;"
                f" {self.rounds} rounds; {minutes:.0f} minutes in all.\n",
                "**Extraction**, in turn.\n",
                self._extraction(rates, firsts),
                "\n**The whole**, in seconds; extraction by two.\n",
                self._whole(rates, sent, embedded, scaled),
                "\n**Asked**, milliseconds, the second time and later.\n",
                asked,
                "\n**What a story takes.**\n",
                weight,
                "\n**Killed on the way.**\n",
                kills,
                "\n**Equal, row for row.**\n",
                self._equal(),
            ]
        )

    def _told(self, storage: ObjectStorage, database: PostgreSQL, name: str) -> dict[str, str]:
        """What the commands are told of a store and a lake of that name."""
        os.environ |= storage.environment  # for the questions that are asked from here
        store = f"{storage.bucket(name)}/dawn"
        return {
            **os.environ,
            **storage.environment,
            "DAWN_STORE": store,
            "DAWN_LAKE": database.database(name),
            "DAWN_LAKE_FILES": f"{store}/lake",
        }

    def _step(self, step: str, name: str, told: Mapping[str, str], jobs: int = 1) -> steps.Seconds:
        """What a step took, in a process of its own."""
        print(f"{name}: {step} {jobs}", file=sys.stderr, flush=True)
        words = ["--step", step, str(self.root / name), "--jobs", str(jobs)]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.scale", *words],
            env={**told},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found: steps.Seconds = json.loads(done.stdout.strip().splitlines()[-1])
        print(f"  {found}", file=sys.stderr, flush=True)
        return found

    def _extracted(
        self, cluster: Dask, told: Mapping[str, str]
    ) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
        """Pages a second of each way, and seconds until its first file, by rounds."""
        rates: dict[str, list[float]] = defaultdict(list)
        firsts: dict[str, list[float]] = defaultdict(list)
        for turn in range(self.rounds):
            for jobs in (1, 2) if turn % 2 == 0 else (2, 1):
                while len(cluster.workers) < jobs:
                    cluster.add_worker()
                if len(cluster.workers) > jobs:
                    worker = cluster.workers.pop()
                    worker.terminate()
                    worker.wait()
                for step, name, where in (
                    ("by_processes", "embedded", os.environ),
                    ("by_dask", "scaled", told),
                )[:: 1 if turn % 2 == 0 else -1]:
                    self._step("forget", name, where)
                    took = self._step(step, name, where, jobs)
                    rates[f"{step} {jobs}"].append(self.pages / took["extract"])
                    firsts[f"{step} {jobs}"].append(took["first"])
        while len(cluster.workers) < 2:
            cluster.add_worker()
        return rates, firsts

    def _extraction(self, rates: Mapping[str, list[float]], firsts: Mapping[str, list[float]]) -> str:
        rows = []
        for way, said in (("by_processes", "processes here"), ("by_dask", "Dask's workers")):
            for jobs in (1, 2):
                found = rates[f"{way} {jobs}"]
                of_one = [a / b for a, b in zip(found, rates["by_processes 1"], strict=True)]
                gain = [a / b for a, b in zip(found, rates[f"{way} 1"], strict=True)]
                rows.append(
                    [
                        f"{jobs} of {said}" if jobs > 1 else f"1 of {said}",
                        spread(found, "{:.0f}"),
                        spread(of_one),
                        spread(gain),
                        spread(firsts[f"{way} {jobs}"], "{:.1f}"),
                    ]
                )
        return table(["by", "pages/s", "× 1 process here", "× 1 of its kind", "first file after s"], rows)

    def _whole(
        self,
        rates: Mapping[str, list[float]],
        sent: steps.Seconds,
        embedded: steps.Seconds,
        scaled: steps.Seconds,
    ) -> str:
        of_two = {way: self.pages / max(rates[f"{way} 2"]) for way in ("by_processes", "by_dask")}
        here = {"extract": of_two["by_processes"], **embedded}
        there = {"archive to the store": sent["send"], "extract": of_two["by_dask"], **scaled}
        names = {"share": "lake"}
        here["share"] = 0.0
        rows = []
        for stage, theirs in there.items():
            ours = here.get(stage, 0.0)
            rows.append([names.get(stage, stage), f"{ours:.1f}" if ours else "–", f"{theirs:.1f}"])
        total = sum(here.values()), sum(there.values())
        rows.append(["**all**", f"**{total[0]:.1f}**", f"**{total[1]:.1f}**"])
        rows.append(["times the embedded", "1.00", f"{total[1] / total[0]:.2f}"])
        return table(["stage", "embedded", "scaled out"], rows)

    def _asked(self, told: Mapping[str, str]) -> str:
        times: dict[str, list[list[float]]] = {}
        for where in (self.root / "scaled/dawn.duckdb", lake(told["DAWN_LAKE"])):
            with reader(where) as con:
                for name, sql in QUESTIONS.items():
                    con.execute(sql).fetchall()
                    took = []
                    for _ in range(ASKED):
                        began = time.perf_counter()
                        con.execute(sql).fetchall()
                        took.append((time.perf_counter() - began) * 1000)
                    times.setdefault(name, []).append(took)
        rows = [[name, *(spread(took, "{:.0f}") for took in both)] for name, both in times.items()]
        return table(["question", "file", "lake"], rows)

    def _weight(self, storage: ObjectStorage) -> str:
        from botocore.session import get_session

        client = get_session().create_client("s3", endpoint_url=storage.url, region_name="us-east-1")
        sizes: dict[str, int] = defaultdict(int)
        for page in client.get_paginator("list_objects_v2").paginate(Bucket="scaled"):
            for each in page.get("Contents", []):
                sizes[each["Key"].split("/")[1]] += each["Size"]
        file = (self.root / "scaled/dawn.duckdb").stat().st_size
        rows = [
            [f"{name}, KB a story", f"{size / self.pages / 1000:.2f}"]
            for name, size in (
                ("archive in the store", sizes["archive"]),
                ("extracted in the store", sizes["extracted"]),
                ("lake", sizes["lake"]),
                ("the published file", file),
            )
        ]
        return table(["what", "figure"], rows)

    def _killed(self, storage: ObjectStorage, database: PostgreSQL, cluster: Dask) -> str:
        told = self._told(storage, database, "killed") | {"DAWN_DASK": cluster.address}
        data = self.root / "killed"
        self._step("send", "killed", told)
        kills = killed.worker_then_loader(data, told, cluster, self.root)
        cluster.add_worker()
        files = told["DAWN_LAKE_FILES"]
        kills.append(
            killed.database(
                *(data, told, database),
                lambda: killed.lake_objects(storage.url, files),
                self.root,
            )
        )
        code = killed.again(data, told, self.root)
        if code:
            said = (self.root / "again.log").read_text("utf-8", "replace").strip().splitlines()
            self.unequal.append(f"the last run ended with {code}: {said[-1] if said else 'no word'}")
        self._compare(told, "killed")
        return table(
            ["killed", "at that moment", "the command"],
            [[kill.what, kill.when, kill.ended] for kill in kills],
        )

    def _compare(self, told: Mapping[str, str], name: str) -> None:
        found = beside(self.root / "embedded/dawn.duckdb", self.root / name / "dawn.duckdb")
        self._say(f"{name}: embedded file and its own", found.compared, found.rows, found.differing)
        both = compared(
            self.root / name / "dawn.duckdb", lake(told["DAWN_LAKE"], None, "https://www.dawn.com")
        )
        differing = tuple(f"{each.name} ({each.lacking} and {each.beyond})" for each in both if not each.same)
        self._say(f"{name}: its own file and the lake", len(both), sum(each.rows for each in both), differing)

    def _say(self, what: str, tables: int, rows: int, differing: tuple[str, ...]) -> None:
        self._rows = [
            *getattr(self, "_rows", []),
            [what, str(tables), f"{rows:,}", ", ".join(differing) or "0"],
        ]
        if differing:
            self.unequal.append(f"{what}: {', '.join(differing)}")

    def _equal(self) -> str:
        return table(["compared", "tables and views", "rows", "that differ"], self._rows)


def main(pages: int, rounds: int) -> int:
    """0 where all is equal; the tables are on stdout."""
    with TemporaryDirectory() as scratch:
        world = World(Path(scratch), pages, rounds)
        print(world.run())
    for each in world.unequal:
        print(f"NOT EQUAL: {each}", file=sys.stderr)
    return 1 if world.unequal else 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pages", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--step", nargs=2, metavar=("NAME", "DATA"))
    asked.add_argument("--jobs", type=int, default=1)
    given = asked.parse_args()
    if given.step:
        name, data = given.step
        if name == "forget":
            from flows.options import existing

            steps.forget_extracts(existing(Path(data)))
            print("{}")
        else:
            print(json.dumps(steps.STEPS[name](Path(data), given.jobs)))
    else:
        sys.exit(main(given.pages, given.rounds))

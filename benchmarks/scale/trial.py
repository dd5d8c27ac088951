"""All of it really run: servers, folders, stages in turn, kills, comparisons. What comes back are numbers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.scale import killed
from benchmarks.scale.equal import beside
from benchmarks.scale.killed import Kill
from benchmarks.scale.made import made
from benchmarks.scale.steps import Seconds
from benchmarks.services import Dask, ObjectStorage, PostgreSQL, dask, object_storage, postgresql
from crawlers.site import LIVE
from warehouse.database import Published, reader
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
HERE, THERE = "by_processes", "by_dask"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two places that should hold the same: how much was compared, and what differs."""

    what: str
    tables: int
    rows: int
    differing: tuple[str, ...]


@dataclass(slots=True)
class Found:
    """What the trial measured.

    `rates` are pages a second and `firsts` seconds until the first file, by way and number of workers, in the
    order of the rounds, each over `round_pages`; `asked` are milliseconds in the file and in the lake;
    `weights` are bytes.
    """

    pages: int
    round_pages: int
    rounds: int
    packed: float = 0.0  # bytes of a page in the archive
    minutes: float = 0.0
    rates: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    firsts: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    embedded: Seconds = field(default_factory=dict)
    scaled: Seconds = field(default_factory=dict)
    asked: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    kills: list[Kill] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)


def tried(root: Path, pages: int, round_pages: int, rounds: int) -> Found:
    """What all of it took, in a folder that is empty yet."""
    found = Found(pages, round_pages, rounds)
    began = time.perf_counter()
    made(root / "turn-embedded", round_pages)
    shutil.copytree(root / "turn-embedded", root / "turn-scaled")
    found.packed = made(root / "embedded", pages) / pages
    for name in ("scaled", "killed"):
        shutil.copytree(root / "embedded", root / name)
    with ExitStack() as stack:
        database = stack.enter_context(postgresql(durable=True))
        storage = stack.enter_context(object_storage())
        os.environ |= storage.environment  # for the questions that are asked from here
        told = _told(storage, database, "scaled")
        cluster = stack.enter_context(dask(told, root))
        told["DAWN_DASK"] = cluster.address
        _take_turns(found, root, cluster, _told(storage, database, "turns") | {"DAWN_DASK": cluster.address})
        found.embedded = _step(HERE, root / "embedded", os.environ, 2)
        found.embedded |= _step("the_rest", root / "embedded", os.environ)
        found.scaled = _step("send", root / "scaled", told)
        found.scaled |= _step(THERE, root / "scaled", told, 2)
        found.scaled |= _step("the_rest", root / "scaled", told)
        found.asked = _asked(root / "scaled/dawn.duckdb", told["DAWN_LAKE"])
        found.weights = _weights(storage) | {"file": (root / "scaled/dawn.duckdb").stat().st_size}
        _compare(found, root, "scaled", told)
        _kill(found, root, storage, database, cluster)
    found.minutes = (time.perf_counter() - began) / 60
    return found


def _told(storage: ObjectStorage, database: PostgreSQL, name: str) -> dict[str, str]:
    """What commands are told of a store and a lake of that name, which are made."""
    store = f"{storage.bucket(name)}/dawn"
    return {
        **os.environ,
        **storage.environment,
        "DAWN_STORE": store,
        "DAWN_LAKE": database.database(name),
        "DAWN_LAKE_FILES": f"{store}/lake",
    }


def _step(step: str, data: Path, told: Mapping[str, str], jobs: int = 1) -> Seconds:
    """What a step took, in a process of its own; what it says goes to stderr."""
    words = ["--step", step, str(data), "--jobs", str(jobs)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", *words],
        env={**told},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: Seconds = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{data.name}, {step}, {jobs}: {found}", file=sys.stderr, flush=True)
    return found


def _take_turns(found: Found, root: Path, cluster: Dask, told: Mapping[str, str]) -> None:
    """Nothing; extraction by processes and by Dask, by one and by two, in turn: each round the other way
    about. Two workers are there afterwards."""
    _step("send", root / "turn-scaled", told)
    for turn in range(found.rounds):
        way = 1 if turn % 2 == 0 else -1
        for jobs in (1, 2)[::way]:
            _workers(cluster, jobs)
            for step, name, where in ((HERE, "embedded", os.environ), (THERE, "scaled", told))[::way]:
                _step("forget", root / f"turn-{name}", where)
                took = _step(step, root / f"turn-{name}", where, jobs)
                found.rates[step, jobs].append(found.round_pages / took["extract"])
                found.firsts[step, jobs].append(took["first"])
    _workers(cluster, 2)


def _workers(cluster: Dask, wanted: int) -> None:
    while len(cluster.workers) < wanted:
        cluster.add_worker()
    while len(cluster.workers) > wanted:
        worker = cluster.workers.pop()
        worker.terminate()
        worker.wait()


def _asked(file: Path, catalog: str) -> dict[str, tuple[list[float], list[float]]]:
    """Milliseconds of each question in the file and in the lake, once it was asked before."""
    in_file, in_lake = _times(file), _times(lake(catalog))
    return {name: (in_file[name], in_lake[name]) for name in QUESTIONS}


def _times(where: Published) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    with reader(where) as con:
        for name, sql in QUESTIONS.items():
            con.execute(sql).fetchall()
            for _ in range(ASKED):
                began = time.perf_counter()
                con.execute(sql).fetchall()
                times[name].append((time.perf_counter() - began) * 1000)
    return times


def _weights(storage: ObjectStorage) -> dict[str, int]:
    """Bytes in the bucket, by the folder in the store."""
    from botocore.session import get_session

    client = get_session().create_client("s3", endpoint_url=storage.url, region_name="us-east-1")
    sizes: dict[str, int] = defaultdict(int)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="scaled"):
        for each in page.get("Contents", []):
            sizes[each["Key"].split("/")[1]] += each["Size"]
    return sizes


def _kill(found: Found, root: Path, storage: ObjectStorage, database: PostgreSQL, cluster: Dask) -> None:
    """Nothing; the command over another such folder, with each kind of process killed once on the way."""
    told = _told(storage, database, "killed") | {"DAWN_DASK": cluster.address}
    data = root / "killed"
    _step("send", data, told)
    found.kills += killed.worker_then_loader(data, told, cluster, root)
    cluster.add_worker()
    parts = urlsplit(told["DAWN_LAKE_FILES"])

    def sent() -> int:
        return killed.objects(storage.url, parts.netloc, parts.path.lstrip("/") + "/")

    found.kills.append(killed.database(data, told, database, sent, root))
    if code := killed.again(data, told, root):
        said = (root / "again.log").read_text("utf-8", "replace").strip().splitlines()
        found.unequal.append(f"the last run ended with {code}: {said[-1] if said else 'no word'}")
    _compare(found, root, "killed", told)


def _compare(found: Found, root: Path, name: str, told: Mapping[str, str]) -> None:
    """Nothing; the folder's file was compared with the embedded one, and the lake with the folder's file."""
    one = beside(root / "embedded/dawn.duckdb", root / name / "dawn.duckdb")
    both = compared(root / name / "dawn.duckdb", lake(told["DAWN_LAKE"], None, LIVE))
    differing = tuple(f"{each.name} ({each.lacking} and {each.beyond})" for each in both if not each.same)
    for said in (
        Compared(f"{name}: embedded file and its own", one.compared, one.rows, one.differing),
        Compared(f"{name}: its own file and the lake", len(both), sum(e.rows for e in both), differing),
    ):
        found.compared.append(said)
        found.unequal += [f"{said.what}: {each}" for each in said.differing]

"""How each crawler is asked to visit a site, and what it then holds: a process of its own, kept on loopback.

Each is asked as its own documents say it is used on one site, with robots.txt honoured and no pause, for the
pause is not what is compared. Of what a peer finds only its own storage is read; two of them have none, and
what they give is written down, a line an article and visit.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.extract.tools import OURS, ROOT, TOOLS, interpreter
from warehouse.query import answer

_DAWN = "from flows.cli import main; main()"
_HERE = Path(__file__).parent
_NOT_OFFSITE = "{'scrapy.downloadermiddlewares.offsite.OffsiteMiddleware': None}"
NAME = "paper.example.com"  # loopback's, for a peer that takes no number for a site's name
PATIENCE = 900  # seconds for one visit


@dataclass(frozen=True, slots=True)
class Held:
    """One text that a crawler holds: one article of one visit, or one version of it."""

    url: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit took: seconds by the clock, CPU seconds of all its processes, what it asked elsewhere."""

    seconds: float
    cpu: float
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Crawler:
    """A crawler by its name; `visit` gives the commands of one visit, `holds` what lies in the folder."""

    name: str
    how: str
    visit: Callable[[str, Path, int, tuple[date, date]], Iterator[Sequence[str]]]
    holds: Callable[[Path], Iterator[Held]]


def visited(crawler: Crawler, address: str, folder: Path, number: int, days: tuple[date, date]) -> Visit:
    """What this visit took; raises RuntimeError with its last words where a command fails."""
    log = folder / "elsewhere.log"
    log.unlink(missing_ok=True)
    ours = crawler.name.startswith(OURS)
    own = {
        "PYTHONPATH": str(ROOT) if ours else str(_HERE / "guard"),
        "GUARD_LOG": str(log),
        "GUARD_NAME": NAME,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "TLDEXTRACT_CACHE": str(folder / "tlds"),
        "NO_PROXY": "*",
    }
    gone = {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"}
    environment = {name: said for name, said in os.environ.items() if name not in gone} | own
    began, before = time.perf_counter(), _children()
    for command in crawler.visit(address, folder, number, days):
        done = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        (folder / f"visit-{number}.log").write_text(done.stdout + done.stderr, "utf-8")
        if done.returncode and not (ours and done.returncode == 1):  # 1: something is owed, as it may be
            raise RuntimeError(f"{crawler.name} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    seconds, cpu = time.perf_counter() - began, _children() - before
    return Visit(seconds, cpu, len(log.read_text("utf-8").splitlines()) if log.exists() else 0)


def _children() -> float:
    """CPU seconds of all processes that this one has started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _python(package: str) -> str:
    return str(interpreter(next(tool for tool in TOOLS if tool.package == package)))


def _dawn_visits(address: str, folder: Path, number: int, days: tuple[date, date]) -> Iterator[Sequence[str]]:
    """The days filled; later one pass over what is new, and one over what may have been edited in silence."""
    usual = ("--data", str(folder / "data"), "--site", address, "--delay", "0")
    first = [("backfill", f"{days[0]}..{days[1]}", *usual)]
    later = [("run", *usual), ("revisit", "--budget", "300", *usual)]
    for words in later if number else first:
        yield [sys.executable, "-c", _DAWN, *words]


def _dawn_asks_all(
    address: str, folder: Path, number: int, days: tuple[date, date]
) -> Iterator[Sequence[str]]:
    """As ours, but the second visit asks for every story that is held, as the others do."""
    if number:
        usual = ("--data", str(folder / "data"), "--site", address, "--delay", "0")
        with answer(folder / "data/dawn.duckdb", "select story_id from articles order by all") as found:
            stories = [str(story_id) for (story_id,) in found.rows]
        yield [sys.executable, "-c", _DAWN, "fetch", *stories, *usual]
    else:
        yield from _dawn_visits(address, folder, number, days)


def _dawn_holds(folder: Path) -> Iterator[Held]:
    with answer(
        folder / "data/dawn.duckdb",
        "select a.url, v.title, v.body from versions as v join articles as a using (story_id)",
    ) as found:
        for url, title, body in found.rows:
            yield Held(url, title, body)


def _library(
    package: str, way: str, host: str = "127.0.0.1"
) -> Callable[[str, Path, int, tuple[date, date]], Iterator[Sequence[str]]]:
    def visit(address: str, folder: Path, number: int, _: tuple[date, date]) -> Iterator[Sequence[str]]:
        stored, address = folder / f"stored-{number}.jsonl", address.replace("127.0.0.1", host)
        yield [_python(package), "-P", str(_HERE / "worker.py"), way, address, str(folder), str(stored)]

    return visit


def _lines(folder: Path) -> Iterator[Held]:
    for path in sorted(folder.glob("stored-*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            said = json.loads(line)
            yield Held(said["url"] or "", said["title"] or "", said["text"] or "")


def _news_please_visits(address: str, folder: Path, _: int, __: tuple[date, date]) -> Iterator[Sequence[str]]:
    """Its own configuration with another working folder, the site, and its sitemap crawler.

    Two settings are changed, for without them nothing is stored. An article is what says so (`og_type`): its
    other sign, that few headlines are links, no page of this layout has. And Scrapy's check of the domain is
    off: it is given the port as a part of the name, and a site on loopback has one.
    """
    python, settings = _python("news-please"), folder / "config"
    settings.mkdir(exist_ok=True)
    script = (
        "import newsplease, pathlib; print(pathlib.Path(newsplease.__file__).parent / 'config/config.cfg')"
    )
    told = subprocess.run([python, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True)
    usual = Path(told.stdout.strip().splitlines()[-1]).read_text("utf-8")
    (settings / "config.cfg").write_text(
        usual.replace("working_path = ~/news-please-repo/", f"working_path = {folder}/kept/").replace(
            "[Scrapy]", f"[Scrapy]\nDOWNLOADER_MIDDLEWARES = {_NOT_OFFSITE}"
        ),
        "utf-8",
    )
    site = {
        "url": address,
        "crawler": "SitemapCrawler",
        "overwrite_heuristics": {"og_type": True},
        "pass_heuristics_condition": "og_type",
    }
    (settings / "sitelist.hjson").write_text(json.dumps({"base_urls": [site]}), "utf-8")
    yield [python, "-m", "newsplease", "-c", f"{settings}/"]


def _news_please_holds(folder: Path) -> Iterator[Held]:
    for path in sorted((folder / "kept/data").rglob("*.json")):
        said: Mapping[str, str | None] = json.loads(path.read_text("utf-8"))
        yield Held(said["url"] or "", said["title"] or "", said["maintext"] or "")


CRAWLERS = (
    Crawler(OURS, "`dawn backfill`; then `dawn run` and `dawn revisit`", _dawn_visits, _dawn_holds),
    Crawler(
        f"{OURS}, all asked again",
        "the second visit by `dawn fetch` of all that is held",
        _dawn_asks_all,
        _dawn_holds,
    ),
    Crawler(
        "news-please",
        "its SitemapCrawler with its own configuration, into JSON and HTML files",
        _news_please_visits,
        _news_please_holds,
    ),
    Crawler(
        "fundus",
        "its crawler over feed and sitemap, with rules for this site that we wrote",
        _library("fundus", "fundus"),
        _lines,
    ),
    Crawler(
        "newspaper4k",
        "`Source.build()`, all articles downloaded and parsed; `honor_robots_txt` switched on",
        _library("newspaper4k", "newspaper4k", NAME),
        _lines,
    ),
)

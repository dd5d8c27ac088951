"""What our manners and our archive cost a crawl: `python -m benchmarks.spider [--pages 20000] [--rounds 3]`.

The spider `stories` beside a plain Scrapy spider with the same settings and no pipeline, in turn, from a
server on loopback that answers at once: pages of the look-alike, packed beforehand, one request at a time, no
pause. Shown, as Markdown, are pages a second, and how the memory of ours grows between the first quarter and
the last.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import subprocess
import sys
import time
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.extract.report import table
from benchmarks.record import spread
from crawlers.crawl import command
from crawlers.lookalike import Lookalike
from crawlers.plan import Owed, Plan

PLAIN = """
import json, sys
from pathlib import Path
import scrapy
from scrapy.crawler import CrawlerProcess
from crawlers.plan import Plan
from crawlers.settings import settings
plan = Plan.read(Path(sys.argv[1]))
OURS = ("DOWNLOADER_MIDDLEWARES", "DOWNLOAD_HANDLERS", "DNS_RESOLVER")
class Stories(scrapy.Spider):
    name = "plain"
    async def start(self):
        for story in plan.stories:
            yield scrapy.Request(story.url, dont_filter=True)
    def parse(self, response):
        pass
kept = {key: value for key, value in settings(plan, "plain").items() if key not in OURS}
process = CrawlerProcess(kept | {"ROBOTSTXT_OBEY": False, "COMPRESSION_ENABLED": True})
process.crawl(Stories)
process.start()
"""


def main(pages: int, rounds: int) -> None:
    """Nothing; the figures are on stdout."""
    ours: list[float] = []
    plain: list[float] = []
    grown: list[float] = []
    with TemporaryDirectory() as scratch:
        here, there = Pipe()
        server = Process(target=_serve, args=(there,), daemon=True)
        server.start()
        address, numbers = here.recv()
        try:
            for turn in range(rounds):
                runs = ["ours", "plain"]
                for which in runs if turn % 2 else runs[::-1]:
                    plan = _planned(Path(scratch), f"{which}-{turn}", address, numbers, pages)
                    words = command(plan) if which == "ours" else [sys.executable, "-c", PLAIN, str(plan)]
                    took, growth = _ran(words, pages)
                    (ours if which == "ours" else plain).append(pages / took)
                    if which == "ours":
                        grown.append(growth)
        finally:
            server.terminate()
            server.join()
    rows = [
        ["the spider `stories`", spread(ours, "{:.0f}")],
        ["plain Scrapy", spread(plain, "{:.0f}")],
        ["ours / plain", spread([a / b for a, b in zip(ours, plain, strict=True)])],
        ["memory, last quarter beside the first, MB", spread(grown, "{:+.1f}")],
    ]
    sys.stdout.write(
        f"**A crawl, pages a second.** {pages:,} pages, {rounds} rounds.\n\n"
        f"{table(['crawl', 'figure'], rows)}\n"
    )


def _planned(folder: Path, run: str, address: str, numbers: list[int], pages: int) -> Path:
    stories = (numbers[n % len(numbers)] + 10_000_000 * (n // len(numbers)) for n in range(pages))
    plan = Plan(
        run=run,
        spider="stories",
        site=address,
        delay=0,
        archive=folder / f"{run}.warc.gz",
        journal=folder / f"{run}.jsonl",
        stories=tuple(Owed(story, f"{address}/news/{story}", "new") for story in stories),
    )
    path = folder / f"{run}.json"
    plan.write(path)
    return path


def _ran(words: list[str], pages: int) -> tuple[float, float]:
    """Seconds that the process took, and by how many MB it was larger at the end than after a quarter."""
    began = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout
    sizes = []
    for n, _ in enumerate(child.stdout, 1):  # ours says a line for each page
        if n in (pages // 4, pages - 1):
            sizes.append(_memory(child.pid))
    if child.wait():
        raise SystemExit(f"{words[-1]} ended with exit code {child.returncode}")
    return time.perf_counter() - began, sizes[-1] - sizes[0] if sizes else 0.0


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _serve(told: Connection) -> None:
    """Nothing; answers until it is ended. A story of any ten million more has the page of the first."""
    site = Lookalike(days=3)
    stories = [one for one in site.newest if one.id not in site.gone and not one.points_to]
    packed = {}
    for story in stories:
        body = gzip.compress(site.page(story.id, "http://127.0.0.1").encode(), 6, mtime=0)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"  # noqa: E501
        packed[story.id] = head.encode() + body
    none = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                asked = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            number = asked.split(b" ", 2)[1].rpartition(b"/")[2]
            writer.write(packed.get(int(number) % 10_000_000, none) if number.isdigit() else none)

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        told.send((f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", sorted(packed)))
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    main(arguments.pages, arguments.rounds)

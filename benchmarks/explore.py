"""What `dawn explore` takes on an archive of some size: `MADE=DIR python -m benchmarks.explore [STORIES]`.

Each page is asked for in turn with the others, also by a real Chromium where there is one: how long until the
first thing is painted, and until the page is whole. The archive is that of `python -m benchmarks.million` in
the folder MADE. Prints a table in Markdown; nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import sys
import time
from pathlib import Path
from statistics import median
from threading import Event, Thread

import httpx
import uvicorn

from explore.app import application
from warehouse.query import answer

TURNS = 11
SIZE = 100_000
PAINTED = """() => new Promise(found => new PerformanceObserver(list => found(list.getEntries()[0].startTime))
    .observe({type: "paint", buffered: true}))"""


def paths(public: Path) -> dict[str, str]:
    """The pages that are asked for, by name: with words, a story and a day that this archive has."""
    with answer(
        public,
        "select story_id, published_on, list_filter(string_split(lower(body), ' '), w -> length(w) > 6)[1]"
        " from articles order by story_id limit 1 offset (select count(*) // 2 from articles)",
    ) as found:
        story, day, word = next(found.rows)
    word = "".join(letter for letter in word if letter.isalpha())
    return {
        "today": "/",
        "search, a word": f"/search?q={word}",
        "search, a section": "/search?section=Pakistan",
        "search, nothing said": "/search",
        "story": f"/story/{story}",
        "coverage": "/coverage",
        "coverage of a day": f"/coverage/{day}",
        "over time": "/over-time",
        "ask, a question": "/ask?sql=select+section,+count(*)+from+articles+group+by+1",
    }


def main(root: Path, turns: int) -> None:
    """Nothing; the table is on stdout."""
    ready = Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready.set()

    taken = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(application(root, "http://site"), log_level="error", lifespan="off"))
    thread = Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    ready.wait()
    address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    asked = paths(root / "dawn.duckdb")
    print(f"**Pages of an archive of {_stories(root):,} stories.** {turns} turns.\n")
    print("| page | answered | painted first | whole |\n|---|---:|---:|---:|")
    answered = _answered(address, asked, turns)
    painted = _painted(address, asked, turns)
    for name in asked:
        print(f"| {name} | {_said(answered[name])} | " + " | ".join(map(_said, painted[name])) + " |")
    server.should_exit = True
    thread.join()


def _stories(root: Path) -> int:
    with answer(root / "dawn.duckdb", "select count(*) from articles") as found:
        return int(next(found.rows)[0])


def _answered(address: str, asked: dict[str, str], turns: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    with httpx.Client(base_url=address, timeout=600) as client:
        for _ in range(turns):
            for name, path in asked.items():
                began = time.perf_counter()
                client.get(path).raise_for_status()
                seconds[name].append(time.perf_counter() - began)
    return seconds


def _painted(address: str, asked: dict[str, str], turns: int) -> dict[str, tuple[list[float], list[float]]]:
    """Of each page the seconds until the first paint, and until it is loaded; none without a Chromium."""
    made: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in asked}
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        return made
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page()
        for _ in range(turns):
            for name, path in asked.items():
                began = time.perf_counter()
                page.goto(address + path, wait_until="load")
                made[name][1].append(time.perf_counter() - began)
                made[name][0].append(page.evaluate(PAINTED) / 1000)
        browser.close()
    return made


def _said(seconds: list[float]) -> str:
    """The middle, the least and the most; "–" for none."""
    if not seconds:
        return "–"
    return f"{median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", type=int, nargs="?", default=SIZE)
    parser.add_argument("--turns", type=int, default=TURNS)
    given = parser.parse_args()
    folder = Path(os.environ["MADE"]) / f"data-{given.stories}" if "MADE" in os.environ else None
    if folder is None or not (folder / "dawn.duckdb").exists():
        sys.exit(f"make the archive first: MADE=DIR python -m benchmarks.million {given.stories}")
    main(folder, given.turns)

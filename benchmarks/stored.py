"""What a page and its story take on disk, and how many requests a day takes: `python -m benchmarks.stored`.

Bytes, and no times. Pages of a real one's weight (`benchmarks.warc`) are imported into an archive of their
own as captures of others would be, so that archive, journal, extracted files and tables are those of the
command; and days of the look-alike are filled from loopback, for what a crawl asks beside its stories. Prints
a table in Markdown; nothing is asserted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.extract.report import table
from benchmarks.warc import write_pages
from crawlers.lookalike import Lookalike
from warehouse.query import answer

_DAWN = "from flows.cli import main; main()"
PARTS = {
    "archive": "archive, KB a story",
    "journal": "journal, KB a story",
    "extracted": "extracted, KB a story",
}


def main(pages: int, days: int) -> None:
    """Nothing; the table is on stdout."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        warc = folder / "pages.warc.gz"
        what = write_pages(warc, pages)
        weighed = _imported(warc, folder / "imported")
        listings, stories, others = _filled(folder / "filled", days)
    rows = [[name, f"{weighed[name]:.2f}"] for name in weighed]
    rows += [
        ["listings asked a day", f"{listings / days:.1f}"],
        ["other requests a day: robots.txt, feeds", f"{others / days:.1f}"],
        ["requests a story beside those", f"{stories[0] / stories[1]:.2f}"],
    ]
    print(
        f"**What a story takes.** {what}; requests over {days} days of the look-alike,"
        f" {stories[1]} stories.\n"
    )
    print(table(["what", "figure"], rows))


def _imported(warc: Path, data: Path) -> dict[str, float]:
    """Kilobytes a story of each part of an archive that took in these pages."""
    _dawn("import", str(warc), "--data", str(data), "--site", "https://www.dawn.com")
    with answer(data / "dawn.duckdb", "select count(*), avg(strlen(body)) from articles") as found:
        stories, text = next(found.rows)
    with answer(data / "dawn.duckdb", "select count(*) from captures") as found:
        captures = next(found.rows)[0]
    weighed = {
        name: sum(path.stat().st_size for path in (data / part).rglob("*") if path.is_file()) / stories / 1e3
        for part, name in PARTS.items()
    }
    weighed["text, KB a story"] = text / 1e3
    weighed["captures a story"] = captures / stories
    return weighed


def _filled(data: Path, days: int) -> tuple[int, tuple[int, int], int]:
    """How many listings were asked, pages of stories and of how many stories, and all else, by the site's own
    log."""
    site = Lookalike(days=days + 1)
    _, *wanted = sorted(site.days)
    with site.serve() as address:
        span = f"{wanted[0]}..{wanted[-1]}"
        _dawn("backfill", span, "--data", str(data), "--site", address, "--delay", "0")
    kinds = Counter(_kind(each.path) for each in site.requests)
    with answer(
        data / "dawn.duckdb", "select count(distinct story_id) from discoveries where member"
    ) as found:
        owed = next(found.rows)[0]
    return kinds["listing"], (kinds["story"], owed), kinds["other"]


def _kind(path: str) -> str:
    if path.startswith("/news/"):
        return "story"
    return "other" if path.startswith(("/robots", "/feeds")) else "listing"


def _dawn(*words: str) -> None:
    done = subprocess.run([sys.executable, "-c", _DAWN, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"dawn {words[0]} ended with {done.returncode}: {done.stderr.strip().splitlines()[-1]}"
        )


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pages", type=int, default=800)
    asked.add_argument("--days", type=int, default=14)
    given = asked.parse_args()
    main(given.pages, given.days)

"""One visit of a site by a peer that is a library: `python worker.py WAY ADDRESS FOLDER STORED`.

It runs under the peer's own Python, so it needs nothing but the standard library and that peer. What the peer
gives is written to STORED, a line of JSON for each article; FOLDER is what it may remember from visit to
visit.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def newspaper4k(address: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Its source built from the front page, its articles loaded and read; robots.txt honoured, which its
    default is not. What it remembers of a visit (`memorize_articles`, its default) lies in the folder."""
    newspaper = importlib.import_module("newspaper")
    settings = importlib.import_module("newspaper.settings")
    memory = folder / "memorized"
    memory.mkdir(exist_ok=True)
    settings.MEMO_DIR = memory  # type: ignore[attr-defined]
    source = newspaper.Source(
        address, fetch_images=False, honor_robots_txt=True, disable_category_cache=True, request_timeout=30
    )
    source.build()
    for article in source.download_articles():
        if article is None or not article.html:
            continue
        article.parse()
        yield {"url": article.url, "title": article.title, "text": article.text}


def fundus(address: str, _: Path) -> Iterator[dict[str, Any]]:
    """Its crawler over a publisher with our rules for this site; no pause, one request at a time."""
    base = importlib.import_module("fundus.publishers.base_objects")
    sources = importlib.import_module("fundus.scraping.url")
    crawling = importlib.import_module("fundus.scraping.crawler")
    sys.path.insert(0, str(Path(__file__).parents[1] / "extract"))
    parser = importlib.import_module("dawn_for_fundus").DawnParser

    class Group(metaclass=base.PublisherGroup):  # type: ignore[name-defined]
        default_language = "en"
        Dawn = base.Publisher(
            name="Dawn",
            domain=address,
            parser=parser,
            sources=[
                sources.RSSFeed(f"{address}/feeds/home"),
                sources.Sitemap(f"{address}/feeds/sitemap"),
            ],
        )

    crawler = crawling.Crawler(Group.Dawn, delay=0.0, threading=False)
    for article in crawler.crawl(only_complete=False):
        yield {"url": article.html.responded_url, "title": article.title, "text": str(article.body or "")}


WAYS = {way.__name__: way for way in (newspaper4k, fundus)}

if __name__ == "__main__":
    with Path(sys.argv[4]).open("w", encoding="utf-8") as lines:
        visit = WAYS[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
        lines.writelines(json.dumps(found) + "\n" for found in visit)

"""The one file of facts about dawn.com: hosts, places where stories are listed, time zone. Data only.

Sources: pages, feeds and robots.txt as captured 2024–2026, and what public scrapers of the site report.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from crawlers.items import Place

LIVE = "https://www.dawn.com"
TIME_ZONE = ZoneInfo("Asia/Karachi")  # UTC+5, no daylight saving
HOSTS = ("www.dawn.com", "dawn.com")  # the hosts whose /news/<id> are this site's stories


@dataclass(frozen=True, slots=True)
class Listing:
    """A place that lists stories: its kind, its section, and its path ("{day}" is an ISO date)."""

    place: Place
    section: str
    path: str


PRINT_SECTIONS = (
    "front-page",
    "back-page",
    "national",
    "business",
    "international",
    "sport",
    "editorial",
    "column",
    "other-voices",
    "letters",
    "business-finance",
    "books-authors",
    "young-world",
    "sunday-magazine",
    "eos",
    "icon",
    "karachi",
    "lahore",
    "islamabad",
    "peshawar",
)

EDITION = (
    *(Listing(Place.PRINT, section, f"/newspaper/{section}/{{day}}") for section in PRINT_SECTIONS),
    *(Listing(Place.DAILY, section, f"/{section}/{{day}}") for section in ("latest-news", "pakistan", "world")),
)
"""What makes an edition: the sections of the printed paper of a day and the lists of that day."""

LATEST = (
    Listing(Place.SITEMAP, "sitemap", "/feeds/sitemap"),
    Listing(Place.LATEST, "latest-news", "/latest-news"),
    *(
        Listing(Place.FEED, section, f"/feeds/{section}")
        for section in ("latest-news", "home", "pakistan", "world", "business", "opinion", "sport", "newspaper")
    ),
)
"""Where the newest stories show up first."""

PRINT_WINDOW_DAYS = 3
"""How far a card's own date may lie from the printed day: of 13,300 print pieces with both dates all but
13 went online on the printed day itself; the window leaves room for weeklies and slips."""

MAX_PAGE_BYTES = 10_000_000  # the largest page seen is a listing of 548 KB

"""The facts about The Tern, a made-up paper of Halifax: six days a week, its own markup. Data only."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from crawlers.facts import Cards, Known, Layout, Listing, Times
from crawlers.items import Kind, Place

LIVE = "https://www.tern.example"
TIME_ZONE = ZoneInfo("America/Halifax")  # UTC-4, and UTC-3 from March to November
PAPER = "The Tern"
FOUNDED = 1893
HOSTS = ("www.tern.example", "tern.example")
SISTERS = (".tern.example",)

STORY_LINK = r"/(?:[0-9]{4}/[0-9]{2}/)?(?P<slug>[a-z0-9-]{0,200}-)?A(?P<id>[0-9]{1,9})(?![0-9])"
STORY_TAIL = r"\.html"
STORY_MARK, STORY_ADDRESS = ".html", "/A{id}.html"  # which leads to the long one
STORY_CLAIM = ""
LARGEST_ID = 999_999_999
LISTING_PATH = r"/|/paper/.*|/archive/.*"
FEED_PATH = r"/wire\.atom"
SITEMAP_PATH = ""

MONDAY_TO_SATURDAY, SATURDAY = (0, 1, 2, 3, 4, 5), (5,)
EDITION = (
    Listing(Place.PRINT, "front", "/paper/{day:%d-%m-%Y}/front", MONDAY_TO_SATURDAY),
    Listing(Place.PRINT, "harbour", "/paper/{day:%d-%m-%Y}/harbour", MONDAY_TO_SATURDAY),
    Listing(Place.PRINT, "weekend", "/paper/{day:%d-%m-%Y}/weekend", SATURDAY),
    Listing(Place.DAILY, "archive", "/archive/{day:%Y/%m/%d}", MONDAY_TO_SATURDAY),
)
LATEST = (Listing(Place.FEED, "wire", "/wire.atom"), Listing(Place.LATEST, "home", "/"))
PRINT_WINDOW_DAYS = 2
MAX_PAGE_BYTES = 2_000_000

CARD_TAG, CARD_CLASS, OWN_CLASS = "li", "entry", ""
CARDS = Cards(title=".hed", link=".hed a[href]", time="time.when", moment="datetime", byline=".who")

OWN = "main#piece"
LAYOUTS = (
    Layout(
        "broadsheet",
        date(2010, 1, 1),
        Known.CAPTURED,
        shows="main#piece .prose",
        article="main#piece",
        header=".head-lines",
        main=".column",
        content=".prose",
        title=".headline",
        byline=".signed",
        footer=".colophon",
    ),
)
ID_ATTRIBUTE, TAGS_ATTRIBUTE = "", ""
BADGE = ".desk"
ON_EVERY_STORY = b'id="piece"'
TITLE_SUFFIX = r"\s+\| The Tern\s*$"
LEADING_WORDS = ("tern",)
KINDS = ((Kind.OPINION, "section", r"views"), (Kind.FEATURE, "printed_in", r"weekend"))

TIMES = Times(box=".stamp", published=".first", updated=".last", ticking="time", moment="datetime", label="")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
SHOWN_DAY = r"(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]+) (?P<year>\d{4})"
SHOWN_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)"
PICTURE_DAY = ""

PRINT_LINE = rf"From the paper of {SHOWN_DAY}(?: · (?P<where>[A-Z][a-z]+))?"
PRINT_MARKS = ("paper",)
PRINTED_BEHIND = ""
PAPER_MARK, PAPER_NAMES = "", ("front",)

BETWEEN_NAMES, BEFORE_NAMES = r",\s*|\s+and\s+", r"By\s+"
AGENCIES = frozenset({"fundy wire"})
STAFF = r"(?:the )?tern(?: staff)?"
ABOUT_AUTHOR = r"[A-Z]\w+ [A-Z]\w+ is a columnist of this paper\."
FEATURE_WORDS = "weekend"
DATELINE = r"(?P<place>[A-Z][A-Z ]{2,30})(?P<day>(?!))? — (?=\S)"

CHROME = {"advert": ("promo-slot",), "share box": ("pass-it-on",)}
RAIL_HEADS = frozenset({"elsewhere in the harbour", "also in this paper"})
CHROME_LINES = (r"The Tern, in your letter ?box each morning\.?",)
CHROME_PHRASES = ("in your letter box each morning",)
MEDIA_CLASSES: frozenset[str] = frozenset({"plate"})
EMBED_CLASS, MEDIA_ADDRESS = "", ""

STAYING_BEGINS, STAYING_WHOLE = (), ()
STAYING_ANYWHERE = (r"from\s+the\s+paper\s+of(?=\s+\d)", r"in\s+your\s+letter\s?box\s+each\s+morning")
STAYING_LABELS: frozenset[str] = frozenset()
STAYING_PATHS = frozenset({"html"})

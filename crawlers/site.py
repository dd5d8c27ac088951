"""The one file of facts about dawn.com: hosts, places where stories are listed, time zone. Data only.

Sources: pages, feeds and robots.txt as captured 2024–2026, and what public scrapers of the site report.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from crawlers.items import Kind, Place

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
    *(
        Listing(Place.DAILY, section, f"/{section}/{{day}}")
        for section in ("latest-news", "pakistan", "world")
    ),
)
"""What makes an edition: the sections of the printed paper of a day and the lists of that day."""

LATEST = (
    Listing(Place.SITEMAP, "sitemap", "/feeds/sitemap"),
    Listing(Place.LATEST, "latest-news", "/latest-news"),
    *(
        Listing(Place.FEED, section, f"/feeds/{section}")
        for section in (
            "latest-news",
            "home",
            "pakistan",
            "world",
            "business",
            "opinion",
            "sport",
            "newspaper",
        )
    ),
)
"""Where the newest stories show up first."""

PRINT_WINDOW_DAYS = 3
"""How far a card's own date may lie from the printed day: of 13,300 print pieces with both dates all but
13 went online on the printed day itself; the window leaves room for weeklies and slips."""

MAX_PAGE_BYTES = 10_000_000  # the largest page seen is a listing of 548 KB


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an article's parts stand, as CSS selectors; `since` is the first year it was seen."""

    name: str
    since: int
    article: str  # the story's own element; rails of other stories may stand inside it
    header: str
    main: str
    content: str
    title: str
    byline: str
    footer: str


LAYOUTS = (
    Layout(
        name="newskit",  # pages captured 2021–2026
        since=2019,
        article="article.story.single",
        header=".template__header",
        main=".template__main",
        content=".story__content",
        title=".story__title",
        byline=".story__byline",
        footer=".template__footer",
    ),
    Layout(
        name="bootstrap",  # 2017: no article element of its own is known, links in the byline have no class
        since=2015,
        article="body",
        header=".template__header",
        main=".template__main",
        content=".story__content",
        title=".story__title",
        byline=".story__byline",
        footer=".template__footer",
    ),
)
"""Newest first; the first whose article, header or main stands on the page is the page's layout."""

CARD = "article.story"  # a story on a listing or in a rail; the article's own element has `single` too

CHROME_TAGS = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "form",
        "button",
        "input",
        "select",
        "textarea",
        "label",
        "audio",
        "video",
        "dialog",
        "svg",
        "canvas",
        "nav",
        "picture",
        "img",
        "figcaption",
        "map",
        "math",
    ]
)
"""Elements that are never text of the story, wherever they stand."""

CHROME_CLASSES = frozenset(
    [
        "ad__wrapper__slot",
        "adsbygoogle",
        "whatsapp-channel",
        "social",
        "slideshow",
        "media--embed",
        "twitter-tweet",
        "instagram-media",
        "fb-post",
        "tiktok-embed",
        "reddit-embed-bq",
        "story__time",
        "story__byline",
        "story__excerpt",
        "video-player",
    ]
)
"""Class tokens of boxes that are never text of the story: adverts, players, embeds, share buttons."""

CHROME_ROLES = frozenset({"dialog", "alertdialog", "navigation", "complementary", "search"})

RAIL_HEADS = frozenset(
    {
        "opinion",
        "editorial",
        "read more",
        "latest stories",
        "most popular",
        "must read",
        "on dawnnews",
        "dawn news english",
        "sponsored",
        "also read",
        "related stories",
        "more from this section",
        "trending",
        "from the newspaper",
        "popular oped writers",
        "comments",
    }
)
"""Headings of rails, in lower case. Each is chrome only where cards follow: "Opinion" may be a sub-head."""

CHROME_LINES = (
    r"Follow Dawn\b.{0,40}? on .*(?:Twitter|LinkedIn|Instagram|Facebook|WhatsApp|YouTube|\bX\b).*",
    r"Join our Whats\s?App channel\.?",
    r"(?:Follow|Join) (?:us|Dawn(?:\.com)?) on Whats\s?App\b.{0,80}",
    r"Listen to article(?:\s*(?:1|1\.2|1\.5)x)*",
    r"Dear visitor\b.{0,20}, the comments section is undergoing .*",
    r"Advertisement",
)
"""Whole paragraphs that are furniture even where the editors set them into the body."""

CHROME_PHRASES = (
    "dear visitor, the comments section is undergoing",
    "comment mod policy",
    "join our whatsapp channel",
    "for insights on business, finance and tech from pakistan and across the world",
)
"""What a body never says: where one of these is left after stripping, the page is quarantined."""

CHALLENGES = (
    b"<title>just a moment",
    b"cf-chl",
    b"cf_chl_opt",
    b"<title>attention required! | cloudflare",
    b"checking your browser before accessing",
    b"<title>access denied",
)
"""Marks of a page that asks whether we are a browser, in lower case. Looked for only where no article stands:
Cloudflare sets scripts of its own into ordinary pages too."""

FEATURE_WORDS = (
    r"prism|eos|icon|magazines?|(?:the )?sunday magazine|images on sunday"
    r"|books (?:&|and) authors|young world|features?"
)

KINDS: tuple[tuple[Kind, str, str], ...] = (
    (Kind.EDITORIAL, "byline", r"editorials?"),
    (Kind.PICTURES, "title", r"in pictures\b.*|.*\bin pictures"),
    (Kind.CARTOON, "title", r"cartoon\s*:.*"),
    (Kind.VIDEO, "title", r"(?:watch|video)\s*:.*|.*\[video\]"),
    (Kind.LIVE, "path", r"/live(?:/.*)?"),
    (Kind.LIVE, "title", r"live\s*:.*|live blog\b.*|liveblog\b.*"),
    (Kind.CARTOON, "section", r"cartoons?"),
    (Kind.VIDEO, "section", r"videos?|multimedia video"),
    (Kind.EDITORIAL, "section", r"editorials?"),
    (Kind.LETTER, "section", r"letters(?: to the editor)?"),
    (Kind.LETTER, "badge", r"letters(?: to the editor)?"),
    (Kind.OPINION, "section", r"opinion|column(?:s|ists)?|blogs?"),
    (Kind.FEATURE, "section", FEATURE_WORDS),
    (Kind.FEATURE, "printed_in", FEATURE_WORDS),
    (Kind.OPINION, "paragraph", r"the (?:writer|author)s? (?:is|are|was|has|teaches|works|holds)\b.*"),
)
"""(kind, field, pattern of the whole field, whatever its case); the first that matches wins, else news."""

WITHOUT_BODY = frozenset({Kind.PICTURES, Kind.CARTOON, Kind.VIDEO, Kind.LIVE})
"""Kinds whose page may have no text and is an article all the same."""

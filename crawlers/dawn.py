"""The facts about dawn.com: hosts, places where stories are listed, time zone, markup, words. Data only.

Sources: pages, feeds and robots.txt as captured 2024–2026, and what public scrapers of the site report. What
each fact is for says `crawlers.site`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from crawlers.facts import Cards, Known, Layout, Listing, Times
from crawlers.items import Kind, Place

LIVE = "https://www.dawn.com"
TIME_ZONE = ZoneInfo("Asia/Karachi")  # UTC+5, no daylight saving
HOSTS = ("www.dawn.com", "dawn.com")
SISTERS = (".dawn.com", ".dawnnews.tv")  # images., aurora., herald., epaper.: they count ids of their own

STORY_LINK = r"/news/(?:(?:amp|print)/)?(?P<id>[0-9]{1,19})(?![0-9])"
STORY_TAIL = r"(?:/.*)?"  # the slug, which changes over a story's life
STORY_MARK, STORY_ADDRESS = "/news/", "/news/{id}"
STORY_CLAIM = r"/news/(?:amp|print)/"
LARGEST_ID = 1_000_000_000  # ids of 2026 are near two million
LISTING_PATH = (
    r"/(?:newspaper(?:/[a-z-]+)?|latest-news|pakistan|world|business|sport|opinion|prism|magazines|archive)?"
    r"(?:/\d{4}-\d\d-\d\d)?/?"
)
FEED_PATH = r"/feeds(?:/.*)?"
SITEMAP_PATH = r"/feeds/sitemap/*|/[^/]*sitemap[^/]*\.xml"

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


def _newskit(name: str, since: date, known: Known, shows: str, article: str, title: str) -> Layout:
    return Layout(
        name,
        since,
        known,
        shows,
        article,
        header=".template__header",
        main=".template__main",
        content=".story__content",
        title=title,
        byline=".story__byline",
        footer=".template__footer",
    )


OWN = "article.story.single"
"""The story's own element, where a page names it."""
_BARE_CONTENT = ".story__content, .story__body, .story-content, .article-body"

LAYOUTS = (
    Layout(
        "amp",
        date(2016, 1, 1),
        Known.ASSUMED,
        f"html[amp] :is({_BARE_CONTENT})",
        article="body",
        header="body",
        main="body",
        content=_BARE_CONTENT,
        title="h1, .story__title",
        byline=".story__byline",
        footer="footer, .template__footer",
    ),
    replace(
        _newskit("newskit-2026", date(2026, 1, 1), Known.TOLD, OWN, OWN, "h1.story__title"),
        header_shows="h1.story__title",
    ),
    _newskit("newskit-2025", date(2022, 1, 1), Known.CAPTURED, OWN, OWN, ".story__title"),
    _newskit("tailwind-2021", date(2019, 1, 1), Known.FRAGMENT, OWN, OWN, ".story__title"),
    # 2017: no article element of its own is known, and links in the byline have no class.
    _newskit(
        "bootstrap-2017",
        date(2015, 1, 1),
        Known.FRAGMENT,
        ".template__main .story__content, .template__header .story__title",
        "body",
        ".story__title",
    ),
    Layout(
        "print",
        date(2013, 1, 1),
        Known.ASSUMED,
        _BARE_CONTENT,
        article="body",
        header="body",
        main="body",
        content=_BARE_CONTENT,
        title="h1, .story__title",
        byline=".story__byline",
        footer="footer, .template__footer",
    ),
)
"""Most telling and newest first. A page that shows none of them is read without a layout, and marked so."""

CARD_TAG, CARD_CLASS, OWN_CLASS = "article", "story", "single"
CARDS = Cards(
    title=".story__title",
    link=".story__title a[href]",
    time=".timeago[title]",
    moment="title",
    byline=".story__byline",
)
TIMES = Times(
    box=".story__time",
    published=".timestamp--published",
    updated=".timestamp--updated",  # one label and one date stood there before 2020
    ticking=".timeago",
    moment="title",
    label="updated",
)
ID_ATTRIBUTE, TAGS_ATTRIBUTE = "data-id", "data-tags"
BADGE = ".badge"
ON_EVERY_STORY = b"story__"

TITLE_SUFFIX = r"\s+[-|–—]\s+DAWN\.COM\s*$"
BETWEEN_NAMES, BEFORE_NAMES = r"\|", ""
LEADING_WORDS = ("dawn", "images")

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH, _DAY, _YEAR = (
    r"(?P<month>[A-Za-z]{3,9})\.?",
    r"(?P<day>\d{1,2})\s?(?:st|nd|rd|th)?",
    r"(?P<year>\d{4})",
)
SHOWN_DAY = rf"(?:{_MONTH}\s+{_DAY}|(?P<day2>\d{{1,2}})\s+(?P<month2>[A-Za-z]{{3,9}})\.?)\s*,?\s+{_YEAR}"
SHOWN_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)\s*(?P<half>[ap]m)"
PRINT_LINE = (
    r"\(?Published in (?P<where>(?:[\w&’' .-]{2,60},\s*){0,2}?[\w&’' .-]{2,60}?)\s*[,.]?\s+"
    rf"(?:{_MONTH}\s+{_DAY}|(?P<day2>\d{{1,2}})\s?(?:st|nd|rd|th)?\s+(?P<month2>[A-Za-z]{{3,9}}))"
    rf"\s*[,.]?\s*{_YEAR}\.?\)?"
)
PRINT_MARKS = ("ublished", "UBLISHED")
# Set behind the last sentence instead of below it; inside a sentence the words are the writer's.
PRINTED_BEHIND = r"(?<=[.!?”\"’…)])\s+(Published in Dawn,[^!?]{4,80}\d{4}\.?)$"
PAPER, PAPER_MARK, PAPER_NAMES = "Dawn", "dawn", ("dawn", "the dawn", "daily dawn")
FOUNDED = 1941
PICTURE_DAY = (
    r"/(?P<year>20\d\d)/(?P<month>0[1-9]|1[0-2])/(?P<day>\d\d)([01]\d|2[0-3])[0-5]\d[0-5]\d[0-9a-f]{7}\."
)
DATELINE = (
    r"(?P<place>[A-Z][A-Z’'().\-/& ]{1,60}?(?:/[A-Z][A-Za-z]{2,20})?)"
    r"(?:, (?P<day>[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}))?: ?(?=\S)"
)

CHROME = {
    "advert": ("ad__wrapper__slot", "adsbygoogle"),
    "share box": ("whatsapp-channel", "social"),
    "pictures": ("slideshow",),
    "embed": (
        *("media--embed", "twitter-tweet", "instagram-media", "fb-post", "tiktok-embed", "reddit-embed-bq"),
    ),
    "time": ("story__time",),
    "byline": ("story__byline",),
    "teaser": ("story__excerpt",),
    "player": ("video-player",),
    "caption": ("media__caption",),
}
"""Class tokens of boxes that are never text of the story, by what such a box is."""

MEDIA_CLASSES = frozenset(
    [
        "media",
        "media--embed",
        "slideshow",
        "twitter-tweet",
        "instagram-media",
        "fb-post",
        "fb-video",
        "tiktok-embed",
        "reddit-embed-bq",
        "video-player",
    ]
)
EMBED_CLASS, MEDIA_ADDRESS = "media--embed", "data-original-src"

AGENCIES = frozenset(
    {
        "afp",
        "agence france-presse",
        "agencies",
        "anadolu",
        "anadolu agency",
        "ani",
        "ap",
        "app",
        "associated press",
        "associated press of pakistan",
        "bloomberg",
        "dpa",
        "inp",
        "kyodo",
        "nni",
        "online",
        "ppi",
        "pti",
        "reuters",
        "the associated press",
        "the guardian",
        "the new york times",
        "the washington post",
        "thomson reuters",
        "thomson reuters foundation",
        "wam",
        "xinhua",
    }
)
"""Wire agencies and other papers' services as bylines name them, in lower case."""

STAFF = (
    r"dawn(?:\.com| ?news(?:tv| english)?| report| today| investigations?| editorials?)?"
    r"|(?:from )?(?:the newspaper[’']s |our |a |dawn[’']s )?(?:own )?"
    r"(?:special |staff |sports? |crime |court |business |diplomatic )*(?:correspondents?|reporters?)"
    r"|(?:the )?(?:news|monitoring|web|business|sports?|city|foreign|national|images|magazine)?"
    r" ?(?:desk|staff)|.{2,30} bureau(?: report)?|bureau report|staff report|editorials?|editor"
    r"|(?:from )?(?:the )?newspaper"
)
"""The whole of a byline that is the paper itself or nobody by name, whatever its case."""

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
        "related",
        "related stories",
        "more from this section",
        "more from dawn",
        "more stories",
        "you may also like",
        "you might also like",
        "recommended",
        "latest",
        "trending",
        "from the newspaper",
        "popular oped writers",
        "comments",
    }
)
"""Headings of rails, in lower case. Each is chrome only where cards follow: "Opinion" may be a sub-head."""

CHROME_LINES = (
    r"Follow Dawn\b(?>.{0,40}? on ).*(?:Twitter|LinkedIn|Instagram|Facebook|WhatsApp|YouTube|\bX\b).*",
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

FEATURE_WORDS = (
    r"prism|eos|icon|magazines?|(?:the )?sunday magazine|images on sunday"
    r"|books (?:&|and) authors|young world|features?"
)

ABOUT_AUTHOR = (
    r"the (?:writer|author|reviewer|columnist|contributor)s? "
    r"(?!\w+ (?:been )?(?:born|survived|arrested|killed|shot|buried)\b)"
    r"(?:is|are|was|were|has|have|teach(?:es)?|works?|writes?|holds?|can be|heads|runs|retired|served)\b.*"
)
"""The whole of a line on who wrote a column: not every sentence on an author is one."""

KINDS: tuple[tuple[Kind, str, str], ...] = (
    (Kind.EDITORIAL, "byline", r"editorials?"),
    (Kind.EDITORIAL, "byline", r"(?:the )?dawn editorials?"),
    (Kind.PICTURES, "title", r"(?:in )?(?:pictures|photos)\b.*|.*\bin (?:pictures|photos)"),
    (Kind.CARTOON, "title", r"cartoon\s*:.*"),
    (Kind.VIDEO, "title", r"(?:watch|video)\s*:.*|.*\[video\]"),
    (Kind.LIVE, "type", r"LiveBlogPosting"),
    (Kind.LIVE, "path", r"/live(?:/.*)?"),
    (Kind.LIVE, "title", r"live\s*:.*|live blog\b.*|liveblog\b.*"),
    (Kind.CARTOON, "section", r"cartoons?"),
    (Kind.VIDEO, "section", r"videos?|multimedia video|dawn ?news english"),
    (Kind.PICTURES, "section", r"photos?|pictures|photo galler(?:y|ies)"),
    (Kind.EDITORIAL, "section", r"editorials?"),
    (Kind.LETTER, "section", r"letters(?: to the editor)?"),
    (Kind.LETTER, "badge", r"letters(?: to the editor)?"),
    (Kind.OPINION, "section", r"opinion|column(?:s|ists)?|blogs?"),
    (Kind.FEATURE, "section", FEATURE_WORDS),
    (Kind.FEATURE, "printed_in", FEATURE_WORDS),
    (Kind.OPINION, "type", r"OpinionNewsArticle"),
    (Kind.OPINION, "paragraph", ABOUT_AUTHOR),
)
"""(kind, field, pattern of the whole field, whatever its case); the first that matches wins, else news."""


STAYING_BEGINS = (r"follow\s+dawn\b", r"dear\s+visitor\b(?=.{0,20},\s+the\s+comments)")
STAYING_ANYWHERE = (
    r"the\s+comments\s+section\s+is\s+undergoing",
    r"join\s+our\s+whats\s?app\s+channel",
    r"(?:follow|join)\s+(?:us|dawn(?:\.com)?)\s+on\s+whats\s?app",
    r"listen\s+to\s+article",
    rf"published\s+in\s+dawn\s*,\s*(?:{FEATURE_WORDS})(?=\s*(?:,|\.|{{MONTH}}|\d|$))",
    r"published\s+in(?=\s+(?:(?:the|daily)\s+)?dawn\b|\s*\Z)",
    r"(?:(?:the|daily)\s+)?dawn(?:\.com)?\b",
)
STAYING_WHOLE = ("dawn news",)
STAYING_LABELS = frozenset({"images", "aurora", "herald", "epaper"})
STAYING_PATHS = frozenset({"news", "amp", "print", "live", "status"})

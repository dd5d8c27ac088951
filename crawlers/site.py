"""The one file of facts about dawn.com: hosts, places where stories are listed, time zone. Data only.

Sources: pages, feeds and robots.txt as captured 2024–2026, and what public scrapers of the site report.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
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


class Known(StrEnum):
    """How a layout is known."""

    CAPTURED = "captured"  # whole pages
    FRAGMENT = "fragment"  # parts of pages, or its feed bodies
    TOLD = "told"  # what other scrapers of the site say
    ASSUMED = "assumed"  # the site's own names on a page nobody has shown us


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an article's parts stand, as CSS selectors, and from which day on.

    `shows` stands on the page where the layout is in use. Of those that show, the one in use on the day of
    the fetch is taken: the newest whose `since` is not after it.
    """

    name: str
    since: date
    known: Known
    shows: str  # and `header_shows` in its header, where that is not ""
    article: str  # the story's own element; rails of other stories may stand inside it
    header: str
    main: str
    content: str
    title: str
    byline: str
    footer: str
    header_shows: str = ""


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

FALLBACK = "fallback"
FEED = "feed"

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
        "media__caption",
    ]
)
"""Class tokens of boxes that are never text of the story: adverts, players, embeds, share buttons."""

EMBED_SERVICES = {
    "twitter": ("twitter.com", "x.com", "t.co"),
    "instagram": ("instagram.com",),
    "youtube": ("youtube.com", "youtu.be", "youtube-nocookie.com"),
    "facebook": ("facebook.com", "fb.watch"),
    "tiktok": ("tiktok.com",),
    "vimeo": ("vimeo.com",),
    "dailymotion": ("dailymotion.com", "dai.ly"),
    "soundcloud": ("soundcloud.com",),
    "spotify": ("spotify.com",),
    "reddit": ("reddit.com",),
    "datawrapper": ("datawrapper.de", "dwcdn.net"),
    "flourish": ("flourish.studio",),
    "infogram": ("infogram.com",),
    "google maps": ("maps.google.com", "google.com/maps"),
}
"""What an embed's service is called, and its hosts (their subdomains as well), or how its addresses begin."""

VIDEO_SERVICES = frozenset({"youtube", "vimeo", "dailymotion"})
"""Where the films of stories lie that have nothing but a film."""

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

WITHOUT_BODY = frozenset({Kind.PICTURES, Kind.CARTOON, Kind.VIDEO, Kind.LIVE})
"""Kinds whose page may have no text and is an article all the same."""

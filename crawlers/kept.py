"""What `crawlers.invented` leaves as it is: names of markup, terms, words that rules go by. Data only."""

from __future__ import annotations

import re

from crawlers import site

WORD = r"[^\W\d_]+(?:\u00ad[^\W\d_]+)*"
LETTERS = re.compile(r"[^\W\d_]+")


def _set(said: str) -> frozenset[str]:
    return frozenset(said.split())


# --- What stays of the markup -----------------------------------------------------------------------------

TAGS = _set(
    "a abbr acronym address applet area article aside audio b base bdi bdo big blockquote body br button"
    " canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt"
    " em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header"
    " hgroup hr html i iframe img input ins kbd label legend li link main map mark math menu meta meter"
    " nav nobr noembed noframes noscript object ol optgroup option output p param picture pre progress q"
    " rp rt ruby s samp script search section select slot small source span strike strong style sub"
    " summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var"
    " video wbr xmp g path rect circle line use symbol amp-ad amp-dailymotion amp-facebook amp-iframe"
    " amp-img amp-instagram amp-twitter amp-vimeo amp-youtube"
)
EMPTIED = frozenset(["script", "style", "iframe", "noembed", "noframes", "xmp"])  # no parser looks into them
OF_TEXT = frozenset(["title", "textarea"])  # nor for tags in these

ADDRESSES = frozenset(
    ["href", "src", "cite", "data-src", site.MEDIA_ADDRESS, "data-instgrm-permalink", "data-href"]
)
SAYING = frozenset(["alt", "title", "aria-label", "placeholder", site.TAGS_ATTRIBUTE])
OF_NUMBERS = _set(
    "datetime sizes width height colspan rowspan start data-tweet-id data-tweetid data-videoid"
    f" data-shortcode {site.ID_ATTRIBUTE}"
)
OF_TERMS = _set("rel type property name itemprop role lang dir http-equiv data-layout aria-modal aria-hidden")
BARE = frozenset(["amp", "⚡", "hidden"])
TERMS = _set(
    "og fb twitter article title description image alt url type site name card locale author publisher"
    " section published modified time keywords news tag canonical amphtml stylesheet alternate icon"
    " nofollow noopener noreferrer text javascript css html application ld json rss xml headline caption"
    " articlebody datepublished datemodified content viewport robots charset utf navigation"
    " complementary search dialog alertdialog main banner hidden button submit auto ltr rtl true false"
    " default story en us website"
)
SCHEMA_TYPES = _set(
    "NewsArticle Article ReportageNewsArticle OpinionNewsArticle AnalysisNewsArticle BlogPosting"
    " LiveBlogPosting ReviewNewsArticle BackgroundNewsArticle Organization Person BreadcrumbList"
    " ListItem ImageObject VideoObject WebSite WebPage"
)
SCHEMA_KEYS = _set(
    "@context @type @graph @id headline description name author url mainEntityOfPage image caption"
    " datePublished dateModified publisher logo articleBody articleSection keywords itemListElement"
    " position item width height"
)
SCHEMA = re.compile(r"https?://schema\.org/?")
ID_WORDS = 3  # of an id that stays: longer ones are the slug of a headline

# --- What stays of addresses ------------------------------------------------------------------------------

SCHEMES = frozenset(["http", "https", "mailto", "tel"])
HOSTS = tuple(
    {
        *site.HOSTS,
        *(host.removeprefix(".") for host in site.SISTERS),
        "localhost",
        *(host for hosts in site.EMBED_SERVICES.values() for host in hosts),
    }
)
LABELS = site.STAYING_LABELS | {"www"}
PATH_WORDS = site.STAYING_PATHS | _set("ad ads jpg jpeg png gif webp")
_ADS = "googlesyndication|doubleclick|googletag|adservice|recaptcha|cf[-_]chl(?:_opt)?"  # wherever they stand
IN_ADDRESS = re.compile(
    rf"(?P<picture>\d{{8}}[0-9a-f]{{7}}(?=\.))|(?P<stays>%[0-9a-f]{{2}}|{_ADS})|{WORD}", re.IGNORECASE
)
ADDRESS = re.compile(r"(?:([a-z][a-z0-9+.-]*):)?(//[^/?#\\]*)?(.*)", re.IGNORECASE | re.DOTALL)
IS_ADDRESS = re.compile(r"\s*(?:(?:[a-z][a-z0-9+.-]*:)?//|/|mailto:)\S*\s*", re.IGNORECASE)
SPACE_AND_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")
# Letters behind a percent sign, however often it was spelled itself ("%2541"), and letters beyond ASCII.
SPELLED_LETTER = re.compile(r"%(?:25)*(4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])", re.IGNORECASE)
SPELLED_BYTES = re.compile(r"(?:%(?:25)*[89a-f][0-9a-f])+", re.IGNORECASE)
LONGEST = 4096  # characters of an address that rules follow

# --- What stays of texts ----------------------------------------------------------------------------------

_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATES = (
    rf"{_MONTH}\b(?=\.?\s+\d{{1,2}}(?!\d))",
    rf"(?<!\d)\d{{1,2}}\s?(?:st|nd|rd|th)?\s+{_MONTH}\b",
    r"(?<=\d)\s?(?:st|nd|rd|th|am|pm)\b",
)
_PLATFORMS = ("Twitter", "LinkedIn", "Instagram", "Facebook", r"Whats\s?App", "YouTube", "Threads", "Bluesky")
CHALLENGES = [mark.decode().removeprefix("<title>") for mark in site.CHALLENGES]


def _spaced(phrase: str) -> str:
    return r"\s+".join(map(re.escape, phrase.split()))


_BEGINS = (
    r"the\s+(?:writer|author|reviewer|columnist|contributor)s?\s+(?:is|are|was|were|has|have|teach(?:es)?|works?"
    r"|holds?|can\s+be|heads|runs|retired|served)\b",
    r"header\s+(?:image|photo|picture)s?(?=\s*:)",
    r"(?:watch|note|update|correction|clarification|video|live|cartoon|also\s+read)(?=\s*:)",
    r"in\s+pictures\b",
    r"live\s?blog\b",
    *site.STAYING_BEGINS,
    rf"(?:published|updated)\b(?=\W*(?:{_MONTH}\b|\d))",
)
_ENDS = (r"in\s+pictures", r"(?<=\[)video(?=\])", r"bureau(?:\s+report)?")
_ANYWHERE = (
    *(_spaced(phrase) for phrase in site.CHROME_PHRASES),
    *(_spaced(part) for mark in CHALLENGES for part in mark.split("|")),
    *(pattern.replace("{MONTH}", _MONTH) for pattern in site.STAYING_ANYWHERE),
    *_PLATFORMS,
    r"tweets?(?:\s+at)?(?=\s*:?\s*@)",
    "on",
)
TEXT = re.compile(
    rf"(?P<address>https?://[^\s<>\"]+)|(?P<stays>\A\W*(?:{'|'.join(_BEGINS)})"
    rf"|\b(?:{'|'.join(_ANYWHERE)})(?!\w)|\b(?:{'|'.join(_ENDS)})(?=\]?\s*\Z)|{'|'.join(_DATES)})|{WORD}",
    re.IGNORECASE,
)
PARTS = re.compile(r"(\s[-|–—]\s|[|\n])")
NAMES = re.compile(r"(\s[-|–—]\s|[|\n]|,\s)")
# "With input from AFP and Reuters", "AFP also contributed to this report"
INPUT = re.compile(
    r"(\W*(?:with\s+)?(?:additional\s+)?(?:inputs?|reporting|information)(?:\s+also)?\s+(?:from|by)\s+)(.+)()",
    re.IGNORECASE | re.DOTALL,
)
CONTRIBUTED = re.compile(
    r"()(.+?)(,?\s+(?:also\s+)?contributed\s+to\s+this\s+(?:report|story|article)\W*)",
    re.IGNORECASE | re.DOTALL,
)
BETWEEN_NAMES = re.compile(
    r"(\s*(?:,\s*and\b|[,|/&;]|\band\b)\s*|\b(?:in|from)\s+(?=[A-Z])|\s+news\s+agency\b|\bthe\s+(?=[A-Z]{2}))"
)
LONGEST_INPUT = 220
WHOLE = re.compile(
    "|".join(
        (
            *map(re.escape, (*site.RAIL_HEADS, *site.AGENCIES)),
            site.STAFF.replace(r".{2,30} bureau(?: report)?|", "")
            or "(?!)",  # its place is a word like any other
            *(pattern for _, field, pattern in site.KINDS if field in ("byline", "section", "badge")),
            "published|updated|advertisement|and",
            *site.STAYING_WHOLE,
        )
    ),
    re.IGNORECASE,
)
LONGEST_WHOLE = 80
SECTIONS = frozenset(
    listing.section.replace("-", " ")
    for listing in (*site.EDITION, *site.LATEST)
    if listing.section != "home"
)

_RULES = " ".join(
    (
        *site.CHROME_LINES,
        *_BEGINS,
        *_ENDS,
        *_ANYWHERE,
        *SECTIONS,
        WHOLE.pattern,
        INPUT.pattern,
        CONTRIBUTED.pattern,
        BETWEEN_NAMES.pattern,
    )
)
_MONTHS = (
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec am pm st nd rd th"
)
_OF_ADDRESSES = " ".join((*HOSTS, *LABELS, *PATH_WORDS, *SCHEMES, _ADS, "schema org data javascript"))
_OF_MARKUP = " ".join((*TAGS, *ADDRESSES, *SAYING, *OF_NUMBERS, *OF_TERMS, *BARE, *SCHEMA_KEYS))
STAYING = frozenset(
    word.lower()
    for said in (
        re.sub(r"\\[a-zA-Z]", " ", _RULES.replace(r"Whats\s?App", "WhatsApp whats app")),
        _MONTHS,
        _OF_ADDRESSES,
        _OF_MARKUP,
        "content srcset style class id charset display none doctype utf about blank",
        *TERMS,
        *SCHEMA_TYPES,
    )
    for word in LETTERS.findall(said)
)
"""Every word that may stay somewhere, in lower case; no made-up word is one of them."""

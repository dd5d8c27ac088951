"""A page with made-up words in place of its own: what a test may keep of it. Pure.

Only what is named here stays: tags, classes, short ids, numbers, dates, hosts of services, and the words that
rules go by, where they go by them. Every other word becomes another one, the same each time, so that a
headline is the same in `<title>`, meta, JSON-LD and heading; attributes no rule asks for, scripts (but for
JSON-LD), styles, comments and what else no parser shows are left out. A single letter is no word.
"""

from __future__ import annotations

import html
import json
import re
from hashlib import blake2b
from itertools import count

from crawlers import site

_WORD = r"[^\W\d_]+(?:\u00ad[^\W\d_]+)*"
_LETTERS = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(_WORD)


def _set(said: str) -> frozenset[str]:
    return frozenset(said.split())


# --- What stays of the markup -----------------------------------------------------------------------------

_TAGS = _set(
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
_EMPTIED = frozenset(["script", "style", "iframe", "noembed", "noframes", "xmp"])  # no parser looks into them
_OF_TEXT = frozenset(["title", "textarea"])  # nor for tags in these

_ADDRESSES = frozenset(
    ["href", "src", "cite", "data-src", "data-original-src", "data-instgrm-permalink", "data-href"]
)
_SAYING = frozenset(["alt", "title", "aria-label", "placeholder", "data-tags"])
_OF_NUMBERS = _set(
    "datetime sizes width height colspan rowspan start data-id data-tweet-id data-tweetid data-videoid"
    " data-shortcode"
)
_OF_TERMS = _set(
    "rel type property name itemprop role lang dir http-equiv data-layout aria-modal aria-hidden"
)
_BARE = frozenset(["amp", "⚡", "hidden"])
_TERMS = _set(
    "og fb twitter article title description image alt url type site name card locale author publisher"
    " section published modified time keywords news tag canonical amphtml stylesheet alternate icon"
    " nofollow noopener noreferrer text javascript css html application ld json rss xml headline caption"
    " articlebody datepublished datemodified content viewport robots charset utf navigation"
    " complementary search dialog alertdialog main banner hidden button submit auto ltr rtl true false"
    " default story en us website"
)
_SCHEMA_TYPES = _set(
    "NewsArticle Article ReportageNewsArticle OpinionNewsArticle AnalysisNewsArticle BlogPosting"
    " LiveBlogPosting ReviewNewsArticle BackgroundNewsArticle Organization Person BreadcrumbList"
    " ListItem ImageObject VideoObject WebSite WebPage"
)
_SCHEMA_KEYS = _set(
    "@context @type @graph @id headline description name author url mainEntityOfPage image caption"
    " datePublished dateModified publisher logo articleBody articleSection keywords itemListElement"
    " position item width height"
)
_SCHEMA = re.compile(r"https?://schema\.org/?")
_ID_WORDS = 3  # of an id that stays: longer ones are the slug of a headline

# --- What stays of addresses ------------------------------------------------------------------------------

_SCHEMES = frozenset(["http", "https", "mailto", "tel"])
_HOSTS = tuple(
    {
        *site.HOSTS,
        "dawnnews.tv",
        "localhost",
        *(host for hosts in site.EMBED_SERVICES.values() for host in hosts),
    }
)
_LABELS = frozenset(["www", "images", "aurora", "herald", "epaper"])
_PATH_WORDS = _set("news amp print live status ad ads jpg jpeg png gif webp")
_ADS = "googlesyndication|doubleclick|googletag|adservice|recaptcha|cf[-_]chl(?:_opt)?"  # wherever they stand
_IN_ADDRESS = re.compile(
    rf"(?P<picture>\d{{8}}[0-9a-f]{{7}}(?=\.))|(?P<stays>%[0-9a-f]{{2}}|{_ADS})|{_WORD}", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:([a-z][a-z0-9+.-]*):)?(//[^/?#\\]*)?(.*)", re.IGNORECASE | re.DOTALL)
_IS_ADDRESS = re.compile(r"\s*(?:(?:[a-z][a-z0-9+.-]*:)?//|/|mailto:)\S*\s*", re.IGNORECASE)
_SPACE_AND_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")
# Letters behind a percent sign, however often it was spelled itself ("%2541"), and letters beyond ASCII.
_SPELLED_LETTER = re.compile(r"%(?:25)*(4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])", re.IGNORECASE)
_SPELLED_BYTES = re.compile(r"(?:%(?:25)*[89a-f][0-9a-f])+", re.IGNORECASE)
_LONGEST = 4096  # characters of an address that rules follow

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
_CHALLENGES = [mark.decode().removeprefix("<title>") for mark in site.CHALLENGES]


def _spaced(phrase: str) -> str:
    return r"\s+".join(map(re.escape, phrase.split()))


_BEGINS = (
    r"the\s+(?:writer|author|reviewer|columnist|contributor)s?\s+(?:is|are|was|were|has|have|teach(?:es)?|works?"
    r"|holds?|can\s+be|heads|runs|retired|served)\b",
    r"header\s+(?:image|photo|picture)s?(?=\s*:)",
    r"(?:watch|note|update|correction|clarification|video|live|cartoon|also\s+read)(?=\s*:)",
    r"in\s+pictures\b",
    r"live\s?blog\b",
    r"follow\s+dawn\b",
    r"dear\s+visitor\b(?=.{0,20},\s+the\s+comments)",
    rf"(?:published|updated)\b(?=\W*(?:{_MONTH}\b|\d))",
)
_ENDS = (r"in\s+pictures", r"(?<=\[)video(?=\])", r"bureau(?:\s+report)?")
_ANYWHERE = (
    *(_spaced(phrase) for phrase in site.CHROME_PHRASES),
    *(_spaced(part) for mark in _CHALLENGES for part in mark.split("|")),
    r"the\s+comments\s+section\s+is\s+undergoing",
    r"join\s+our\s+whats\s?app\s+channel",
    r"(?:follow|join)\s+(?:us|dawn(?:\.com)?)\s+on\s+whats\s?app",
    r"listen\s+to\s+article",
    rf"published\s+in\s+dawn\s*,\s*(?:{site.FEATURE_WORDS})(?=\s*(?:,|\.|{_MONTH}|\d|$))",
    r"published\s+in(?=\s+(?:(?:the|daily)\s+)?dawn\b|\s*\Z)",
    r"(?:(?:the|daily)\s+)?dawn(?:\.com)?\b",
    *_PLATFORMS,
    r"tweets?(?:\s+at)?(?=\s*:?\s*@)",
    "on",
)
_TEXT = re.compile(
    rf"(?P<address>https?://[^\s<>\"]+)|(?P<stays>\A\W*(?:{'|'.join(_BEGINS)})"
    rf"|\b(?:{'|'.join(_ANYWHERE)})(?!\w)|\b(?:{'|'.join(_ENDS)})(?=\]?\s*\Z)|{'|'.join(_DATES)})|{_WORD}",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\s[-|–—]\s|[|\n])")
_NAMES = re.compile(r"(\s[-|–—]\s|[|\n]|,\s)")
# "With input from AFP and Reuters", "AFP also contributed to this report"
_INPUT = re.compile(
    r"(\W*(?:with\s+)?(?:additional\s+)?(?:inputs?|reporting|information)(?:\s+also)?\s+(?:from|by)\s+)(.+)()",
    re.IGNORECASE | re.DOTALL,
)
_CONTRIBUTED = re.compile(
    r"()(.+?)(,?\s+(?:also\s+)?contributed\s+to\s+this\s+(?:report|story|article)\W*)",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN_NAMES = re.compile(
    r"(\s*(?:,\s*and\b|[,|/&;]|\band\b)\s*|\b(?:in|from)\s+(?=[A-Z])|\s+news\s+agency\b|\bthe\s+(?=[A-Z]{2}))"
)
_LONGEST_INPUT = 220
_WHOLE = re.compile(
    "|".join(
        (
            *map(re.escape, (*site.RAIL_HEADS, *site.AGENCIES)),
            site.STAFF.replace(r".{2,30} bureau(?: report)?|", ""),  # its place is a word like any other
            *(pattern for _, field, pattern in site.KINDS if field in ("byline", "section", "badge")),
            "published|updated|advertisement|and|dawn news",
        )
    ),
    re.IGNORECASE,
)
_LONGEST_WHOLE = 80
_SECTIONS = frozenset(
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
        *_SECTIONS,
        _WHOLE.pattern,
        _INPUT.pattern,
        _CONTRIBUTED.pattern,
        _BETWEEN_NAMES.pattern,
    )
)
_MONTHS = (
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec am pm st nd rd th"
)
_OF_ADDRESSES = " ".join((*_HOSTS, *_LABELS, *_PATH_WORDS, *_SCHEMES, _ADS, "schema org data javascript"))
_OF_MARKUP = " ".join((*_TAGS, *_ADDRESSES, *_SAYING, *_OF_NUMBERS, *_OF_TERMS, *_BARE, *_SCHEMA_KEYS))
STAYING = frozenset(
    word.lower()
    for said in (
        re.sub(r"\\[a-zA-Z]", " ", _RULES.replace(r"Whats\s?App", "WhatsApp whats app")),
        _MONTHS,
        _OF_ADDRESSES,
        _OF_MARKUP,
        "content srcset style class id charset display none doctype utf about blank",
        *_TERMS,
        *_SCHEMA_TYPES,
    )
    for word in _LETTERS.findall(said)
)
"""Every word that may stay somewhere, in lower case; no made-up word is one of them."""

# --- Reading markup: as browsers do, for a `<` is not always a tag ----------------------------------------

_SPACE = r" \t\n\r\f"
_MARKUP = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|(?P<doctype><!doctype\b)[^>]*(?:>|\Z)|<[!?][^>]*(?:>|\Z)|</(?:>|[^a-z>][^>]*(?:>|\Z))"
    rf"|<(?P<close>/?)(?P<tag>[a-z][^{_SPACE}/>]*)",
    re.IGNORECASE | re.DOTALL,
)
_GAP = re.compile(rf"[{_SPACE}/]*")
_ATTRIBUTE = re.compile(
    rf"([^{_SPACE}/>][^{_SPACE}/>=]*+)"
    rf"(?:([{_SPACE}]*+=[{_SPACE}]*+)(?:\"([^\"]*)\"|'([^']*)'|([^{_SPACE}>\"'][^{_SPACE}>]*+|(?=>))))?+"
)
_GIVES_A_VALUE = re.compile(rf"[{_SPACE}]*=")
_ENTITY_IN_VALUE = re.compile(
    r"&(?:#[0-9]+;?|#x[0-9a-f]+;?|[a-z][a-z0-9]*(?:;|(?![a-z0-9=;])))", re.IGNORECASE
)
_SPELLED_TWICE = re.compile(r"&(?:amp;)*(#(?:x[0-9a-f]+|[0-9]+);?)", re.IGNORECASE)
_LEADING_ZEROS, _NO_CHARACTER = re.compile("&#0+(?=[0-9])"), re.compile("&#[0-9]{8,};?")
_CHARSET = re.compile(r"(charset\s*=\s*)[\w.:-]+", re.IGNORECASE)
_HIDES = re.compile(r"hidden|display:\s?none", re.IGNORECASE)

_SYLLABLES = sorted(_set("ba da fe ga ho ki lo ma ne po ra su ta vi wo zu ar el in or"))


def invented(page: str) -> str:
    """The page with made-up words. The same page gives the same text; any text is a page."""
    asked = _Words(frozenset())
    _Page(page, asked).made()
    return _Page(page, _Words(frozenset(asked.made))).made()


class _Words:
    """The made-up words of a page; none of them is a word of the page itself, or one that rules go by."""

    def __init__(self, own: frozenset[str]) -> None:
        self.made: dict[str, str] = {}
        self._own = own

    def __call__(self, word: str) -> str:
        letters = word.replace("\u00ad", "")
        if len(letters) < 2:
            return word
        plain = letters.lower()
        made = self.made.get(plain)
        if made is None:
            made = self.made[plain] = self._new(plain, len(letters))
        made = made.upper() if letters.isupper() else made.capitalize() if letters[0].isupper() else made
        if "\u00ad" in word:  # hyphens stay where they are
            shown = iter(made)
            made = "".join(char if char == "\u00ad" else next(shown) for char in word) + "".join(shown)
        return made

    def _new(self, plain: str, length: int) -> str:
        for turn in count():
            seed = blake2b(f"{turn} {plain}".encode("utf-8", "replace"), digest_size=64).digest()
            syllables = [_SYLLABLES[byte % len(_SYLLABLES)] for byte in seed]
            wanted = length + turn // 16  # there are only so many words of two letters
            made = "".join(syllables * (wanted // 128 + 1))[:wanted]
            if made not in self._own and made not in STAYING:
                return made
        raise AssertionError


class _Page:
    """One page, and the words it is to be told in."""

    def __init__(self, page: str, words: _Words) -> None:
        self._page = page
        self._word = words

    def made(self) -> str:
        """The page in these words."""
        page, at, pieces = self._page, 0, list[str]()
        while found := _MARKUP.search(page, at):
            pieces.append(self._text(page[at : found.start()]))
            at = found.end()
            if found["doctype"]:
                pieces.append("<!DOCTYPE html>")
            if not found["tag"]:
                continue
            tag = self._tag(found["tag"], bool(found["close"]), at)
            if tag is None:  # it does not end: browsers show nothing of it
                return "".join(pieces)
            pieces.append(tag[0])
            at = tag[1]
            name = found["tag"].lower()
            if not found["close"] and (name in _EMPTIED or name in _OF_TEXT):
                ends = re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE).search(page, at)
                inside = page[at : ends.start() if ends else len(page)]
                at += len(inside)
                pieces.append(self._text(inside, True) if name in _OF_TEXT else self._script(inside, tag[2]))
        pieces.append(self._text(page[at:]))
        return "".join(pieces)

    def _tag(self, name: str, closes: bool, at: int) -> tuple[str, int, dict[str, str]] | None:
        """A tag as it is told, where it ends, and its attributes; None where the page ends before it does."""
        page, given, told = self._page, dict[str, str](), list[tuple[str, str, str, str]]()
        while True:
            gap = page[at : (at := _after(_GAP, page, at))]
            if page.startswith(">", at):
                break
            one = _ATTRIBUTE.match(page, at)
            if one is None or (one[2] is None and _GIVES_A_VALUE.match(page, one.end())):
                return None
            raw = next((value for value in one.groups()[2:] if value is not None), "")
            given.setdefault(one[1].lower(), _decoded_value(raw))
            told.append((gap or " ", one[1], "'" if one[4] is not None else '"', raw))
            at = one.end()
        own = name.lower()
        attributes = "" if closes else "".join(self._attribute(own, *each, given) for each in told)
        end = " />" if "/" in gap and not closes else ">"
        return f"<{'/' * closes}{self._tag_name(name)}{attributes}{end}", at + 1, given

    def _tag_name(self, name: str) -> str:
        """The name of an element; a made-up one where it is none of HTML's: "a <quick brown fox>"."""
        plain = name.lower()
        if plain in _TAGS:
            return name
        begins = "amp-" if plain.startswith("amp-") else "x-"
        return begins + re.sub(r"[^a-z0-9-]", "", self._plainly(plain.removeprefix("amp-")).lower())

    def _attribute(self, tag: str, gap: str, name: str, quote: str, raw: str, given: dict[str, str]) -> str:
        """An attribute as it is told; "" for one that no rule asks for."""
        plain = name.lower()
        value = given[plain]
        told: str | None = None
        if plain in _BARE:
            return gap + name
        if plain == "class" or (plain == "id" and len(_LETTERS.findall(value)) <= _ID_WORDS):
            return f"{gap}{name}={quote}{raw.replace(quote, html.escape(quote))}{quote}"
        if plain in _SAYING or plain in _OF_NUMBERS or plain == "id":
            told = self._said(value)
        elif plain in _OF_TERMS:
            told = self._terms(value)
        elif plain in _ADDRESSES:
            told = self._address(value)
        elif plain == "srcset":  # of which rules read the first
            told = self._address(next(iter(value.split()), ""))
        elif tag == "meta" and plain == "content":
            told = self._content(value, given)
        elif tag == "meta" and plain == "charset":
            told = "utf-8"
        elif plain == "style" and _HIDES.search(value):
            told = "display:none"
        return "" if told is None else f"{gap}{name}={quote}{_escaped(told, quote)}{quote}"

    def _content(self, value: str, given: dict[str, str]) -> str:
        """What a meta element says; its section stays, for it is the site's."""
        name = (given.get("property") or given.get("name") or "").lower()
        if name == "og:type":
            return self._terms(value)
        if "http-equiv" in given:
            return _CHARSET.sub(r"\1utf-8", self._terms(value))
        if name == "author":  # names parted by commas
            return self._said(value, _NAMES)
        return self._value(value, True)

    def _script(self, inside: str, given: dict[str, str]) -> str:
        """A script as it is told: JSON-LD, and of all others the marks of a challenge."""
        if (given.get("type") or "").strip().lower() != "application/ld+json":
            small = inside.lower()
            return " ".join(mark for mark in _CHALLENGES if mark in small)
        try:
            return json.dumps(self._thing(json.loads(inside, strict=False))).replace("<", "\\u003c")
        except (ValueError, RecursionError):
            return ""  # it says nothing to anybody

    def _thing(self, said: object, key: str = "") -> object:
        if isinstance(said, dict):
            return {name: self._thing(value, name) for name, value in said.items() if name in _SCHEMA_KEYS}
        if isinstance(said, list):
            return [self._thing(value, key) for value in said]
        if not isinstance(said, str):
            return said
        if (key == "@type" and said in _SCHEMA_TYPES) or (key == "@context" and _SCHEMA.fullmatch(said)):
            return said
        return self._value(_decoded(said), key == "articleSection")

    def _text(self, text: str, titles: bool = False) -> str:
        return _escaped(self._said(_decoded(text), sections=titles)) if text else ""

    def _value(self, value: str, sections: bool = False) -> str:
        """An address or a text as it is told."""
        return self._address(value) if _IS_ADDRESS.fullmatch(value) else self._said(value, sections=sections)

    def _said(self, text: str, parts: re.Pattern[str] = _PARTS, sections: bool = False) -> str:
        """A text as it is told, part by part: "Headline - Section - DAWN.COM", "AFP | Reuters"."""
        return "".join(
            part if number % 2 or _stays(part, sections) else self._part(part)
            for number, part in enumerate(parts.split(text))
        )

    def _part(self, part: str) -> str:
        if len(part) <= _LONGEST_INPUT and (found := _INPUT.fullmatch(part) or _CONTRIBUTED.fullmatch(part)):
            names = _BETWEEN_NAMES.split(found[2])
            return found[1] + "".join(map(self._helper, range(len(names)), names)) + found[3]
        return _TEXT.sub(self._token, part)

    def _helper(self, number: int, name: str) -> str:
        return name if number % 2 or _stays(name, False) else _TEXT.sub(self._token, name)

    def _token(self, found: re.Match[str]) -> str:
        if found["address"]:
            return self._address(found["address"])
        return found["stays"] or self._word(found[0])

    def _plainly(self, text: str) -> str:
        """A text of which no word stays."""
        return _WORDS.sub(lambda found: self._word(found[0]), text)

    def _terms(self, text: str) -> str:
        """A text of which the terms of HTML and of meta elements stay."""
        return _LETTERS.sub(
            lambda found: found[0] if found[0].lower() in _TERMS else self._word(found[0]), text
        )

    def _address(self, address: str) -> str:
        """An address: of its host a service's name stays, of its path numbers and what says "a story"."""
        if len(address) > _LONGEST or address[:5].lower() == "data:":
            return "data:,"
        if address == "about:blank":
            return address
        plain = _SPACE_AND_CONTROLS.sub("", address) if not address.isprintable() else address.strip()
        plain = _SPELLED_LETTER.sub(lambda found: chr(int(found[1], 16)), plain)
        plain = _SPELLED_BYTES.sub(_of_bytes, plain)
        found = _ADDRESS.fullmatch(plain)
        assert found is not None
        scheme, host, path = found[1], found[2], found[3]
        told = ""
        if scheme is not None:
            told = f"{scheme if scheme.lower() in _SCHEMES else self._plainly(scheme)}:"
        if host is not None:
            told += f"//{self._host(host[2:])}"
        return told + _IN_ADDRESS.sub(self._in_path, path)

    def _host(self, host: str) -> str:
        user, at, named = host.rpartition("@")
        name, colon, port = named.partition(":")
        small = name.lower()
        known = next((one for one in _HOSTS if small == one or small.endswith(f".{one}")), "")
        labels = name[: len(name) - len(known)].split(".")
        if not known and labels and len(labels[-1]) <= 3:  # "com", "org", "pk"
            known, labels = labels[-1], [*labels[:-1], ""]
        else:
            known = name[len(name) - len(known) :]
        told = (label if label.lower() in _LABELS else self._plainly(label) for label in labels)
        return f"{self._plainly(user)}{at}{'.'.join(told)}{known}{colon}{self._plainly(port)}"

    def _in_path(self, found: re.Match[str]) -> str:
        if found["picture"]:  # its day and hour are read, the rest names a real picture
            seed = blake2b(found["picture"].lower().encode(), digest_size=8).digest()
            return f"{found['picture'][:8]}{int.from_bytes(seed, 'big') % 10**7:07}"
        if found["stays"] or found[0].lower() in _PATH_WORDS:
            return found[0]
        return self._word(found[0])


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _stays(part: str, sections: bool) -> bool:
    """Whether a part of a text is, as a whole, what rules ask for: "Read more", "AFP", a section's name."""
    if len(part) > _LONGEST_WHOLE:
        return False
    said = " ".join(part.lower().replace("’", "'").split()).strip(" .:")
    return _WHOLE.fullmatch(said) is not None or (sections and said in _SECTIONS)


def _decoded(text: str) -> str:
    """The text with entities undone, also letters by number that were spelled twice."""
    if "&" not in text:
        return text
    return _SPELLED_TWICE.sub(lambda spelled: _unescaped("&" + spelled[1]), _unescaped(text))


def _unescaped(text: str) -> str:
    """The text with its entities undone; `html.unescape` raises on a number of 4,301 digits."""
    return html.unescape(_NO_CHARACTER.sub("\ufffd", _LEADING_ZEROS.sub("&#", text)))


def _decoded_value(raw: str) -> str:
    """An attribute's value with entities undone as there: "?a=1&copy=2" holds none."""
    plain = _ENTITY_IN_VALUE.sub(lambda spelled: _unescaped(spelled[0]), raw) if "&" in raw else raw
    return _SPELLED_TWICE.sub(lambda spelled: _unescaped("&" + spelled[1]), plain)


def _escaped(text: str, quote: str = "") -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("\u00a0", "&nbsp;").replace("\u00ad", "&shy;")
    return text.replace(quote, html.escape(quote)) if quote else text


def _of_bytes(found: re.Match[str]) -> str:
    return bytes.fromhex(re.sub("%(?:25)*", "", found[0])).decode("utf-8", "replace")

"""A page with made-up words in place of its own: what a test may keep of it. Pure.

Markup, classes, ids, numbers, dates and the words that rules go by stay byte for byte; every other word
becomes another one, the same each time, so that a headline is the same in `<title>`, meta, JSON-LD and
heading. Scripts (but for JSON-LD), styles and comments are emptied.
"""

from __future__ import annotations

import html
import json
import re
from hashlib import blake2b

from crawlers import site

_TOKENS = re.compile(
    r"(<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>|<(?:\"[^\"]*\"|'[^']*'|[^'\">])*>)",
    re.DOTALL | re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_ENTITY = re.compile(r"(&#?\w+;)")
_ATTRIBUTE = re.compile(r"""([\w:-]+)(\s*=\s*)("[^"]*"|'[^']*')""")
_JSON_LD = re.compile(
    r"(<script\b[^>]*application/ld\+json[^>]*>)(.*?)(</script\s*>)", re.DOTALL | re.IGNORECASE
)
_EMPTIED = re.compile(r"(<(?:script|style)\b[^>]*>).*?(</\w+\s*>)", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(r"^\s*(?:(?:https?:)?//([^/?#]*))?([^?#]*)(.*)$", re.DOTALL)

_SAYING = frozenset(["alt", "title", "aria-label", "placeholder", "data-tags"])
_META_SAYING = ("title", "description", "author", "keywords", "section", "image:alt", "caption")
_JSON_SAYING = frozenset(
    [
        "headline",
        "description",
        "name",
        "caption",
        "articleBody",
        "articleSection",
        "keywords",
        "alternateName",
    ]
)
_ADDRESSES = frozenset(
    ["href", "src", "cite", "data-src", "data-original-src", "data-instgrm-permalink", "content"]
)
_SYLLABLES = [
    "ba",
    "da",
    "fe",
    "ga",
    "ho",
    "ki",
    "lo",
    "ma",
    "ne",
    "po",
    "ra",
    "su",
    "ta",
    "vi",
    "wo",
    "zu",
    "ar",
    "el",
    "in",
    "or",
]

_OF_RULES = " ".join(
    (
        *site.CHROME_LINES,
        *site.CHROME_PHRASES,
        *site.RAIL_HEADS,
        *site.AGENCIES,
        site.STAFF,
        site.FEATURE_WORDS,
        *(pattern for _, _, pattern in site.KINDS),
        "january february march april may june july august september october november december sept",
        "jan feb mar apr jun jul aug sep oct nov dec am pm st nd rd th published updated in dawn com",
        "with additional input inputs reporting from by also contributed to this report header image photo",
        "the writer author reviewer is are was has teaches works holds www https http news authors amp print",
        "article newsarticle utf html en business pakistan world sport opinion national newspaper",
    )
)
_KEPT = frozenset(word.lower() for word in _WORD.findall(re.sub(r"\\[a-zA-Z]", " ", _OF_RULES)))


def invented(page: str) -> str:
    """The page with made-up words. The same page gives the same text."""
    return "".join(
        _markup(token) if token.startswith("<") else _text(token) for token in _TOKENS.split(page) if token
    )


def _text(text: str) -> str:
    return "".join(piece if _ENTITY.fullmatch(piece) else _words(piece) for piece in _ENTITY.split(text))


def _words(text: str) -> str:
    return _WORD.sub(lambda found: _word(found[0]), text)


def _word(word: str) -> str:
    plain = word.lower()
    if plain in _KEPT or len(word) < 2:
        return word
    seed = blake2b(plain.encode(), digest_size=8).digest()
    made = "".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in seed)[: max(2, min(len(word), 14))]
    return made.upper() if word.isupper() else made.capitalize() if word[0].isupper() else made


def _markup(token: str) -> str:
    if token.startswith("<!--"):
        return ""
    found = _JSON_LD.fullmatch(token)
    if found:
        return found[1] + _json(found[2]) + found[3]
    if token[:7].lower() in ("<script", "<style>", "<style "):
        return _EMPTIED.sub(r"\1\2", token)
    is_meta = token[:5].lower() == "<meta"
    named = re.search(r"""(?:name|property|itemprop)\s*=\s*["']([^"']*)""", token) if is_meta else None
    says = named is not None and any(named[1].lower().endswith(name) for name in _META_SAYING)

    def attribute(found: re.Match[str]) -> str:
        name, quote, value = found[1].lower(), found[3][0], found[3][1:-1]
        if name in _SAYING or (says and name == "content"):
            value = _text(value)
        elif name in _ADDRESSES and "/" in value:
            value = _address(value)
        elif name.startswith("on") or name in ("style", "srcset"):
            value = ""
        return f"{found[1]}{found[2]}{quote}{value}{quote}"

    return _ATTRIBUTE.sub(attribute, token)


def _address(address: str) -> str:
    """An address with made-up words in its path; its host, numbers and a picture's path stay."""
    found = _ADDRESS.match(html.unescape(address))
    if found is None or not (found[1] or found[2]) or (found[1] or "").startswith("i."):
        return address
    host = (
        address[: address.index(found[2])] if found[1] and found[2] else f"//{found[1]}" if found[1] else ""
    )
    return host + _words(found[2])


def _json(text: str) -> str:
    try:
        said = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return ""
    return json.dumps(_value(said, ""), ensure_ascii=True)


def _value(said: object, key: str) -> object:
    if isinstance(said, dict):
        return {name: _value(value, name) for name, value in said.items()}
    if isinstance(said, list):
        return [_value(value, key) for value in said]
    if isinstance(said, str) and key in _JSON_SAYING:
        return _text(said)
    if isinstance(said, str) and said.startswith("http"):
        return _address(said)
    return said

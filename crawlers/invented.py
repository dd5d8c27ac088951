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

from crawlers import kept
from crawlers.lines import unescaped

_WORDS = re.compile(kept.WORD)


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
_CHARSET = re.compile(r"(charset\s*=\s*)[\w.:-]+", re.IGNORECASE)
_HIDES = re.compile(r"hidden|display:\s?none", re.IGNORECASE)

_SYLLABLES = sorted(
    frozenset(
        [
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
    )
)


def invented(page: str) -> str:
    """The page with made-up words. The same page gives the same text; any text is a page."""
    asked = _Words(frozenset())
    _Page(page, asked).made()
    # What is left out has words, too: none of them may come back by chance.
    everywhere = (word.replace("\u00ad", "").lower() for word in _WORDS.findall(page))
    return _Page(page, _Words(frozenset((*asked.made, *everywhere)))).made()


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
            if made not in self._own and made not in kept.STAYING:
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
            if not found["close"] and (name in kept.EMPTIED or name in kept.OF_TEXT):
                ends = re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE).search(page, at)
                inside = page[at : ends.start() if ends else len(page)]
                at += len(inside)
                pieces.append(
                    self._text(inside, True) if name in kept.OF_TEXT else self._script(inside, tag[2])
                )
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
        if plain in kept.TAGS:
            return name
        begins = "amp-" if plain.startswith("amp-") else "x-"
        return begins + re.sub(r"[^a-z0-9-]", "", self._plainly(plain.removeprefix("amp-")).lower())

    def _attribute(self, tag: str, gap: str, name: str, quote: str, raw: str, given: dict[str, str]) -> str:
        """An attribute as it is told; "" for one that no rule asks for."""
        plain = name.lower()
        value = given[plain]
        told: str | None = None
        if plain in kept.BARE:
            return gap + name
        if plain == "class" or (plain == "id" and len(kept.LETTERS.findall(value)) <= kept.ID_WORDS):
            return f"{gap}{name}={quote}{raw.replace(quote, html.escape(quote))}{quote}"
        if plain in kept.SAYING or plain in kept.OF_NUMBERS or plain == "id":
            told = self._said(value)
        elif plain in kept.OF_TERMS:
            told = self._terms(value)
        elif plain in kept.ADDRESSES:
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
            return self._said(value, kept.NAMES)
        return self._value(value, True)

    def _script(self, inside: str, given: dict[str, str]) -> str:
        """A script as it is told: JSON-LD, and of all others the marks of a challenge."""
        if (given.get("type") or "").strip().lower() != "application/ld+json":
            small = inside.lower()
            return " ".join(mark for mark in kept.CHALLENGES if mark in small)
        try:
            return json.dumps(self._thing(json.loads(inside, strict=False))).replace("<", "\\u003c")
        except (ValueError, RecursionError):
            return ""  # it says nothing to anybody

    def _thing(self, said: object, key: str = "") -> object:
        if isinstance(said, dict):
            return {
                name: self._thing(value, name) for name, value in said.items() if name in kept.SCHEMA_KEYS
            }
        if isinstance(said, list):
            return [self._thing(value, key) for value in said]
        if not isinstance(said, str):
            return said
        if (key == "@type" and said in kept.SCHEMA_TYPES) or (
            key == "@context" and kept.SCHEMA.fullmatch(said)
        ):
            return said
        return self._value(_decoded(said), key == "articleSection")

    def _text(self, text: str, titles: bool = False) -> str:
        return _escaped(self._said(_decoded(text), sections=titles)) if text else ""

    def _value(self, value: str, sections: bool = False) -> str:
        """An address or a text as it is told."""
        return (
            self._address(value) if kept.IS_ADDRESS.fullmatch(value) else self._said(value, sections=sections)
        )

    def _said(self, text: str, parts: re.Pattern[str] = kept.PARTS, sections: bool = False) -> str:
        """A text as it is told, part by part: "Headline - Section - DAWN.COM", "AFP | Reuters"."""
        return "".join(
            part if number % 2 or _stays(part, sections) else self._part(part)
            for number, part in enumerate(parts.split(text))
        )

    def _part(self, part: str) -> str:
        if len(part) <= kept.LONGEST_INPUT and (
            found := kept.INPUT.fullmatch(part) or kept.CONTRIBUTED.fullmatch(part)
        ):
            names = kept.BETWEEN_NAMES.split(found[2])
            return found[1] + "".join(map(self._helper, range(len(names)), names)) + found[3]
        return kept.TEXT.sub(self._token, part)

    def _helper(self, number: int, name: str) -> str:
        return name if number % 2 or _stays(name, False) else kept.TEXT.sub(self._token, name)

    def _token(self, found: re.Match[str]) -> str:
        if found["address"]:
            return self._address(found["address"])
        return found["stays"] or self._word(found[0])

    def _plainly(self, text: str) -> str:
        """A text of which no word stays."""
        return _WORDS.sub(lambda found: self._word(found[0]), text)

    def _terms(self, text: str) -> str:
        """A text of which the terms of HTML and of meta elements stay."""
        return kept.LETTERS.sub(
            lambda found: found[0] if found[0].lower() in kept.TERMS else self._word(found[0]), text
        )

    def _address(self, address: str) -> str:
        """An address: of its host a service's name stays, of its path numbers and what says "a story"."""
        if len(address) > kept.LONGEST or address[:5].lower() == "data:":
            return "data:,"
        if address == "about:blank":
            return address
        plain = kept.SPACE_AND_CONTROLS.sub("", address) if not address.isprintable() else address.strip()
        plain = kept.SPELLED_LETTER.sub(lambda found: chr(int(found[1], 16)), plain)
        plain = kept.SPELLED_BYTES.sub(_of_bytes, plain)
        found = kept.ADDRESS.fullmatch(plain)
        assert found is not None
        scheme, host, path = found[1], found[2], found[3]
        told = ""
        if scheme is not None:
            told = f"{scheme if scheme.lower() in kept.SCHEMES else self._plainly(scheme)}:"
        if host is not None:
            told += f"//{self._host(host[2:])}"
        return told + kept.IN_ADDRESS.sub(self._in_path, path)

    def _host(self, host: str) -> str:
        user, at, named = host.rpartition("@")
        name, colon, port = named.partition(":")
        small = name.lower()
        known = next((one for one in kept.HOSTS if small == one or small.endswith(f".{one}")), "")
        labels = name[: len(name) - len(known)].split(".")
        if not known and labels and len(labels[-1]) <= 3:  # "com", "org", "pk"
            known, labels = labels[-1], [*labels[:-1], ""]
        else:
            known = name[len(name) - len(known) :]
        told = (label if label.lower() in kept.LABELS else self._plainly(label) for label in labels)
        return f"{self._plainly(user)}{at}{'.'.join(told)}{known}{colon}{self._plainly(port)}"

    def _in_path(self, found: re.Match[str]) -> str:
        if found["picture"]:  # its day and hour are read, the rest names a real picture
            seed = blake2b(found["picture"].lower().encode(), digest_size=8).digest()
            return f"{found['picture'][:8]}{int.from_bytes(seed, 'big') % 10**7:07}"
        if found["stays"] or found[0].lower() in kept.PATH_WORDS:
            return found[0]
        return self._word(found[0])


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _stays(part: str, sections: bool) -> bool:
    """Whether a part of a text is, as a whole, what rules ask for: "Read more", "AFP", a section's name."""
    if len(part) > kept.LONGEST_WHOLE:
        return False
    said = " ".join(part.lower().replace("’", "'").split()).strip(" .:")
    return kept.WHOLE.fullmatch(said) is not None or (sections and said in kept.SECTIONS)


def _decoded(text: str) -> str:
    """The text with entities undone, also letters by number that were spelled twice."""
    if "&" not in text:
        return text
    return _SPELLED_TWICE.sub(lambda spelled: unescaped("&" + spelled[1]), unescaped(text))


def _decoded_value(raw: str) -> str:
    """An attribute's value with entities undone as there: "?a=1&copy=2" holds none."""
    plain = _ENTITY_IN_VALUE.sub(lambda spelled: unescaped(spelled[0]), raw) if "&" in raw else raw
    return _SPELLED_TWICE.sub(lambda spelled: unescaped("&" + spelled[1]), plain)


def _escaped(text: str, quote: str = "") -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("\u00a0", "&nbsp;").replace("\u00ad", "&shy;")
    return text.replace(quote, html.escape(quote)) if quote else text


def _of_bytes(found: re.Match[str]) -> str:
    return bytes.fromhex(re.sub("%(?:25)*", "", found[0])).decode("utf-8", "replace")

# ruff: noqa: E501 - pieces of markup read best on a line of their own
"""How pages are damaged: pure functions of a die, bytes and another page's bytes."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.fuzz.corpus import Whole
from benchmarks.fuzz.hostile import HOSTILE, hostile

MAX_BYTES = 2_000_000
_TAG = re.compile(rb"<[^>]{0,300}>")
_CLASS = re.compile(rb"(?:story|template|media|timestamp|ad__|social|badge|slideshow)[a-z_-]*")
_TEXT = re.compile(rb">([^<>]{20,400})<")
_ELEMENTS = "div p b i a font span table tr td ul li article section blockquote h3 figure form button select option svg math template noscript details q nobr ruby frameset plaintext xmp textarea title script style center marquee".split()  # noqa: SIM905
_PIECES = tuple(
    piece.encode()
    for piece in (
        "<!--", "-->", "<![CDATA[", "]]>", "<?php", "</p>", "</div>", "</article>", "</body>", "</html>", "<br><br>", "<hr>", "\0", "\x01", "\x0c", "\x1b[2J",
        "<", ">", "'", '"', "&", "<a", "</", "<p <p", "<div class='story__content'>", "<div class=\"template__main\">", "<article class='story single'>",
        "<h2 class='story__title'><a>Another headline of some words</a></h2>", "<h1 class='story__title'>An h1</h1>", "<div class='template__header'>", "<div class='template__footer'><span class='badge'>Letters</span>",
        "<p>Published in Dawn, February 30th, 2025</p>", "<p>Published in Dawn, EOS, May 4th, 20255</p>", "<p>published in dawn, dawn, dawn, july 1 0001</p>", "<p>KARACHI, Nov 99: It</p>",
        "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"\\ud800\",\"author\":[[],{\"name\":{}},7,null],\"image\":[null,{\"caption\":[]}],\"datePublished\":12}</script>",
        "<script type='application/ld+json'>" + "[" * 5000 + "</script>", "<script type='application/ld+json'>{\"@graph\":[{\"@graph\":1},{\"@type\":{\"a\":1}}]}</script>",
        "<script type='application/ld+json'>{\"@type\":\"Article\",\"datePublished\":1e400,\"author\":\"" + "x" * 9000 + "\"}</script>",
        "<link rel='canonical' href='http://[::1'>", "<link rel='canonical' href='https://images.dawn.com/news/1'>", "<link rel=canonical href='//www.dawn.com:x/news/5'>", "<base href='javascript:0'>",
        "<meta property='article:published_time' content='0001-01-01 00:00:00+14:00'>", "<meta property='article:published_time' content='9999-12-31 23:59:59-14:00'>", "<meta property='article:published_time' content='2025-02-29 25:61:61+99:99'>",
        "<meta http-equiv=content-type content='text/html; charset=punycode'>", "<meta charset=utf-16>", "<meta charset=idna>", "<meta charset='\u00b2'>",
        "<a href='http://[bad'>x</a>", "<a href='https://www.dawn.com/news/99999999999999999999'>x</a>", "<a href='//'>x</a>", "<a href='&#0;'>x</a>", "<a href='http://a\u2100b/'>x</a>", "<a href='http://x:99999/'>x</a>",
        "<img src='http://[x' alt='y'>", "<figure class='media media--embed'><iframe src='http://[::1]:x/'></iframe></figure>", "<figure class='media'><img src='data:x'><figcaption class='media__caption'>&#xd800; \u2014 AFP</figcaption></figure>",
        "<blockquote class='twitter-tweet'><a href='https://twitter.com/\x00'>z</a></blockquote>", "<span class='story__byline'> | | &nbsp; | </span>", "<span class='timeago' title='2025-13-45T99:99:99+05:00'>",
        "<p>ꙮ</p>", "<p>ꙮn0ꙮ</p>", "<p>ꙮn99999999999999999999ꙮtext</p>", "<p>ꙮ110000ꙮ ꙮffffffffffffꙮ</p>", "<p>\u2424</p>", "<p>\u200b</p>", "<p>\u00ad</p>", "<p>\u202e\u2066text</p>", "\ufeff", "\ufffe", "<p>\u2028\u2029\x85</p>", "<p>*not* _md_ [x](y) `z` # 1. - + \\ <https://x></p>",
        "<table><caption>c<tr><td>a<td>b<table><tr><th>", "<select><option><p>", "<svg><desc><p>", "<math><annotation-xml encoding='text/html'><p>", "<ruby>x<rt>y", "<details><summary>", "<dl><dt>t<dd>d", "<template><p>", "<noscript><p>", "<plaintext>", "<textarea>", "<title>", "<frameset>", "<object><p>", "<video><p>x",
    )
)  # fmt: skip
_ENTITIES = tuple(
    piece.encode()
    for piece in ("&amp;", "&amp;amp;", "&#0;", "&#x80;", "&#xd800;", "&#xdfff;", "&#1114112;", "&#99999999999999;", "&nbsp;", "&shy;", "&zwnj;", "&lt;p&gt;", "&NotSquareSubsetEqual;",
                  "&CounterClockwiseContourIntegral;", "&nosuch;", "&#x1F600;", "&#x202E;", "&quot", "&am", "&#", "&#x", "&lt;script&gt;", "&#12;", "&#x1;", "&acE;")
)  # fmt: skip
_CHARSETS = (
    "utf-16",
    "utf-16-le",
    "utf-32",
    "cp1252",
    "latin-1",
    "shift_jis",
    "gb18030",
    "koi8-r",
    "utf-7",
    "cp037",
    "iso2022_jp",
    "big5",
    "utf-8-sig",
    "punycode",
    "idna",
    "hz",
    "ascii",
)

_SQUARE = "\u00b2"  # a digit that is no number

Mutation = Callable[[Random, bytes, bytes], bytes]


def flip(die: Random, content: bytes, _: bytes) -> bytes:
    """Some bytes changed."""
    made = bytearray(content)
    for _n in range(die.choice((1, 3, 20, 200))):
        if made:
            made[die.randrange(len(made))] = die.randrange(256)
    return bytes(made)


def cut(die: Random, content: bytes, _: bytes) -> bytes:
    """An end missing."""
    return content[: die.randint(0, len(content))]


def drop(die: Random, content: bytes, _: bytes) -> bytes:
    """A slice missing."""
    start = die.randint(0, len(content))
    return content[:start] + content[start + die.choice((1, 10, 100, 3000)) :]


def drop_tags(die: Random, content: bytes, _: bytes) -> bytes:
    """Some tags missing."""
    for _n in range(die.randint(1, 6)):
        start, end = _a_tag(die, content)
        content = content[:start] + content[end:]
    return content


def double_tags(die: Random, content: bytes, _: bytes) -> bytes:
    """Some tags twice."""
    for _n in range(die.randint(1, 6)):
        start, end = _a_tag(die, content)
        content = content[:end] + content[start:end] + content[end:]
    return content


def swap_tags(die: Random, content: bytes, _: bytes) -> bytes:
    """A tag in another's place."""
    start, end = _a_tag(die, content)
    other, other_end = _a_tag(die, content)
    return content[:start] + content[other:other_end] + content[end:]


def rename_tags(die: Random, content: bytes, _: bytes) -> bytes:
    """An element's name for another, here and there or everywhere."""
    old, new = die.choice(_ELEMENTS).encode(), die.choice(_ELEMENTS).encode()
    times = die.choice((1, 5, -1))
    return content.replace(b"<" + old, b"<" + new, times).replace(b"</" + old, b"</" + new, times)


def rename_classes(die: Random, content: bytes, _: bytes) -> bytes:
    """A class token for another, here and there or everywhere: as when the site changes its markup."""
    found = sorted(set(_CLASS.findall(content)))
    if not found:
        return content
    return content.replace(die.choice(found), die.choice([*found, b"new__name"]), die.choice((1, 3, -1)))


def damage_attributes(die: Random, content: bytes, _: bytes) -> bytes:
    """Quotes, blanks and names of attributes damaged in some tags."""
    for _n in range(die.randint(1, 5)):
        start, end = _a_tag(die, content)
        tag = content[start:end]
        old, new = die.choice(
            (
                (b"'", b""),
                (b'"', b""),
                (b"=", b" "),
                (b"'", b'"'),
                (b" ", b"/"),
                (b" ", b"\0"),
                (b"class", b"class=x class"),
                (b"=", b"=="),
                (b">", b""),
                (b"href=", b"href=http://["),
                (b"data-id=", b"data-id=x"),
                (b">", b" class='story__content'>"),
                (b">", b" class='story single'>"),
                (b">", b" hidden aria-modal=true>"),
            )
        )
        content = content[:start] + tag.replace(old, new, 1) + content[end:]
    return content


def nest(die: Random, content: bytes, _: bytes) -> bytes:
    """Elements opened many times over, at one place."""
    at, depth = _between(die, content), die.choice((2, 10, 100, 900, 1400, 3000))
    names = die.choices(_ELEMENTS, k=die.randint(1, 3))
    opened = "".join(f"<{name}>" for name in names) * depth
    closed = "".join(f"</{name}>" for name in reversed(names)) * depth
    inside = die.choice((b"", b"x", content[at : at + 2000]))
    return (
        content[:at]
        + opened.encode()
        + inside
        + (closed.encode() if die.random() < 0.5 else b"")
        + content[at:]
    )


def repeat(die: Random, content: bytes, _: bytes) -> bytes:
    """A slice many times over."""
    start = _between(die, content)
    piece = content[start : start + die.choice((5, 40, 300, 5000))]
    return content[:start] + piece * die.choice((2, 5, 40, 1000)) + content[start:]


def insert(die: Random, content: bytes, _: bytes) -> bytes:
    """Hostile pieces set in."""
    for _n in range(die.randint(1, 8)):
        at = _between(die, content) if die.random() < 0.8 else die.randint(0, len(content))
        content = content[:at] + die.choice(_PIECES) + content[at:]
    return content


def storm(die: Random, content: bytes, _: bytes) -> bytes:
    """Entities by the thousand, or a few in place of text."""
    at = _between(die, content)
    made = b"".join(die.choices(_ENTITIES, k=die.choice((1, 10, 300, 5000))))
    return content[:at] + made + content[at:]


def retext(die: Random, content: bytes, _: bytes) -> bytes:
    """The text of some elements replaced."""
    found = list(_TEXT.finditer(content))
    for match in sorted(die.sample(found, min(len(found), die.randint(1, 5))), key=lambda one: -one.start()):
        text = die.choice(
            (
                b"",
                b" ",
                b"\xc2\xa0",
                b"x",
                b"Twitter",
                b"Opinion",
                die.choice(_PIECES),
                match[1][::-1],
                b"word " * 5000,
                b"\xf0\x9f\x98\x80" * 200,
                die.randbytes(30),
            )
        )
        content = content[: match.start(1)] + text + content[match.end(1) :]
    return content


def splice(die: Random, content: bytes, other: bytes) -> bytes:
    """The beginning of one page and the end of another."""
    return content[: _between(die, content)] + other[_between(die, other) :]


def graft(die: Random, content: bytes, other: bytes) -> bytes:
    """A slice of another page set in."""
    at, start = _between(die, content), _between(die, other)
    return content[:at] + other[start : start + die.choice((200, 2000, 20_000))] + content[at:]


def recode(die: Random, content: bytes, _: bytes) -> bytes:
    """Another charset's bytes, said or unsaid."""
    charset = die.choice(_CHARSETS)
    text = content.decode("utf-8", "replace")
    if die.random() < 0.5:
        text = text.replace("utf-8", charset)
    try:
        return text.encode(charset, die.choice(("replace", "xmlcharrefreplace")))
    except ValueError:
        return text.encode("latin-1", "replace")


MUTATIONS: tuple[Mutation, ...] = (
    flip, cut, drop, drop_tags, double_tags, swap_tags, rename_tags, rename_classes, damage_attributes,
    nest, repeat, insert, insert, storm, retext, splice, graft, recode,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged page as it is answered with, and how it came about."""

    content: bytes
    status: int
    headers: dict[str, str]
    url: str
    story: str  # what was done to which page, in order


def damaged(pages: Sequence[Whole], seed: int, number: int) -> Damaged:
    """The page of this seed and number: always the same for the same corpus. The first are the hostile ones."""
    if number < len(HOSTILE):
        made = hostile(HOSTILE[number])
        return Damaged(made.content, 200, {"Content-Type": made.media_type}, made.url, made.name)
    die = Random(f"{seed}/{number}")
    whole = die.choice(pages)
    content, done = whole.content, [whole.name]
    for _ in range(die.choice((1, 1, 2, 2, 3, 5, 9))):
        mutation = die.choice(MUTATIONS)
        content = mutation(die, content, die.choice(pages).content)[:MAX_BYTES]
        done.append(mutation.__name__)
    status, headers, url = 200, {"Content-Type": whole.media_type}, whole.url
    if die.random() < 0.15:
        content, lies = _lies(die, content)
        headers |= lies
        done.append(f"headers {lies}")
    if die.random() < 0.05:
        status = die.choice((0, 201, 206, 299, 301, 304, 403, 404, 418, 503, 999, -1))
    if die.random() < 0.1:
        url = die.choice(
            (
                "",
                "http://[",
                f"{url}?ref=x#y",
                "https://www.dawn.com/news/1",
                "http://127.0.0.1:8100/news/5",
                "https://images.dawn.com/news/5",
                url[:-9],
                url + "\u00b2",
            )
        )
    return Damaged(content, status, headers, url, ", ".join(done))


def _lies(die: Random, content: bytes) -> tuple[bytes, dict[str, str]]:
    """Bytes under headers that say too little, too much or something else."""
    kind = die.randrange(7)
    if kind == 0:
        packed = gzip.compress(content, 1, mtime=0)
        return packed[: die.choice((len(packed), len(packed) - 4, len(packed) // 2, 12))], {
            "Content-Encoding": "gzip"
        }
    if kind == 1:
        return zlib.compress(content)[die.choice((0, 2)) :], {
            "Content-Encoding": die.choice(("deflate", "deflate, identity", "x-gzip"))
        }
    if kind == 2:
        return content, {
            "Content-Type": f"text/html; charset={die.choice((*_CHARSETS, 'no-such', 'hex', _SQUARE, 'utf-8; charset=latin-1'))}"
        }
    if kind == 3:
        return content, {
            "Content-Length": die.choice(("0", "-5", "\u00b2", "9" * 40, str(len(content) + 1), "1e3"))
        }
    if kind == 4:
        return content, {
            "Content-Type": die.choice(
                (
                    "",
                    ";",
                    "text/plain",
                    "application/pdf",
                    "TEXT/HTML;;;",
                    "a" * 3000,
                    "application/xhtml+xml",
                )
            )
        }
    if kind == 5:
        return content, {"cf-mitigated": "challenge"}
    return content, {
        "Content-Encoding": die.choice(("br", "gzip, gzip, gzip", "gzip, br", ",", "zstd", "identity"))
    }


def _a_tag(die: Random, content: bytes) -> tuple[int, int]:
    """Where a tag begins and ends, somewhere; an empty slice where none is near."""
    found = _TAG.search(content, die.randint(0, max(0, len(content) - 1))) or _TAG.search(content)
    return found.span() if found else (0, 0)


def _between(die: Random, content: bytes) -> int:
    """A place between two tags, somewhere."""
    return _a_tag(die, content)[1]

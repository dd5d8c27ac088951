"""From a story's blocks to its paragraphs and its Markdown: one pass of trafilatura decides on both. Pure.

`read` hands the blocks that `crawlers.blocks` cut out to trafilatura, numbered. Whether rail text survived is
for the meter to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import lxml.etree
import lxml.html
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Extractor

# The mark that shields what trafilatura would change: it spells a character as <mark><hex><mark>, both marks
# too. So the one that numbers blocks never stands in a shielded text, and the shield can always be undone.
_MARK, _NUMBER = "ꙮ", "ꙩ"
_SHIELDED = re.compile(f"{_MARK}([0-9a-f]+){_MARK}")
_NUMBERED = re.compile(f"{_NUMBER}([0-9]+){_NUMBER}")
_SPELLED = f"&\u2424{_MARK}{_NUMBER}"

_OPTIONS = Extractor(output_format="txt", fast=True, comments=False, tables=True, dedup=False, recall=True)
# A story of one line is a story: without this trafilatura looks for more text elsewhere (its rescue for pages
# under 250 characters). `recall` spares the pruning by class and link density: our blocks have neither.
_OPTIONS.min_extracted_size = 1

_HTML = lxml.html.HTMLParser()  # its elements' class said once, and not looked up in Python for each of them
_HTML.set_element_class_lookup(lxml.etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement))


def read(texts: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """The paragraphs trafilatura reads in these blocks, each exactly as it was and with its block's number.

    Left alone it drops zero-width spaces and turns no-break spaces into blanks (both stand in real texts),
    undoes `&amp;` twice, takes a paragraph that is one word like "Twitter" for a share button, a closing
    sub-head for a stray title, a paragraph full of links for a menu and a repeated paragraph for an echo of
    its own. So the blocks go to it flat, numbered, with such characters spelled out, and as `code`: what
    trafilatura keeps character by character. In one element, for it searches class and id of every element
    for some fifty words; a second one, with the number after the last, ends its search for more text. Its
    extractor is called without the cleaning by tags, classes and ids around it, which finds nothing in
    such blocks.
    """
    if not texts:
        return ()
    page = _HTML.makeelement("html")
    article = lxml.etree.SubElement(lxml.etree.SubElement(page, "body"), "article")
    for code in (map(_numbered, range(len(texts)), texts), (_numbered(len(texts), ""),)):
        lxml.etree.SubElement(article, "code").text = "".join(code)
    _, text = extract_content(page, _OPTIONS)
    pieces = _NUMBERED.split(text)
    return tuple(
        (int(number), _unshield(piece.strip()))
        for number, piece in zip(pieces[1:-2:2], pieces[2:-2:2], strict=True)
    )


def _numbered(number: int, text: str) -> str:
    return f"{_NUMBER}{number}{_NUMBER}{_shield(text)}"


def _unshield(text: str) -> str:
    return _SHIELDED.sub(lambda code: chr(int(code[1], 16)), text) if _MARK in text else text


def _shield(text: str) -> str:
    """Text with every character that trafilatura would drop, merge or unescape spelled out."""
    if (
        text.isprintable()
        and "&" not in text
        and "  " not in text
        and _MARK not in text
        and _NUMBER not in text
        and "\u2424" not in text
    ):
        return text
    spelled = "".join(
        char if char.isprintable() and char not in _SPELLED else f"{_MARK}{ord(char):x}{_MARK}"
        for char in text
    )
    return spelled.replace("  ", f" {_MARK}20{_MARK}")

"""What of a page is furniture, never a story's text: adverts, players, embeds, share boxes, rails. Pure.

Judged by tags, class tokens and headings of `crawlers.site`, wherever in a body they stand. What these
rules do not know is for the meter to find.
"""

from __future__ import annotations

import re
from itertools import islice

from selectolax.lexbor import LexborNode

from crawlers.site import (
    CARD_CLASS,
    CARD_TAG,
    CHROME_CLASSES,
    CHROME_LINES,
    CHROME_ROLES,
    CHROME_TAGS,
    OTHERS_CARD,
    OWN_CLASS,
    RAIL_HEADS,
)

NO_ELEMENT = ("-", "!", "_", "#", "")  # how comments, doctypes and the like are called
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_BOXES = frozenset(["div", "section", "aside", "ul", "ol", "header", "footer", "details", "center", "table"])
_HOLD_CARDS = _BOXES | {CARD_TAG, "article"}
_CHROME_LINE = re.compile("|".join(f"(?:{line})" for line in CHROME_LINES) or r"(?!)", re.IGNORECASE)
_LONGEST_LINE = 400  # characters of a paragraph that may be furniture
_NEAR = 12  # siblings after a heading that are looked at; a hostile page has a hundred thousand
_RAIL_HEAD_MAX = max(map(len, RAIL_HEADS), default=0) + 2
_RAIL_HEAD_RAW = 400  # characters of its markup's text, white space and all
_RAIL_HEAD_NODES = 40  # elements and texts in it
# A rail stands a few boxes deep, and its cards a few in it; on hostile pages boxes and paragraphs stand one
# in another by the thousand.
_RAIL_DEEPEST, _RAIL_CLIMB, _RAIL_NODES = 24, 60, 2_000


def is_chrome_line(line: str) -> bool:
    """Whether a paragraph is furniture as a whole: "Join our Whatsapp channel"."""
    return len(line) < _LONGEST_LINE and _CHROME_LINE.fullmatch(line) is not None


def is_chrome(node: LexborNode, tag: str, depth: int = 0) -> bool:
    """Whether a box is furniture: advert, player, embed, card, rail. A heading only where cards follow it.

    `depth` says how many elements of the body it stands in: very deep boxes are not judged to be rails.
    """
    attributes = node.attributes
    if attributes:
        classes = attributes.get("class")
        if classes:
            tokens = classes.split()
            if not CHROME_CLASSES.isdisjoint(tokens) or (
                tag == CARD_TAG and CARD_CLASS in tokens and OWN_CLASS not in tokens
            ):
                return True
        if (attributes.get("role") or "") in CHROME_ROLES or attributes.get("aria-modal") == "true":
            return True
    if tag == "figure":
        return node.css_first("table") is None  # a table set as a figure is the story's, its caption is not
    if tag in HEADINGS:
        return is_rail_head(node) and _cards_follow(node)
    if (tag == "p" or tag in _BOXES) and _is_before_cards(node) and is_rail_head(node):
        return True
    return tag in _BOXES and depth < _RAIL_DEEPEST and _is_rail(node)


def is_rail_head(node: LexborNode) -> bool:
    """Whether an element says nothing but what rails are headed with: "Read more"."""
    said = ""
    for number, part in enumerate(node.traverse(include_text=True)):
        if number > _RAIL_HEAD_NODES:  # headings nest by the thousand on hostile pages, with no word in them
            return False
        if part.tag == "-text":
            said += part.text_content or ""
            if len(said) > _RAIL_HEAD_RAW:
                return False
    text = " ".join(said.split())
    return len(text) <= _RAIL_HEAD_MAX and text.lower().rstrip(":") in RAIL_HEADS


def _cards_follow(node: LexborNode) -> bool:
    """Whether the next box after a heading is a card or holds one; other rail heads may stand between."""
    following = node.next
    for _ in range(_NEAR):
        if following is None:
            break
        tag = following.tag or ""
        if tag[:1] not in NO_ELEMENT and tag not in CHROME_TAGS and tag not in ("br", "hr"):
            if not (tag in HEADINGS and is_rail_head(following)):
                return following.css_matches(OTHERS_CARD) or (
                    tag in _BOXES and following.css_first(OTHERS_CARD) is not None
                )
        elif tag == "-text" and (following.text_content or "").strip():
            return False
        following = following.next
    # The heading may stand in a box of its own beside the cards'.
    parent = node.parent
    beside = parent.next if parent is not None and len(list(islice(parent.iter(), 2))) == 1 else None
    while beside is not None and (beside.tag or "")[:1] in NO_ELEMENT:
        beside = beside.next
    return beside is not None and beside.css_first(OTHERS_CARD) is not None


def _is_before_cards(node: LexborNode) -> bool:
    """Whether the next element is a card or a box that begins with one."""
    following = node.next
    for _ in range(3):
        if following is None or (following.tag or "")[:1] not in NO_ELEMENT:
            break
        following = following.next
    if following is None or following.tag not in _HOLD_CARDS:
        return False
    return following.css_matches(OTHERS_CARD) or following.css_first(OTHERS_CARD) is not None


def _is_rail(node: LexborNode) -> bool:
    """Whether a box holds a rail and nothing of the story: cards under a heading, no text of its own."""
    if node.css_first(OTHERS_CARD) is None:
        return False
    if not any(is_rail_head(head) for head in node.css("h1, h2, h3, h4, h5, h6")):
        return False
    return node.css_first("table") is None and not _says_more(node)


def _says_more(box: LexborNode) -> bool:
    """Whether text stands in a box but in none of its cards, rail headings and other furniture."""
    for count, part in enumerate(box.traverse(include_text=True)):
        if count > _RAIL_NODES:
            return True
        if part.tag == "-text" and (part.text_content or "").strip() and _stands_free(part, box):
            return True
    return False


def _stands_free(text: LexborNode, box: LexborNode) -> bool:
    above = text.parent
    for _ in range(_RAIL_CLIMB):
        if above is None or above.mem_id == box.mem_id:
            break
        tag = above.tag or ""
        if tag in CHROME_TAGS or (tag in HEADINGS and is_rail_head(above)):
            return False
        classes = (above.attributes.get("class") or "").split()
        is_card = tag == "article" or (tag == CARD_TAG and CARD_CLASS in classes)
        if (is_card and OWN_CLASS not in classes) or not CHROME_CLASSES.isdisjoint(classes):
            return False
        above = above.parent
    return True

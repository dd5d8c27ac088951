"""Why an element of a body was stripped: the rule of `crawlers.chrome` in a few words. Pure."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from crawlers.chrome import HEADINGS
from crawlers.site import CARD_CLASS, CARD_TAG, CHROME, CHROME_CLASSES, CHROME_ROLES, EMBED_CLASS

_BY_TAG = {
    "embed": ("iframe", "object", "embed"),
    "player": ("audio", "video"),
    "picture": ("img", "picture", "svg", "canvas", "map", "amp-img"),
    "caption": ("figcaption",),
    "form": ("form", "button", "input", "select", "textarea", "label"),
    "script": ("script", "noscript", "template"),
    "style": ("style",),
    "menu": ("nav",),
    "dialog": ("dialog",),
    "formula": ("math",),
}
_TAGS = {tag: why for why, tags in _BY_TAG.items() for tag in tags}
_CLASSES = {name: why for why, names in CHROME.items() for name in names}
_EMBEDDED = "iframe, blockquote" + (f", .{EMBED_CLASS}" if EMBED_CLASS else "")


def why_tag(tag: str) -> str:
    """Why an element is stripped whose tag alone says that it is no text."""
    return _TAGS.get(tag, "embed" if tag.startswith("amp-") else f"furniture, by its element {tag[:40]}")


def why_chrome(node: LexborNode, tag: str) -> str:
    """Why an element is stripped of which `is_chrome` holds."""
    attributes = node.attributes
    tokens = (attributes.get("class") or "").split()
    for token in tokens:
        if token in CHROME_CLASSES:
            return f"{_CLASSES.get(token, 'furniture')}, by its class {token}"
    if tag == CARD_TAG and CARD_CLASS in tokens:
        return "another story’s card"
    role = attributes.get("role") or ""
    if role in CHROME_ROLES:
        return f"furniture, by its role {role}"
    if attributes.get("aria-modal") == "true":
        return "dialog"
    if tag == "figure":
        return "embed" if node.css_first(_EMBEDDED) is not None else "picture"
    return "rail’s heading" if tag in HEADINGS or tag == "p" else "rail"

"""The pictures and embeds of a story, out of the boxes that hold no text of it. Pure.

Knows figures (with a lazy image, or an attribute of the site's), players in frames, the quotations that
tweets and the like are embedded as, and the elements of AMP pages. Addresses are as written, still to be made
absolute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborNode

from crawlers.items import Embed, Picture
from crawlers.lines import clean_line
from crawlers.site import CARD, EMBED_CLASS, EMBED_SERVICES, MEDIA_ADDRESS, MEDIA_CLASSES

_MEDIA_TAGS = frozenset(
    [
        "figure",
        "iframe",
        "img",
        "picture",
        "video",
        "audio",
        "blockquote",
        "div",
        "object",
        "embed",
    ]
)
_EMBEDS = (
    "iframe[src], iframe[data-src], iframe[data-tweet-id], blockquote, .fb-post, .fb-video, amp-twitter,"
    " amp-youtube, amp-instagram, amp-facebook, amp-iframe, amp-dailymotion, amp-vimeo"
)
_MOST = 200  # pictures of one box; a gallery has some thirty
_CREDIT = re.compile(r"(?:^|[\s.])[—–]\s?([^—–]{2,80})$")
_ADDRESS = re.compile(r"(?:https?:)?//([^/?#\s]{1,200})\S*", re.IGNORECASE)
_ADS = re.compile(
    r"googlesyndication|doubleclick|googletag|adservice|/ads?/|about:blank|recaptcha", re.IGNORECASE
)
_TWEET, _AMP = "https://twitter.com/i/status/", "amp-"
_BY_ID = {
    "amp-twitter": ("data-tweetid", _TWEET),
    "amp-youtube": ("data-videoid", "https://www.youtube.com/watch?v="),
    "amp-instagram": ("data-shortcode", "https://www.instagram.com/p/"),
    "amp-dailymotion": ("data-videoid", "https://www.dailymotion.com/video/"),
    "amp-vimeo": ("data-videoid", "https://vimeo.com/"),
}


def may_hold_media(node: LexborNode, tag: str) -> bool:
    """Whether a box that is no text may be a picture or an embed: cheap, for the walk to ask first."""
    if tag not in _MEDIA_TAGS:
        return tag.startswith(_AMP) and tag != "amp-ad"
    if tag in ("div", "blockquote"):
        classes = node.attributes.get("class")
        return classes is not None and not MEDIA_CLASSES.isdisjoint(classes.split())
    return True


def media_of(node: LexborNode) -> tuple[Picture | Embed, ...]:
    """The pictures and embeds in such a box, in order; adverts' frames and cards' pictures are none."""
    return tuple(islice(_media(node), _MOST))


def shown_caption(figure: LexborNode) -> str | None:
    """The caption of a figure as printed, one line; None without one."""
    caption = figure.css_first("figcaption")
    return _one_line(caption.text() if caption is not None else None) or None


def credit_of(caption: str | None) -> str | None:
    """Who a caption credits: what follows its last dash ("… — AFP/File"); None where that is a sentence."""
    found = _CREDIT.search(caption or "")
    said = found[1].strip().rstrip(".") if found else ""
    return said if said and len(said.split()) <= 8 else None


def service_of(address: str) -> str | None:
    """The service of an embed's address by its host ("youtube"), else the host; None for no address."""
    found = _ADDRESS.match(address)
    if found is None or _ADS.search(address):
        return None
    host = found[1].lower().rpartition("@")[2].partition(":")[0].removeprefix("www.")
    where = host + address[found.end(1) :][:40].lower()
    return next(
        (
            name
            for name, places in EMBED_SERVICES.items()
            if any(
                where.startswith(one) if "/" in one else host == one or host.endswith("." + one)
                for one in places
            )
        ),
        host or None,
    )


def _media(node: LexborNode) -> Iterator[Picture | Embed]:
    tag = node.tag or ""
    figures = node.css("figure")[:_MOST]
    if not figures:
        yield from _shown_in(node, may_embed=tag not in ("img", "picture", "amp-img"))
        return
    for figure in figures:
        if any(each.mem_id != figure.mem_id for each in figure.css("figure")[:2]):
            continue  # its pictures stand in the figures in it
        if figure.css_first(CARD) is None:
            yield from _shown_in(figure)


def _shown_in(box: LexborNode, may_embed: bool = True) -> Iterator[Picture | Embed]:
    """What one box shows: an embed, or its pictures, which share its caption."""
    embed = _embed(box) if may_embed else None
    if embed is not None:
        yield embed
        return
    images = [] if box.tag in ("img", "amp-img") else box.css("img, amp-img")[:_MOST]
    for image in [box] if len(images) < 2 or box.attributes.get(MEDIA_ADDRESS) else images:
        picture = _picture(image, shown_caption(box))
        if picture is not None:
            yield picture


def _embed(box: LexborNode) -> Embed | None:
    classes = (box.attributes.get("class") or "").split()
    given = (box.attributes.get(MEDIA_ADDRESS) or "").strip()
    if EMBED_CLASS in classes and given and (service := service_of(given)):
        return Embed(service, given, 0)
    inner = box.css_first(_EMBEDS)
    for one in (box, inner):
        address = _embedded(one) if one is not None else None
        if address and (service := service_of(address)):
            return Embed(service, address, 0)
    return None


def _embedded(node: LexborNode) -> str | None:
    """The address of what one element embeds."""
    tag, attributes = node.tag or "", node.attributes
    if tag in _BY_ID:
        name, begins = _BY_ID[tag]
        number = (attributes.get(name) or "").strip()
        return begins + number if number.replace("-", "").replace("_", "").isalnum() else None
    if tweet := (attributes.get("data-tweet-id") or "").strip():
        return _TWEET + tweet if tweet.isascii() and tweet.isdigit() else None
    for name in ("data-instgrm-permalink", "cite", "data-href"):
        if attributes.get(name):
            return (attributes.get(name) or "").strip()
    if tag in ("iframe", "amp-iframe", "embed", "video", "audio"):
        return (attributes.get("src") or attributes.get("data-src") or "").strip()
    if tag == "blockquote":
        links = [(link.attributes.get("href") or "").strip() for link in node.css("a[href]")]
        return next((link for link in reversed(links) if "/status/" in link), links[-1] if links else None)
    return None


def _picture(box: LexborNode, caption: str | None) -> Picture | None:
    tag = box.tag or ""
    image = box if tag in ("img", "amp-img") else box.css_first("img, amp-img")
    address = (box.attributes.get(MEDIA_ADDRESS) or "").strip()
    if not address and image is not None:
        attributes = image.attributes
        address = (attributes.get("data-src") or attributes.get("src") or "").strip()
        if not address or address.startswith("data:"):
            address = (attributes.get("srcset") or "").split(" ")[0].strip()
    if not address or address.startswith("data:") or _ADS.search(address):
        return None
    if caption is None and image is not None:
        caption = _one_line(image.attributes.get("alt")) or None
    return Picture(address, caption, credit_of(caption), None)


def _one_line(text: str | None) -> str:
    return clean_line((text or "").replace("\u00ad", ""))

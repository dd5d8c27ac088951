"""Addresses: which story one names, how a story's address is written, what an address leads to.

Pure functions of strings. None of them raises, whatever the string: an address that cannot be read names
nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import urljoin, urlsplit

from crawlers.site import (
    FEED_PATH,
    HOSTS,
    LARGEST_ID,
    LISTING_PATH,
    LIVE,
    SISTERS,
    SITEMAP_PATH,
    STORY_ADDRESS,
    STORY_CLAIM,
    STORY_LINK,
    STORY_TAIL,
)

WRITTEN = STORY_ADDRESS.format(id="<id>")
"""How the path of a story's address is written, for people."""

Role = Literal["story", "listing", "feed", "sitemap", "robots", "other"]

_STORY_PATH = re.compile(STORY_LINK + STORY_TAIL, re.ASCII | re.DOTALL)
_SPACE_AND_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9._~%&'()*+,=:@/-]*)?")  # as it stands
_LONGEST = 4096  # characters of an address; a hostile page writes millions, and no server takes them
_PORTS = {"http": 80, "https": 443}
_NONE = r"(?!)"  # a site that has no such thing says ""
_LISTING_PATH = re.compile(LISTING_PATH or _NONE)
_FEED_PATH = re.compile(FEED_PATH or _NONE, re.DOTALL)
_SITEMAP_PATH = re.compile(SITEMAP_PATH or _NONE)
_CLAIM = re.compile(STORY_CLAIM or _NONE)


def story_id(url: str, site: str = LIVE) -> int | None:
    """The id of the story an address names; None where it names none of the site's.

    Sister hosts (`site.SISTERS`) count ids of their own: None. `site` is a stand-in for the live site, told
    from other sites by host and port.
    """
    parts = _split(url)
    if parts is None or not _is_ours(parts, site):
        return None
    found = _STORY_PATH.fullmatch(parts.path)
    if found is None:
        return None
    number = int(found["id"])
    return number if 1 <= number <= LARGEST_ID else None


def canonical(story_id: int, site: str = LIVE) -> str:
    """The one address of a story, `<site>/news/<id>`: without slug, which changes over a story's life."""
    return site.rstrip("/") + STORY_ADDRESS.format(id=story_id)


def naming(story_id: int) -> str:
    """A pattern, for DuckDB as well, of the addresses on any host that name a story."""
    link = re.sub(r"\(\?P<id>.*?\)", f"(0*{story_id})", STORY_LINK)
    plain = re.sub(r"\(\?P<\w+>", "(", link).replace("(?![0-9])", "")
    return f"^[a-z]+://[^/]+{plain}([^0-9]|$)"


def absolute(href: str | None, base: str) -> str | None:
    """The http(s) address a link leads to, read against the page's own; None for `javascript:`, `mailto:` …

    Does not touch slug, query or fragment; white space around and line breaks inside go, as browsers do it.
    """
    if not href or len(href) > _LONGEST:
        return None
    if _PLAIN.fullmatch(href):
        return href
    try:
        joined = urljoin(base, _SPACE_AND_CONTROLS.sub("", href) if not href.isprintable() else href.strip())
    except ValueError:
        return None
    return joined if _split(joined) is not None else None


def site_of(url: str) -> str | None:
    """`scheme://host[:port]` of an address; None where it is no http(s) address."""
    parts = _split(url)
    return f"{parts.scheme}://{parts.authority.lower()}" if parts else None


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine: a stand-in site, never the live one."""
    parts = _split(url)
    host = parts.host if parts else ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(?:\.[0-9]{1,3}){3}", host) is not None


def is_sister(url: str) -> bool:
    """Whether an address leads to another site of the same house, whose ids are its own."""
    parts = _split(url)
    host = parts.host if parts else ""
    return host not in HOSTS and host.endswith(SISTERS)


def same_site(url: str, site: str = LIVE) -> bool:
    """Whether an address leads to the site the stories are read from."""
    parts = _split(url)
    return parts is not None and _is_ours(parts, site)


def path(url: str) -> str:
    """The path of an address; "" where it is no http(s) address."""
    parts = _split(url)
    return parts.path if parts else ""


def role(url: str, site: str = LIVE) -> Role:
    """What a page at this address is for. Judges by the address alone, not by what was served."""
    if story_id(url, site) is not None:
        return "story"
    where = path(url)
    if where == "/robots.txt":
        return "robots"
    if _SITEMAP_PATH.fullmatch(where):
        return "sitemap"
    if _FEED_PATH.fullmatch(where):
        return "feed"
    return "listing" if _LISTING_PATH.fullmatch(where) else "other"


def claims_story(url: str) -> bool:
    """Whether an address is of a sort that only stories' pages have, whatever the page shows."""
    return _CLAIM.match(path(url)) is not None


class _Parts(NamedTuple):
    """The parts of an http(s) address; `port` is None where it names none."""

    scheme: str
    authority: str  # host and port as written, without user and password
    host: str  # in lower case
    port: int | None
    path: str


def _split(url: str) -> _Parts | None:
    """The parts of an http(s) address with a host; None for every other string."""
    return _parts(url) if len(url) <= _LONGEST else None


@lru_cache(maxsize=512)  # a page names its own address again and again
def _parts(url: str) -> _Parts | None:
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            return None
        return _Parts(
            parts.scheme, parts.netloc.rpartition("@")[2], parts.hostname, parts.port, parts.path
        )  # a ValueError here is a port that is none
    except ValueError:
        return None


def _is_ours(parts: _Parts, site: str) -> bool:
    if parts.host in HOSTS and parts.port in (None, _PORTS[parts.scheme]):
        return True
    own = _split(site)
    if own is None or own.host != parts.host:
        return False
    return own.port == parts.port or (own.port or _PORTS[own.scheme]) == (parts.port or _PORTS[parts.scheme])

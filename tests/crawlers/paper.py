"""Pages made on the spot: a story's text set into chrome of our own, in the site's kind of markup."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime

from crawlers.items import Capture

URL = "https://www.dawn.com/news/2000500/made-up"


def card(number: int, title: str, excerpt: str) -> str:
    return (
        f"<article class='story relative  box' data-id='{number}'><h2 class='story__title  bold'>"
        f"<a class='story__link' href='https://www.dawn.com/news/{number}/x'>{title}</a></h2>"
        f"<div class='story__excerpt  small'>{excerpt}</div>"
        "<span class='story__time'>13 May, 2025</span></article>"
    )


def page(body: str, rails: str = "", title: str = "A headline", extra_head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'>{extra_head}"
        f"<title>{title} - World - DAWN.COM</title>"
        "<link rel='canonical' href='https://www.dawn.com/news/2000500'></head><body>"
        "<article class='story  single' data-id='2000500'><div class='template__header  x'>"
        f"<h2 class='story__title  y'><a>{title}</a></h2><span class='story__byline'><a>AFP</a></span></div>"
        f"<div class='template__main  z'><div class='story__content  w'>{body}</div></div>"
        f"<div class='template__footer'>{rails}</div></article>{rails}</body></html>"
    )


def capture(
    content: bytes | str,
    status: int = 200,
    url: str = URL,
    *,
    sent: dict[str, str] | None = None,
    **headers: str,
) -> Capture:
    data = content.encode() if isinstance(content, str) else content
    named = {"Content_Type": "text/html; charset=utf-8"} | headers | (sent or {})
    return Capture(
        id="urn:uuid:00000000-0000-0000-0000-000000000001",
        url=url,
        fetched_at=datetime(2026, 4, 29, tzinfo=UTC),
        status=status,
        headers=tuple((name.replace("_", "-"), value) for name, value in named.items()),
        content=data,
        digest="sha256:" + hashlib.sha256(data).hexdigest(),
    )


def zipped(content: str) -> bytes:
    return gzip.compress(content.encode(), mtime=0)

"""What holds for the pages of any site: elements that are no text, services of embeds, challenges.

Data only.
"""

from __future__ import annotations

from crawlers.items import Kind

FALLBACK = "fallback"
FEED = "feed"
"""What stands in the place of a layout's name where a text was read without one, and where a feed gave it."""

CHROME_TAGS = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "form",
        "button",
        "input",
        "select",
        "textarea",
        "label",
        "audio",
        "video",
        "dialog",
        "svg",
        "canvas",
        "nav",
        "picture",
        "img",
        "figcaption",
        "map",
        "math",
    ]
)
"""Elements that are never text of the story, wherever they stand."""

CHROME_ROLES = frozenset({"dialog", "alertdialog", "navigation", "complementary", "search"})

EMBED_SERVICES = {
    "twitter": ("twitter.com", "x.com", "t.co"),
    "instagram": ("instagram.com",),
    "youtube": ("youtube.com", "youtu.be", "youtube-nocookie.com"),
    "facebook": ("facebook.com", "fb.watch"),
    "tiktok": ("tiktok.com",),
    "vimeo": ("vimeo.com",),
    "dailymotion": ("dailymotion.com", "dai.ly"),
    "soundcloud": ("soundcloud.com",),
    "spotify": ("spotify.com",),
    "reddit": ("reddit.com",),
    "datawrapper": ("datawrapper.de", "dwcdn.net"),
    "flourish": ("flourish.studio",),
    "infogram": ("infogram.com",),
    "google maps": ("maps.google.com", "google.com/maps"),
}
"""What an embed's service is called, and its hosts (their subdomains as well), or how its addresses begin."""

VIDEO_SERVICES = frozenset({"youtube", "vimeo", "dailymotion"})
"""Where the films of stories lie that have nothing but a film."""

CHALLENGES = (
    b"<title>just a moment",
    b"cf-chl",
    b"cf_chl_opt",
    b"<title>attention required! | cloudflare",
    b"checking your browser before accessing",
    b"<title>access denied",
)
"""Marks of a page that asks whether we are a browser, in lower case. Looked for only where no article stands:
Cloudflare sets scripts of its own into ordinary pages too."""

WITHOUT_BODY = frozenset({Kind.PICTURES, Kind.CARTOON, Kind.VIDEO, Kind.LIVE})
"""Kinds whose page may have no text and is an article all the same."""

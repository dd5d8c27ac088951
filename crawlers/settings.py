"""How Scrapy is set for this site: one request at a time, slowly, under our own name."""

from __future__ import annotations

import os
from typing import Any

from crawlers import site
from crawlers.plan import Plan
from crawlers.urls import is_loopback

_TIMEOUT = 60  # seconds for a whole answer


def settings(plan: Plan, user_agent: str) -> dict[str, Any]:
    """Scrapy's settings for a plan; whatever is not named here is as Scrapy ships it."""
    return {
        "USER_AGENT": user_agent,
        # One request at a time over all, and at least `delay` between the starts of two: no jitter, which
        # would halve it now and then. While the site strains it is more (crawlers.pace).
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": plan.delay,
        "DOWNLOAD_DELAY_JITTER": 0,
        "AUTOTHROTTLE_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": {
            "crawlers.politeness.OnlyThisSite": 40,
            "crawlers.politeness.RobotsFirst": 100,
            "crawlers.politeness.Patience": 550,
            # Ours stand in their places.
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
        },
        "ROBOTSTXT_OBEY": True,  # by crawlers.politeness.RobotsFirst; said here for whoever asks Scrapy
        "DOWNLOAD_HANDLERS": {
            "http": "crawlers.spiders.wire.Wire",
            "https": "crawlers.spiders.wire.Wire",
            "data": None,
            "file": None,
            "ftp": None,
            "s3": None,
        },
        "DOWNLOAD_TIMEOUT": float(os.environ.get("DAWN_TIMEOUT", _TIMEOUT)),
        "DOWNLOAD_MAXSIZE": site.MAX_PAGE_BYTES,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": False,  # the short answer is archived; Wire makes the failure of it
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        # Gzip alone, which every reader of the archive can undo; undone by Wire, after archiving, because
        # Scrapy's own middleware takes a cut gzip for a page.
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "en",
            "Accept-Encoding": "gzip",
        },
        "COMPRESSION_ENABLED": False,
        "REDIRECT_MAX_TIMES": 5,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": not is_loopback(
            plan.site
        ),  # a proxy of the environment knows no loopback of ours
        # A name that leads into somebody's own network is not asked; a loopback site leads here on purpose.
        **({} if is_loopback(plan.site) else {"TWISTED_DNS_RESOLVER": "crawlers.resolving.PublicOnly"}),
        "REFERRER_POLICY": "no-referrer",  # switched off altogether, Scrapy warns at every start
        "HTTPERROR_ALLOW_ALL": True,  # an error is an answer; the spiders judge it
        "HTTPCACHE_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": os.environ.get("DAWN_LOG_LEVEL", "WARNING"),
        "STATS_DUMP": False,
    }

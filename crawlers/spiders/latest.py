"""Discovers the newest stories: sitemap, rolling list and feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers import site
from crawlers.journal import Asked
from crawlers.spiders.listings import Listings

if TYPE_CHECKING:
    from crawlers.plan import Plan


class Latest(Listings):
    """One request for each place of `site.LATEST`."""

    name = "latest"

    @staticmethod
    def asks(plan: Plan) -> list[Asked]:
        """The places where new stories show first. They belong to no day."""
        held = {one.url: one for one in plan.listings}
        return [
            Asked(url := plan.site + one.path, place=one.place, section=one.section, held=held.get(url))
            for one in site.LATEST
        ]

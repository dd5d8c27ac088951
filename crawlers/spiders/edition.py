"""Discovers what was printed on a day, and what went online on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers import site
from crawlers.journal import Asked
from crawlers.spiders.listings import Listings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request

    from crawlers.plan import Plan


class Edition(Listings):
    """One request for each section of `site.EDITION` on the plan's day, or for those that the plan names.

    For none that the site's calendar does not have on that day: of those the journal says just that.
    """

    name = "edition"

    @staticmethod
    def asks(plan: Plan) -> list[Asked]:
        """The sections of the plan's day that are due on it; none where the plan names no day."""
        return [asked for one, asked in _listings(plan) if plan.day and one.is_due(plan.day)]

    @staticmethod
    def spares(plan: Plan) -> list[Asked]:
        """The sections that the site's calendar has no list of on the plan's day: nothing is to be asked."""
        return [asked for one, asked in _listings(plan) if plan.day and not one.is_due(plan.day)]

    async def start(self) -> AsyncIterator[Request]:
        """The requests, once the journal says what is not asked for."""
        try:
            for asked in self.spares(self.run.plan):
                self.run.journal.no_listing(asked)
        except OSError as error:
            self._cannot_write(error)
        async for request in super().start():
            yield request


def _listings(plan: Plan) -> list[tuple[site.Listing, Asked]]:
    if plan.day is None:
        return []
    return [
        (one, Asked(plan.site + one.on(plan.day), place=one.place, section=one.section, day=plan.day))
        for one in site.EDITION
        if plan.lists(one.place, one.section)
    ]

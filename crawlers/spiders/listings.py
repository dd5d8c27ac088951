"""Reads listings, feeds and the sitemap, and writes down what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.items import Place
from crawlers.pages import FeedPage, ListingPage, SitemapPage, members
from crawlers.spiders.asking import Asking

if TYPE_CHECKING:
    from scrapy.http import Response

    from crawlers.journal import Asked

_BY_DAY = (Place.PRINT, Place.DAILY)
_PAGES: dict[Place, type[ListingPage | FeedPage | SitemapPage]] = {
    Place.FEED: FeedPage,
    Place.SITEMAP: SitemapPage,
}


class Listings(Asking):
    """A spider that only discovers: it hands the bytes to page objects and asks for no story."""

    def answered(self, asked: Asked, response: Response) -> None:
        """Nothing; the journal has the listing and every card of it, or an attempt for an error.

        A section that answers 404 for a day is a listing without cards: that day had no such section.
        """
        journal, capture_id = self.run.journal, response.meta["capture_id"]
        if response.status == 404 and asked.place in _BY_DAY:
            journal.listing(asked, status=404, capture_id=capture_id, recognised=False, cards=0, members=0)
            return
        if response.meta.get("not_modified"):
            # What stood in it is known. It is recognised as much as it was when it was read.
            journal.listing(asked, status=304, capture_id=capture_id, recognised=True, cards=0, members=0)
            return
        if response.status != 200 or asked.place is None:
            self.no_page(asked, response)
            return
        page = _PAGES.get(asked.place, ListingPage)(response.url, response.body, self.run.plan.site)
        belong = set(members(asked.place, asked.day, page.cards))
        for card in page.cards:
            journal.discovery(asked, card, member=card in belong)
        # After its cards: a listing that is known as read was written down whole.
        journal.listing(
            asked,
            status=response.status,
            capture_id=capture_id,
            recognised=page.recognised,
            cards=len(page.cards),
            members=len(belong),
        )

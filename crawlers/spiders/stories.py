"""Fetches the stories that are owed, and does nothing with them: they stand in the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.journal import Asked, Fault
from crawlers.spiders.asking import Asking
from crawlers.urls import story_id

if TYPE_CHECKING:
    from scrapy.http import Response

    from crawlers.plan import Plan


class Stories(Asking):
    """One request a story. Redirects are followed on the site's own host, and must lead to the same story."""

    name = "stories"

    @staticmethod
    def asks(plan: Plan) -> list[Asked]:
        """The plan's stories, in its order."""
        return [Asked(one.url, story_id=one.story_id, cause=one.cause, held=one.held) for one in plan.stories]

    def answered(self, asked: Asked, response: Response) -> None:
        """Nothing; an answer that holds no page of this story is an attempt.

        404 and 410 are answers: the story is gone, and its capture says so. So is 304 where the page that is
        held was named to the server: its capture is a revisit of that page. Any other 304 speaks of a page
        that nobody here has.
        """
        if response.status in (404, 410):
            return
        if response.status != 200 and not response.meta.get("not_modified"):
            self.no_page(asked, response)
        elif story_id(response.url, self.run.plan.site) != asked.story_id:
            # A removed story's address may lead to the front page, whose capture names no story at all.
            self.run.journal.attempt(
                asked,
                error=Fault.REDIRECTED,
                detail=f"led to {response.url}",
                status=200,
                attempts=response.meta.get("tries", 1),
            )

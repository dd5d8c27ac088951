"""Discovers what was printed on a day, and what went online on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers import site
from crawlers.journal import Asked
from crawlers.spiders.listings import Listings

if TYPE_CHECKING:
    from crawlers.plan import Plan


class Edition(Listings):
    """One request for each section of `site.EDITION` on the plan's day, or for those that the plan names."""

    name = "edition"

    @staticmethod
    def asks(plan: Plan) -> list[Asked]:
        """The sections of the plan's day, a day in Asia/Karachi; none where the plan names no day."""
        if plan.day is None:
            return []
        return [
            Asked(
                plan.site + one.path.format(day=plan.day.isoformat()),
                place=one.place,
                section=one.section,
                day=plan.day,
            )
            for one in site.EDITION
            if plan.lists(one.place, one.section)
        ]

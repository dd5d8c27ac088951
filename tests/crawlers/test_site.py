"""The facts of a site: what is made of them, whatever the site."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.dates import instant
from crawlers.extract import extract_feed
from crawlers.facts import Groups, Listing, Pattern, misfit
from crawlers.forgetting import Wanted
from crawlers.items import Kind, Place
from crawlers.pages import FeedPage
from crawlers.site import LARGEST_ID
from crawlers.urls import canonical, naming, story_id
from tests.crawlers.paper import capture

NUMBERS = st.integers(1, LARGEST_ID)

VALUES: list[tuple[object, object, str | None]] = [
    ("a", str, None),
    (True, int, "must be of type int, and is True"),
    (("a", "b"), tuple[str, ...], None),
    (["a"], tuple[str, ...], "must be a tuple, and is ['a']"),
    (("a", 1), tuple[str, ...], "must be of type str, and is 1"),
    (frozenset(), frozenset[str], None),
    ({"a": ("b",)}, dict[str, tuple[str, ...]], None),
    ({"a": "b"}, dict[str, tuple[str, ...]], "must be a tuple, and is 'b'"),
    ("", Pattern, None),
    ("(", Pattern, "must be a pattern, and is none (missing ), unterminated subpattern at position 0): '('"),
    (b"a", Pattern, "must be a pattern, and is b'a'"),
    (((Kind.NEWS, "title", "x"),), tuple[tuple[Kind, str, Pattern], ...], None),
    (((Kind.NEWS, "title"),), tuple[tuple[Kind, str, Pattern], ...], "must have tuples of 3, and has ("),
]


@pytest.mark.parametrize(("value", "kind", "why"), VALUES)
def test_a_value_that_is_not_of_its_type_is_told(value: object, kind: object, why: str | None) -> None:
    said = misfit(value, kind)
    assert said == why or (why is not None and why.endswith("(") and str(said).startswith(why))


def test_a_pattern_that_is_used_by_its_groups_must_have_them() -> None:
    from typing import Annotated

    kind = Annotated[str, Groups(("day",))]
    assert misfit("(?P<day>x)", kind) is misfit("", kind) is None
    assert misfit("x", kind) == "is a pattern without the group 'day': 'x'"


CALENDAR = [
    (Listing(Place.PRINT, "front", "/paper/{day:%d-%m-%Y}/front", (0, 1)), date(2025, 3, 10), True),
    (Listing(Place.PRINT, "front", "/paper/{day:%d-%m-%Y}/front", (0, 1)), date(2025, 3, 9), False),
    (Listing(Place.PRINT, "front", "/{day}"), date(2025, 3, 9), True),
]


@pytest.mark.parametrize(("listing", "day", "due"), CALENDAR)
def test_a_list_is_due_on_its_weekdays(listing: Listing, day: date, due: bool) -> None:
    assert listing.is_due(day) is due
    written = f"{day:%d-%m-%Y}" if "paper" in listing.path else day.isoformat()
    assert written in listing.on(day)


@given(NUMBERS, NUMBERS)
def test_the_one_address_of_a_story_names_it_and_no_other(number: int, other: int) -> None:
    address = canonical(number)
    assert story_id(address) == number
    assert re.search(naming(number), address)
    assert bool(re.search(naming(other), address)) is (number == other)


def test_a_forgotten_story_s_address_loses_what_is_behind_its_number() -> None:
    wanted = Wanted(frozenset({7}))
    said = b'href="/news/7/half-a-headline" "https:\\/\\/www.dawn.com\\/news\\/7\\/half" /news/70/whole'
    assert wanted.plain(said) == b'href="/news/7" "https:\\/\\/www.dawn.com\\/news\\/7" /news/70/whole'


ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title>
<entry><id>tag:a,2025:7</id><title>Seven &amp; one</title>
<link rel="self" href="/api/7"/><link rel="alternate" href="https://www.dawn.com/news/7/slug"/>
<author><name>Ada Quill</name><uri>https://example.org</uri></author><author><name>Ben Reed</name></author>
<category term="Harbour"/><published>2025-03-10T09:00:00Z</published>
<updated>2025-03-10T11:30:00+05:00</updated>
<content type="html">&lt;p&gt;One. Two.&lt;/p&gt;&lt;p&gt;Three.&lt;/p&gt;</content></entry>
<entry><title>Without an address</title></entry>
<entry><link href="https://www.dawn.com/news/8"/><title>Eight</title><summary>&lt;p&gt;Short.&lt;/p&gt;</summary>
<updated>2025-03-10T12:00:00Z</updated></entry></feed>"""


def test_a_feed_may_be_atom() -> None:
    page = FeedPage("https://www.dawn.com/feeds/home", ATOM.encode())
    assert page.recognised
    first, second = page.entries
    assert (first.card.story_id, first.card.title) == (7, "Seven & one")
    assert (first.authors, first.section) == (("Ada Quill", "Ben Reed"), "Harbour")
    assert first.card.listed_at == instant("2025-03-10T09:00:00Z")
    assert first.card.changed_at == instant("2025-03-10T06:30:00Z")
    assert second.card.listed_at == second.card.changed_at == instant("2025-03-10T12:00:00Z")
    articles = extract_feed(capture(ATOM.encode(), url="https://www.dawn.com/feeds/home"))
    assert [(one.story_id, one.body) for one in articles] == [(7, "One. Two.\n\nThree."), (8, "Short.")]
    assert articles[0].published_at == first.card.listed_at

"""A saved page a layout, kind and case, of our own writing: every field it is about is read as expected."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crawlers.extract import extract, extract_feed, extract_page, read
from crawlers.extracted import flat
from crawlers.items import Capture, Kind
from crawlers.site import FALLBACK, FEED, LAYOUTS
from tests.crawlers.paper import capture

MANY = "https://www.dawn.com/news/2000009"
PAGES = Path(__file__).parents[1] / "pages"
CASES = {path.parent.name: json.loads(path.read_text()) for path in sorted(PAGES.glob("*/expected.json"))}


def captured(case: str, name: str) -> Capture:
    saved = CASES[case]
    made = capture((PAGES / case / name).read_bytes(), url=saved["url"])
    return replace(made, fetched_at=datetime.fromisoformat(saved["fetched_at"]))


@cache
def line(case: str) -> dict[str, Any]:
    """What a case reads as: as a capture where it says when it was fetched, else as a saved page."""
    saved = CASES[case]
    if (PAGES / case / "feed.xml").exists():
        (article,) = extract_feed(captured(case, "feed.xml"))
        return flat(article)
    if "fetched_at" in saved:
        return flat(extract(captured(case, "page.html")))
    return flat(extract_page((PAGES / case / "page.html").read_bytes(), saved["url"]))


@pytest.mark.parametrize(
    ("case", "field"), [(case, field) for case, saved in CASES.items() for field in saved["expected"]]
)
def test_a_saved_page_reads_field_by_field(case: str, field: str) -> None:
    assert line(case).get(field) == CASES[case]["expected"][field]


def test_every_layout_and_kind_has_a_saved_page() -> None:
    said = [saved["expected"] for saved in CASES.values()]
    assert {each.get("layout") for each in said} >= {*(layout.name for layout in LAYOUTS), FALLBACK, FEED}
    assert {each.get("kind") for each in said} >= {kind.value for kind in Kind}


def test_the_rails_of_a_page_are_counted() -> None:
    few = read(capture((PAGES / "no-body" / "page.html").read_bytes()))
    many = read(capture((PAGES / "one-line-forty-teasers" / "page.html").read_bytes(), url=MANY))
    assert few.evidence is None
    assert many.evidence is not None and many.evidence.sentences >= 80

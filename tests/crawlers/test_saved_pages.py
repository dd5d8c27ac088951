"""A saved page a layout and case, of our own writing: every field the case is about is read as expected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawlers.extract import extract_page, read
from crawlers.extracted import flat
from tests.crawlers.paper import capture

PAGES = Path(__file__).parents[1] / "pages"
MANY = "https://www.dawn.com/news/2000009"


@pytest.mark.parametrize("case", sorted(path.name for path in PAGES.iterdir() if path.is_dir()))
def test_a_saved_page_reads_field_by_field(case: str) -> None:
    saved = json.loads((PAGES / case / "expected.json").read_text())
    line = flat(extract_page((PAGES / case / "page.html").read_bytes(), saved["url"]))
    assert {name: line.get(name) for name in saved["expected"]} == saved["expected"]


def test_the_rails_of_a_page_are_counted() -> None:
    few = read(capture((PAGES / "no-body" / "page.html").read_bytes()))
    many = read(capture((PAGES / "one-line-forty-teasers" / "page.html").read_bytes(), url=MANY))
    assert few.evidence is None
    assert many.evidence is not None and many.evidence.sentences >= 80

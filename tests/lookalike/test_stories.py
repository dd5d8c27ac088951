"""The made-up site says what it promises: the same for the same seed, and every special case in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawlers.dawn import PRINT_SECTIONS
from crawlers.lookalike import Lookalike, Redesign, Shape

PRINT_LINE = re.compile(
    r"^Published in Dawn,\s*(?:(?:The )?[A-Z][\w&’' ]+,\s*)?[A-Za-z]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4}$"
)
MONDAY, SUNDAY, SATURDAY = date(2026, 3, 9), date(2026, 3, 8), date(2026, 3, 7)


@pytest.fixture(scope="module")
def site() -> Lookalike:
    return Lookalike()


def everything(site: Lookalike) -> list[str]:
    paths = ["/latest-news", "/feeds/home", "/feeds/sitemap", "/robots.txt", "/latest-news/2026-03-08"]
    return [
        *(site.page(number) for number in site.stories),
        *(site.answer(path, "http://x").text for path in paths),
    ]


def test_same_seed_same_bytes(site: Lookalike) -> None:
    assert everything(Lookalike()) == everything(site)


def test_same_seed_same_bytes_in_another_process(site: Lookalike) -> None:
    command = [sys.executable, "-m", "crawlers.lookalike", "--gold"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [json.loads(line) for line in told] == list(site.gold())


def test_another_seed_other_stories(site: Lookalike) -> None:
    other = Lookalike(seed=8)
    assert set(other.stories) != set(site.stories)
    assert not {story.body for story in other.stories.values() if len(story.paragraphs) > 1} & {
        story.body for story in site.stories.values()
    }


def test_a_day_is_the_same_however_many_days_there_are(site: Lookalike) -> None:
    assert Lookalike(days=1).stories.items() <= site.stories.items()


def test_another_stir_other_chrome_same_stories(site: Lookalike) -> None:
    stirred = Lookalike(stir=1)
    assert stirred.stories == site.stories
    assert all(stirred.page(number) != site.page(number) for number in site.stories)
    assert (
        stirred.answer("/latest-news/2026-03-08", "").text != site.answer("/latest-news/2026-03-08", "").text
    )


def test_ids_rise_with_time(site: Lookalike) -> None:
    stories = [site.stories[number] for number in sorted(site.stories)]
    assert [story.published for story in stories] == sorted(story.published for story in stories)
    assert all(1_980_000 < story.id < 1_990_000 for story in stories)


def test_days_are_of_the_promised_size() -> None:
    site = Lookalike(days=14)
    per_day = Counter(story.printed_on or story.published.date() for story in site.stories.values())
    assert len(per_day) == 14
    assert all(24 <= number <= 31 for number in per_day.values())


def test_every_shape_of_print_line(site: Lookalike) -> None:
    lines = {story.print_line for story in site.stories.values() if story.print_line}
    assert {
        "Published in Dawn, March 9th, 2026",
        "Published in Dawn, Mar 8th, 2026",
        "Published in Dawn, march 8th, 2026",
        "Published in Dawn, March 9, 2026",
        "Published in Dawn, March 9th 2026",
        "Published in Dawn, The Business and Finance Weekly, March 9th, 2026",
        "Published in Dawn, EOS, March 8th, 2026",
        "Published in Dawn, ICON, March 8th, 2026",
        "Published in Dawn, Sunday Magazine, March 8th, 2026",
        "Published in Dawn, Books & Authors, March 8th, 2026",
        "Published in Dawn, Young World, March 7th, 2026",
    } <= lines
    assert all(PRINT_LINE.match(line) for line in lines)


def test_ordinals() -> None:
    site = Lookalike(days=31, today=date(2026, 3, 31))
    lines = " ".join(story.print_line for story in site.in_slot("front page") if story.print_line)
    for shown in (
        "March 1st",
        "March 2nd",
        "March 3rd",
        "March 11th",
        "March 12th",
        "March 13th",
        "March 21st",
    ):
        assert shown in lines


def test_every_shape_and_ending_is_there(site: Lookalike) -> None:
    assert all(site.having(shape.value) for shape in Shape)
    assert site.having("soft hyphens")
    bodies = "\n\n".join(story.body for story in site.stories.values())
    for words in (
        "The writer is ",
        "With input from APP",
        "Also read: ",
        "Header image: ",
        "More to follow",
        "@",
    ):
        assert words in bodies
    after = [story for story in site.in_slot("back page") if story.paragraphs[-1].startswith("Header image")]
    assert all(story.blocks[-2].shape is Shape.PRINT_LINE for story in after)
    assert after


def test_every_kind_is_there(site: Lookalike) -> None:
    assert {story.kind for story in site.stories.values()} == {
        *("news", "opinion", "editorial", "letter", "feature", "pictures", "cartoon", "video"),
    }
    titles = " ".join(story.title for story in site.stories.values())
    assert all(words in titles for words in ("In pictures: ", "Cartoon: 8 March, 2026", "WATCH: "))
    assert any(story.authors == ("AFP", "Reuters") for story in site.stories.values())


def test_soft_hyphens_in_about_a_quarter_of_print() -> None:
    site = Lookalike(days=30)
    printed = [story for story in site.stories.values() if story.printed_on]
    assert 0.15 < len(site.having("soft hyphens")) / len(printed) < 0.35
    assert all("\u00ad" not in str(row) for row in site.gold())


def test_sentences_of_stories_differ() -> None:
    seen: dict[str, int] = {}
    # A writer may write twice, and some lines are the paper's own.
    fixed = re.compile("With input from|More to follow|The writer is|Additional input|.*@|.+\n[A-Z][a-z]+$")
    for story in Lookalike(days=30).stories.values():
        for paragraph in (p for p in set(story.paragraphs) if not fixed.match(p)):
            assert seen.setdefault(paragraph, story.id) == story.id


def test_rail_texts_are_on_the_page_and_not_in_the_body(site: Lookalike) -> None:
    for row in site.gold():
        shown = LexborHTMLParser(site.page(int(str(row["story_id"])))).text()
        assert row["rail_texts"]
        for teaser in row["rail_texts"]:  # type: ignore[attr-defined]
            assert teaser in shown
            assert teaser not in str(row["body"])


def test_gold_is_on_the_page_in_order(site: Lookalike) -> None:
    for story in site.stories.values():
        tree = LexborHTMLParser(site.page(story.id).replace("\u00ad", "").replace("<br>", "\n"))
        content = tree.css_first(".template__main .story__content")
        assert content is not None
        shown, at = content.text(), 0
        for paragraph in story.paragraphs:
            at = shown.index(paragraph, at) + len(paragraph)


def test_head_and_header(site: Lookalike) -> None:
    story = site.in_slot("business wires")[0]
    page = site.page(story.id, "http://x")
    tree = LexborHTMLParser(page)

    def content(selector: str, name: str = "content") -> str | None:
        found = tree.css_first(selector)
        return found.attributes[name] if found else None

    assert f"<title>{story.title.replace('&', '&amp;')} - Business - DAWN.COM</title>" in page
    assert content("link[rel=canonical]", "href") == f"http://x/news/{story.id}"
    assert content("meta[property='og:title']") == story.title
    assert content("meta[property='article:section']") == "business"
    published = f"{story.published:%Y-%m-%d %H:%M:%S}+05:00"
    assert content("meta[property='article:published_time']") == published
    assert content("meta[name=author]") == "AFP, Reuters"
    scripts = [node.text() for node in tree.css("script[type='application/ld+json']")]
    assert json.loads(scripts[0])["dateModified"] == story.updated.isoformat()
    assert "Follow Dawn Business on" in page
    assert tree.css_first(".template__header .story__byline").text() == "AFP | Reuters"  # type: ignore[union-attr]
    assert len(tree.css("h2.story__title")) > 10
    for words in (
        *(
            "Listen",
            "Join our Whatsapp channel",
            "Read more",
            "Sponsored",
            "On DawnNews",
            "Dear visitor, the comments",
        ),
        *("500 characters", "COMMENT MOD POLICY", "Latest Stories", "Most Popular", "Must Read", "Editorial"),
    ):
        assert words in page


def test_a_rail_stands_inside_some_bodies(site: Lookalike) -> None:
    boxed = site.having("rail in body")
    assert 0.1 < len(boxed) / len(site.stories) < 0.2
    for story in boxed:
        assert len(LexborHTMLParser(site.page(story.id)).css(".story__content article.story")) >= 3


def test_edition_says_what_was_printed(site: Lookalike) -> None:
    sunday = site.edition(SUNDAY)
    assert set(PRINT_SECTIONS) - set(sunday) == {"business-finance", "young-world"}
    assert "business-finance" in site.edition(MONDAY)
    assert "young-world" in site.edition(SATURDAY)
    assert sunday["peshawar"] == ()
    assert len(sunday["eos"]) == 2  # one of them went online the evening before
    assert all(
        site.stories[number].printed_on == SUNDAY
        for name in PRINT_SECTIONS
        for number in sunday.get(name, ())
    )
    assert all(site.stories[number].published.date() == SUNDAY for number in sunday["latest-news"])
    assert site.edition(MONDAY + timedelta(days=1)) == {}


def test_the_eve_of_a_magazine(site: Lookalike) -> None:
    cover = site.in_slot("eos cover")[0]
    assert (cover.published.date(), cover.printed_on) == (SATURDAY, SUNDAY)
    assert cover.id in site.edition(SATURDAY)["latest-news"]


def test_an_edit_changes_title_sentence_and_time(site: Lookalike) -> None:
    edited = Lookalike()
    story = edited.edit_one()
    before = site.stories[story.id]
    assert story.title != before.title
    assert story.updated > before.updated
    assert sum(a != b for a, b in zip(story.paragraphs, before.paragraphs, strict=True)) == 1
    assert f"<lastmod>{story.updated.isoformat()}</lastmod>" in edited.answer("/feeds/sitemap", "").text
    assert edited.edit_one() != story


def test_command_line_help() -> None:
    command = [sys.executable, "-m", "crawlers.lookalike", "--help"]
    assert "--stir" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_redesign_tells_the_same_stories_in_other_markup() -> None:
    site = Lookalike(days=1)
    story = site.in_slot("national")[0]
    before = site.page(story.id)
    site.redesign = frozenset(Redesign)
    after = site.page(story.id)
    told = [LexborHTMLParser(page).css("article.single p") for page in (before, after)]
    assert [node.text() for node in told[0]] == [node.text() for node in told[1]]
    for name in ("template__header", "template__main", "story__content", "article:published_time"):
        assert name in before
        assert name not in after
    assert after.count("class='story__title") == before.count("class='story__title") - 1
    assert "Subscribe" in after
    site.redesign = frozenset()
    assert site.page(story.id) == before

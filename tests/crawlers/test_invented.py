"""A page with made-up words says nothing of its own, and reads as before."""

from __future__ import annotations

import html
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawlers import head, site
from crawlers.extract import extract, extract_page
from crawlers.extracted import flat
from crawlers.invented import invented
from crawlers.kept import STAYING
from tests.crawlers.paper import page
from tests.crawlers.test_saved_pages import CASES, PAGES, captured

SHARED = Path(os.environ.get("DAWN_SHARED") or Path(__file__).parents[2].resolve().parent / "shared/dawn")
CAPTURES = [
    "article-2025-01-29-1888473.html",
    "article-head-excerpts-2024-2025.html",
    "body-fragment-2017-1346514.html",
    "body-fragment-2021-1638545.html",
    "latest-news-2025-01-29.html",
]
WORD = re.compile(r"[^\W\d_]+")
TITLES = {
    "In pictures: Kites": "In pictures",
    "WATCH: The river": "WATCH:",
    "Cartoon: 1 May": "Cartoon:",
    "Kites [video]": "[video]",
    "Live blog: the strike": "Live blog",
}
# Every way in which words got through; "quixotic jackdaws" are the page's own.
WAYS = [
    "<meta name='subject' content='quixotic jackdaws'>",
    "<meta name='twitter:data1' content='quixotic jackdaws'>",
    "<meta name='quixotic jackdaws' content='1'>",
    "<meta content=quixotic name=twitter:title><img alt=jackdaws src=/pics/quixotic.jpg>",
    "<a href='mailto:quixotic.jackdaws@dawn.com'>1</a>",
    "<a href='?u=https%3A%2F%2Fexample.org%2Fquixotic%20jackdaws'>1</a>",
    "<a href='/x/%71%75ixotic-%256aackdaws'>1</a>",
    "<a href='https://quixotic.jackdaws.com/jackdaws?q=quixotic#jackdaws'>1</a>",
    "<a href='quixotic:jackdaws'>1</a><a name='quixotic' rel='jackdaws'>1</a>",
    "<p data-caption='quixotic' data-title='jackdaws' data-share-text='quixotic' data-url='/jackdaws'>1</p>",
    "<p quixotic jackdaws=1 data-jackdaws>1</p>",
    "<iframe srcdoc='<p>quixotic jackdaws'></iframe><iframe>quixotic</iframe><noembed>jackdaws</noembed>",
    "<input value='quixotic' label='jackdaws'><table summary='quixotic'></table>",
    "<video poster='/jackdaws'></video><form action='/quixotic'></form><object data='/jackdaws'></object>",
    "<img srcset='/quixotic.jpg 2x, /jackdaws 1x'>",
    "<p>&#113;&#117;&#x69;xotic &amp;#106;&amp;#97;ckdaws</p>",
    "<p title='&#113;uixotic &amp;#106;ackdaws'>1</p>",
    "<p>5 < quixotic jackdaws > 3</p>",
    "<p>5 <quixotic jackdaws> 3</p>",
    "<![CDATA[quixotic jackdaws]]><? quixotic jackdaws ?><!-- quixotic jackdaws --><!quixotic></ jackdaws>",
    "<!-- quixotic > jackdaws -->",
    "<!doctype html public 'quixotic jackdaws'>",
    "<textarea>quixotic <b jackdaws></textarea><style>/* quixotic */</style><script>'jackdaws'</script>",
    "<img src='https://i.dawn.com/primary/2025/03/quixotic-jackdaws.jpg'>",
    "<p>Published in quixotic, also jackdaws: with quixotic, the writer of jackdaws</p>",
    "<p>See http://www.example.org/quixotic-jackdaws, quixotic@jackdaws.com</p>",
    "<h2 id='how-the-quixotic-jackdaws-flew'>1</h2>",
    "<p quixotic='jackdaws",
]
KEYS = ("alternativeHeadline", "abstract", "text", "creditText", "contentLocation", "about", "jobTitle",
        "email", "headline", "name", "@type", "@context", "quixotic jackdaws", "url")  # fmt: skip


def own_words(text: str) -> set[str]:
    """The words of four letters or more in a case, entities and percent signs undone."""
    plain = unquote(html.unescape(text)).replace("\u00ad", "")
    return {word.lower() for word in WORD.findall(plain) if len(word) > 3}


@pytest.mark.parametrize("way", WAYS)
def test_no_word_gets_through(way: str) -> None:
    assert not own_words(invented(page(f"<p>1</p>{way}"))) & {"quixotic", "jackdaws"}
    assert not own_words(invented(way)) & {"quixotic", "jackdaws"}


@pytest.mark.parametrize("key", KEYS)
def test_no_word_of_json_ld_gets_through(key: str) -> None:
    said = {"@type": "NewsArticle", key: ["quixotic", {key: "/jackdaws/quixotic", "name": "&#106;ackdaws"}]}
    made = invented(f"<script type='application/ld+json'>{json.dumps(said)}</script>")
    assert "NewsArticle" in made or key == "@type"
    assert not own_words(made) & {"quixotic", "jackdaws"}


WORDS = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=4, max_size=9) | st.sampled_from(
    ["data", "main", "suvi", "bafeda", "Zürich", "کراچی", "information"]
)
PLACES = (
    "<p>{}</p>", "<p>{}<b>{}</b>", "<h2 class=story__title>{} - {}</h2>", "<title>{} - World - DAWN.COM",
    "<a href='/news/1/{}'>{}</a>", "<img alt={} src=/{}.jpg>", "<meta name={} content='{} {}'>",
    "<{} {}>", "< {} {} >", "<p {}='{}'>", "{}", "<script>{}</script>", "&amp;{};", "<p title='{}'",
    '<script type="application/ld+json">{{"{}":"{}","name":"{}"}}</script>', "With input from {} and {}",
    "https://{}.com/{}", "Published in Dawn, {}, May 1st, 2025", "Follow Dawn {} on Twitter", "</{}>",
    "<svg {}>{}</svg>", "<!-- {} -->", "<![CDATA[{}",
)  # fmt: skip
PIECES = st.sampled_from(PLACES).flatmap(
    lambda place: st.lists(WORDS, min_size=3, max_size=3).map(lambda words: (place, words))
)


@given(st.lists(PIECES, max_size=6))
def test_no_word_of_four_letters_survives_but_those_that_stay(pieces: list[tuple[str, list[str]]]) -> None:
    text = "\n".join(place.format(*words) for place, words in pieces)
    said = {
        word.lower() for _, words in pieces for word in words if word in text
    }  # not every place has three
    left = own_words(invented(text)) & said
    assert left <= STAYING


@given(
    st.lists(st.sampled_from([*WAYS, *PLACES, "'", '"', ">", "<", "=", "/", "<!--", "</title>"]), max_size=8)
)
def test_a_broken_page_lets_no_word_through(pieces: list[str]) -> None:
    assert not own_words(invented("".join(pieces))) & {"quixotic", "jackdaws"}


@given(st.text() | st.text("<>\"'=!-a /&;#x0script%") | st.text("<titlescr >/='\"&#;19"))
def test_any_text_can_be_made_a_case_and_always_the_same(text: str) -> None:
    assert invented(text) == invented(text)


@pytest.mark.parametrize(
    "text", ["&#" + "9" * 5_000 + ";", "<p title='&#" + "0" * 5_000 + "65;'>", "[" * 9_000]
)
def test_a_page_made_to_break_it_is_made_a_case(text: str) -> None:
    invented(text)
    invented(f"<script type=application/ld+json>{text}</script>")


def test_whoever_unquotes_an_address_twice_learns_nothing() -> None:
    made = invented(f"<a href='/{quote(quote('/quixotic/jackdaws?', safe=''), safe='')}'>1</a>")
    assert not own_words(unquote(made)) & {"quixotic", "jackdaws"}


def test_words_of_rules_stay_only_where_rules_go_by_them() -> None:
    made = invented(
        "<p>The opinion of the editorial staff on the business of trending comments, most popular in May</p>"
    )
    said = own_words(made)
    assert not said & {"opinion", "editorial", "staff", "business", "trending", "comments", "popular"}
    for phrase in (*site.RAIL_HEADS, *site.AGENCIES, "Staff Reporter", "Published"):
        assert f"<h3>{phrase}</h3>" in invented(f"<h3>{phrase}</h3>")
    for line in ("Join our Whatsapp channel", "Listen to article 1x 1.2x 1.5x", "Advertisement"):
        assert line in invented(f"<p>{line}</p>")


@pytest.mark.parametrize("title", TITLES)
def test_what_a_title_says_of_its_kind_stays(title: str) -> None:
    made = invented(page("<p>It flew.</p>", title=title))
    assert TITLES[title] in made
    before, after = extract_page(page("<p>It flew.</p>", title=title)), extract_page(made)
    assert flat(before)["kind"] == flat(after)["kind"] != "news"


def test_every_type_of_an_article_in_json_ld_stays() -> None:
    for kind in head._ARTICLE_TYPES:
        made = invented(f'<script type="application/ld+json">{{"@type": "{kind}"}}</script>')
        assert f'"{kind}"' in made


def shape(value: object) -> str:
    """A value with an x for every letter and digit of its words."""
    return re.sub(r"[^\W_]", "x", json.dumps(value, ensure_ascii=False))


SAME = {
    *("layout", "kind", "section", "story_id", "word_count", "source", "reason", "published_at_exact"),
    *("published_at", "updated_at", "printed_on", "dateline_on"),
    *("published_at_from", "updated_at_from", "printed_on_from"),
}


@pytest.mark.parametrize("case", [name for name in CASES if (PAGES / name / "page.html").exists()])
def test_every_saved_page_reads_as_before_but_for_its_words(case: str) -> None:
    if "fetched_at" in CASES[case]:
        capture = captured(case, "page.html")
        before = flat(extract(capture))
        after = flat(extract(replace(capture, content=invented(capture.content.decode()).encode())))
    else:
        content = (PAGES / case / "page.html").read_bytes()
        before = flat(extract_page(content, CASES[case]["url"]))
        after = flat(extract_page(invented(content.decode()), CASES[case]["url"]))
    assert {name: after.get(name) for name in SAME} == {name: before.get(name) for name in SAME}
    assert {name: shape(value) for name, value in after.items() if name != "detail"} == {
        name: shape(value) for name, value in before.items() if name != "detail"
    }
    for name in ("pictures", "bylines", "embeds"):
        told = [(one.get("role"), one.get("after")) for one in before.get(name) or ()]
        assert [(one.get("role"), one.get("after")) for one in after.get(name) or ()] == told


# What rules of site.py, dates.py and urls.py need as it stands, in any run of four words.
NEEDED = re.compile(
    r"https?://(?:www|i)\.dawn\.com(?:/news)?"
    r"|dear visitor, the comments section is undergoing|comment mod policy|join our whatsapp channel"
    r"|follow dawn|on|twitter|linkedin|instagram|facebook|listen\s+to\s+article|must read|in pictures"
    r"|for insights on business, finance and tech from pakistan and across the world"
    r"|(?:published|updated)?\s*(?:\d+ )?(?:jan(?:uary)?|feb(?:ruary)?)\b[\s\d,:]*(?:[ap]m\b)?",
    re.IGNORECASE,
)


def runs(text: str) -> set[tuple[str, ...]]:
    words = [word.lower() for word in WORD.findall(text) if len(word) > 1]
    return {tuple(words[at : at + 4]) for at in range(len(words) - 3)}


def visible(tree: LexborHTMLParser) -> list[str]:
    """What a page says: its meta elements, alternative texts and titles, and its text without scripts."""
    said = [
        node.attributes.get(name) or ""
        for name in ("content", "alt", "title")
        for node in tree.css(f"[{name}]")
    ]
    for node in tree.css("script, style"):
        node.decompose()
    return [*said, tree.root.text(separator=" ") if tree.root is not None else ""]


@pytest.mark.parametrize("name", CAPTURES)
def test_of_a_captured_page_no_four_words_in_a_row_survive(name: str) -> None:
    path = SHARED / "captures" / name
    if not path.exists():
        pytest.skip(f"no captured pages beside the repository: {name}")
    text = path.read_text("utf-8")
    made = invented(text)
    left = runs(NEEDED.sub(" nothing ", made)) | {
        run for said in visible(LexborHTMLParser(made)) for run in runs(NEEDED.sub(" nothing ", said))
    }
    own = {run for said in visible(LexborHTMLParser(text)) for run in runs(said)}
    assert len(own) > 30 and not left & own
    beside = re.sub(r"""\s(?:class|id)=(?:"[^"]*"|'[^']*')""", " ", made)
    assert own_words(beside) & {word for run in own for word in run} <= STAYING

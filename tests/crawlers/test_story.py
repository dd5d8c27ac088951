"""What a story's page shows, part by part: cases of real pages, or of a hostile reader of them."""

from __future__ import annotations

from datetime import date

import pytest

from crawlers.extract import extract
from crawlers.items import Article, DateField, Kind, Reason, Rejection, Role
from crawlers.media import service_of
from tests.crawlers.paper import capture, card, page

TEXT = "<p>The ferrymen of the lower harbour put down their oars on Thursday.</p>"
MORE = "<p>Nobody from the council came before noon.</p>"
CARD = card(2000600, "Bridges closed", "The bridges were closed on Sunday, nobody knows why...")
FILM = "<figure class='media media--embed' data-original-src='https://www.youtube.com/watch?v=x1'></figure>"
BODY = "The ferrymen of the lower harbour put down their oars on Thursday."


def picture(number: int) -> str:
    return (
        f"<figure class='media'><img src='https://i.dawn.com/p/{number}.jpg'>"
        f"<figcaption>Boat {number}. — AFP</figcaption></figure>"
    )


def read(html: str) -> Article | Rejection:
    return extract(capture(html), thorough=True)


def article(html: str) -> Article:
    result = read(html)
    assert isinstance(result, Article), result
    return result


# ── kinds ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_of_pictures_alone_is_a_picture_story() -> None:
    made = article(page(picture(1) + picture(2)))
    assert (made.kind, made.body) == (Kind.PICTURES, "")
    assert [(one.url[-5:], one.caption) for one in made.pictures] == [
        ("1.jpg", "Boat 1. — AFP"),
        ("2.jpg", "Boat 2. — AFP"),
    ]


def test_a_page_of_a_film_alone_is_a_video() -> None:
    made = article(page(FILM))
    assert (made.kind, made.body) == (Kind.VIDEO, "")
    assert [one.url for one in made.embeds] == ["https://www.youtube.com/watch?v=x1"]


def test_an_editorial_without_a_text_is_none_whatever_it_shows() -> None:
    html = page(picture(1)).replace("<a>AFP</a>", "<a>Editorial</a>")
    result = read(html)
    assert isinstance(result, Rejection) and result.reason is Reason.NO_BODY


@pytest.mark.parametrize("title", ["In pictures: The strike", "In photos: The strike", "Photos: The strike"])
def test_titles_of_picture_stories(title: str) -> None:
    assert article(page(picture(1), title=title)).kind is Kind.PICTURES


@pytest.mark.parametrize(
    ("line", "is_about"),
    [
        ("The writer is a lawyer.", True),
        ("The writers teach at a university.", True),
        ("The author has been an ambassador.", True),
        ("The writer served as a judge.", True),
        ("The writer is survived by two daughters.", False),
        ("The author was born in Lahore in 1940.", False),
        ("The writer has been arrested, police said.", False),
    ],
)
def test_a_line_on_the_writer_makes_an_opinion(line: str, is_about: bool) -> None:
    made = article(page(f"{TEXT}<p>{line}</p><p>a@example.org</p><p>X: @ab</p><p>Header image: a boat</p>"))
    assert (made.kind is Kind.OPINION, made.about_author is not None) == (is_about, is_about)


# ── pointers ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "says",
    [
        "Read the full story <a href='{}'>here</a>.",
        "<a href='{}'>A story elsewhere</a>",
        "Read: <a href='{}'>A story</a>",
    ],
)
def test_a_body_that_only_leads_elsewhere_says_where(says: str) -> None:
    result = read(page(f"<p>{says.format('https://images.dawn.com/news/119')}</p>"))
    assert isinstance(result, Rejection)
    assert (result.reason, result.points_to) == (Reason.POINTER, "https://images.dawn.com/news/119")


@pytest.mark.parametrize("end", ["", "/made-up", "?ref=x", "#comments"])
def test_a_link_to_itself_is_no_pointer(end: str) -> None:
    html = page(f"<p><a href='https://www.dawn.com/news/2000500{end}'>The strike goes on</a></p>")
    assert article(html).body == "The strike goes on"


def test_a_sentence_with_one_link_is_no_pointer() -> None:
    html = page("<p>Ferries <a href='https://www.dawn.com/news/2000499/x'>stood still</a> on Thursday.</p>")
    assert article(html).body == "Ferries stood still on Thursday."


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "head",
    ["<h3>Related</h3>", "<p><strong>Read more</strong></p>", "<div>Read more</div>", "<h4>Latest</h4>"],
)
def test_what_heads_cards_goes_with_them(head: str) -> None:
    assert article(page(TEXT + head + CARD + CARD)).body == BODY


def test_a_box_that_holds_a_rail_beside_text_keeps_the_text() -> None:
    html = page(
        f"<div>KARACHI: First words.<br><br>Second words."
        f"<h3>Read more</h3><div>{CARD}</div>Third words.</div>"
    )
    assert article(html).body == "KARACHI: First words.\n\nSecond words.\n\nThird words."


def test_a_table_keeps_its_columns_where_cells_are_empty_or_broken() -> None:
    made = article(
        page(
            TEXT + "<table><tr><th></th><th>Played</th><th>Won</th></tr>"
            "<tr><td>Lahore</td><td>4</td><td>3</td></tr><tr><td>&nbsp;</td><td>last<br>year</td><td></td></tr></table>"
        )
    )
    assert made.body.split("\n\n")[1:] == ["\tPlayed\tWon", "Lahore\t4\t3", "\tlast year\t"]
    assert made.body_markdown.split("\n\n")[1] == (
        "|  | Played | Won |\n| --- | --- | --- |\n| Lahore | 4 | 3 |\n|  | last year |  |"
    )


def test_a_caption_in_a_box_that_is_no_figure_is_no_text() -> None:
    html = page(TEXT + "<div class='media'><img src='/a.jpg'><div class='media__caption'>A boat</div></div>")
    assert article(html).body == BODY


# ── who, when, what is shown ─────────────────────────────────────────────────────────────────────────────


def test_a_name_without_a_link_stands_beside_one_with() -> None:
    html = page(TEXT).replace("<a>AFP</a>", "<a href='/authors/1/afp'>AFP</a> | Our Correspondent")
    made = article(html)
    assert made.authors == ("AFP", "Our Correspondent")
    assert [(one.role, one.url) for one in made.bylines] == [
        (Role.AGENCY, "https://www.dawn.com/authors/1/afp"),
        (Role.STAFF, None),
    ]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Reuters/AFP", Role.AGENCY),
        ("APP & AFP", Role.AGENCY),
        ("Thomson Reuters", Role.AGENCY),
        ("From the Newspaper", Role.STAFF),
        ("Dawn Editorial", Role.STAFF),
        ("Reu\u00adters", Role.AGENCY),
        ("Ann and Bob", Role.PERSON),
    ],
)
def test_what_a_name_is(name: str, role: Role) -> None:
    made = article(page(TEXT).replace("<a>AFP</a>", f"<a>{name}</a>"))
    assert [one.role for one in made.bylines] == [role]


@pytest.mark.parametrize(
    ("line", "contacts", "helped"),
    [
        ("He tweets @abdul", ("@abdul",), ()),
        ("She tweets at @amna", ("@amna",), ()),
        ("Instagram: @ali.khan", ("@ali.khan",), ()),
        ("X: ShahidKhan79", ("ShahidKhan79",), ()),
        ("(With input from APP)", (), ("APP",)),
        ("Rana Zaman also contributed to this story from Lahore.", (), ("Rana Zaman",)),
        ("Reporting by Ali Khan; additional input by AFP", (), ("Ali Khan", "AFP")),
    ],
)
def test_lines_on_contacts_and_on_who_helped(
    line: str, contacts: tuple[str, ...], helped: tuple[str, ...]
) -> None:
    made = article(page(f"{TEXT}<p>{line}</p>"))
    assert (made.contacts, made.input_from) == (contacts, helped)


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("LAHORE/Rawalpindi: Boats.", "LAHORE/Rawalpindi"),
        ("KARACHI: Boats.", "KARACHI"),
        ("WATCH: Boats.", None),
    ],
)
def test_datelines(opening: str, place: str | None) -> None:
    assert article(page(f"<p>. A summary line</p><p>{opening}</p>")).dateline == place


def test_a_printed_day_far_ahead_is_kept_as_said_and_not_taken() -> None:
    made = article(page(TEXT + "<p>Published in Dawn, April 29th, 2052</p>"))
    assert made.printed_on is None
    assert [(one.day, one.field) for one in made.dates if one.field is DateField.PRINTED] == [
        (date(2052, 4, 29), DateField.PRINTED)
    ]


def test_a_weekly_may_go_online_before_its_day() -> None:
    assert article(page(TEXT + "<p>Published in Dawn, EOS, May 3rd, 2026</p>")).printed_on == date(2026, 5, 3)


def test_an_old_header_that_ticks_says_its_time() -> None:
    time = "<span class='story__time'><span class='timeago' title='2015-05-28T01:09:00+05:00'>x</span></span>"
    made = article(page(TEXT).replace("<span class='story__byline'>", f"{time}<span class='story__byline'>"))
    assert made.published_at is not None and made.published_at.isoformat() == "2015-05-27T20:09:00+00:00"


@pytest.mark.parametrize(
    "box",
    [
        "<figure class='media'><img src='/1.jpg'><img src='/2.jpg'><figcaption>Boats</figcaption></figure>",
        "<figure><figure><img src='/1.jpg'></figure><figure><img src='/2.jpg'></figure></figure>",
        "<div class='slideshow'><img src='/1.jpg'><img src='/2.jpg'></div>",
    ],
)
def test_each_picture_of_a_box_is_kept(box: str) -> None:
    made = article(page(TEXT + box + MORE))
    assert [one.url for one in made.pictures] == ["https://www.dawn.com/1.jpg", "https://www.dawn.com/2.jpg"]


def test_a_film_in_the_header_is_an_embed() -> None:
    html = page(TEXT).replace("<span class='story__byline'>", FILM + "<span class='story__byline'>")
    assert [(one.service, one.url) for one in article(html).embeds] == [
        ("youtube", "https://www.youtube.com/watch?v=x1")
    ]


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("https://www.google.com/maps/embed?pb=1", "google maps"),
        ("https://maps.google.com/?q=x", "google maps"),
        ("https://docs.google.com/forms/d/x", "docs.google.com"),
        ("https://e.infogram.com/x", "infogram"),
    ],
)
def test_services(address: str, service: str) -> None:
    assert service_of(address) == service


# ── which page it is ─────────────────────────────────────────────────────────────────────────────────────


def test_an_error_page_with_a_body_element_is_no_story() -> None:
    html = "<h1>Page not found</h1><div class='story__content'><p>Sorry, it is not here.</p></div>"
    result = read(html)
    assert isinstance(result, Rejection) and result.reason is Reason.NOT_AN_ARTICLE


@pytest.mark.parametrize("attributes", ["", " class='story'", " class='story single'"])
def test_an_amp_page_may_frame_its_story(attributes: str) -> None:
    html = (
        "<html amp><head><title>The strike - World - DAWN.COM</title>"
        "<link rel='canonical' href='https://www.dawn.com/news/2000500'></head>"
        f"<body><article{attributes}><h1>The strike</h1><div class='story__content'>{TEXT}</div></article>"
    )
    made = article(html)
    assert (made.layout, made.body) == ("amp", BODY)


def test_a_number_without_end_is_no_character() -> None:
    said = '{"@type": "NewsArticle", "headline": "A headline", "author": "&#' + "9" * 5000 + ';"}'
    html = page(TEXT, extra_head=f"<script type='application/ld+json'>{said}</script>")
    assert article(html.replace("<a>AFP</a>", "")).authors == ("\ufffd",)

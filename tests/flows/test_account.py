"""What a run leaves for whoever looks at it later."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flows import account
from flows.receipt import Receipt
from warehouse.checks import Check
from warehouse.ledger import DayState, Owed
from warehouse.manners import Crawled

DAY = DayState(date(2026, 3, 9), "partial", 20, 0, 7, 1, 2, 1, 0, 3, "sport: 3 stories are owed")
CRAWL = Crawled("r1", "finished", 2.0, 12, ((200, 10), (404, 1)), 2.1, 30.0, 1, 1_500_000, 3, 400_000)
RED = Check("no_article_is_empty", ("story_id", "why"), ((7, "| a cell of its own |"),), 1)


def rendered(text: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(text)


def test_the_account_of_a_run_has_its_counts_its_manners_and_its_red_rows() -> None:
    receipt = Receipt(
        ("r1",), (Owed(9, "http://site/news/9", "failed"),), red=(RED,), days=(DAY,), published=True
    )
    html = rendered(account.page(receipt, [CRAWL], [DAY], "<svg/>", {"the file": "/srv/dawn.duckdb"}))
    assert "1 of 1 days are not complete" in html
    assert "<td>14</td>" in html, "listed: every story of the day"
    assert "<td>200: 10 404: 1</td>" in html
    assert "<td>2.0 s</td>" in html
    assert "<td>2.1 s</td>" in html
    assert "<td>3 pages, 0.4 MB</td>" in html
    assert "no article is empty" in html
    assert "<td>| a cell of its own |</td>" in html
    assert "data:image/svg+xml;base64,PHN2Zy8+" in html
    assert "http://site/news/9" in html
    assert "<li>the file: /srv/dawn.duckdb</li>" in html
    assert "0 of 1 days from 2026-03-09 to 2026-03-09 are complete" in html


def test_the_counts_of_a_day_are_there_for_programs() -> None:
    assert account.counted(Receipt(days=(DAY,))) == [
        {
            "day": "2026-03-09",
            "state": "partial",
            "listed": 14,
            "stored": 7,
            "unchanged": 1,
            "rejected": 2,
            "gone": 1,
            "refused": 0,
            "owed": 3,
            "why": "sport: 3 stories are owed",
        }
    ]


def test_a_run_in_order_says_so() -> None:
    html = rendered(account.page(Receipt(), [], [], None, {}))
    assert "nothing is owed, failed or red" in html
    assert "No crawl was made" in html


def test_a_long_cell_is_cut_and_says_so() -> None:
    assert account.cell("x" * 240) == "x" * 240
    assert account.cell("x" * 241) == "x" * 239 + "…"


@given(st.text())
def test_whatever_a_site_says_is_one_cell_and_no_markup(said: str) -> None:
    html = rendered(account.table(["one", "two"], [[said, "end"]]))
    assert html.count("<td>") == 2
    assert html.count("<tr>") == 2
    inside = html.split("<td>", 1)[1].split("</td>", 1)[0]
    assert "<" not in inside
    assert html.endswith("<td>end</td>\n</tr>\n</tbody>\n</table>\n")

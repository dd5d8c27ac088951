# ruff: noqa: E501 - hostile pieces read best on lines of their own
"""The page of a story: what it shows of one that is held, of one that is not, and of one that is hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from crawlers.lookalike import Lookalike, Shape
from crawlers.lookalike.hostile import changed
from tests.explore.conftest import Archived, asking, fits, opened, served
from tests.flows.conftest import Dawn, in_folder, told
from tests.warehouse.paper import Paper, article, discovery, feed, week
from warehouse.publish import publish

SAME = " ".join(f"Sentence {n} of a text that two stories tell in the very same words." for n in range(40))


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of rows alone: every way a story can go, a family, a story from a feed, one forgotten."""
    paper = Paper(tmp_path_factory.mktemp("made-up"))
    week(paper)
    paper.run(*(discovery(n) for n in (10, 11, 12, 20, 31)), spider="edition")
    paper.page(10, article(10, SAME, title="The first to tell it"))
    paper.page(11, article(11, SAME, title="Who told it again", published_on="2026-03-10"))
    paper.page(
        20, article(20, "The dam holds 40 feet of water. Nobody was hurt.\n\nIt rained.", section="Business")
    )
    paper.page(31, article(31, "It was here."))
    feed(paper, article(12, "Told by a feed.", source="feed"))
    paper.run(spider="stories")
    paper.page(
        20,
        article(
            20, "The dam holds 45 feet of water.\n\nIt rained. It rained again.", section="World", title="Wet"
        ),
    )
    paper.page(31, None, reason="gone", status=404)
    paper.run({"event": "forgotten", "story_id": 77, "reason": "asked for"}, spider="forget")
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    return paper.root


@pytest.fixture(scope="session")
def rows_at(made_up: Path) -> Iterator[str]:
    with served(made_up) as here:
        yield here


@pytest.fixture(scope="session")
def stories(made_up: Path) -> Iterator[httpx.Client]:
    with asking(made_up) as client:
        yield client


def seen(answer: httpx.Response) -> str:
    """The words of a page, tags left out."""
    return " ".join(re.sub(r"<[^>]*>", "", answer.text).split())


# ── a story that is held ─────────────────────────────────────────────────────────────────────────────────


def frame_of(tab: Page) -> FrameLocator:
    return tab.frame_locator("iframe")


def test_a_story_stands_beside_its_page_with_what_was_stripped(
    tab: Page, address: str, archived: Archived
) -> None:
    # One with a rail inside its body: what it all began with.
    number = next(
        story.id
        for story in archived.site.newest
        if any(block.shape is Shape.RAIL for block in story.blocks) and story.id not in archived.site.gone
        and story.id not in (archived.owed, archived.edited, archived.site.forbidden) and not story.points_to
    )  # fmt: skip
    story = archived.site.stories[number]
    tab.goto(f"{address}/story/{number}")
    expect(tab.get_by_role("heading", level=1)).to_have_text(story.title)
    text = tab.get_by_role("region", name="The text")
    for line in story.body.split("\n\n"):
        assert " ".join(line.split()) in " ".join(text.inner_text().split())
    tab.locator("iframe").scroll_into_view_if_needed()
    expect(frame_of(tab).locator(".cut .why", has_text="stripped: rail").first).to_be_visible()
    kept = "".join(frame_of(tab).locator("main > :not(.legend) .k").all_text_contents())
    assert "".join(kept.split()) == "".join(story.body.split())


def test_text_page_and_both_are_chosen_without_a_script(
    browser: Browser, address: str, archived: Archived
) -> None:
    with opened(browser, java_script_enabled=False, viewport={"width": 1300, "height": 900}) as tab:
        tab.goto(f"{address}/story/{archived.edited}")
        text, page = tab.get_by_role("region", name="The text"), tab.locator("iframe")
        left, right = text.bounding_box(), page.bounding_box()
        assert left and right and left["x"] + left["width"] <= right["x"], "side by side"
        tab.get_by_role("link", name="Text", exact=True).click()
        expect(page).to_have_count(0)
        expect(text).to_be_visible()
        tab.get_by_role("link", name="Page as served").click()
        expect(text).to_have_count(0)
        expect(page).to_be_visible()
        tab.get_by_role("link", name="Both").click()
        tab.set_viewport_size({"width": 360, "height": 740})
        above, below = text.bounding_box(), page.bounding_box()
        assert above and below and above["y"] + above["height"] <= below["y"], "one under the other"


def test_the_link_of_today_leads_to_what_changed(tab: Page, address: str, archived: Archived) -> None:
    tab.goto(address)
    tab.get_by_role("region", name="What changed").get_by_role("link").first.click()
    changes = tab.get_by_role("region", name="Version 1 against version 2")
    [(old, new)] = told(
        archived.folder,
        f"select min(title) filter (version = 1), min(title) filter (version = 2) from versions"
        f" where story_id = {archived.edited}",
    )
    expect(changes.locator("del").first).to_contain_text(old)
    expect(changes.locator("ins").first).to_contain_text(new)
    expect(tab.get_by_label("Compare version")).to_have_value("1")
    tab.get_by_label("Compare version").select_option("2")
    tab.get_by_role("button", name="Compare").click()
    expect(tab.get_by_role("region", name="Version 2 against version 2")).to_contain_text("They say the same")


def test_an_older_version_comes_with_the_page_that_showed_it(
    client: httpx.Client, archived: Archived
) -> None:
    [(capture, title)] = told(
        archived.folder,
        f"select capture_id, title from versions where story_id = {archived.edited} and version = 1",
    )
    said = client.get(f"/story/{archived.edited}", params={"version": 1}).text
    [framed] = re.findall(r'<iframe [^>]*src="([^"#]*)', said)
    page = client.get(framed.replace("&amp;", "&"))
    assert httpx.URL(framed).params["capture"] == capture
    assert title in page.text


def test_the_frame_may_do_nothing(client: httpx.Client, archived: Archived) -> None:
    page = client.get(f"/story/{archived.edited}").text
    [frame] = re.findall(r"<iframe [^>]*>", page)
    assert " sandbox " in frame and "allow-" not in frame
    framed = client.get(re.findall(r'src="([^"#]*)', frame)[0].replace("&amp;", "&"))
    policy = framed.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "script" not in policy
    assert framed.status_code == 200


@pytest.mark.parametrize(
    "capture", ["", "x", "urn:uuid:0", "../../etc/passwd", "'; drop table articles; --", "x" * 9999]
)
def test_a_capture_that_is_none_of_this_story_is_not_shown(
    client: httpx.Client, archived: Archived, capture: str
) -> None:
    said = client.get(f"/story/{archived.edited}/page", params={"capture": capture})
    assert said.status_code == 404
    assert "no such capture" in said.text


def test_a_capture_of_another_story_is_not_shown_as_this_ones(
    client: httpx.Client, archived: Archived
) -> None:
    [(other,)] = told(
        archived.folder,
        f"select min(capture_id) from captures where role = 'story' and story_id <> {archived.edited}",
    )
    assert client.get(f"/story/{archived.edited}/page", params={"capture": other}).status_code == 404


def test_a_page_whose_bytes_are_lost_says_so(stories: httpx.Client) -> None:
    [framed] = re.findall(r'<iframe [^>]*src="([^"#]*)', stories.get("/story/20").text)
    assert "in no file of the archive" in stories.get(framed).text


# ── rows made by hand ────────────────────────────────────────────────────────────────────────────────────


def test_two_versions_are_compared_by_sentences_and_words_and_all_fields(rows_at: str, tab: Page) -> None:
    tab.goto(f"{rows_at}/story/20?from=1&to=2")
    changes = tab.get_by_role("region", name="Version 1 against version 2")
    for old, new in (("Title 20", "Wet"), ("Business", "World"), ("40", "45")):
        expect(changes.locator("del", has_text=re.compile(rf"\b{old}\]"))).to_have_count(1)
        expect(changes.locator("ins", has_text=re.compile(rf"\b{new}\]"))).to_have_count(1)
    expect(changes.locator("del", has_text="Nobody was hurt.")).to_have_count(1)
    expect(changes.locator("ins", has_text="It rained again.")).to_have_count(1)
    hidden = changes.locator("ins .visually-hidden").first
    assert "put in" in (hidden.text_content() or "")


def test_what_stands_on_top_of_a_story_that_was_taken_off_the_site(stories: httpx.Client) -> None:
    said = seen(stories.get("/story/31"))
    assert "taken off the site; seen gone 9 Mar 2026" in said
    assert "It was here." in said


def test_a_story_names_who_tells_the_same(stories: httpx.Client) -> None:
    said = stories.get("/story/10")
    assert 'href="/story/11"' in said.text
    assert "identical" in seen(said) or "re-headed" in seen(said)
    assert "1 day apart" in seen(said)
    assert "Its family: 2 stories" in seen(said)
    assert 'href="/story/10"' in stories.get("/story/11").text


def test_a_story_from_a_feed_has_no_page(stories: httpx.Client) -> None:
    said = seen(stories.get("/story/12"))
    assert "Told by a feed." in said
    assert "No page of it was ever had: its text came in a feed." in said


@pytest.mark.parametrize(
    ("number", "status", "why"),
    [
        (2, 200, "Its page was fetched, and is no article (pointer: why)."),
        (3, 200, "It is gone: the site answered that there is no such page"),
        (4, 200, "It is owed: a listing named it, and its page was not had yet"),
        (5, 200, "It was not asked for: robots.txt forbids its address"),
        (6, 200, "It is owed: a listing named it, and its page was not had yet (timeout: 60 s)."),
        (77, 200, "It was taken out with dawn forget on 9 Mar 2026"),
        (99, 200, "No listing owes it: it only stood in rails beside other stories"),
        (999, 404, "It was never seen: no listing named it, and nobody asked for it."),
    ],
)
def test_a_story_that_is_not_held_says_why_in_one_sentence(
    stories: httpx.Client, number: int, status: int, why: str
) -> None:
    answer = stories.get(f"/story/{number}")
    assert answer.status_code == status
    assert f"The archive holds no text of story {number}. {why}" in seen(answer)
    assert "Its whole way" in seen(answer)


@pytest.mark.parametrize(
    "named", ["abc", "0", "-1", "1.5", "1e3", "²", "99999999999999999999", "1000000001", "%00", "%1b[2J", "1 or 1=1", "x" * 5000]
)  # fmt: skip
def test_what_is_no_storys_number_gets_one_clear_line(stories: httpx.Client, named: str) -> None:
    answer = stories.get(f"/story/{named}")
    assert answer.status_code == 404
    assert "is no story: give the number" in answer.text or "nothing at this address" in answer.text
    assert "\x1b" not in answer.text and len(answer.text) < 5_000


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=1&to=9", "“9” is no version of this story: it has versions 1 to 2."),
        ("version=zero", "“zero” is no version of this story"),
        ("show=everything", "“everything” is nothing that can be shown"),
        ("capture=urn:nothing", "no such capture"),
        (f"from={'9' * 5000}", "is no version of this story"),
    ],
)
def test_what_has_no_sense_is_said_on_the_page_which_shows_the_story_all_the_same(
    stories: httpx.Client, query: str, said: str
) -> None:
    answer = stories.get(f"/story/20?{query}")
    assert answer.status_code == 400
    assert said in seen(answer)
    assert "It rained again." in seen(answer)


@pytest.mark.parametrize(("query", "pair"), [("to=2", (1, 2)), ("from=1", (1, 2)), ("from=2&to=1", (2, 1))])
def test_one_version_is_compared_with_its_neighbour(
    stories: httpx.Client, query: str, pair: tuple[int, int]
) -> None:
    assert f"Version {pair[0]} against version {pair[1]}" in seen(stories.get(f"/story/20?{query}"))


@pytest.mark.parametrize("number", [6, 99, 999])
def test_what_is_not_held_can_be_asked_for_anything(stories: httpx.Client, number: int) -> None:
    answer = stories.get(f"/story/{number}?from=1&to=2&version=1&capture=x&show=page")
    assert answer.status_code == 400
    assert f"The archive holds no text of story {number}." in seen(answer)


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        ("/story/20?from=1&to=2", "light"),
        ("/story/20?from=1&to=2", "dark"),
        ("/story/10", "light"),
        ("/story/6", "dark"),
        ("/story/999", "light"),
    ],
)
def test_the_page_is_for_everyone(browser: Browser, rows_at: str, path: str, scheme: str) -> None:
    # Not `opened`: of a page with status 404 or 400 the browser complains on its console, whatever it says.
    context = browser.new_context(color_scheme=scheme, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(rows_at + path)
    assert faults(page) == []
    assert fits(page)
    context.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_the_page_in_the_frame_is_for_everyone(
    browser: Browser, client: httpx.Client, archived: Archived, scheme: str
) -> None:
    told_of = client.get(f"/story/{archived.edited}").text
    [framed] = re.findall(r'<iframe [^>]*src="([^"#]*)', told_of)
    with opened(browser, color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
        # Where nothing may run axe cannot either: so without the frame's policy, in a page of its own.
        page.set_content(client.get(framed).text)
        # The captured page's own order of headings and landmarks is what it was.
        assert [
            each for each in faults(page) if not each.startswith(("heading-order", "landmark", "region"))
        ] == []
        assert fits(page)


def faults(page: Page) -> list[str]:
    """What axe finds; it looks into no frame, for it cannot run in one that may run nothing."""
    found = Axe().run(page, options={"iframes": False}).response["violations"]
    return [f"{each['id']}: {[node['html'][:200] for node in each['nodes'][:3]]}" for each in found]


# ── a story that would do something ──────────────────────────────────────────────────────────────────────

ACTING = (
    "<p>A first paragraph.</p><script>top.flag=parent.flag=window.flag=1;alert(1)</script>"
    "<style>body{background:url(http://198.51.100.1/s)}*{display:none!important}</style>"
    "<iframe src='http://198.51.100.1/f' srcdoc='<script>top.flag=1</script>'></iframe>"
    "<p onclick='top.flag=1' onmouseover='top.flag=1'>Words <a href='javascript:top.flag=1'>one</a>"
    " <a href='http://198.51.100.1/away' target=_top ping='http://198.51.100.1/p'>two</a>"
    " <a href='/news/NEAR/x'>three</a><img src='http://198.51.100.1/i' onerror='top.flag=1'>.</p>"
    "<p>[x](javascript:top.flag=1) ![y](http://198.51.100.1/y) &lt;script&gt;top.flag=1&lt;/script&gt; {{ 7 * 7 }}</p>"
    "<p>\x07\x1b[2J\x1b]0;owned\x07 \u202egnp.exe\u202c \u200f \u2066x\u2069 end.</p>"
    "<form action='http://198.51.100.1/'><input autofocus onfocus='top.flag=1'><button>go</button></form>"
    "<object data='http://198.51.100.1/o'></object><svg onload='top.flag=1'><script>top.flag=1</script></svg>"
    "<p>WORD</p>"
)
WORD = "w" * 5_000_000


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, str, Dawn]]:
    """A folder into which a hostile story was fetched, twice; its number, the site's address, the command."""
    site = Lookalike(days=1)
    room = tmp_path_factory.mktemp("hostile")
    dawn = in_folder(room)
    number, near, *_ = sorted(
        n
        for n, one in site.stories.items()
        if one.kind == "news" and not one.points_to and n not in site.gone
    )

    def change(page: bytes) -> bytes:
        text = page.decode()
        acting = ACTING.replace("NEAR", str(near)).replace("WORD", WORD)
        text = re.sub(r"(<div dir='auto' class='story__content[^>]*>)", lambda found: found[1] + acting, text)
        title = "Evil \u202egnp.exe\x1b[2J &lt;img src=x onerror=top.flag=1&gt;"
        return re.sub(
            r"(class='story__link  '>)[^<]*", lambda found: found[1] + title, text, count=1
        ).encode()

    with site.serve() as address:
        site.faults[lambda path: path.startswith(f"/news/{number}")] = changed(change)
        where = ("--site", address, "--delay", "0")
        for named in ([number], [number, near]):  # the second is a cause to publish the revisit of the first
            done = dawn("fetch", *map(str, named), *where)
            assert "owed" not in done.stderr and "Traceback" not in done.stderr  # a check is red: rightly so
        yield room / "data", number, address, dawn
    assert site.errors == []


def test_nothing_of_a_hostile_story_runs_or_asks_and_its_page_stays_usable(
    browser: Browser, hostile: tuple[Path, int, str, Dawn]
) -> None:
    root, number, site, _ = hostile
    dialogs: list[str] = []
    with served(root, site) as here, opened(browser, viewport={"width": 360, "height": 740}) as tab:
        tab.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())  # type: ignore[func-returns-value]
        tab.goto(f"{here}/story/{number}")
        text = tab.get_by_role("region", name="The text")
        expect(text).to_contain_text("A first paragraph.")
        tab.locator("iframe").scroll_into_view_if_needed()
        framed = frame_of(tab)
        expect(framed.locator(".k", has_text="A first paragraph.")).to_be_visible()
        expect(framed.locator(".why", has_text="stripped: script").first).to_be_visible()
        expect(
            framed.locator("script, style ~ style, iframe, img, form, object, svg, a[href]")
        ).to_have_count(0)
        framed.get_by_text("one", exact=True).click()  # where a link was
        framed.get_by_text("two", exact=True).click()
        text.get_by_text("Words").hover()
        assert tab.evaluate("window.flag") is None
        assert tab.url == f"{here}/story/{number}"
        assert text.locator("script, img, iframe, form, [onclick], [href^='javascript']").count() == 0
        shown = text.inner_text()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", shown)
        assert "{{ 7 * 7 }}" in shown and "<script>top.flag=1</script>" in shown
        assert len(shown) < 1_000_000 and "That are the first 300,000 of" in shown
        assert not re.search("[\x1b\u202e]", tab.inner_text("h1") + tab.title())
        assert fits(tab)
        leaving = text.get_by_role("link", name="two")
        assert leaving.get_attribute("rel") == "noreferrer"
        expect(text).to_contain_text("(leaves for 198.51.100.1)")
        text.get_by_role("link", name="three").click()
        tab.wait_for_url(re.compile(r"/story/\d+$"))
        expect(tab.get_by_role("heading", level=1)).to_be_visible()
    assert dialogs == []


def test_a_revisit_shows_the_bytes_that_it_repeats(hostile: tuple[Path, int, str, Dawn]) -> None:
    root, number, site, _ = hostile
    with asking(root, site) as client:
        page = client.get(f"/story/{number}").text
        captures = re.findall(r'<option value="(urn:[^"]+)"', page)
        assert len(captures) == 2
        first, second = (client.get(f"/story/{number}/page", params={"capture": each}) for each in captures)
        cut = "<div class=legend>"
        assert (
            "A first paragraph." in first.text
            and first.text.partition(cut)[0] == second.text.partition(cut)[0]
        )
        assert first.text.partition("status 200")[2] == second.text.partition("status 200")[2]


@pytest.mark.slow
def test_the_same_story_is_harmless_on_a_terminal(hostile: tuple[Path, int, str, Dawn]) -> None:
    from tests.flows.test_hostile_words import COMMANDS, shown

    root, number, _, _ = hostile
    for words in (("why", str(number)), ("sql", "select title, body[:400] as body from articles")):
        said = shown(root.parent, *words)
        assert COMMANDS.search(said) is None
        assert "gnp.exe" in said

"""The rail meter on pages of our own: what it must catch, and what stories share without a rail."""

from __future__ import annotations

import re
from random import Random

import pytest

from crawlers.extract import extract, extract_page, read
from crawlers.items import Article, Reason, Rejection
from crawlers.lookalike import Lookalike
from crawlers.lookalike.bodies import page_body
from crawlers.lookalike.stories import Shape, Story
from crawlers.meter import Verdict, judge
from crawlers.rails import Evidence, Teaser, key, squeezed
from crawlers.suspects import LABELS, Known, Page, Repeats
from tests.crawlers.metering import Batch, Tally, blocks_of, planted
from tests.crawlers.paper import capture as response
from tests.crawlers.paper import card, page
from tests.crawlers.plants import KINDS, Teased, rail

LIVE = "https://www.dawn.com"
OPENING = (
    "The ferry company said on Monday that its boats would not cross the lake after dark until the new lamps"
    " had come."
)
OTHER = "Sixteen goats were led over the pass by a schoolteacher who had promised their owner to count them."
OWN = (
    "The council met at noon and heard three engineers.",
    "It decided nothing.",
    "It will meet again in May.",
)
OTHER_OWN = (
    "What of it was true nobody could say for certain, and so the council chose to ask once more in May."
)
LAMPS = "Ferries stay in port until the new lamps come"
GOATS = "A schoolteacher leads sixteen goats over the pass"
TOLLS = "Why nobody paid the toll of the old bridge"
LONG = "Ferries stay in port until the new lamps come, and in the villages nobody knows when that may be"
MARKED = (
    "‘Nobody’s ferries’ stay in port as villagers’ lamps fail, and nobody knows at all when others may come"
)
BRIDGE = "Nobody paid the toll of the old bridge last year, which surprised only those who had built it."


def judged(
    *paragraphs: str,
    teasers: tuple[Teaser, ...] = (),
    bodies: dict[str, str] | None = None,
    outside: dict[str, list[int]] | None = None,
    shown: Evidence | None = None,
    title: str = "A council that decided nothing",
) -> Verdict | None:
    """The verdict on story 9 with these paragraphs."""
    furniture = {key(squeezed(text)): stories for text, stories in (outside or {}).items()}
    suspicion = Known(teasers, furniture).look(Page("c", 0, 9, title, paragraphs, shown or Evidence()))
    return judge(suspicion, bodies or {}) if suspicion is not None else None


def headline(text: str = LAMPS, story: str = "5") -> Teaser:
    return Teaser(story, "headline", text)


def excerpt(text: str = OPENING, story: str = "5") -> Teaser:
    return Teaser(story, "excerpt", text)


BOTH = (headline(), headline(GOATS, "6"))
CUT = OPENING[:60] + "..."
OTHER_CUT = OTHER[:60] + "…"


@pytest.mark.parametrize(
    ("paragraphs", "teasers", "sign"),
    [
        ((*OWN, LAMPS), (headline(),), "headline as a whole"),
        ((LAMPS, *OWN), (headline(),), "headline as a whole"),
        ((*OWN, LAMPS.upper() + " 13 May, 2026"), (headline(),), "headline as a whole"),
        ((*OWN, CUT), (excerpt(),), "cut short"),
        ((*OWN, CUT), (excerpt(CUT),), "cut short"),
        ((*OWN, OPENING[:90] + " ..."), (excerpt(CUT),), "whole|cut|teaser"),
        ((*OWN, OPENING), (excerpt(),), "excerpt as a whole"),
        ((*OWN, "Ferry lamps", OPENING), (headline("Ferry lamps"), excerpt()), "as a whole"),
        ((*OWN, "Ferry lamps", OPENING), (headline("Ferry lamps"), excerpt(CUT)), "followed by its excerpt"),
        ((*OWN, "Ferry lamps" + OPENING), (headline("Ferry lamps"), excerpt()), "followed by its excerpt"),
        ((*OWN, LAMPS + CUT), (headline(), excerpt()), "cut short|followed"),
        ((*OWN, "Ferry lamps", "Goats"), (headline("Ferry lamps"), headline("Goats", "6")), "in a row"),
        ((*OWN, "Ferry lamps\nGoats"), (headline("Ferry lamps"), headline("Goats", "6")), "in a row"),
        ((*OWN, f"{LAMPS} {GOATS}"), BOTH, "of several stories"),
        ((*OWN, OPENING, OTHER), (excerpt(CUT), excerpt(OTHER_CUT, "6")), ""),
        (("• " + LAMPS + "\n• " + GOATS, *OWN), BOTH, "in a row"),
        # cut, and otherwise than on the card
        ((*OWN, BRIDGE[:70] + "..."), (excerpt(BRIDGE[:60] + "…", "7"),), "longer than elsewhere"),
        ((*OWN, CUT[:-3]), (excerpt(CUT),), "with no ellipsis"),
        ((*OWN, OPENING[:54]), (excerpt(CUT),), "with no ellipsis"),
        ((*OWN, LAMPS[:30] + "…"), (headline(),), "headline as a whole"),
        # run together behind the story's own last sentence
        ((*OWN[:2], f"{OWN[2]} {OTHER_OWN} {LAMPS} {GOATS}"), BOTH, "run together"),
        ((*OWN[:2], f"{OWN[2]} {OTHER_OWN} {LAMPS} | {GOATS}"), BOTH, "together"),
        # each with a text of its own
        ((*OWN, f"{LAMPS}. {OTHER_OWN}", f"{GOATS} — {OTHER_OWN}"), BOTH, "begin"),
        # quotation marks are the headline's own, or stand around something else
        ((*OWN, MARKED), (headline(MARKED),), "headline as a whole"),
        ((*OWN, f"‘{LAMPS}’"), (headline(f"‘{LAMPS}’"),), "headline as a whole"),
        ((*OWN, f"“Lamps!” {LAMPS} “Goats”"), (headline(),), "headline as a whole"),
        ((*OWN, f"The villagers’: {LAMPS}"), (headline(),), "headline as a whole"),
        # a label excuses a headline, and not what follows it
        ((*OWN, f"Read more: {LAMPS}\n{CUT}"), (headline(),), "cut short"),
        ((*OWN, f"Read more\nFerry lamps\n{CUT}"), (headline("Ferry lamps"),), "cut short"),
        ((*OWN, f"Related: {LAMPS} — {OPENING}"), (headline(),), "followed by its excerpt"),
        ((*OWN, f"See also: {OPENING}"), (excerpt(),), "excerpt as a whole"),
        ((*OWN, f"See also: {OPENING}", f"See also: {OTHER}"), (), "in a row"),
        ((*OWN, f"Read more: {LAMPS}", f"See also | {GOATS}", f"Watch: {TOLLS}"),
         (headline(), headline(GOATS, "6"), headline(TOLLS, "7")), "labelled lines"),
        ((*OWN, f"Read more: {LAMPS}\n{GOATS}", f"Watch: {TOLLS}"),
         (headline(), headline(GOATS, "6"), headline(TOLLS, "7")), "labelled lines"),
    ],
)  # fmt: skip
def test_what_is_a_rail(paragraphs: tuple[str, ...], teasers: tuple[Teaser, ...], sign: str) -> None:
    openings = (
        Teaser("5", "opening", OPENING + "\n\nMore of it."),
        Teaser("6", "opening", OTHER + "\n\nMore."),
    )
    verdict = judged(*paragraphs, teasers=(*teasers, *openings))
    assert verdict is not None
    assert re.search(sign, verdict.sign), verdict
    assert not set(verdict.sentences) & set(OWN)
    assert verdict.leads_to


@pytest.mark.parametrize(
    ("paragraphs", "teasers", "bodies"),
    [
        # its own opening is teased elsewhere
        ((OPENING, *OWN), (excerpt(CUT, "9"), excerpt(OPENING, "9"), headline(story="9")), {}),
        # wire copy: two stories open alike, and go on alike
        ((OPENING, *OWN), (excerpt(CUT), excerpt()), {"5": "\n\n".join((OPENING, *OWN))}),
        ((*OWN, OPENING), (excerpt(CUT), excerpt()), {"5": OPENING + "\n\n" + OWN[0]}),
        # the web story and the printed one open alike, and the other was never captured
        ((OPENING, *OWN), (excerpt(CUT), excerpt(), headline()), {}),
        # a sentence both say, which opens neither
        ((*OWN, OTHER), (excerpt(OTHER),), {"5": OPENING + "\n\n" + OTHER}),
        # background told in nearly the same words, as long as the card shows it
        ((*OWN, OPENING[:70] + " was repaired last week, as promised."), (excerpt(CUT),), {"5": OPENING}),
        # both stories end their line there, or that is all the card cut
        ((*OWN, CUT[:-3]), (excerpt(CUT),), {"5": CUT[:-3] + "\n\n" + OTHER}),
        ((*OWN, OTHER), (excerpt(OTHER + " .."),), {"5": OTHER + " More."}),
        ((*OWN, OPENING[:70] + "..."), (excerpt(CUT),), {"5": OPENING[:70] + "..."}),
        # one line begins with a headline, or two with the same; bullets sum up; what stands between is told
        ((*OWN, f"{LAMPS}. {OTHER_OWN}"), (headline(), headline(LAMPS, "6")), {}),
        ((f"{LAMPS}: {OTHER_OWN}", *OWN, f"{LAMPS}, {OTHER_OWN}"), (headline(), headline(LAMPS, "6")), {}),
        ((f"• {LAMPS}. {OTHER_OWN}", f"• {GOATS}. {OTHER_OWN}", *OWN), BOTH, {}),
        ((*OWN, f"{OTHER_OWN} {LAMPS} and {GOATS} were told. {OTHER_OWN}"), BOTH, {}),
        # bullets sum up; a sentence that trails off begins as a headline does
        (("• " + CUT[:-3], *OWN), (excerpt(CUT),), {}),
        ((*OWN, LAMPS[:20] + "... and nobody knows when."), (headline(),), {}),
        ((*OWN, "Ferries stay in port..."), (headline(),), {}),
        # all the other story says
        ((*OWN, OPENING), (excerpt(),), {"5": OPENING}),
        # a quotation
        ((*OWN, f"The paper had written: “{OPENING}”"), (excerpt(), headline()), {"5": OPENING + " More."}),
        ((*OWN, f"This refers to “{LAMPS}” and “{GOATS}”, both of which left out what the villagers had told"
          " the council in so many words and over so many years."), BOTH, {}),
        ((*OWN[:2], f"“{OPENING}”", OWN[2]), (excerpt(),), {}),
        ((*OWN[:2], f"“{LAMPS}.”", f"‘{GOATS}’", f'"{TOLLS}"', OWN[2]),
         (*BOTH, headline(TOLLS, "7")), {}),
        # … with a speaker, or where it was read
        ((*OWN, f"“{LAMPS},” he said."), (headline(),), {}),
        ((*OWN, f"{LONG}, the ferryman told us."), (headline(LONG),), {}),
        ((f"THIS refers to the report ‘{LONG}’ (April 29).", *OWN), (headline(LONG),), {}),
        ((f"THIS refers to the report ‘{MARKED}’ (April 29).", *OWN), (headline(MARKED),), {}),
        ((f"Apropos the report “{LONG}”, Apr 28.", *OWN), (headline(LONG),), {}),
        ((f"Regarding: “{LONG}”, Apr 28.", *OWN), (headline(LONG),), {}),
        ((*OWN, f"Earlier reports, “{LAMPS}”, “{GOATS}”, had said so."), BOTH, {}),
        # lines that stay by contract
        ((*OWN, f"Also read: {LAMPS}"), (headline(),), {}),
        ((*OWN, f"READ MORE: {LAMPS}", *OWN), (headline(),), {}),
        ((*OWN, f"Read more:\n{LAMPS}"), (headline(),), {}),
        ((*OWN, f"Don’t miss: {LAMPS}", f"Also read — {GOATS}", *OWN),
         BOTH, {}),
        ((f"Read: {LAMPS}", *OWN[:2], f"Read: {GOATS}", OWN[2], f"Read: {TOLLS}"),
         (headline(), headline(GOATS, "6"), headline(TOLLS, "7")), {}),
        # short headlines may be sub-heads, bullets sum up
        ((*OWN, "Ferry lamps", *OWN), (headline("Ferry lamps"),), {}),
        (("• " + LAMPS, *OWN), (headline(),), {}),
        # two stories under one headline
        ((LAMPS, *OWN), (headline("A council that decided nothing"),), {}),
        # an ellipsis that the other story has as well
        ((*OWN, CUT), (Teaser("5", "opening", CUT + "\n\nMore."),), {"5": CUT + "\n\nMore."}),
    ],
)  # fmt: skip
def test_what_is_none(
    paragraphs: tuple[str, ...], teasers: tuple[Teaser, ...], bodies: dict[str, str]
) -> None:
    assert judged(*paragraphs, teasers=teasers, bodies=bodies) is None


@pytest.mark.parametrize("label", LABELS)
def test_a_label_excuses_one_headline_and_no_row_of_them(label: str) -> None:
    for form in ("{}: ", "{} | ", "{} here:\n", "{}\n"):
        before = form.format(label.upper() if form == "{}: " else label.capitalize())
        linked = Teaser("5", "headline", " ".join((before + LAMPS).split()))
        for shown in (Evidence(), Evidence(linked=(linked,))):
            assert judged(*OWN[:2], before + LAMPS, OWN[2], teasers=(headline(),), shown=shown) is None
        lines = [before + text for text in (LAMPS, GOATS, TOLLS)]
        rows = tuple(Teaser(str(n), "headline", " ".join(line.split())) for n, line in enumerate(lines))
        assert judged(*OWN, *lines, shown=Evidence(linked=rows)) is not None


def test_below_the_print_line_less_is_enough() -> None:
    for text, teaser in (("Ferry lamps", headline("Ferry lamps")), (OPENING, excerpt())):
        bodies = {"5": OPENING}
        assert judged(*OWN, text, *OWN, teasers=(teaser,), bodies=bodies) is None
        assert judged(*OWN, text, teasers=(teaser,), bodies=bodies, shown=Evidence(after=(3,))) is not None
    assert judged(*OWN, "Nobody knows this...", shown=Evidence(after=(3,))) is not None
    assert judged(*OWN, "Header image: a lake. — AFP", shown=Evidence(after=(3,))) is None


def test_the_pages_own_description_says_where_it_begins() -> None:
    """A teaser set before the first paragraph, of a story that was never captured."""
    assert judged(OPENING, *OWN, teasers=(excerpt(),), shown=Evidence(opening=1)) is not None
    assert judged(OPENING, *OWN, teasers=(excerpt(),), shown=Evidence(opening=0)) is None


def test_what_repeats_outside_is_furniture() -> None:
    text = "Tell us what you think of our new lamps"
    assert judged(*OWN, text, outside={text: [1, 2, 3]}) is not None
    assert judged(*OWN, text, outside={text: [1, 2, 9]}) is None, "its own page is none of the others"
    assert judged(*OWN, "Read more", outside={"Read more": [1, 2, 3]}) is None, "too short to tell"
    long = OPENING + " It gave no day."
    assert judged(long, *OWN, outside={long: [1, 2, 3]}) is None, "the opening, on cards of no known shape"
    assert judged(*OWN, long, outside={long: [1, 2, 3]}) is not None


SIGN_UP = "Sign up to our evening letter and never miss a goat"


def repeats(count: int, line: str, stories: int = 20, hands: int = 5) -> frozenset[str]:
    """What the bodies of a run have in common, of which so many have the line, by so many hands."""
    run = Repeats()
    for story in range(stories):
        body = (f"What story {story} says first.", *((line,) if story < count else ()), "It ended there.")
        for _ in range(2):  # read twice, and once a story all the same
            run.add(Page("c", 0, story, "A title", body, Evidence()), f"writer {story % hands}")
    return run.lines()


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (True, repeats(8, SIGN_UP)),
        (False, repeats(7, SIGN_UP)),
        (True, repeats(10, SIGN_UP, 100)),
        (False, repeats(9, SIGN_UP, 100)),
        (True, repeats(20, SIGN_UP, hands=3)),
        (False, repeats(20, SIGN_UP, hands=2)),
        (False, repeats(20, "Sign up here")),
        *(
            (False, repeats(20, note))
            for note in (
                "The writer is a ferryman who counts goats.",
                "— The writers teach at the school of the pass.",
                "With input from the ferry company",
                "Additional reporting by two villagers",
                "Email: lamps and goats@example.org",
                "This article was originally printed elsewhere.",
                "The views expressed are those of the goats.",
                "Header image: a lake at night",
                "Also read: What became of the lamps",
            )
        ),
    ],
)
def test_what_many_bodies_of_a_run_say(found: bool, lines: frozenset[str]) -> None:
    assert len(lines) == found
    page = Page("c", 0, 9, "A council", (*OWN, f"{OWN[0]}\n{SIGN_UP}"), Evidence())
    suspicion = Known(()).look(page, lines)
    if not found:
        assert suspicion is None
        return
    verdict = judge(suspicion, {}) if suspicion is not None else None
    assert verdict is not None
    assert (verdict.sentences, verdict.sign) == ((SIGN_UP,), "what many bodies of one run say")


def test_a_verdict_tells_the_lines_and_where_they_lead() -> None:
    verdict = judged(*OWN, LAMPS, GOATS, teasers=BOTH)
    assert verdict is not None
    assert (verdict.sentences, verdict.leads_to) == ((LAMPS, GOATS), ("5", "6"))
    assert judged(*OWN, GOATS, LAMPS, teasers=(headline(GOATS, "6"), headline())) is not None


# ── by its own page ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("planted_html", "kept"),
    [
        ("<p><a href='/news/5/x'>Ferry lamps</a></p>", False),
        ("<p><a href='https://images.dawn.com/news/5/x'>Ferry lamps</a></p>", False),
        ("<ul><li>• <a href='/news/5'>Ferry lamps</a></li><li><a href='/news/6'>Goats</a></li></ul>", False),
        ("<p>1. <a href='/news/amp/5'>Ferry lamps</a><br>2. <a href='/news/6'>Goat tracks</a></p>", False),
        ("<p>Also read: <a href='/news/5/x'>Ferry lamps</a></p>", True),
        ("<p><a href='/news/5/x'>Read more: Ferry lamps</a></p>", True),
        ("<p><strong>Read more:</strong><br><a href='/news/5/x'>Ferry lamps</a></p>", True),
        ("<p>The company <a href='/news/5/x'>said on Monday</a> that it had ordered lamps.</p>", True),
        ("<p><a href='/news/2000500/made-up'>A link to itself</a></p>", True),
        ("<p><a href='https://example.org/news/5'>Somebody else's story</a></p>", True),
        ("<p><a href='/trends/ferries'>Ferries</a></p>", True),
    ],
)  # fmt: skip
def test_a_paragraph_that_is_a_link_to_another_story(planted_html: str, kept: bool) -> None:
    body = "".join(f"<p>{text}</p>" for text in OWN)
    result = extract_page(page(body + planted_html))
    assert isinstance(result, Article) is kept
    quick = extract(response(page(body + planted_html)))
    assert type(quick) is type(result), "the quick way looks where the body links to other stories"
    if isinstance(result, Rejection):
        assert result.reason is Reason.RAIL_IN_BODY and "Ferry lamps" in result.detail


def test_a_sub_head_that_is_also_a_headline_beside_the_story_stays() -> None:
    rails = card(7, "Ferry lamps", "What the company has to say of them.")
    body = f"<p>{OWN[0]}</p><h3>Ferry lamps</h3><p>{OWN[1]}</p>"
    assert isinstance(extract_page(page(body, rails)), Article)


def test_a_page_whose_own_rail_stands_in_the_body_as_text_is_rejected() -> None:
    rails = card(7, LAMPS, CUT)
    for left in (f"<p>{LAMPS}</p>", f"<div class='new'>{CUT}</div>"):
        result = extract_page(page(f"<p>{OWN[0]}</p>{left}", rails))
        assert isinstance(result, Rejection) and result.reason is Reason.RAIL_IN_BODY


# ── the look-alike ───────────────────────────────────────────────────────────────────────────────────────


class Paper:
    """Three days of the look-alike, each page with more rails around it: of the days' other stories."""

    def __init__(self) -> None:
        self.site = Lookalike(days=3)
        self.chance = Random(5)
        self.batch = Batch()
        self.stories = [
            story
            for story in self.site.stories.values()
            if isinstance(read(response(self.html(story), url=self.url(story))).result, Article)
        ]
        self.texts = [story for story in self.stories if len(story.paragraphs) > 2]
        for story in self.stories:
            self.batch.take(self.html(story, self.around(story)), self.url(story))
        cards = "".join(rail(self.teased(self.texts), salt) for salt in (0, 1))
        self.batch.take_listing(f"<html><body>{cards}</body></html>")

    def url(self, story: Story) -> str:
        return LIVE + story.path

    def html(self, story: Story, around: str = "") -> str:
        return self.site.page(story.id, LIVE).replace("</body>", f"<aside>{around}</aside></body>")

    def teased(self, stories: list[Story]) -> list[Teased]:
        return [Teased(each.id, each.title, each.paragraphs[0]) for each in stories]

    def others(self, story: Story, count: int) -> list[Teased]:
        """Some other stories; not those that open with a list or a very short line."""
        some = [each for each in self.texts if each.id != story.id and len(each.paragraphs[0].split()) > 9]
        return self.teased(
            self.chance.sample([each for each in some if "\n" not in each.paragraphs[0]], count)
        )

    def around(self, story: Story) -> str:
        return rail(self.others(story, 8), self.chance.randint(0, 1))


@pytest.fixture(scope="module")
def paper() -> Paper:
    return Paper()


def test_no_story_of_the_look_alike_is_quarantined(paper: Paper) -> None:
    assert len(paper.batch.articles) > 60
    assert paper.batch.verdicts() == []


def test_two_hundred_planted_rails_are_caught(paper: Paper) -> None:
    tally, known = Tally(), paper.batch.known()
    plain = [
        story
        for story in paper.texts
        if not any(block.shape in (Shape.RAIL, Shape.PLAYER) for block in story.blocks)
    ]
    for kind, plant in KINDS.items():
        for _ in range(10):
            story = paper.chance.choice(plain)
            body = page_body(story, LIVE, "")
            blocks = plant(blocks_of(body), paper.others(story, 5))
            html = planted(paper.html(story, paper.around(story)), body, blocks)
            tally.plant(kind, html, paper.url(story), paper.batch, known)
    print(f"\n{tally}")  # noqa: T201
    assert tally.missed == []
    assert sum(row["planted"] for row in tally.rows.values()) >= 200
    assert len(KINDS) >= 20


def test_furniture_that_other_pages_have_outside_is_caught_in_a_body(paper: Paper) -> None:
    """A change of the layout moves a line from beside the story into it."""
    line = "Subscribe to our evening letter and never miss a goat"
    batch = Batch()
    some = paper.texts[:4]
    for story in some[:3]:
        batch.take(paper.html(story, f"<section><p>{line}</p></section>"), paper.url(story))
    body = page_body(some[3], LIVE, "")
    html = paper.html(some[3])
    start = html.index(body)
    batch.take(html[:start] + f"<p>{line}</p>" + html[start:], paper.url(some[3]))
    (verdict,) = batch.verdicts()
    assert (verdict.story_id, verdict.sentences) == (some[3].id, (line,))

"""A batch of pages and what the meter makes of each: as the pipeline does it, with no warehouse between."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from crawlers.extract import extract, paragraphs_of, read, read_listing
from crawlers.items import Article, Rejection
from crawlers.meter import Verdict, judge
from crawlers.rails import Evidence, Teaser
from crawlers.suspects import Known, Page
from tests.crawlers.paper import capture


@dataclass
class Batch:
    """Pages of one time. `take` them all, then ask for verdicts."""

    articles: dict[int, Article] = field(default_factory=dict)
    evidence: dict[int, Evidence] = field(default_factory=dict)
    teasers: list[Teaser] = field(default_factory=list)
    outside: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def take(self, html: str, url: str) -> Article:
        reading = read(capture(html, url=url))
        assert isinstance(reading.result, Article), reading.result
        assert reading.evidence is not None
        story = reading.result.story_id
        self.articles[story], self.evidence[story] = reading.result, reading.evidence
        self.teasers.extend(reading.evidence.teasers)
        for key in reading.evidence.outside:
            self.outside[key].add(story)
        return reading.result

    def take_listing(self, html: str) -> None:
        shown = read_listing(capture(html, url="https://www.dawn.com/latest-news"))
        assert shown is not None
        self.teasers.extend(shown.teasers)

    def known(self) -> Known:
        teasers = list(self.teasers)
        for story, article in self.articles.items():
            teasers.append(Teaser(str(story), "headline", article.title))
            teasers.append(Teaser(str(story), "opening", article.body[:400]))
        return Known(teasers, {key: sorted(stories)[:4] for key, stories in self.outside.items()})

    def bodies(self) -> dict[str, str]:
        return {str(story): article.body for story, article in self.articles.items()}

    def verdicts(self) -> list[Verdict]:
        """On every article of the batch."""
        known, bodies = self.known(), self.bodies()
        found = (verdict_on(known, bodies, a, self.evidence[n]) for n, a in self.articles.items())
        return [verdict for verdict in found if verdict is not None]


def verdict_on(known: Known, bodies: dict[str, str], article: Article, shown: Evidence) -> Verdict | None:
    page = Page("a capture", 0, article.story_id, article.title, paragraphs_of(article), shown)
    suspicion = known.look(page)
    return judge(suspicion, bodies) if suspicion is not None else None


@dataclass
class Tally:
    """What became of planted rails, by kind."""

    rows: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    missed: list[str] = field(default_factory=list)

    def plant(self, kind: str, html: str, url: str, batch: Batch, known: Known) -> None:
        """Reads and judges a page with a planted rail, whose clean twin is in the batch."""
        reading = read(capture(html, url=url))
        self.rows[kind]["planted"] += 1
        assert isinstance(reading.result, Article), reading.result
        assert reading.evidence is not None
        clean = batch.articles[reading.result.story_id].body
        if reading.result.body == clean:
            self.rows[kind]["stripped"] += 1
        elif isinstance(extract(capture(html, url=url), thorough=True), Rejection):
            self.rows[kind]["own page"] += 1
            assert verdict_on(known, batch.bodies(), reading.result, reading.evidence) is not None
        elif verdict_on(known, batch.bodies(), reading.result, reading.evidence) is not None:
            self.rows[kind]["meter"] += 1
        else:
            left = [line for line in reading.result.body.split("\n\n") if line not in clean]
            self.missed.append(f"{kind}, story {reading.result.story_id}: {left[:3]}")

    def __str__(self) -> str:
        columns = ("planted", "stripped", "own page", "meter")
        lines = [f"{'kind':36}" + "".join(f"{name:>10}" for name in columns)]
        for kind, row in (*self.rows.items(), ("all", sum(self.rows.values(), Counter()))):
            lines.append(f"{kind:36}" + "".join(f"{row[name]:>10}" for name in columns))
        return "\n".join(lines)


def blocks_of(body: str) -> list[str]:
    """The blocks of a body element's markup, each on a line of its own there."""
    kept: list[str] = []
    for line in body.split("\n"):
        if line.startswith(("<p", "<h", "<b", "<u", "<o")) or not kept:
            kept.append(line)
        else:
            kept[-1] += "\n" + line
    return kept


def planted(html: str, body: str, blocks: Iterable[str]) -> str:
    """The page with other blocks in its body."""
    assert html.count(body) == 1
    return html.replace(body, "\n".join(blocks))

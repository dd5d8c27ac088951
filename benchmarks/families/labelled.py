"""Stories of which it is known who tells the same: made out of texts by what happens to texts.

From each text one other is made: cut, updated, sub-edited, re-headed, merged with a second, or a new story
that only resembles it. What is added comes from texts that are not among the stories.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb

from warehouse import families

Paragraphs = list[str]
MADE = 10_000_000  # what is added to a story's id for the one made from it
SAME, OTHER = True, False


@dataclass(frozen=True, slots=True)
class Text:
    """A text to begin with. Of two texts of the same topic nobody says that they tell the same."""

    story_id: int
    title: str
    day: date
    paragraphs: Paragraphs

    @property
    def words(self) -> int:
        return sum(len(paragraph.split()) for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Two stories, whether the second tells what the first tells, and what was done to make it."""

    a: int
    b: int
    kind: str
    same: bool


@dataclass(slots=True)
class Sheet:
    """Stories as (id, day, title, body), and what is known of them.

    Two stories that no label names and whose sources have nothing in common tell different things.
    """

    stories: list[tuple[int, date, str, str]] = field(default_factory=list)
    labels: list[Labelled] = field(default_factory=list)
    sources: dict[int, set[int]] = field(default_factory=dict)

    def put(self, story: int, day: date, title: str, paragraphs: Paragraphs, sources: set[int]) -> None:
        self.stories.append((story, day, title, "\n\n".join(paragraphs)))
        self.sources[story] = sources


# ── what happens to a text ───────────────────────────────────────────────────────────────────────────────


def cut(share: float) -> Callable[[Text, list[Text], random.Random], Paragraphs | None]:
    """The first paragraphs, until `share` of the words are there; None where fewer than 40 are."""

    def made(text: Text, _: list[Text], __: random.Random) -> Paragraphs | None:
        kept: Paragraphs = []
        for paragraph in text.paragraphs[:-1]:
            kept.append(paragraph)
            if _count(kept) >= share * text.words:
                break
        return kept if _count(kept) >= 40 else None

    return made


def longer(text: Text, others: list[Text], chance: random.Random) -> Paragraphs:
    """One to six paragraphs more, somewhere below the first; not more words than there were."""
    new = _new(others, chance, chance.randint(1, 6), text.words)
    after = chance.randint(1, len(text.paragraphs))
    return [*text.paragraphs[:after], *new, *text.paragraphs[after:]]


def another_lead(text: Text, others: list[Text], chance: random.Random) -> Paragraphs | None:
    """Another first paragraph, and one to three more at the end; None where the first is a fifth."""
    if _count(text.paragraphs[:1]) > text.words / 5:
        return None
    return [
        *_new(others, chance, 1, text.words),
        *text.paragraphs[1:],
        *_new(others, chance, chance.randint(1, 3), text.words // 2),
    ]


def changed(text: Text, others: list[Text], chance: random.Random) -> Paragraphs:
    """Other paragraphs in place of some, up to a fifth of the words, and two more."""
    paragraphs = list(text.paragraphs)
    left = text.words / 5
    for place in chance.sample(range(len(paragraphs)), len(paragraphs)):
        if _count([paragraphs[place]]) <= left:
            left -= _count([paragraphs[place]])
            paragraphs[place] = _new(others, chance, 1, text.words)[0]
    return [*paragraphs, *_new(others, chance, 2, text.words // 2)]


def edited(least: int, most: int) -> Callable[[Text, list[Text], random.Random], Paragraphs]:
    """One word changed, dropped or put in, in every `least` to `most`: print and web of one story."""

    def made(text: Text, others: list[Text], chance: random.Random) -> Paragraphs:
        vocabulary = [word for other in others[:20] for p in other.paragraphs for word in p.split()]
        done = []
        for paragraph in text.paragraphs:
            words = paragraph.split()
            place = chance.randint(0, most)
            while place < len(words):
                what = chance.random()
                if what < 0.6:
                    words[place] = chance.choice(vocabulary)
                elif what < 0.8:
                    del words[place]
                else:
                    words.insert(place, chance.choice(vocabulary))
                place += chance.randint(least, most)
            done.append(" ".join(words))
        return done

    return made


def set_anew(text: Text, _: list[Text], __: random.Random) -> Paragraphs:
    """The same words with other marks, quotes and breaks; a dateline before them."""
    body = "\n\n".join(text.paragraphs)
    for old, new in (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), (" — ", " – "), ("per cent", "pc")):
        body = body.replace(old, new)
    paragraphs = body.split("\n\n")
    joined = [" ".join(paragraphs[n : n + 2]) for n in range(0, len(paragraphs), 2)]
    return ["KARACHI: " + joined[0], *joined[1:]]


def unchanged(text: Text, _: list[Text], __: random.Random) -> Paragraphs:
    return list(text.paragraphs)


def same_formula(text: Text, _: list[Text], chance: random.Random) -> Paragraphs | None:
    """Another day's report in the same words: every number is another, and so is half of the names.

    None where there are fewer than eight numbers: then it is no report of numbers.
    """
    numbers = set(re.findall(r"\d+", "\n".join(text.paragraphs)))
    if len(numbers) < 8:
        return None
    names = sorted(set(re.findall(r"(?<=[a-z] )[A-Z][a-z]{3,}", "\n".join(text.paragraphs))))
    other = dict(zip(names, chance.sample(names, len(names)), strict=True))
    swapped = {name: other[name] for name in names if chance.random() < 0.5}

    def number(found: re.Match[str]) -> str:
        return "".join(chance.choice("123456789") for _ in found[0])

    return [
        re.sub(r"[A-Z][a-z]{3,}", lambda found: swapped.get(found[0], found[0]), re.sub(r"\d+", number, p))
        for p in text.paragraphs
    ]


def same_background(text: Text, others: list[Text], chance: random.Random) -> Paragraphs | None:
    """New news, with this story's last paragraphs as its background: a third to a half of this story's words.

    None where the paragraphs are too long for that.
    """
    kept: Paragraphs = []
    for paragraph in reversed(text.paragraphs):
        if _count([paragraph, *kept]) > text.words / 2:
            break
        kept.insert(0, paragraph)
    if _count(kept) < text.words / 3:
        return None
    new = chance.choice([other for other in others if other.words >= 200])
    news: Paragraphs = []
    for paragraph in new.paragraphs:
        news.append(paragraph)
        if _count(news) >= text.words - _count(kept):
            break
    return [*news, *kept]


KINDS: dict[str, tuple[Callable[[Text, list[Text], random.Random], Paragraphs | None], bool]] = {
    "cut to a quarter": (cut(0.25), SAME),
    "cut to half": (cut(0.5), SAME),
    "cut to three quarters": (cut(0.75), SAME),
    "updated: longer": (longer, SAME),
    "updated: another lead": (another_lead, SAME),
    "updated: a fifth changed": (changed, SAME),
    "sub-edited: every 8th to 16th word": (edited(8, 16), SAME),
    "sub-edited: every 5th to 10th word": (edited(5, 10), SAME),
    "re-headed, the same text": (unchanged, SAME),
    "re-headed, set anew": (set_anew, SAME),
    "same formula, other figures": (same_formula, OTHER),
    "same background, other news": (same_background, OTHER),
}
MERGED = "merged: two stories in one"
TOPIC = "unrelated on the same topic"


def sheets(texts: Sequence[Text], spare: list[Text], seed: int = 1) -> Iterator[Sheet]:
    """As many sheets as there are kinds: in each, one story is made from each text, each time another way."""
    names = [*KINDS, MERGED]
    for turn in range(len(names)):
        chance = random.Random(seed * 100 + turn)
        sheet = Sheet()
        for place, text in enumerate(texts):
            sheet.put(text.story_id, text.day, text.title, text.paragraphs, {text.story_id})
            kind = names[(place + turn) % len(names)]
            story, day = text.story_id + MADE, text.day + timedelta(days=chance.randint(0, 3))
            if kind == MERGED:
                second = texts[place - 1]  # which was made into the kind before: no other has it merged
                paragraphs: Paragraphs | None = text.paragraphs + second.paragraphs
                for each in (text, second):
                    if each.words >= 0.25 * (text.words + second.words):
                        sheet.labels.append(Labelled(each.story_id, story, kind, SAME))
                sources = {text.story_id, second.story_id}
            else:
                make, same = KINDS[kind]
                paragraphs = make(text, spare, chance)
                sources = {text.story_id}
                if paragraphs is not None:
                    sheet.labels.append(Labelled(text.story_id, story, kind, same))
            if paragraphs is not None:
                sheet.put(story, day, f"{kind}, {chance.random()}", paragraphs, sources)
        yield sheet


def hardest(texts: Sequence[Text], known: set[tuple[int, int]], each: int = 3) -> list[Labelled]:
    """For every text, the others within thirty days that share most runs of three words with it: labelled as
    unrelated, but for the pairs that are known to tell the same."""
    runs = [
        set(zip(words, words[1:], words[2:], strict=False))
        for words in (re.findall(r"\w+", " ".join(text.paragraphs).lower()) for text in texts)
    ]
    holding: dict[tuple[str, str, str], list[int]] = {}
    for place, of_text in enumerate(runs):
        for run in of_text:
            holding.setdefault(run, []).append(place)
    found = set()
    for place, of_text in enumerate(runs):
        met = Counter(other for run in of_text for other in holding[run])
        near = [
            other
            for other in sorted(met, key=lambda other: (-met[other], other))
            if other != place and abs((texts[other].day - texts[place].day).days) <= families.WINDOW
        ]
        for other in near[:each]:
            ids = sorted((texts[place].story_id, texts[other].story_id))
            found.add((ids[0], ids[1]))
    return [Labelled(a, b, TOPIC, SAME if (a, b) in known else OTHER) for a, b in sorted(found)]


def _count(paragraphs: Sequence[str]) -> int:
    return sum(len(paragraph.split()) for paragraph in paragraphs)


def _new(others: list[Text], chance: random.Random, paragraphs: int, words: int) -> Paragraphs:
    """So many paragraphs of texts that are no stories, with so many words at most; one at least."""
    found: Paragraphs = []
    for _ in range(paragraphs):
        paragraph = chance.choice(chance.choice(others).paragraphs)
        if found and _count([*found, paragraph]) > words:
            break
        found.append(paragraph)
    return found


# ── what is found ────────────────────────────────────────────────────────────────────────────────────────


def put_in(con: duckdb.DuckDBPyConnection, stories: Sequence[tuple[int, date, str, str]]) -> None:
    """Nothing; the stories are held as a load would leave them, and touched."""
    con.execute("create temp table if not exists touched_stories (story_id bigint primary key)")
    con.execute("delete from touched_stories")
    con.execute(
        """
        create or replace temp table told as
        select
            unnest(?::bigint[]) as story_id,
            unnest(?::date[]) as day,
            unnest(?::varchar[]) as title,
            unnest(?::varchar[]) as body
        """,
        [list(column) for column in zip(*stories, strict=True)],
    )
    con.execute("delete from core.articles where story_id in (select story_id from told)")
    con.execute("""
        insert into raw.bodies
        select distinct
            substr(sha256(body), 1, 32)::uuid as body_id,
            body
        from told
        where body_id not in (select body_id from raw.bodies)
    """)
    con.execute("""
        insert into core.articles by name
        select
            story_id,
            'http://site/news/' || story_id as url,
            title,
            'news' as kind,
            [] as authors,
            substr(sha256(body), 1, 32)::uuid as body_id,
            len(string_split(body, ' ')) as word_count,
            day::timestamptz as published_at,
            day as published_on,
            [] as tags,
            [] as links,
            day::timestamptz as first_seen_at,
            day::timestamptz as last_seen_at,
            1 as version,
            sha256(title || body) as content_hash,
            'r1' as rules,
            'page' as source,
            0 as rail_sentences,
            'urn:' || story_id as capture_id
        from told
    """)
    con.execute("insert or ignore into touched_stories select story_id from told")

"""What of the labelled pairs was found: counts by kind, precision and recall."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.families.labelled import MADE, Labelled, Sheet, Text, hardest, put_in, sheets
from benchmarks.families.made import FIRST, Press
from warehouse import families
from warehouse.database import writer

REAL = Path(__file__).parents[2].parent / "shared" / "dawn" / "texts" / "articles-2025-sample.jsonl.gz"
SPARE = 8  # one text in so many is no story: what is added to the others comes from it

KNOWN: set[tuple[int, int]] = {(1907772, 1907893), (1907760, 1907870)}
"""Of the real texts, the pairs that were read and tell the same: one story on the web and in print."""


@dataclass(slots=True)
class Scores:
    """Counts of labelled pairs: of each kind all, and those found; found ones that no label excuses."""

    pairs: Counter[tuple[str, bool]] = field(default_factory=Counter)
    found: Counter[tuple[str, bool]] = field(default_factory=Counter)
    strangers: int = 0
    wrong: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self._of(self.found, True) / max(1, self._of(self.pairs, True))

    @property
    def precision(self) -> float:
        right = self._of(self.found, True)
        return right / max(1, right + self._of(self.found, False) + self.strangers)

    @staticmethod
    def _of(counts: Counter[tuple[str, bool]], same: bool) -> int:
        return sum(count for (_, is_same), count in counts.items() if is_same == same)

    def table(self) -> str:
        """Markdown: a row a kind, and the totals."""
        lines = ["| kind | tells the same | pairs | found |", "|---|---|---|---|"]
        for (kind, same), count in self.pairs.items():
            lines.append(f"| {kind} | {'yes' if same else 'no'} | {count:,} | {self.found[kind, same]:,} |")
        lines.append(f"| any two others | no | | {self.strangers:,} |")
        lines.append("")
        lines += ["| of all | figure |", "|---|---|"]
        lines += [f"| precision | {self.precision:.4f} |", f"| recall | {self.recall:.4f} |"]
        return "\n".join(lines)


def score(
    texts: Sequence[Text], spare: list[Text], known: set[tuple[int, int]], turns: int | None = None
) -> Scores:
    """What the warehouse finds among these texts and what is made of them, sheet by sheet."""
    scores = Scores()
    topics = hardest(texts, known)
    for turn, sheet in enumerate(sheets(texts, spare)):
        if turn == turns:
            break
        # The real ones among themselves are the same on every sheet, and count once.
        _count(scores, sheet, topics, known, first=turn == 0)
    return scores


def _count(
    scores: Scores, sheet: Sheet, topics: Iterable[Labelled], known: set[tuple[int, int]], first: bool
) -> None:
    labels = {tuple(sorted((each.a, each.b))): each for each in [*sheet.labels, *(topics if first else ())]}
    # The texts themselves are known to be pairs; what they were made into then has sources in common.
    akin = {story: {story} for pair in known for story in pair}
    for a, b in known:
        akin[a] |= akin[b]
        akin[b] |= akin[a]
    sources = {
        story: set().union(*(akin.get(each, {each}) for each in of)) for story, of in sheet.sources.items()
    }
    with tempfile.TemporaryDirectory() as folder, writer(Path(folder) / "warehouse.duckdb") as con:
        put_in(con, sheet.stories)
        families.keep_up(con)
        found = con.execute("select story_id, other_id from duplicates").fetchall()
    met = {tuple(sorted(pair)) for pair in found}
    for ids, label in labels.items():
        scores.pairs[label.kind, label.same] += 1
        if ids in met:
            scores.found[label.kind, label.same] += 1
        if (ids in met) != label.same:
            scores.wrong.append((label.a, label.b, label.kind))
    for a, b in met - set(labels):
        if not first and b < MADE:
            continue
        if sources[a].isdisjoint(sources[b]):
            scores.strangers += 1
            scores.wrong.append((a, b, "no label"))


def real_texts() -> tuple[list[Text], list[Text]]:
    """The newspaper's own texts and those that are spared, where they are at hand; none otherwise."""
    if not REAL.exists():
        return [], []
    with gzip.open(REAL, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = [
        Text(
            row["id"],
            row["title"],
            datetime.fromisoformat(row["published_utc"]).astimezone(ZoneInfo("Asia/Karachi")).date(),
            row["paragraphs"],
        )
        for row in sorted(rows, key=lambda row: int(row["id"]))
    ]
    texts = [text for text in texts if text.words >= families.SHORT]
    named = {story for pair in KNOWN for story in pair}
    spare = [text for place, text in enumerate(texts) if place % SPARE == 0 and text.story_id not in named]
    spared = {text.story_id for text in spare}
    return [text for text in texts if text.story_id not in spared], spare


def made_texts(count: int) -> tuple[list[Text], list[Text]]:
    """So many made-up texts, none of which is another's, and a seventh as many that are spared."""
    press = Press(seed=7)
    texts = [
        Text(place, f"Title {place}", FIRST + timedelta(days=place // 100), press.paragraphs(12 + place % 60))
        for place in range(1, count + count // 7 + 1)
    ]
    return texts[:count], texts[count:]

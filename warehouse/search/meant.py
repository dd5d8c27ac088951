"""Words that may have been meant, where the index has no text with those that were typed."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice

from tantivy import Searcher

from warehouse.search.analysis import words
from warehouse.search.question import TEXT_FIELDS, Question, cleaned

MOST_TERMS = 20_000
"""The most frequent words of a first letter that are compared: of a vocabulary of millions not all."""
LONGER = 2  # letters by which a word may be longer or shorter than the one that was typed
CLOSE = 0.75  # of 1, as difflib has it
MOST, MOST_WORDS = 3, 4


def meant(searcher: Searcher, said: str, asked: Question) -> tuple[str, ...]:
    """The question again, each time with a word that no text has replaced by one that some have; the closest
    first. None where each of its words stands somewhere, or nothing is close."""
    unknown = dict.fromkeys(
        word
        for sought in asked.sought
        if not sought.prefix
        for word in sought.words
        if not any(searcher.doc_freq(place, word) for place in TEXT_FIELDS)
    )
    closest = {word: _close(searcher, word) for word in islice(unknown, MOST_WORDS)}
    if not any(closest.values()):
        return ()
    return tuple(
        _replaced(said, {word: close[n] for word, close in closest.items() if n < len(close)})
        for n in range(max(map(len, closest.values())))
    )


def _close(searcher: Searcher, word: str) -> list[str]:
    """Words of the index that are written almost so, and begin with the same letter."""
    counts: dict[str, int] = {}
    for place in ("body", "title"):
        for term, count in searcher.terms_with_prefix(place, word[:1], limit=MOST_TERMS):
            if abs(len(term) - len(word)) <= LONGER:
                counts[term] = max(counts.get(term, 0), count)
    return get_close_matches(word, counts, MOST, CLOSE)


def _replaced(said: str, others: dict[str, str]) -> str:
    """The question as it was typed, with these words for others wherever they stand."""
    text = cleaned(said)
    pieces, done = [], 0
    for token in words().pre_tokenize(text).tokens:
        if token.text in others and token.char_offset_from is not None:
            pieces += [text[done : token.char_offset_from], others[token.text]]
            done = token.char_offset_to or done
    return "".join([*pieces, text[done:]])

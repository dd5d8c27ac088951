"""How texts become words, for the index and for questions alike; and what a document of the index has.

Words are indexed as they stand but for case and accents, with their places: a name can be asked for exactly,
and a phrase. English endings are cut off only when a question is asked: "elections" then finds those words of
the index that have the same stem, too, and they count for half. (Stems in a field of their own cost as much
time again, and mix names up: "Abbas" is "abba".) There are no stop words: "The Who" is a phrase like any
other. An apostrophe ends a word, be it straight or curly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tantivy import Filter, Index, Schema, SchemaBuilder, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from warehouse.database import WarehouseError, first_line
from warehouse.query import QueryError

WORDS = "dawn_words"
RAW = "raw"
LONGEST_WORD = 200  # bytes; what is longer is no word of any language, and is not looked for
FORM = f"1, tantivy {version('tantivy')}"
"""Which documents and words an index has, and whose files they are: one of another form is made anew."""


class IndexDamagedError(WarehouseError):
    """The index holds something else than was written into it."""


@cache
def words() -> TextAnalyzer:
    """The analyser of words as they stand."""
    return _simple().build()


@cache
def stems() -> TextAnalyzer:
    """The analyser of words without their English endings; token for token beside `words`."""
    return _simple().filter(Filter.stemmer("english")).build()


def _simple() -> TextAnalyzerBuilder:
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(LONGEST_WORD))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
    )


def composed(text: str) -> str:
    """The text with each accented letter as one character: a loose accent would end the word."""
    return unicodedata.normalize("NFC", text)


@cache
def schema() -> Schema:
    """The fields of a document. No text is stored: passages are made from the published file."""
    made = SchemaBuilder()
    made.add_integer_field("key", indexed=True, fast=True)  # the document
    made.add_integer_field("content", fast=True)  # the text, as the published file knows it
    made.add_integer_field("story_id", indexed=True, fast=True)
    for name in ("title", "body", "authors", "section", "printed_in"):
        made.add_text_field(name, tokenizer_name=WORDS)
    made.add_text_field("kind", tokenizer_name=RAW, index_option="basic")
    made.add_integer_field("day", indexed=True, fast=True)  # as 20250429: online, printed, or both
    return made.build()


def new_index(folder: Path) -> Index:
    """A new, empty index in this folder, which is empty too."""
    return _with_analysers(Index(schema(), str(folder), reuse=False))


def open_index(folder: Path) -> Index:
    """The index in this folder. Raises IndexDamagedError where it cannot be opened."""
    with damage_shown(folder):
        return _with_analysers(Index.open(str(folder)))


def _with_analysers(index: Index) -> Index:
    index.register_tokenizer(WORDS, words())
    return index


@contextmanager
def damage_shown(folder: Path) -> Iterator[None]:
    """Nothing; whatever the library says of files that it cannot read is an IndexDamagedError.

    A file with other bytes than it wrote can make it panic, which comes as a BaseException of its own.
    """
    try:
        yield
    except QueryError:
        raise
    except (ValueError, OSError, SystemError) as error:
        raise _damaged(folder, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: BaseException) -> WarehouseError:
    if "Lockfile" in str(error):  # whoever reads an index locks it for a moment, against files being removed
        return WarehouseError(
            f"the search index {folder.parent} cannot be locked, which a search does for a moment:"
            " make that folder writable"
        )
    return IndexDamagedError(
        f"the search index {folder.parent} cannot be read: {first_line(error)}; delete that folder, and"
        " `dawn run` or `dawn replay` makes it anew"
    )

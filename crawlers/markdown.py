"""A story's blocks as CommonMark with GFM's tables: headings, quotations, lists, emphasis, links. Pure.

Whatever the text holds is escaped, so that reading the Markdown gives back the story's words and nothing
else; where emphasis or a link cannot be written safely it is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from crawlers.blocks import (
    CELL,
    EMPHASIS,
    EMPHASIS_END,
    LINK,
    LINK_END,
    MARKS,
    PARAGRAPH,
    STRONG,
    STRONG_END,
    Block,
    Form,
)

_TOKENS = re.compile(f"({MARKS.pattern})")
_ENDS = {EMPHASIS_END: EMPHASIS, STRONG_END: STRONG, LINK_END: LINK}
_DELIMITER = {EMPHASIS: "*", STRONG: "**"}
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~]|&(?=[#A-Za-z])")
_LINE_BEGINS = re.compile(r"( {0,3})(?:([#+=-])|(\d{1,9})([.)](?:\s|$)))")
_NEAR = 60  # marks and texts behind a span that are looked at: spans end one in another, twenty deep at most
_UNSAFE_IN_HREF = re.compile(r"[\x00-\x20<>\\\x7f]")

Resolve = Callable[[str], str | None]


def markdown(blocks: Sequence[Block], resolve: Resolve) -> str:
    """The blocks as one CommonMark text, "\\n" at no end; `resolve` makes a link's address absolute, or None.

    A link without an address stays as its text. Rows of one table stand together, the first as its head.
    """
    pieces: list[str] = []
    before: Form | None = None
    for members in _together(blocks):
        form = members[0].form
        if before is form is PARAGRAPH:  # as nearly every block
            pieces.append("\n\n" + "\\\n".join(_inline(members[0], resolve).split("\n")))
            continue
        said = _table(members, resolve) if form.row else _lines(members[0], resolve)
        pieces.append(_joined(before, form) + _set(said, form))
        before = form
    return "".join(pieces)


def _together(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Each block by itself, but the rows of a table together."""
    table: list[Block] = []
    for block in blocks:
        form = block.form
        if table and form != replace(table[0].form, item=0):
            yield table
            table = []
        if form.row:
            table.append(block)
        else:
            yield [block]
    if table:
        yield table


def _joined(before: Form | None, form: Form) -> str:
    """What parts two blocks: a quotation going on is marked as such, items of a list stand close."""
    if before is None:
        return ""
    if before.quotes and form.quotes and before.lists == form.lists and not form.item:
        return f"\n{_indent(form.lists)}{'> ' * min(before.quotes, form.quotes)}".rstrip() + "\n"
    close = form.item and before.lists and len(form.lists) - form.item <= len(before.lists)
    return "\n" if close and not (before.quotes or form.quotes or before.row or form.row) else "\n\n"


def _set(lines: list[str], form: Form) -> str:
    """Lines where their form puts them: behind the markers of items they begin and of their quotations."""
    inner = len(form.lists) - form.item
    first = _indent(form.lists[:inner]) + "".join(map(_marker, form.lists[inner:]))
    rest, quote = _indent(form.lists), "> " * form.quotes
    return "\n".join((rest if index else first) + quote + line for index, line in enumerate(lines))


def _lines(block: Block, resolve: Resolve) -> list[str]:
    said = _inline(block, resolve).split("\n")
    if block.form.heading:
        return ["#" * block.form.heading + " " + " ".join(said)]
    return [line if index == len(said) - 1 else line + "\\" for index, line in enumerate(said)]


def _marker(number: int) -> str:
    return f"{number}. " if number else "- "


def _indent(lists: tuple[int, ...]) -> str:
    return " " * sum(len(_marker(number)) for number in lists)


def _table(rows: list[Block], resolve: Resolve) -> list[str]:
    lines = [
        [cell.strip() for cell in line.split(CELL)]
        for row in rows
        for line in _inline(row, resolve).split("\n")
    ]
    width = max(map(len, lines))
    filled = [line + [""] * (width - len(line)) for line in lines]
    written = [f"| {' | '.join(line)} |" for line in filled]
    return [written[0], "|" + " --- |" * width, *written[1:]]


# ── inside a block ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Span:
    """An element that is open: its mark, what is written of it, and the address if it is a link."""

    mark: str
    href: str | None = None
    parts: list[str] = field(default_factory=list)

    def last(self) -> str:
        return next((part[-1] for part in reversed(self.parts) if part), "")


def _inline(block: Block, resolve: Resolve) -> str:
    if not block.marked:
        return _escaped_lines(block.text)
    hrefs = iter(block.hrefs)
    spans = [_Span("")]
    tokens = _TOKENS.split(block.marked)
    for index, token in enumerate(tokens):
        if token in _ENDS:
            if len(spans) > 1 and spans[-1].mark == _ENDS[token]:
                done = spans.pop()
                spans[-1].parts.append(_written(done, spans, tokens[index + 1 : index + _NEAR]))
        elif MARKS.match(token):
            href = resolve(next(hrefs, "")) if token == LINK else None
            spans.append(_Span(token, href))
        elif token:
            spans[-1].parts.append(_SPECIAL.sub(r"\\\g<0>", token))
    while len(spans) > 1:  # never closed
        done = spans.pop()
        spans[-1].parts.append(_written(done, spans, []))
    # The text's own brackets are escaped, so this one is a link's: behind "!" it would be a picture.
    return _lines_begun("".join(spans[0].parts).replace("![", "\\!["))


def _written(span: _Span, around: list[_Span], following: list[str]) -> str:
    inner = "".join(span.parts)
    said = inner.strip()
    if not said or "\n" in said or CELL in said:
        return inner
    lead, tail = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
    if span.mark == LINK:
        if span.href is None or any(outer.mark == LINK for outer in around):
            return inner
        href = _UNSAFE_IN_HREF.sub(lambda char: f"%{ord(char[0]):02X}", span.href)
        return f"{lead}[{said}](<{href}>){tail}"
    before = lead[-1:] or next((last for outer in reversed(around) if (last := outer.last())), "")
    after = tail[:1] or _next_char(following)
    if any(outer.mark == span.mark for outer in around) or "*" in (before, after, said[0], said[-1]):
        return inner
    if not (_opens(before, said[0]) and _opens(after, said[-1])):
        return inner
    mark = _DELIMITER[span.mark]
    return f"{lead}{mark}{said}{mark}{tail}"


def _next_char(following: list[str]) -> str:
    """The first character written after a span: another span's mark counts as what cannot be known."""
    for token in following:
        if token in _ENDS:
            continue
        if token:
            return "*" if MARKS.match(token) else "\\" if _SPECIAL.match(token) else token[0]
    return ""


def _opens(outside: str, inside: str) -> bool:
    """Whether a delimiter between these characters is read as one that flanks (CommonMark 6.2, narrowed)."""
    if inside.isalnum():
        return True
    if unicodedata.category(inside)[0] not in "PS":
        return False
    return not outside or outside.isspace() or outside in "([{\\\"'.,;:!?-"


def _escaped_lines(text: str) -> str:
    escaped = _SPECIAL.sub(r"\\\g<0>", text) if _SPECIAL.search(text) else text
    return escaped if "\n" not in text and text[:1].isalpha() else _lines_begun(escaped)


def _lines_begun(text: str) -> str:
    """Text whose lines do not begin as a heading, a list or a rule does."""
    return "\n".join(
        _LINE_BEGINS.sub(_shielded, line, count=1) if _LINE_BEGINS.match(line) else line
        for line in text.split("\n")
    )


def _shielded(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}"

"""A captured page as safe HTML, with what was kept as the story's text and what was stripped marked. Pure.

No rule is here and none is changed: what is a story's text says `crawlers.story`, what is furniture says
`crawlers.chrome`, and this shows on the page what they said. Of the page's own markup only known elements
are written anew, without attributes: nothing of it runs, asks anybody, or leads anywhere.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from crawlers import urls
from crawlers.aligned import kept_of, squeezed
from crawlers.chrome import NO_ELEMENT, is_chrome, is_chrome_line
from crawlers.dates import local_day, print_line, without_print_lines
from crawlers.fallback import text_of_page
from crawlers.items import Article, Capture
from crawlers.parts import Parts, parts
from crawlers.payload import Fault, charset_of, decoded, media_type, parseable
from crawlers.reasons import why_chrome, why_tag
from crawlers.site import CHROME_TAGS, FALLBACK
from crawlers.story import story

_SAME = frozenset(
    [
        *("p", "div", "span", "section", "article", "aside", "header", "footer", "nav", "address", "pre"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "br", "hr"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "figure", "figcaption", "time"),
        *("b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "mark", "cite", "q", "abbr", "code"),
    ]
)
"""Elements that are written as what they are."""
_INLINE = frozenset(
    [
        *("b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "mark", "cite", "q", "abbr", "code"),
        *("time", "a", "span", "font", "bdi", "ins", "del"),
    ]
)
"""Elements that end no line; whatever is not named here ends one."""
_SILENT = frozenset(
    ["script", "style", "noscript", "template", "link", "meta", "base", "head", "title", "param"]
)
_SHOWN_BY_WORD = frozenset(
    ["img", "iframe", "frame", "object", "embed", "audio", "video", "source", "amp-img"]
)
_FIELDS = frozenset(["input", "select", "textarea", "option"])
_WITHOUT_CONTENT = frozenset(["svg", "math", "canvas", "map", "area"]) | _SILENT | _SHOWN_BY_WORD | _FIELDS
_VOID = frozenset(["br", "hr"])
_NEVER_JUDGED = frozenset(
    ["em", "strong", "b", "i", "u", "a", "br", "sub", "sup", "small", "mark", "cite"]
)  # as `crawlers.blocks` has it
_LABEL_AS = {"ul": "li", "ol": "li", "table": "caption", "tr": "td"}
_NO_LABEL = frozenset(["tbody", "thead", "tfoot", "dl"])
_DIRECTIONS = frozenset(["rtl", "ltr", "auto"])
ANCHOR = "story"
"""What the first of the story's own elements is called in the page's address."""

_DEEPEST = 300  # elements one in another that are written; browsers stop at 512
_LONGEST_TEXT = 100_000  # characters of one run of text that are shown
_LONGEST_PAGE = 4_000_000  # characters that are written in all
_LONGEST_WORD = 300  # of an address or a picture's words
_NOT_SHOWN = dict.fromkeys(
    (*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"
)  # turn what follows around

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1b19; --dim: #6a655e; --keep: #e2f3e4;
  --bar: #1a6b30; --cut: #8a2a1c; }
@media (prefers-color-scheme: dark) { :root { --paper: #201e1b; --ink: #ece8e1; --dim: #a39c91;
  --keep: #1d3a27; --bar: #7fd394; --cut: #f0a58f; } }
body { margin: 0; padding: 0 .75rem 1rem; background: var(--paper); color: var(--dim);
  font: 1rem/1.5 Georgia, serif; overflow-wrap: anywhere; }
* { unicode-bidi: isolate; }
h1, h2, h3, h4, h5, h6 { font-size: 1.05rem; margin: .6rem 0 .2rem; }
p, ul, ol, figure, blockquote { margin: .4rem 0; }
ul, ol, blockquote { padding-left: 1.2rem; }
table { border-collapse: collapse; } td, th { border: 1px solid; padding: .1rem .4rem; vertical-align: top; }
.legend { font: .85rem/1.5 sans-serif; color: var(--ink); margin: 0 -.75rem .75rem; padding: .5rem .75rem;
  border-bottom: 1px solid; }
.own { color: var(--ink); }
.text { border-left: .3rem solid var(--bar); padding-left: .6rem; margin: .5rem 0; }
.k { background: var(--keep); }
.cut { color: var(--dim); outline: 2px dashed var(--cut); outline-offset: -1px; }
div.cut, figure.cut, section.cut, article.cut, aside.cut, ul.cut, table.cut { display: block; margin: .5rem 0;
  padding: .2rem .4rem; }
.why { font: 600 .8rem/1.4 sans-serif; color: var(--cut); padding: 0 .4em 0 .2em; }
.text > .why { color: var(--bar); padding: 0; }
.word { font: .85rem/1.4 sans-serif; }
.link { text-decoration: underline; }
"""


def marked(capture: Capture, site: str, when: str = "") -> str:
    """The page of a capture, whole, in HTML for a frame that may do nothing; what cannot be shown says why.

    `site` is whose page it is, `when` says for people when it was served. Marked by today's rules. Of a
    revisit give the capture that has the bytes.
    """
    served = f"As served{' ' + when if when else ''}, with status {capture.status}."
    content = decoded(capture)
    kind = media_type(capture)
    if isinstance(content, Fault):
        return notice(f"{served} It cannot be shown: {content.detail}.")
    if kind not in (None, "text/html", "application/xhtml+xml"):
        return notice(f"{served} What came was no page but {str(kind)[:60]}.")
    page = parseable(content, charset_of(capture))
    if isinstance(page, Fault):
        return notice(f"{served} It cannot be shown: {page.detail}.")
    try:
        tree = LexborHTMLParser(page)
    except SelectolaxError:
        return notice(f"{served} No parser makes a page of it.")
    if tree.body is None:
        return notice(f"{served} Nothing stands on it.")
    told, own = _read(tree, page, capture, site)
    writer = _Writer(own)
    writer.walk(tree.body)
    legend = (
        f"{html.escape(served)} {html.escape(told)}"
        " <span class=k>This is kept</span> as the story’s text,"
        " <span class=cut><span class=why>stripped: why</span> this is not</span>; pale is what stands around"
        " the story. No style, script, picture or form of the page is here, and no link leads anywhere."
    )
    return notice(legend, writer.html(), escaped=True)


@dataclass(frozen=True, slots=True)
class _Own:
    """The story's own elements of a page by their ids, those that hold its text, and its paragraphs.

    `judged` is false where no layout says what in them is furniture.
    """

    elements: frozenset[int]
    contents: frozenset[int]
    paragraphs: tuple[str, ...]
    judged: bool


def _read(tree: LexborHTMLParser, page: bytes, capture: Capture, site: str) -> tuple[str, _Own]:
    """What is said of the page, and the story's own part of it."""
    nothing = _Own(frozenset(), frozenset(), (), False)
    if capture.status != 200:
        return "No story was read in it.", nothing
    number = urls.story_id(capture.url, site)
    found = parts(tree, number, local_day(capture.fetched_at))
    made = story(
        tree, number, capture.url, site, capture.fetched_at, lambda n, base: text_of_page(page, n, base, site)
    )
    contents = found.contents if found is not None else ()
    own = frozenset(node.mem_id for node in (*_heads(found), *contents))
    bodies = frozenset(node.mem_id for node in contents)
    if not isinstance(made, Article):
        said = f"No story was read in it: {made.detail}."
        return said, _Own(own, bodies, (), bool(contents))
    paragraphs = tuple(made.body.split("\n\n")) if made.body else ()
    if made.layout != FALLBACK:
        return f"Its layout is {made.layout}.", _Own(own, bodies, paragraphs, True)
    body = tree.body
    whole = frozenset() if body is None else frozenset([body.mem_id])
    return "Its layout is not known: its text was looked for.", _Own(own, whole, paragraphs, False)


def _heads(found: Parts | None) -> list[LexborNode]:
    """What is above the text: the header, or where the layout has none of its own headline and byline."""
    if found is None or found.header is None:
        return []
    if found.header.tag != "body" and found.header.mem_id != found.article.mem_id:
        return [found.header]
    both = (found.in_header(found.layout.title), found.in_header(found.layout.byline))
    return [node for node in both if node is not None]


@dataclass(slots=True)
class _Piece:
    """A run of text, and where in which line of a story's body it stands, squeezed; the line -1 for none."""

    text: str
    line: int = -1
    start: int = 0
    length: int = 0


class _Writer:
    """One walk through a page: elements are written anew, texts kept aside until it is known which stay."""

    def __init__(self, own: _Own) -> None:
        self.own = own
        self.out: list[str | _Piece] = []
        self.lines: list[list[str]] = []  # of the bodies, each in its runs of text
        self.length = 0  # of the last of them, squeezed
        self.fresh = True  # whether the next text begins a line
        self.inside = 0  # bodies that are open: one at most, the body element of an unknown layout
        self.cut = 0  # stripped elements that are open
        self.named = False  # whether the story's first own element is
        self.closing: list[tuple[str, int]] = []  # of each open element: its end tag, what it ends

    def walk(self, body: LexborNode) -> None:
        """Nothing; all under the element is written. By next and parent, never by recursion."""
        if body.mem_id in self.own.contents:
            self.inside = 1
        node, depth, content_depth = body.first_child, 0, 0
        while node is not None:
            tag = node.tag or ""
            entered = self._enter(node, tag, depth - content_depth - 1)
            if entered and self.closing[-1][1] == _BODY:
                content_depth = depth
            child = node.first_child if entered else None
            if child is not None:
                node, depth = child, depth + 1
                continue
            if entered:
                self._leave()
            following = node.next
            while following is None and depth:
                node, depth = node.parent, depth - 1
                assert node is not None
                self._leave()
                following = node.next
            node = following

    def _enter(self, node: LexborNode, tag: str, depth: int) -> bool:
        """Whether the walk goes on in the node; `depth` is how deep in a body it stands."""
        if tag == "-text":
            self._take(node.text_content or "")
            return False
        if tag[:1] in NO_ELEMENT:
            return False
        if tag not in _INLINE:
            self.fresh = True
        judged = self.inside and self.own.judged and not self.cut
        why = _why(node, tag, depth) if judged else None
        if tag in _WITHOUT_CONTENT:
            self._word(node, tag, why)
            return False
        if tag in _VOID:
            self.out.append(f"<{tag}>")
            return False
        self._open(node, tag, why)
        return True

    def _open(self, node: LexborNode, tag: str, why: str | None) -> None:
        is_body = not self.inside and node.mem_id in self.own.contents
        ends = _CUT if why else _BODY if is_body else _NOTHING
        self.cut += ends == _CUT
        self.inside += ends == _BODY
        if len(self.closing) >= _DEEPEST:
            self.closing.append(("", ends))
            return
        name = tag if tag in _SAME else "span" if tag in _INLINE or tag == "label" else "div"
        if why and name == "p":
            name = "div"  # its label may stand beside boxes
        classes = ["cut"] * bool(why) + ["own text"] * is_body
        if not is_body and node.mem_id in self.own.elements:
            classes.append("own")
        if tag == "a":
            classes.append("link")
        said = f' class="{" ".join(classes)}"' if classes else ""
        if "own" in " ".join(classes) and not self.named:
            self.named, said = True, f"{said} id={ANCHOR}"
        self.out.append(f"<{name}{said}{_harmless(node, tag)}>")
        if why:
            self._label(name, f"stripped: {why}")
        if is_body:
            self.out.append("<p class=why>where the story’s text stands</p>")
        self.closing.append((f"</{name}>", ends))
        if why or is_body:
            self.fresh = True

    def _leave(self) -> None:
        end, ended = self.closing.pop()
        self.out.append(end)
        self.cut -= ended == _CUT
        self.inside -= ended == _BODY
        if end not in _INLINE_ENDS:
            self.fresh = True

    def _label(self, name: str, said: str) -> None:
        if name not in _NO_LABEL:
            label = _LABEL_AS.get(name, "span")
            self.out.append(f"<{label} class=why>{html.escape(said)}</{label}> ")

    def _word(self, node: LexborNode, tag: str, why: str | None) -> None:
        """What is never written as it is: a word for it, so that one sees that it was there."""
        if tag in _SHOWN_BY_WORD:
            attributes = node.attributes
            address = attributes.get("src") or attributes.get("data") or attributes.get("data-src") or ""
            said = " ".join((attributes.get("alt") or attributes.get("title") or "").split())
            named = "picture" if tag in ("img", "amp-img") else tag
            shown = f"[{': '.join(part for part in (named, _short(said), _short(address)) if part)}]"
        elif tag in _FIELDS or tag in ("svg", "math", "canvas"):
            shown = f"[{tag}]"
        else:
            shown = ""
        if why:
            label = f"<span class=why>stripped: {html.escape(why)}</span> "
            self.out.append(f'<span class="cut word">{label}{_safe(shown)}</span> ')
        elif shown:
            self.out.append(f"<span class=word>{_safe(shown)}</span> ")

    def _take(self, text: str) -> None:
        piece = _Piece(text)
        self.out.append(piece)
        short = squeezed(text)
        if not short or not self.inside or self.cut:
            return
        if self.fresh or not self.lines:
            self.lines.append([])
            self.fresh, self.length = False, 0
        piece.line, piece.start, piece.length = len(self.lines) - 1, self.length, len(short)
        self.length += len(short)
        self.lines[-1].append(text)

    def html(self) -> str:
        """What was written, with the texts in it that were kept marked."""
        kept = kept_of(
            [squeezed("".join(line)) for line in self.lines],
            [squeezed(paragraph) for paragraph in self.own.paragraphs],
            lambda number: _is_print_line("".join(self.lines[number])),
        )
        written: list[str] = []
        size = 0
        for one in self.out:
            made = one if isinstance(one, str) else self._marked(one, kept)
            written.append(made)
            size += len(made)
            if size > _LONGEST_PAGE:
                written.append("<p class=why>The rest of the page is not shown: it is too long.</p>")
                break
        return "".join(written)

    def _marked(self, piece: _Piece, kept: Sequence[tuple[int, int]]) -> str:
        if piece.line < 0:
            return _text(piece.text)
        start, end = kept[piece.line]
        first, last = max(start - piece.start, 0), min(end - piece.start, piece.length)
        if first >= last:
            return self._left(piece.text, piece.line, piece.start == 0)
        before, said, after = _parted(piece.text, first, last, piece.length)
        return (
            (self._left(before, piece.line, piece.start == 0) if before.strip() else before)
            + f"<span class=k>{_text(said)}</span>"
            + (self._left(after, piece.line, True) if after.strip() else after)
        )

    def _left(self, text: str, line: int, first: bool) -> str:
        """Text that no rule strips by its element and that is none of the story's all the same."""
        if not self.own.judged or not self.own.paragraphs:
            return _text(text)
        label = f"<span class=why>stripped: {_why_line(self.lines[line])}</span> " if first else ""
        return f"<span class=cut>{label}{_text(text)}</span>"


_NOTHING, _CUT, _BODY = range(3)
_INLINE_ENDS = frozenset(f"</{name}>" for name in _INLINE)


def _why(node: LexborNode, tag: str, depth: int) -> str | None:
    """Why an element in a body is stripped, asked in the order of `crawlers.blocks`; None where it stays."""
    if tag in CHROME_TAGS or tag.startswith("amp-"):
        return why_tag(tag)
    if tag not in _NEVER_JUDGED and is_chrome(node, tag, depth):
        return why_chrome(node, tag)
    return None


def _why_line(pieces: Sequence[str]) -> str:
    line = "".join(pieces)
    read = " ".join(line.split())
    if is_chrome_line(read):
        return "a line that is furniture"
    return "print line" if _is_print_line(line) else "not read as text"


def _is_print_line(line: str) -> bool:
    read = " ".join(line.split())
    return print_line(read) is not None or without_print_lines([read]).line is not None


def _harmless(node: LexborNode, tag: str) -> str:
    """The attributes that only shape an element: how many cells it spans, which way it is read."""
    attributes = node.attributes
    kept = ""
    for name in ("colspan", "rowspan") if tag in ("td", "th") else ("start",) if tag == "ol" else ():
        value = attributes.get(name) or ""
        if value.isascii() and value.isdigit() and len(value) < 4:
            kept += f' {name}="{value}"'
    direction = (attributes.get("dir") or "").lower()
    return kept + (f' dir="{direction}"' if direction in _DIRECTIONS else "")


def _parted(text: str, first: int, last: int, length: int) -> tuple[str, str, str]:
    """A text in three, by places that are counted in it squeezed."""
    if (first == 0 and last == length) or len(text) > _LONGEST_TEXT:
        return "", text, ""
    counted = 0
    begin, end = len(text), len(text)
    for place, char in enumerate(text):
        if not squeezed(char):
            continue
        if counted == first:
            begin = place
        counted += 1
        if counted == last:
            end = place + 1
            break
    return text[:begin], text[begin:end], text[end:]


def _text(text: str) -> str:
    more = len(text) - _LONGEST_TEXT
    return _safe(text[:_LONGEST_TEXT]) + (f" … ({more:,} characters more)" if more > 0 else "")


def _safe(text: str) -> str:
    return html.escape(text.translate(_NOT_SHOWN))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_WORD else text[:_LONGEST_WORD] + "…"


def notice(said: str, body: str = "", escaped: bool = False) -> str:
    """A page for the frame that says this, over a body of safe HTML; `escaped` where what is said is HTML."""
    legend = said if escaped else html.escape(said)
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>The page as it was served</title>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><div class=legend>{legend}</div>\n"
        f"{body}</main></body></html>"
    )

"""The Tern: a made-up paper of a made-up harbour, its stories, its pages, its feed, and a server on loopback.

Nothing of it is Dawn's: neither addresses nor markup nor calendar. Its sentences are made of its own words.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread

SATURDAY, SUNDAY, MONDAY, TUESDAY = (date(2025, 3, day) for day in (8, 9, 10, 11))
"""Clocks go forward on the Sunday, at two in the morning."""


def clock(month: int, day: int, hour: int, minute: int) -> datetime:
    """What clocks in Halifax show, as the paper writes it: without a zone."""
    return datetime(2025, month, day, hour, minute)  # noqa: DTZ001


_WHO = (
    "The harbour master|A ferry of the second line|The oldest pilot|The keeper of the tide tables|A dredger"
)
_DID = "measured|repainted|forgot|auctioned|counted|borrowed|anchored|renamed"
_WHAT = (
    "eleven buoys|the fog bell|a crate of brass lamps|the winter moorings|a ledger of knots|two grey cranes"
)
_WHEN = (
    "before the tide turned|while gulls looked on|for the third time this month|without a word|at slack water"
)


@dataclass(frozen=True, slots=True)
class Story:
    """A story; `at` is the clock in Halifax as the page shows it, and so is `changed`."""

    number: int
    at: datetime
    title: str
    section: str = "Harbour"
    printed: tuple[date, str] | None = None  # the day, and what its print line calls the part of the paper
    by: str = "By Ada Quill and Ben Reed"
    names: tuple[str, ...] = ("Ada Quill", "Ben Reed")
    changed: datetime | None = None
    smuggles: bool = False  # a rail stands in its body that no rule of the site file knows

    @property
    def path(self) -> str:
        """The long address, with a slug before the number."""
        slug = "-".join(self.title.lower().split())
        return f"/{self.at:%Y/%m}/{slug}-A{self.number}.html"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text, as the page has it and as it is to be read."""
        said = Random(self.number)
        sentences = [
            " ".join(said.choice(words.split("|")) for words in (_WHO, _DID, _WHAT, _WHEN)) + f" ({n})."
            for n in range(9)
        ]
        parts = [" ".join(sentences[n : n + 3]) for n in range(0, 9, 3)]
        return (f"HALIFAX — Story {self.number}. {parts[0]}", *parts[1:])

    @property
    def deck(self) -> str:
        """What stands under its headline on cards, and nowhere else."""
        return f"What the quay said of number {self.number} when the lamps were lit at last"


STORIES = (
    Story(4101, clock(3, 8, 5, 10), "Lamps on the long quay", printed=(SATURDAY, "")),
    Story(
        4102,
        clock(3, 8, 5, 20),
        "A budget for buoys",
        section="Views",
        printed=(SATURDAY, ""),
        by="By Fundy Wire",
        names=("Fundy Wire",),
        changed=clock(3, 8, 14, 5),
    ),
    Story(4103, clock(3, 6, 18, 0), "The knot makers", "Weekend", (SATURDAY, "Weekend")),
    Story(4104, clock(3, 8, 23, 45), "Fog before midnight"),
    Story(4105, clock(3, 10, 0, 15), "An hour was lost"),
    Story(4106, clock(3, 10, 5, 10), "Ferries run again", printed=(MONDAY, "")),
    Story(4107, clock(3, 10, 6, 0), "The pilot and the crane", printed=(MONDAY, "Harbour")),
    Story(4108, clock(3, 11, 9, 30), "A bell for the second line", smuggles=True),
)
LATER = Story(4900, clock(6, 2, 12, 0), "Summer at the dock")
"""Stands in the rails of every page, and in no list of those days."""
_PARTS = {"front": "", "harbour": "Harbour", "weekend": "Weekend"}


def card(story: Story) -> str:
    """A story on a listing, or in a rail."""
    return (
        f'<li class="entry"><h4 class="hed"><a href="{story.path}">{html.escape(story.title)}</a></h4>'
        f'<time class="when" datetime="{story.at:%Y-%m-%dT%H:%M}">{_shown(story.at)}</time>'
        f'<span class="who">{html.escape(story.by)}</span><p class="teaser-text">{story.deck}</p></li>'
    )


def listing(stories: Iterable[Story]) -> str:
    """A page of cards, the rail of the day it is fetched beside them."""
    cards = "\n".join(map(card, stories))
    return (
        "<!doctype html><html><head><title>Contents | The Tern</title></head><body><nav>Home</nav>"
        f'<ol class="contents">{cards}</ol>\n{_below()}</body></html>'
    )


def page(story: Story, address: str = "") -> str:
    """A story's page, with adverts, a rail in its body and one below it."""
    first, *rest = (f"<p>{html.escape(text)}</p>" for text in story.paragraphs)
    rail = (
        f'<div class="nearby"><h3>Elsewhere in the harbour</h3><ul>{card(LATER)}{card(STORIES[0])}</ul></div>'
        if story.number != STORIES[0].number
        else ""
    )
    others = (LATER, STORIES[1]) if story.smuggles else ()
    smuggled = "".join(f'<p><a href="{one.path}">{one.title}</a></p>' for one in others)
    printed = ""
    if story.printed is not None:
        day, part = story.printed
        printed = f"<p>From the paper of {day.day} {day:%B %Y}{f' · {part}' if part else ''}</p>"
    last = f' <span class="last">Changed {_shown(story.changed)}</span>' if story.changed else ""
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f"<title>{html.escape(story.title)} | The Tern</title>"
        f'<link rel="canonical" href="{address}{story.path}"><meta property="og:type" content="article">'
        f'<meta property="og:image" content="{address}/plates/{story.number}.png"></head>'
        f'<body><nav><a href="/">Home</a></nav><main id="piece"><div class="head-lines">'
        f'<h1 class="headline">{html.escape(story.title)}</h1><p class="signed">{html.escape(story.by)}</p>'
        f'<p class="stamp"><span class="first">{_shown(story.at)}</span>{last}</p></div>'
        f'<div class="column"><div class="pass-it-on">Pass it on</div><div class="prose">{first}'
        f'<div class="promo-slot"><p>Rope, by the yard</p></div>{rail}{"".join(rest)}'
        f'<figure class="plate"><img src="/plates/{story.number}.png">'
        "<figcaption>The quay at dusk</figcaption></figure>"
        f"<p>The Tern, in your letter box each morning.</p>{smuggled}{printed}</div></div>"
        f'<footer class="colophon"><a class="desk" href="/">{story.section}</a></footer></main>'
        f"{_below()}</body></html>"
    )


def _below() -> str:
    return f"<section><h3>Also in this paper</h3><ul>{card(LATER)}</ul></section>"


def feed(address: str, stories: Sequence[Story]) -> str:
    """The wire, in Atom."""
    entries = "".join(
        f"<entry><id>tag:tern.example,2025:{one.number}</id><title>{html.escape(one.title)}</title>"
        f'<link rel="alternate" href="{address}{one.path}"/><category term="{one.section}"/>'
        f"{''.join(f'<author><name>{name}</name></author>' for name in one.names)}"
        f"<published>{one.at:%Y-%m-%dT%H:%M:%S}</published>"
        f"<updated>{one.changed or one.at:%Y-%m-%dT%H:%M:%S}</updated><content type='html'>"
        f"{html.escape(''.join(f'<p>{text}</p>' for text in one.paragraphs))}</content></entry>"
        for one in stories
    )
    return (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title>{entries}</feed>'
    )


def _shown(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M}"


@dataclass(slots=True)
class Tern:
    """The paper while it is served: its address, and every path that was asked for."""

    address: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, str, str]:
        """Status, content type (where a redirect leads, of a 301) and text."""
        if path == "/robots.txt":
            return 200, "text/plain", "User-agent: *\nDisallow: /search\n"
        if path == "/":
            return 200, "text/html", listing(STORIES[-2::-1])
        if path == "/wire.atom":
            return 200, "application/atom+xml", feed(self.address, STORIES[-4:-1])
        for one in (*STORIES, LATER):
            if path == f"/A{one.number}.html":
                return 301, one.path, ""
            if path == one.path:
                return 200, "text/html; charset=utf-8", page(one, self.address)
        found = self._listed(path)
        return (200, "text/html", listing(found)) if found else (404, "text/html", "<h1>No such page</h1>")

    def _listed(self, path: str) -> list[Story]:
        for day in (SATURDAY, SUNDAY, MONDAY, TUESDAY):
            if path == f"/archive/{day:%Y/%m/%d}":
                return [one for one in STORIES if one.at.date() == day]
            for section, part in _PARTS.items():
                if path == f"/paper/{day:%d-%m-%Y}/{section}":
                    return [one for one in STORIES if one.printed == (day, part)]
        return []


@contextmanager
def serving() -> Iterator[Tern]:
    """The paper on a free port of loopback, until the block ends."""
    tern = Tern()

    class Exchange(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            tern.asked.append(self.path)
            status, kind, text = tern.answer(self.path)
            payload = text.encode()
            self.send_response(status)
            self.send_header("Location" if status == 301 else "Content-Type", kind)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Exchange) as server:
        server.daemon_threads = True
        tern.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield tern
        finally:
            server.shutdown()
            thread.join()

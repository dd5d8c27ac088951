"""The page of one story: its text beside the page as it was served, versions, relatives, dates, way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from crawlers.urls import canonical, naming, story_id
from explore.archive import Archive, archive_of
from explore.changes import Piece, compared, paragraphs
from explore.guard import CAPTURED_POLICY
from explore.harmless import harmless
from explore.markup import LONGEST, paragraphs_of, rendered
from explore.page import instant, page
from warehouse.held import Held, Text, held, served, texts
from warehouse.telling import ending, ordered, said
from warehouse.way import Way, way

SHOWN = ("both", "text", "page")
"""What stands side by side: the text, the page as it was served, or both."""
STEPS = 400
"""The most steps of a story's way that are told here; `dawn why` tells all."""
_ID = re.compile(r"[0-9]{1,10}", re.ASCII)
_CAPTURE = re.compile(r"[\w:.<>+-]{1,200}", re.ASCII)
_LONGEST_SAID = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, and what is wrong with it, "" where nothing is."""

    show: str
    capture: str | None
    version: int | None
    first: int | None  # the versions that are compared
    second: int | None
    wrong: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions set against each other: the text's paragraphs, and what else changed, by name."""

    first: int
    second: int
    others: tuple[tuple[str, str, str], ...]
    paragraphs: list[list[Piece]]
    is_same: bool
    is_cut: bool


def story(request: Request) -> Response:
    """All that is held of a story; of one that is not held why it is not, and its way all the same."""
    archive = archive_of(request)
    number = _number(request, archive)
    if number is None:
        return _no_story(request)
    known, told = way(archive.public, number, naming(number)), held(archive.public, number)
    asked = _asked(request, told, known)
    captures = _captures(known)
    steps = ordered(known.steps)
    owed = known.ledger is not None and known.ledger["status"] == "owed"
    facts: dict[str, Any] = {
        "number": number,
        "held": told,
        "article": told.article,
        "asked": asked,
        "ending": ending(known),
        "why_not": "" if told.article else _why_not(told, known),
        "row": known.ledger,
        "neighbours": known.neighbours,
        "captures": captures,
        "capture": asked.capture or _best(told, asked, captures),
        "steps": [(step, said(step, owed)) for step in steps[:STEPS]],
        "steps_in_all": len(steps),
        "on_site": canonical(number, archive.site),
        "longest": LONGEST,
        "compared": None,
        "text": None,
        "length": 0,
        "shown_version": None,
    }
    if told.article is not None:
        facts |= _texts(archive, told, asked)
    unheard = not known.steps and known.ledger is None and told.forgotten_at is None
    status = 400 if asked.wrong else 404 if unheard and told.article is None else 200
    return page(request, "story.html", facts, status)


def as_served(request: Request) -> Response:
    """The page of a capture as it was served, for a frame: safe, with what was kept and stripped marked."""
    from crawlers.marked import marked, notice  # they import trafilatura, which takes a second
    from crawlers.places import capture_of

    archive = archive_of(request)
    number = _number(request, archive)
    capture_id = request.query_params.get("capture", "")
    found = None
    if number is not None and _CAPTURE.fullmatch(capture_id):
        found = served(archive.public, number, capture_id)
    if found is None:
        return _framed(notice("The archive holds no such capture of this story's page."), 404)
    capture = capture_of(archive.warcs, found.lies_in, found.bytes_of, archive.store)
    if capture is None:
        return _framed(notice("The bytes of this capture are in no file of the archive."))
    return _framed(marked(capture, archive.site, instant(found.fetched_at)))


def _framed(made: str, status: int = 200) -> Response:
    body = made.encode("utf-8", "replace")
    return HTMLResponse(body, status, {"content-security-policy": CAPTURED_POLICY})


def _number(request: Request, archive: Archive) -> int | None:
    """The story that the address names; None where what stands there is no story's number."""
    named = request.path_params["story"]
    number = int(named) if _ID.fullmatch(named) else None
    return None if number is None else story_id(canonical(number, archive.site), archive.site)


def _no_story(request: Request) -> Response:
    named = harmless(str(request.path_params["story"]))
    short = named if len(named) <= _LONGEST_SAID else named[:_LONGEST_SAID] + "…"
    line = f"“{short}” is no story: give the number that stands in its address, such as 1907269."
    return page(request, "trouble.html", {"heading": "Not here", "said": line}, 404)


def _asked(request: Request, told: Held, known: Way) -> Asked:
    given = request.query_params
    there = [each.version for each in told.versions]
    wrong = ""
    numbers: dict[str, int | None] = {}
    for name in ("version", "from", "to"):
        value = given.get(name, "")
        numbers[name] = int(value) if re.fullmatch("[0-9]{1,6}", value) else None
        if value and numbers[name] not in there:
            wrong = f"“{value[:_LONGEST_SAID]}” is no version of this story: {_versions(there)}."
            numbers[name] = None
    first, second = numbers["from"], numbers["to"]
    if (first or second) and there and not wrong:
        second = second or there[-1]
        first = first or max((each for each in there if each < second), default=second)
    show = given.get("show", "both")
    if show not in SHOWN:
        wrong = f"“{show[:_LONGEST_SAID]}” is nothing that can be shown: {', '.join(SHOWN)} are."
    capture = given.get("capture") or None
    if capture and capture not in _captures(known):
        wrong, capture = "The archive holds no such capture of this story's page.", None
    return Asked(show if show in SHOWN else "both", capture, numbers["version"], first, second, wrong)


def _versions(there: list[int]) -> str:
    if not there:
        return "none of it is held"
    return "it has version 1 alone" if there == [1] else f"it has versions {there[0]} to {there[-1]}"


def _captures(known: Way) -> dict[str, dict[str, Any]]:
    """The captures of the story's page by their ids, the newest first; feeds that carried it are no pages."""
    found = [step for step in known.steps if step.what == "capture" and step.facts["role"] == "story"]
    return {step.facts["capture_id"]: step.facts | {"at": step.at} for step in reversed(found)}


def _best(told: Held, asked: Asked, captures: dict[str, dict[str, Any]]) -> str | None:
    """The capture that is shown where none is asked for: of the version asked for, or the newest page."""
    wanted = asked.version or asked.second
    of_version = next((each.capture_id for each in told.versions if each.version == wanted), None)
    if of_version in captures:
        return of_version
    if told.article is not None and told.article["capture_id"] in captures:
        return str(told.article["capture_id"])
    return next(
        (name for name, facts in captures.items() if facts["status"] in (200, 304)),
        next(iter(captures), None),
    )


def _texts(archive: Archive, told: Held, asked: Asked) -> dict[str, Any]:
    """The text that is shown, and the comparison where two versions are asked for."""
    assert told.article is not None
    wanted = {each for each in (asked.version, asked.first, asked.second) if each is not None}
    found = texts(archive.public, told.story_id, sorted(wanted)) if wanted else {}
    facts: dict[str, Any] = {}
    if asked.first is not None and asked.second is not None:
        facts["compared"] = _compared(found[asked.first], found[asked.second])
    article = told.article
    if asked.version is not None and asked.version != article["version"]:
        one = found[asked.version]
        return facts | {"text": paragraphs_of(one.body), "shown_version": one, "length": len(one.body)}
    markdown = article["body_markdown"] or ""
    text = rendered(markdown, archive.site) if markdown else paragraphs_of(article["body"] or "")
    return facts | {"text": text, "length": len(markdown or article["body"] or "")}


def _compared(old: Text, new: Text) -> Compared:
    others = (
        ("Headline", old.title, new.title),
        ("Byline", ", ".join(old.authors), ", ".join(new.authors)),
        ("Section", old.section or "none", new.section or "none"),
        ("Kind", old.kind, new.kind),
    )
    changed = tuple(each for each in others if each[1] != each[2])
    pieces = compared(old.body[:LONGEST], new.body[:LONGEST])
    same = not changed and all(piece.kind == "same" for piece in pieces)
    cut = max(len(old.body), len(new.body)) > LONGEST
    return Compared(old.version, new.version, changed, paragraphs(pieces), same, cut)


def _why_not(told: Held, known: Way) -> str:
    """In one sentence, why the archive has no text of a story."""
    if told.forgotten_at is not None:
        because = f": {told.forgotten_because}" if told.forgotten_because else ""
        at = instant(told.forgotten_at)
        return f"It was taken out with dawn forget on {at}, and may not come back{because}."
    row = known.ledger
    if row is None and known.steps:
        return "No listing owes it: it only stood in rails beside other stories, and nobody asked for it."
    if row is None:
        return "It was never seen: no listing named it, and nobody asked for it."
    reason = (row["reason"] or "").removeprefix(f"{row['status']}: ")
    because = f" ({reason})" if reason else ""
    meanings = {
        "owed": "It is owed: a listing named it, and its page was not had yet",
        "gone": "It is gone: the site answered that there is no such page",
        "refused": "It was not asked for: robots.txt forbids its address",
        "rejected": "Its page was fetched, and is no article",
    }
    return f"{meanings.get(row['status'], str(row['status']))}{because}."


ROUTES = (Route("/story/{story}", story), Route("/story/{story}/page", as_served))

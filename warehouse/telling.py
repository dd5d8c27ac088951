"""A story's way in words: each step in lines, and how it ended in one. Pure; for a terminal and for pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.way import Step, Way

_ORDER = (
    *("discovery", "request", "retry", "wait", "attempt", "refused"),
    *("capture", "reading", "quarantine", "version", "edit"),
)
_LONGEST = 100  # characters of a headline or a line that is shown
Facts = dict[str, Any]


def ordered(steps: Sequence[Step]) -> list[Step]:
    """The steps by time, those of one time as one follows from the other; a capture's readings behind it."""
    timed = [step for step in steps if step.at is not None]
    rest = [step for step in steps if step.at is None]
    return sorted(timed, key=lambda step: (step.at, _ORDER.index(step.what))) + rest


def ending(known: Way) -> str:
    """In one line, how the story ended: stored, rejected, gone, refused, owed, or why it is none of these."""
    row, article = known.ledger, known.article
    late = [step for step in known.steps if step.facts.get("published") is False]
    if row is None and late:
        return f"not known yet: {late[0].facts['run']} is not loaded; the next run takes it in"
    if row is None and known.steps:
        return "owed by nobody: it only stood in rails, and was never asked for"
    if row is None:
        return "never seen: no listing named it, and nobody asked for it"
    told = str(row["status"])
    if article is not None:
        again = ", unchanged when it was had again" if row["unchanged"] else ""
        told += f": version {article['version']}, {article['word_count']} words{again}"
        told += f", {_short(article['title'])}" + (f" ({row['reason']})" if row["reason"] else "")
    elif row["reason"]:
        because = row["reason"].removeprefix(f"{told}: ")
        told += (" because " if told == "rejected" else ": ") + because
    if row["status"] == "owed" or row["failed_since"]:
        tries = row["failed_since"]
        told += f"; asked for {tries} time{'' if tries == 1 else 's'} in vain since" if tries else ""
    return told + ("; what stands above as not published yet may change that" if late else "")


def said(step: Step, owed: bool) -> list[str]:
    """What a step says, in a line or several; `owed` says whether the story is, for an edition's sake."""
    facts = step.facts
    if step.what == "edition":
        return _edition(facts, owed)
    first, *more = _SAYS[step.what](facts)
    return [first + ("  (not published yet)" if facts.get("published") is False else ""), *more]


def _discovery(facts: Facts) -> list[str]:
    where = " ".join(str(facts[name]) for name in ("place", "section", "day") if facts.get(name))
    role = "member" if facts.get("member") else "rail"
    return [f"{where}, as {role}, card {facts.get('position')}: {_short(facts.get('title'))}"]


def _request(facts: Facts) -> list[str]:
    return [f"asked for again, {facts.get('cause')}, run {facts['run']}"]


def _attempt(facts: Facts) -> list[str]:
    detail = f": {facts['detail']}" if facts.get("detail") else ""
    tries = facts.get("attempts") or 1
    return [f"failed, {facts.get('error')}{detail}; tried {tries} times, run {facts['run']}"]


def _retry(facts: Facts) -> list[str]:
    detail = f": {facts['detail']}" if facts.get("detail") else ""
    return [
        f"try {facts.get('attempts')} failed, {facts.get('error')}{detail}; tried again, run {facts['run']}"
    ]


def _refused(facts: Facts) -> list[str]:
    return [f"robots.txt forbids {facts.get('url')}, run {facts['run']}"]


def _wait(facts: Facts) -> list[str]:
    if facts.get("seconds"):
        return [f"{facts['seconds']:g} s of patience, {facts.get('cause')}, run {facts['run']}"]
    until = facts.get("until")
    when = f"{until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if isinstance(until, datetime) else until
    return [f"not to be asked before {when}, {facts.get('cause')}, run {facts['run']}"]


def _capture(facts: Facts) -> list[str]:
    what = f"{facts['role']}, " if facts["role"] != "story" else ""
    again = f", the bytes of {facts['revisit_of']} again" if facts["revisit_of"] else ""
    return [
        f"{what}status {facts['status']}, {facts['bytes']} bytes, {facts['digest']}{again}",
        f"{facts['capture_id']} {facts['url']}",
    ]


def _reading(facts: Facts) -> list[str]:
    under = f"under {facts['rules']}" + (" (today's)" if facts["newest_rules"] else "")
    under += f", item {facts['item']}" if facts["item"] else ""
    if facts["is_article"]:
        gave = f"{facts['kind']}, {facts['word_count']} words, layout {facts['layout']}"
        return [f"{under}: {gave}: {_short(facts['title'])}"]
    final = "" if facts["final"] else ", not for good"
    leads = f", leads to {facts['points_to']}" if facts["points_to"] else ""
    return [f"{under}: rejected{final}, {facts['reason']}: {facts['detail']}{leads}"]


def _quarantine(facts: Facts) -> list[str]:
    left = (f"left in: {_short(line)}" for line in facts["sentences"])
    return [f"under {facts['rules']}: {facts['sign']}", *left]


def _version(facts: Facts) -> list[str]:
    until = f"{facts['last_seen_at']:%Y-%m-%d %H:%M:%S}"
    return [f"{facts['version']}, {facts['word_count']} words, last seen {until}: {_short(facts['title'])}"]


def _edit(facts: Facts) -> list[str]:
    if facts["change"] == "availability":
        return [f"{facts['type']}, version {facts['version'] or facts['version_before']}"]
    taken = (f"− {_short(said)}" for said in facts["before"])
    put = (f"+ {_short(said)}" for said in facts["after"])
    return [f"{facts['type']}, version {facts['version_before']} to {facts['version']}", *taken, *put]


def _edition(facts: Facts, owed: bool) -> list[str]:
    where = f"{facts['day']} {facts['place']} {facts['section']}"
    if facts["printed_elsewhere"]:
        return [f"{where} listed it, and does not count it: its print line names another day or none"]
    why_so = f" ({facts['reason']})" if facts["reason"] else ""
    return [f"{where} {'owes' if owed else 'listed'} it, and is {facts['state'] or 'unknown'}{why_so}"]


_SAYS: dict[str, Callable[[Facts], list[str]]] = {
    "discovery": _discovery,
    "request": _request,
    "retry": _retry,
    "attempt": _attempt,
    "refused": _refused,
    "wait": _wait,
    "capture": _capture,
    "reading": _reading,
    "quarantine": _quarantine,
    "version": _version,
    "edit": _edit,
}


def _short(said: object) -> str:
    text = " ".join(str(said if said is not None else "no title").split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

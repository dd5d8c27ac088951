"""What must become of a story, or of a listing, that meets a fault: one line for each of the look-alike's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crawlers.lookalike.switches import FAULTS, Fits

BACKFILL, FETCH, RUN = "backfill", "fetch", "run"


@dataclass(frozen=True, slots=True)
class Case:
    """A fault and the endings it may have, as patterns over the ledger's "status: reason".

    `listing` is that of a listing it befalls. `again` is the command that makes it whole once it is over.
    `held`: the stories are stored before, and change. `red`: a check has to say so. `anew`: some story had
    another capture or version by then, which the ledger counts, so that only texts are compared.
    """

    fault: str
    ends: str = "stored"
    listing: str = ""
    again: str = BACKFILL
    held: bool = False
    red: str = ""
    anew: bool = False


_LATE = "timeout: no whole answer in time"
_ANY = (
    Case("down", "owed: connection", "connection"),
    Case("down twice", "stored", "read"),
    Case("429 with seconds", "owed: status: answered 429", "status: answered 429"),
    Case("429 with a date", "owed: status: answered 429", "status: answered 429"),
    Case("503 with seconds", "owed: status: answered 503", "status: answered 503"),
    Case("503 with a date", "owed: status: answered 503", "status: answered 503"),
    Case("503 once", "stored", "read"),
    Case("500", "owed: status: answered 500", "status: answered 500"),
    Case("403 challenge", "owed: (blocked|status: answered 403)", "(blocked|status: answered 403)"),
    Case("200 challenge", "owed: blocked", "(blocked|not recognised)"),
    Case("503 challenge", "owed: (blocked|status: answered 503)", "(blocked|status: answered 503)"),
    Case("redirect to itself", "rejected: redirected", "redirected", FETCH),
    Case("redirect off-site", "rejected: offsite", "offsite", FETCH),
    Case("redirect to a cloud's secrets", "rejected: offsite", "offsite", FETCH),
    Case("redirect to another port", "rejected: offsite", "offsite", FETCH),
    Case("redirect to a file", "rejected: redirected", "redirected", FETCH),
    Case("slow head", f"owed: {_LATE}", _LATE),
    Case("slow body", f"owed: {_LATE}", _LATE),
    Case("slow, but whole", "stored", "read"),
    Case("stalled", f"owed: {_LATE}", _LATE),
    Case("stalled body", f"owed: {_LATE}", _LATE),
    Case("reset", "owed: (connection|partial)", "(connection|partial)"),
    Case("Content-Length too long", "owed: partial", "partial"),
    Case("Content-Length too short", "owed: partial", "partial"),
    Case("no Content-Length", "stored", "read"),
    Case("truncated gzip", "owed: partial", "partial"),
    Case("gzip bomb", "rejected: too_large", "too_large", FETCH),
    Case("100 MB", "rejected: too_large", "too_large", FETCH),
    Case("100 MB, unannounced", "rejected: too_large", "too_large", FETCH),
    Case("304 unasked", "owed: status: answered 304", "status: answered 304"),
    Case("clock ahead", "stored", "read"),
    Case("clock behind", "stored", "read"),
)
_STORY = (
    Case("404", "gone: gone", again=FETCH),
    Case("410", "gone: gone", again=FETCH),
    Case("soft 404", "rejected: not_an_article", again=FETCH),
    Case("redirect to the front page", "rejected: redirected: led to", again=FETCH),
    Case("redirect to another slug", "stored"),
    Case("redirect to another story", "rejected: redirected: led to", again=FETCH, anew=True),
    Case("redirect to https", "(owed: tls|rejected: offsite)", again=FETCH),
    Case("wrong charset", "stored"),
    Case("no charset", "stored"),
    Case("another charset", "stored"),
    Case("NUL bytes", "stored"),
    Case("invalid UTF-8", "stored"),
    Case("invalid UTF-8 in the text", "stored", again=FETCH, red="no text is mangled", anew=True),
    Case("100,000 nested elements", "rejected: (unreadable: elements nested|too_large)", again=FETCH),
    Case("absurd dates", "stored", again=FETCH, anew=True),
    Case("lying 304", "stored", again=FETCH, held=True, anew=True),
    Case("one ETag for all", "stored", again=FETCH, held=True, anew=True),
    Case("changed while it is read", "stored", again=RUN, anew=True),
)
_LISTING = (
    Case("endless listing", listing="too_large"),
    Case("foreign hosts", listing="read"),
    Case("duplicate ids", listing="read"),
    Case("ids out of range", listing="read"),
    Case("absurd times", listing="not recognised"),
    Case("unknown cards", listing="not recognised"),
)
_FEED = (
    Case("entity bomb", listing="not recognised", again=RUN),
    Case("entity of a file", listing="not recognised", again=RUN),
    Case("50 MB feed", listing="too_large", again=RUN),
)

CASES: Mapping[str, Case] = {case.fault: case for case in (*_ANY, *_STORY, *_LISTING, *_FEED)}
"""By the fault's name."""


def befalls_stories(name: str) -> bool:
    """Whether the fault is tried on stories."""
    return FAULTS[name].fits in (Fits.ANY, Fits.STORY)


def befalls_listings(name: str) -> bool:
    """Whether the fault is tried on a listing of a day."""
    return FAULTS[name].fits in (Fits.ANY, Fits.LISTING)

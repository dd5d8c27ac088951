"""`python -m crawlers.lookalike`: the made-up site, to look at in a browser."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import suppress
from datetime import date
from threading import Event

from crawlers.lookalike.newspaper import TODAY, Lookalike
from crawlers.lookalike.redesign import Redesign


def main() -> None:
    """Says its address and serves until interrupted; with --gold only says what a right extraction yields."""
    parser = argparse.ArgumentParser(prog="python -m crawlers.lookalike", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--today", type=date.fromisoformat, default=TODAY, metavar="YYYY-MM-DD")
    parser.add_argument(
        "--stir", type=int, default=0, metavar="N", help="other rails and counts, the same stories"
    )
    parser.add_argument(
        "--redesign", nargs="*", type=Redesign, choices=list(Redesign), default=[], help="in other markup"
    )
    parser.add_argument("--edited", action="store_true", help="as after an editor changed one story")
    parser.add_argument("--gold", action="store_true")
    asked = parser.parse_args()
    site = Lookalike(asked.seed, asked.days, asked.today, asked.stir)
    site.redesign = frozenset(asked.redesign)
    if asked.edited:
        site.edit_one()
    if asked.gold:
        for story in site.gold():
            sys.stdout.write(json.dumps(story, ensure_ascii=False) + "\n")
        return
    with suppress(KeyboardInterrupt), site.serve(asked.port) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        Event().wait()


if __name__ == "__main__":
    main()

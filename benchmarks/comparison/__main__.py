"""`python -m benchmarks.comparison`: whole crawls of one site, ours and other people's, in turn, as
Markdown."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.comparison.crawlers import CRAWLERS
from benchmarks.comparison.trial import SAID, SILENT, Account, trial
from benchmarks.extract.report import table
from benchmarks.extract.tools import OURS, TOOLS, NotInstalledError
from benchmarks.record import spread

_HELD: Mapping[str, Callable[[Account], str]] = {
    "stories held": lambda a: f"{a.found} of {a.stories}",
    "exact": lambda a: str(a.exact),
    "with a teaser": lambda a: str(a.rails),
    "held, no story": lambda a: str(a.others),
    "held twice": lambda a: str(a.twice),
    "edits said": lambda a: f"{a.said} of {SAID}",
    "edits in silence": lambda a: f"{a.silent} of {SILENT}",
    "text before them": lambda a: f"{a.before} of {SAID + SILENT}",
}
_ASKED: Mapping[str, Callable[[Account], str]] = {
    "requests": lambda a: str(a.requests[0]),
    "second visit": lambda a: str(a.requests[1]),
    "of these 304": lambda a: str(a.unchanged),
    "against robots.txt": lambda a: str(a.forbidden),
    "asked elsewhere": lambda a: str(sum(visit.elsewhere for visit in a.visits)),
}


def main() -> None:
    """Nothing; the tables are on stdout."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--days", type=int, default=3)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--only", help="these crawlers, with commas between them")
    given = asked.parse_args()
    wanted = [one for one in CRAWLERS if not given.only or one.name in given.only.split(",")]
    done: dict[str, list[Account]] = {one.name: [] for one in wanted}
    missing: dict[str, str] = {}
    today = datetime.now(UTC).date()
    for turn in range(given.rounds):
        for one in wanted if turn % 2 else wanted[::-1]:
            if one.name in missing:
                continue
            with tempfile.TemporaryDirectory(prefix="comparison-") as scratch:
                try:
                    done[one.name].append(trial(one, Path(scratch, "folder"), given.days, today))
                except (NotInstalledError, RuntimeError) as error:
                    missing[one.name] = str(error)
            print(
                f"round {turn + 1}: {one.name}: {missing.get(one.name, 'done')}", file=sys.stderr, flush=True
            )
    rounds = {name: accounts for name, accounts in done.items() if accounts}
    print(
        f"**Two visits of a site.** {given.days} days of the look-alike; {SAID + SILENT} stories are edited"
        f" between the visits, of {SAID} of them page and sitemap say so."
        f" {given.rounds} rounds, the crawlers in turn.\n"
    )
    print(
        table(["crawler", "version", *_HELD], [_counts(name, _HELD, each) for name, each in rounds.items()])
    )
    print("\n**What it asked, and took.** No pause; times are of the first visit.\n")
    columns = ["crawler", "version", *_ASKED, "seconds", "CPU seconds", "stories a CPU second"]
    print(table(columns, [_counts(name, _ASKED, each) + _times(each) for name, each in rounds.items()]))
    for name, why in missing.items():
        print(f"\n- {name}: {why.splitlines()[0] if why else 'not to be had'}.")


def _counts(name: str, shown: Mapping[str, Callable[[Account], str]], rounds: Sequence[Account]) -> list[str]:
    """The counts; where rounds differ, all that were seen."""
    version = next((tool.requires[0].partition("==")[2] for tool in TOOLS if tool.package == name), "–")
    cells = [", ".join(dict.fromkeys(map(tell, rounds))) for tell in shown.values()]
    return [f"**{name}**" if name.startswith(OURS) else name, version, *cells]


def _times(rounds: Sequence[Account]) -> list[str]:
    return [
        spread([one.visits[0].seconds for one in rounds], "{:.0f}"),
        spread([one.visits[0].cpu for one in rounds], "{:.1f}"),
        f"{median(one.rate for one in rounds):.1f}",
    ]


if __name__ == "__main__":
    main()

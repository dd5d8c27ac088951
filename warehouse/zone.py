"""The time zone of a warehouse: whose days its days are. Recorded once, when a file is made.

The migrations spell it as their first site has it; whoever applies them puts the site's in its place. It is
read from the `site.json` beside the writer's file, as the data folder has it: files are what passes here.
"""

from __future__ import annotations

import json
from pathlib import Path

SPELLED = "Asia/Karachi"
"""The zone as the migrations have it, and of every file whose folder says none."""


def zone_told(path: Path) -> str | None:
    """The zone that the folder of a writer's file says: the first site's where it says none besides its site.

    None where there is no such word, or it cannot be read: whoever opens the folder tells of that.
    """
    try:
        said = json.loads(path.with_name("site.json").read_text("utf-8"))
        return str(said.get("zone", SPELLED))
    except (OSError, ValueError, AttributeError):
        return None


def in_zone(text: str, zone: str) -> str:
    """The SQL of a migration with this zone wherever it spells one."""
    return text.replace(f"'{SPELLED}'", "'" + zone.replace("'", "''") + "'")

"""Which rows of a table belong together, so that what changed can be told without comparing row by row.

A part is some hundreds of rows that tend to change together: stories with neighbouring ids, a day's events.
Of each part the lake remembers how many rows it was sent, and the sum of their digests. Pure: SQL as text.
"""

from __future__ import annotations

_STORIES = "(story_id >> 9)::varchar"  # 512 ids: on dawn.com some two days of stories
_DAY_OF_RUN = "substr(run, 1, 8)"
_BY_CHANCE = "substr(md5({}), 1, 3)"  # 4096 parts

PARTS = {
    "core.articles": _STORIES,
    "core.edits": _STORIES,
    "core.editions": "substr(day::varchar, 1, 7)",
    "core.furniture": "text_key % 1024",
    "core.ledger": _STORIES,
    "core.metered": _DAY_OF_RUN.replace("run", "name"),
    "core.pairs": "(a >> 9)::varchar",
    "core.quarantine": _STORIES,
    "core.signatures": _STORIES,
    "core.teasers": _BY_CHANCE.format("leads_to::varchar"),
    "core.versions": _STORIES,
    "meta.snapshot": "''",
    "meta.stale": "''",
    "meta.text_changes": "''",
    "meta.texts": _STORIES,
    "meta.unpublished": "''",
    "raw.captures": "fetched_at::date::varchar",
    "raw.extracts": f"coalesce({_STORIES}, 'listing ' || {_BY_CHANCE.format('capture_id')})",
    "raw.files": _DAY_OF_RUN.replace("run", "name"),
    "raw.journal": _DAY_OF_RUN,
    "raw.rules": "''",
}
"""Of each table, in which part a row is. A table that is not named here is sent whole whenever it changed."""

BY_KEY = {"raw.bodies": "body_id"}
"""Tables whose rows never change, with their keys: what is not there is sent, what is gone is taken out."""

ORDER = {
    "core.articles": "story_id",
    "core.edits": "story_id, change",
    "core.ledger": "story_id",
    "core.versions": "story_id, version",
    "raw.captures": "fetched_at, capture_id",
    "raw.extracts": "story_id, capture_id, item",
    "raw.journal": "run, happened_at",
}
"""In which order rows are sent: a reader of some stories, or of some days, then reads few files."""


def part_of(table: str) -> str:
    """The expression that says in which part a row of the table is; never null."""
    return f"coalesce(({PARTS.get(table, chr(39) * 2)})::varchar, '')"


def summed(table: str, source: str) -> str:
    """The query for (part, row count, sum of digests) of each part of the table as it lies in a database.

    The session's time zone must be UTC: a digest is of the row as text. DuckDB's own hash takes an empty list
    for none.
    """
    return f"""
        select
            {part_of(table)} as part,
            count(*) as row_count,
            sum(md5_number_lower(t::varchar)::hugeint)::varchar as digest
        from {source}.{table} as t
        group by part
    """


def method(version: str) -> str:
    """By what a lake's record of parts was made: where that is another, everything is sent anew."""
    return f"{version}: " + "; ".join(f"{table} by {part_of(table)}" for table in sorted(PARTS))

"""What the rail meter must know: teasers and furniture of a time, the stories' openings, what was judged.

The evidence of extracted files is taken in before they are judged, and they are judged before they are
loaded. Instants are aware.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.database import WarehouseError, damaged, first_line, writer
from warehouse.load import EXTRACT_COLUMNS, json_lines
from warehouse.texts import texts_of

OPENING = 400  # characters of a body that a rail may cut its excerpt from
LEAST_STORIES = 3  # on whose pages a text stands before it can be furniture


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What pages of a time say beside their stories: (leads_to, kind, text), and the stories of a text's key.

    `kind` is headline, excerpt or opening; of the stories of a key four are known at most.
    """

    teasers: tuple[tuple[str, str, str], ...]
    furniture: dict[int, tuple[int, ...]]


def take_in(warehouse: Path, extracts: Sequence[Path], rules: str) -> int:
    """How many of these files' evidence was taken in now; each counts once. All of it or nothing.

    What was gathered under other rules is dropped: it may have taken for a teaser what is none.
    """
    with writer(warehouse) as con:
        known = {name for (name,) in con.execute("select name from core.metered").fetchall()}
        current = {name for name in known if name.split(".")[1] == rules}
        new = [path for path in extracts if path.name not in current]
        if not new and known == current:
            return 0
        con.execute("begin")
        try:
            con.execute("delete from core.metered where split_part(name, '.', 2) <> ?", [rules])
            con.execute("delete from core.teasers where rules <> ?", [rules])
            con.execute("delete from core.furniture where rules <> ?", [rules])
            if new:
                _take_in(con, new)
            for path in new:
                con.execute("insert into core.metered values (?)", [path.name])
            con.execute("commit")
        except duckdb.Error as error:
            if damaged(warehouse, error):
                raise
            con.execute("rollback")
            raise WarehouseError(
                f"nothing was taken into {warehouse}: {first_line(error)}; the files are kept: run it again"
            ) from error
    return len(new)


def surroundings(warehouse: Path, rules: str, first: datetime, last: datetime) -> Surroundings:
    """What pages fetched between two instants say, and the headlines and openings of stories of that time."""
    with writer(warehouse) as con:
        teasers = con.execute(
            """
            select leads_to, kind, text
            from core.teasers
            where rules = $rules
                and last_seen >= $first
                and first_seen <= $last
            union
            select story_id::varchar, 'headline', title
            from raw.journal
            where event = 'discovery'
                and story_id is not null
                and title is not null
                and happened_at between $first and $last
            """,
            {"rules": rules, "first": first, "last": last},
        ).fetchall()
        stories = con.execute(
            """
            select
                story_id::varchar,
                title,
                body_id
            from core.articles
            where last_seen_at >= $first
                and first_seen_at <= $last
            """,
            {"first": first, "last": last},
        ).fetchall()
        held = texts_of(con, {body_id for _, _, body_id in stories if body_id is not None})
        furniture = con.execute(
            f"""
            select text_key, stories
            from core.furniture
            where rules = $rules
                and len(stories) >= {LEAST_STORIES}
                and last_seen >= $first
                and first_seen <= $last
            """,
            {"rules": rules, "first": first, "last": last},
        ).fetchall()
    own = {
        (story, kind, text)
        for story, title, body_id in stories
        if body_id in held
        for kind, text in (("headline", title), ("opening", held[body_id][:OPENING]))
        if text
    }
    told = sorted(own.union(teasers), key=lambda row: [(said is None, said or "") for said in row])
    return Surroundings(tuple(told), {key: tuple(stories) for key, stories in furniture})


def bodies(warehouse: Path, stories: Collection[int]) -> dict[int, str]:
    """The bodies of these stories as they are held; of a story that is not, no entry."""
    if not stories:
        return {}
    with writer(warehouse) as con:
        rows = con.execute(
            """
            select
                story_id,
                body_id
            from core.articles
            where story_id in (select unnest(?::bigint[]))
                and body_id is not null
            """,
            [sorted(stories)],
        ).fetchall()
        held = texts_of(con, {body_id for _, body_id in rows})
    return {story: held[body_id] for story, body_id in rows}


def judged_runs(warehouse: Path, rules: str) -> set[str]:
    """The runs all of whose pages were judged under these rules, as far as their verdicts are loaded."""
    with writer(warehouse) as con:
        rows = con.execute(
            "select distinct of_run from raw.journal where event = 'judged' and rules = ?", [rules]
        ).fetchall()
    return {run for (run,) in rows}


def quarantined(warehouse: Path, rules: str) -> set[tuple[str, int]]:
    """The (capture, item) pairs quarantined under these rules, as far as their verdicts are loaded."""
    with writer(warehouse) as con:
        rows = con.execute("select capture_id, item from core.quarantine where rules = ?", [rules]).fetchall()
    return set(rows)


def loaded(warehouse: Path) -> set[str]:
    """The names of the files that were loaded."""
    with writer(warehouse) as con:
        return {name for (name,) in con.execute("select name from raw.files").fetchall()}


def _take_in(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    con.execute(f"""
        create temp table shown as
        select
            rules,
            story_id,
            fetched_at,
            evidence
        from {json_lines(paths, EXTRACT_COLUMNS)}
        where evidence is not null
    """)
    con.execute("""
        merge into core.teasers as kept
        using (
            select
                rules,
                t[1] as leads_to,
                t[2] as kind,
                t[3] as text,
                min(fetched_at) as first_seen,
                max(fetched_at) as last_seen
            from shown, unnest(evidence.teasers) as u(t)
            group by all
        ) as new
        on kept.rules = new.rules
            and kept.leads_to = new.leads_to
            and kept.kind = new.kind
            and kept.text = new.text
        when matched and (kept.first_seen > new.first_seen or kept.last_seen < new.last_seen) then update set
            first_seen = least(kept.first_seen, new.first_seen),
            last_seen = greatest(kept.last_seen, new.last_seen)
        when not matched then insert by name
    """)
    con.execute("""
        merge into core.furniture as kept
        using (
            select
                rules,
                k as text_key,
                list(distinct story_id order by story_id)[:4] as stories,
                min(fetched_at) as first_seen,
                max(fetched_at) as last_seen
            from shown, unnest(evidence.outside) as u(k)
            where story_id is not null
            group by all
        ) as new
        on kept.rules = new.rules
            and kept.text_key = new.text_key
        when matched then update set
            stories = list_sort(list_distinct(kept.stories || new.stories))[:4],
            first_seen = least(kept.first_seen, new.first_seen),
            last_seen = greatest(kept.last_seen, new.last_seen)
        when not matched then insert by name
    """)
    con.execute("drop table shown")

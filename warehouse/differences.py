"""What new rules would change: extracts that are not loaded, beside what is published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.database import NO_PROGRESS, WarehouseError, first_line, literal, zone_of
from warehouse.load import ARTICLE_COLUMNS, EXTRACT_COLUMNS, json_lines

_NOT_COMPARED = {"story_id", "content_hash", "dates"}  # the dates stand in a view of their own
FIELDS = ("outcome", *(name for name in ARTICLE_COLUMNS if name not in _NOT_COMPARED))
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that would change, in how many stories, and a few of them as (story, before, after)."""

    field: str
    stories: int
    examples: tuple[tuple[int, str | None, str | None], ...]


def differences(
    public: Path, extracts: Sequence[Path], quarantined: Collection[tuple[str, int]] = ()
) -> list[Difference]:
    """The fields of stories that the extracts read otherwise than the published file, most stories first.

    Each story is compared in the capture that its row comes from; the field `outcome` says article or the
    reason of a rejection. `quarantined` are the captures and items that the meter found a rail in, under the
    rules of the extracts. Nothing is written.
    """
    if not extracts or not public.exists():
        return []
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        con.execute(NO_PROGRESS)
        con.execute(f"attach {literal(str(public))} as published (read_only)")
        con.execute("use published")
        con.execute(f"set TimeZone = {literal(zone_of(con))}")
        con.execute("create temp table quarantined (capture_id varchar, item integer)")
        if quarantined:
            con.executemany("insert into temp.quarantined values (?, ?)", sorted(quarantined))
        held = {name for (name, *_) in con.execute("describe articles").fetchall()}
        fields = [field for field in FIELDS if field in held or field == "outcome"]  # the file may be older
        con.execute(_pairs(json_lines(extracts, EXTRACT_COLUMNS), fields))
        found = []
        for field in fields:
            changed = f"{field}_old is distinct from {field}_new"
            total = con.execute(f"select count(*) from temp.pairs where {changed}").fetchone()
            if total and total[0]:
                shown = con.execute(
                    f"select story_id, {field}_old::varchar, {field}_new::varchar from temp.pairs"
                    f" where {changed} order by story_id limit {SHOWN}"
                ).fetchall()
                found.append(Difference(field, int(total[0]), tuple(shown)))
        return sorted(found, key=lambda each: -each.stories)
    except duckdb.Error as error:
        raise WarehouseError(f"{public} cannot be compared: {first_line(error)}") from error
    finally:
        con.close()


_TAKEN_FROM_A_LIST = "s.source = 'page' and s.published_at_from in ('feed', 'sitemap', 'listing')"


_READ = {"body_markdown": "coalesce(l.article.body_markdown, l.article.body)"}  # said once where both are one
_FIELDS_READ = ",\n        ".join(
    f"case when q.capture_id is null then {_READ.get(name, f'l.article.{name}')} end as {name}"
    for name in ARTICLE_COLUMNS
    if name != "story_id"
)


def _pairs(lines: str, fields: Sequence[str]) -> str:
    """The statement that makes the table `pairs`: what is stored and what is read anew, capture by capture.

    A time that a page does not give and a list did is no difference.
    """
    columns = [
        f"if({_TAKEN_FROM_A_LIST}, n.{field}, s.{field}) as {field}_old"
        if field.startswith("published_")
        else f"s.{field} as {field}_old"
        for field in fields
    ]
    columns += [f"n.{field} as {field}_new" for field in fields]
    return f"""
create temp table pairs as
with
stored as (
    select
        a.* exclude (capture_id),
        coalesce(c.revisit_of, c.capture_id) as capture_id,
        'article' as outcome
    from articles as a
    join captures as c using (capture_id)
    union all by name
    select
        r.story_id,
        coalesce(c.revisit_of, c.capture_id) as capture_id,
        'rejected: ' || r.reason as outcome
    from rejections as r
    join captures as c using (capture_id)
    where r.story_id not in (select story_id from articles)
    qualify row_number() over (partition by r.story_id order by r.fetched_at desc) = 1
),
read_anew as (
    select
        coalesce(l.article.story_id, l.story_id) as story_id,
        l.capture_id,
        {_FIELDS_READ},
        case
            when q.capture_id is not null then 'rejected: rail_in_body'
            when l.article is not null then 'article'
            else 'rejected: ' || l.rejection.reason
        end as outcome
    from {lines} as l
    left join temp.quarantined as q using (capture_id, item)
    where l.article is not null
        or l.rejection is not null
)
select
    s.story_id,
    {", ".join(columns)}
from stored as s
join read_anew as n using (story_id, capture_id)
"""

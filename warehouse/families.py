"""Which stories tell the same: signatures of their texts, and the pairs that a comparison of texts bears out.

A signature only proposes. Who shares a band key with a story, and came out within thirty days of it, is
compared with it word by word; identical texts need no proposal, for a text is stored once. What is kept is
one row a story and one a pair, and depends on the stories alone, never on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

import duckdb
from rensa import RMinHash

SHINGLE = 4
"""Words in a row. Any two stories of a week share one in 75 of their pairs of words, and one in 3,000 of
their runs of four; of these more than half are left where every eighth word was changed."""

WHOLE, LEAD = 48, 16
"""Bands of two rows over the whole text, and over its beginning: what is cut for print is cut from below, so
that a brief shares its beginning with the longest text."""

LEAD_WORDS = 100
SHORT = 25
"""Words below which a text says too little to be compared: "To be updated", a caption, a film's one line."""

WINDOW = 30
"""Days between two stories that are compared. Identical texts are found over any distance."""

HOT = 100
"""More stories within the window of one share a band key with it: it is a formula's, and proposes nobody."""

GAP = 8
"""Words between two shared shingles that still count as shared: a word exchanged costs four shingles."""

COVERED = 0.72
CONTAINED = 0.2
NUMBERS = 0.5
FEW_NUMBERS = 4

SEED = 1907269
BATCH = 1000  # texts in memory at a time that are signed
PAIRS = 4000  # candidates whose texts are in memory at a time
READ = 400  # texts that are kept as they are compared
CHUNK = 8000  # stories whose neighbours are looked for at a time

_SEPARATORS = bytes(c if chr(c).isalnum() or c > 127 else 32 for c in range(256))
_MARKS = "‘’“”–—…\u00a0"
_MASK = 0xFFFFFFFF


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much two texts share, in distinct shingles, and in words of the shorter one.

    `covered` are the words of the shorter that stand in the longer, `numbers` its distinct numbers, of which
    the longer has `same_numbers`. `begins_alike`: the shorter begins with what the longer begins with.
    """

    shared: int
    of_a: int
    of_b: int
    covered: int
    shorter: int
    numbers: int
    same_numbers: int
    begins_alike: bool

    @property
    def tells_the_same(self) -> bool:
        """Whether most of the shorter text stands in the longer, be it with a word changed here and there.

        Not where what they share is background (it stands together and leaves the rest uncovered), and not
        where the numbers are others: then it is a formula, as of the day's market.
        """
        return (
            self.shared >= CONTAINED * min(self.of_a, self.of_b)
            and self.covered >= COVERED * self.shorter
            and (self.numbers < FEW_NUMBERS or self.same_numbers >= NUMBERS * self.numbers)
        )


@dataclass(frozen=True, slots=True)
class Shingled:
    """A text as it is compared: its words, its shingles in order, and as a set."""

    words: list[bytes]
    in_order: list[bytes]
    distinct: set[bytes]


def words(body: str) -> list[bytes]:
    """The words of a text in small letters, without marks, in UTF-8. Letters keep their accents."""
    small = body.lower()
    for mark in _MARKS:
        small = small.replace(mark, " ")
    return small.encode("utf-8", "replace").translate(_SEPARATORS).split()


def shingles(of: Sequence[bytes]) -> list[bytes]:
    """Every run of four words, in order, repetitions included; none of a text of fewer."""
    return list(map(b" ".join, zip(*(of[start:] for start in range(SHINGLE)), strict=False)))


def shingled(body: str) -> Shingled:
    """The text as it is compared."""
    found = words(body)
    in_order = shingles(found)
    return Shingled(found, in_order, set(in_order))


def band_keys(texts: Sequence[Sequence[bytes]]) -> list[list[int]]:
    """The band keys of each text: 32 bits each, 64 of them; none for a text that is too short."""
    long = [shingles(text) for text in texts if len(text) >= SHORT]
    lead = [runs[: LEAD_WORDS - SHINGLE + 1] for runs in long]
    digests = zip(
        RMinHash.digest_matrix_from_token_byte_sets(long, 2 * WHOLE, SEED).to_rows(),
        RMinHash.digest_matrix_from_token_byte_sets(lead, 2 * LEAD, SEED + 1).to_rows(),
        strict=True,
    )
    keys = (_folded([*of_whole, *of_lead]) for of_whole, of_lead in digests)
    return [next(keys) if len(text) >= SHORT else [] for text in texts]


def _folded(digest: Sequence[int]) -> list[int]:
    """Two rows to a key. Of different bands the rows differ, so that their keys meet by chance alone."""
    return [
        (first * 0x9E3779B1 + second) & _MASK for first, second in zip(digest[::2], digest[1::2], strict=True)
    ]


def overlap(a: Shingled, b: Shingled) -> Overlap:
    """How much two texts share. The order of the two does not matter but for `of_a` and `of_b`."""
    by_length = (len(a.words), len(a.distinct)) <= (len(b.words), len(b.distinct))
    shorter, longer = (a, b) if by_length else (b, a)
    shared = len(a.distinct & b.distinct)
    found = Overlap(shared, len(a.distinct), len(b.distinct), 0, len(shorter.words), 0, 0, begins_alike=False)
    if shared < CONTAINED * min(found.of_a, found.of_b):
        return found  # most candidates end here
    numbers = {word for word in shorter.words if word.isdigit()}
    return replace(
        found,
        covered=_covered(shorter, longer),
        numbers=len(numbers),
        same_numbers=len(numbers.intersection(longer.words)),
        begins_alike=not set(longer.in_order[:LEAD_WORDS]).isdisjoint(shorter.in_order[: SHORT // 2]),
    )


def _covered(shorter: Shingled, longer: Shingled) -> int:
    hits = [place for place, shingle in enumerate(shorter.in_order) if shingle in longer.distinct]
    covered = 0
    end = 0  # of what is covered so far
    for place in hits:
        begin = end if place - end <= GAP else place
        covered += place + SHINGLE - begin
        end = place + SHINGLE
    left = len(shorter.words) - end
    return covered + (left if hits and left <= GAP else 0)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────


def keep_up(con: duckdb.DuckDBPyConnection) -> int:
    """How many stories were compared anew: those of `touched_stories` that have another text or day.

    Part of the load's transaction. `core.signatures` and `core.pairs` are then what a rebuild gives. A story
    whose text did not change costs nothing.
    """
    con.execute(_CHANGED)
    row = con.execute("select count(*) from changed").fetchone()
    if not row or not row[0]:
        return 0
    con.execute(f"create or replace temp table replaced as from core.signatures where story_id in ({_IDS})")
    con.execute(f"delete from core.signatures where story_id in ({_IDS})")
    con.execute(f"delete from core.pairs where a in ({_IDS}) or b in ({_IDS})")
    _sign(con)
    con.execute(_COMPARED)
    if con.execute(f"select 1 from core.signatures where story_id not in ({_IDS}) limit 1").fetchone():
        for first, last in _chunks(con, "select day from compared union all select day from replaced"):
            con.execute(_FLIPPED.format(first=first, last=last, window=WINDOW, hot=HOT))
    flipped = "select story_id from flipped"
    con.execute(f"delete from core.pairs where a in ({flipped}) or b in ({flipped})")
    con.execute("insert into compared select story_id, day from flipped group by all")
    for first, last in _chunks(con, "select day from compared"):
        con.execute(_CANDIDATES.format(first=first, last=last, window=WINDOW, hot=HOT))
        _compare(con)
    for table in ("changed", "replaced", "compared", "flipped", "due", "candidates", "texts"):
        con.execute(f"drop table if exists {table}")
    return int(row[0])


_IDS = "select story_id from changed"

_CHANGED = """
create or replace temp table changed as
with
held as (
    select
        story_id,
        body_id,
        coalesce(published_on, printed_on, timezone(core.zone(), first_seen_at)::date) as day
    from core.articles
    where story_id in (from touched_stories)
),
signed as (
    select
        story_id,
        body_id,
        day
    from core.signatures
    where story_id in (from touched_stories)
)
select
    story_id,
    held.body_id,
    held.day
from held
full join signed using (story_id)
where held.body_id is distinct from signed.body_id
    or held.day is distinct from signed.day
"""

_COMPARED = """
create or replace temp table compared as
select
    story_id,
    day
from core.signatures
where story_id in (select story_id from changed)
    and len(bands) > 0;
create or replace temp table flipped (story_id bigint, day date);
"""

# Who is as before, but finds one of its keys hot that was not, or the other way round: its pairs are not the
# same any more. The counts of who lies in the window need another window around it.
_FLIPPED = """
insert into flipped
with
moved as (
    select
        story_id,
        day,
        unnest(bands) as key,
        true as stands
    from core.signatures
    where story_id in (select story_id from changed)
        and day between date '{first}' - 2 * {window} and date '{last}' + 2 * {window}
    union all
    select
        story_id,
        day,
        unnest(bands),
        false
    from replaced
    where day between date '{first}' - 2 * {window} and date '{last}' + 2 * {window}
),
near as (
    select
        *,
        not stands as stood
    from moved
    union all by name
    select
        *,
        true as stands,
        true as stood
    from (
        select
            story_id,
            day,
            unnest(bands) as key
        from core.signatures
        where story_id not in (select story_id from changed)
            and day between date '{first}' - 2 * {window} and date '{last}' + 2 * {window}
    )
    semi join moved using (key)
),
often as (
    select key
    from near
    group by key
    having count(*) > {hot}
),
counted as (
    select
        *,
        count(*) filter (stands) over around > {hot} as is_hot,
        count(*) filter (stood) over around > {hot} as was_hot
    from near
    semi join often using (key)
    window around as (
        partition by key
        order by day
        range between interval {window} days preceding and interval {window} days following
    )
)
select distinct
    story_id,
    day
from counted
where stands
    and stood
    and is_hot <> was_hot
"""

_CANDIDATES = """
create or replace temp table candidates as
with
wanted as (
    select
        s.story_id,
        s.body_id,
        s.day,
        s.words,
        unnest(s.bands) as key
    from core.signatures as s
    semi join compared using (story_id)
    where s.day between date '{first}' and date '{last}'
),
near as (
    select *
    from (
        select
            story_id,
            body_id,
            day,
            words,
            unnest(bands) as key
        from core.signatures
        where day between date '{first}' - 2 * {window} and date '{last}' + 2 * {window}
    )
    semi join wanted using (key)
),
often as (
    select key
    from near
    group by key
    having count(*) > {hot}
),
hot as (
    select
        story_id,
        key
    from near
    semi join often using (key)
    qualify count(*) over (
        partition by key
        order by day
        range between interval {window} days preceding and interval {window} days following
    ) > {hot}
),
cool as (
    select *
    from near
    anti join hot using (story_id, key)
),
proposed as (
    select
        least(w.story_id, n.story_id) as a,
        greatest(w.story_id, n.story_id) as b,
        least(any_value(w.words), any_value(n.words)) as fewer,
        greatest(any_value(w.words), any_value(n.words)) as more,
        count(distinct n.key) as keys
    from wanted as w
    semi join cool as c
        on c.story_id = w.story_id
        and c.key = w.key
    join cool as n
        on n.key = w.key
        and n.story_id <> w.story_id
        and n.body_id <> w.body_id
        and n.day between w.day - {window} and w.day + {window}
    -- Where both are compared anew, in different portions perhaps, the earlier one finds the later.
    where n.story_id not in (select story_id from compared)
        or (n.day, n.story_id) > (w.day, w.story_id)
    group by all
)
select
    a,
    b
from proposed
-- Texts of about one length that tell the same share more than one key: seven of them where half of their
-- shingles are the same.
where keys > 1
    or fewer < more / 2
"""


def _sign(con: duckdb.DuckDBPyConnection) -> None:
    """Nothing; every changed story that is held has the signature of its text."""
    con.execute("""
        create or replace temp table due as
        select
            row_number() over (order by b.rowid, c.story_id) - 1 as place,
            b.rowid as text,
            c.story_id,
            c.body_id,
            c.day
        from changed as c
        join raw.bodies as b using (body_id)
    """)
    con.execute("create or replace temp table signed as from core.signatures limit 0")
    for (first,) in con.execute(f"select unnest(range(0, (select count(*) from due), {BATCH}))").fetchall():
        rows = con.execute(
            f"""
            with
            portion as (
                select
                    story_id,
                    body_id,
                    day,
                    text
                from due
                where place between {first} and {first + BATCH - 1}
            ),
            read as ({_BODIES.format(some="portion")})
            select
                story_id,
                body_id,
                day,
                body
            from portion
            join read using (text)
            """
        ).fetchall()
        texts = [words(row[3]) for row in rows]
        con.execute(
            """
            insert into signed
            select
                unnest(?::bigint[]),
                unnest(?::uuid[]),
                unnest(?::date[]),
                unnest(?::integer[]),
                unnest(?::varchar::uinteger[][])
            """,
            [
                [row[0] for row in rows],
                [row[1] for row in rows],
                [row[2] for row in rows],
                [len(text) for text in texts],
                str(band_keys(texts)),  # a third of the time that as many parameters take
            ],
        )
    # In the order of days: who looks for the neighbours of a day then reads a small part of the table.
    con.execute("insert into core.signatures from signed order by day, story_id")
    con.execute("drop table signed")


def _chunks(con: duckdb.DuckDBPyConnection, days: str) -> list[tuple[str, str]]:
    """Stretches of days, in order, with not many more than CHUNK rows each; a day is never divided."""
    counts = con.execute(f"select day::varchar, count(*) from ({days}) group by 1 order by 1").fetchall()
    chunks = []
    total = 0
    numbered = []
    for day, count in counts:
        numbered.append((total // CHUNK, day))
        total += count
    for _, group in groupby(numbered, key=lambda each: each[0]):
        of_chunk = [day for _, day in group]
        chunks.append((of_chunk[0], of_chunk[-1]))
    return chunks


def _compare(con: duckdb.DuckDBPyConnection) -> None:
    """Nothing; the candidates whose texts bear it out are pairs."""
    con.execute("""
        create or replace temp table texts as
        select
            s.story_id,
            b.rowid as text
        from core.signatures as s
        join raw.bodies as b using (body_id)
        where s.story_id in (select unnest([a, b]) from candidates)
    """)
    read = lru_cache(READ)(shingled)
    rows = con.execute("select a, b from candidates order by a, b").fetchall()
    for start in range(0, len(rows), PAIRS):
        some = rows[start : start + PAIRS]
        bodies = dict(
            con.execute(
                f"""
                with
                wanted as (
                    from texts
                    where story_id in (select unnest(?::bigint[]))
                ),
                read as ({_BODIES.format(some="wanted")})
                select
                    story_id,
                    body
                from wanted
                join read using (text)
                """,
                [list({story for pair in some for story in pair})],
            ).fetchall()
        )
        found = []
        for a, b in some:
            shared = overlap(read(bodies[a]), read(bodies[b]))
            if shared.tells_the_same:
                found.append((a, b, shared))
        if found:
            con.execute(
                "insert into core.pairs select " + ", ".join(f"unnest(?::{kind}[])" for kind in _PAIR),
                [
                    [a for a, _, _ in found],
                    [b for _, b, _ in found],
                    *([getattr(shared, name) for _, _, shared in found] for name in _MEASURES),
                ],
            )


# By their place in the table: a million texts are not searched for the few that are wanted.
_BODIES = "select rowid as text, body from raw.bodies where rowid in (select text from {some})"

_MEASURES = ("shared", "of_a", "of_b", "covered", "shorter", "begins_alike")
_PAIR = ("bigint", "bigint", "integer", "integer", "integer", "integer", "integer", "boolean")

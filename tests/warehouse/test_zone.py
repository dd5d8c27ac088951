"""The time zone of a warehouse: recorded once, in every view, and held to its folder's."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pytest

import warehouse.database as database
from tests.warehouse.paper import SECTIONS, Paper, article, discovery, listing, rows
from warehouse.database import WarehouseError, reader, scripts, writer, zone_of
from warehouse.ledger import day_states, missing, needs_listing
from warehouse.publish import publish
from warehouse.zone import in_zone, zone_told

LISBON, KARACHI = "Europe/Lisbon", "Asia/Karachi"


def told(folder: Path, **said: str) -> Path:
    """A writer's file, not yet there, in a folder that says this of its site."""
    (folder / "site.json").write_text(json.dumps({"site": "http://127.0.0.1:1", **said}))
    return folder / "warehouse.duckdb"


@pytest.mark.parametrize(
    ("said", "zone"), [({}, KARACHI), ({"zone": LISBON}, LISBON), ({"paper": "https://a.example"}, KARACHI)]
)
def test_a_new_file_has_the_zone_that_its_folder_says(
    said: dict[str, str], zone: str, tmp_path: Path
) -> None:
    path = told(tmp_path, **said)
    with writer(path) as con:
        assert zone_of(con) == zone
    with closing(duckdb.connect(str(path), read_only=True)) as con:
        texts = [
            text for (text,) in con.execute("select sql from duckdb_views() where not internal").fetchall()
        ]
    assert any(zone in text for text in texts)
    assert zone == KARACHI or not any(KARACHI in text for text in texts)


def test_a_file_without_a_folder_s_word_is_as_it_ever_was(tmp_path: Path) -> None:
    assert zone_told(tmp_path / "warehouse.duckdb") is None
    (tmp_path / "site.json").write_text("{")
    assert zone_told(tmp_path / "warehouse.duckdb") is None
    with writer(tmp_path / "warehouse.duckdb") as con:
        assert con.execute("select core.zone()").fetchone() == (KARACHI,)


def test_a_file_keeps_its_zone_where_nobody_says_any(tmp_path: Path) -> None:
    path = told(tmp_path, zone=LISBON)
    with writer(path):
        pass
    (tmp_path / "site.json").unlink()
    with writer(path) as con:
        assert zone_of(con) == LISBON


@pytest.mark.parametrize("other", [{"zone": KARACHI}, {}])  # who says none is the first site
def test_another_zone_is_refused_in_one_line_and_nothing_is_changed(
    other: dict[str, str], tmp_path: Path
) -> None:
    path = told(tmp_path, zone=LISBON)
    with writer(path):
        pass
    before = path.read_bytes()
    with pytest.raises(WarehouseError) as refused, writer(told(tmp_path, **other)):
        pass
    assert str(refused.value).startswith(
        f"{path} has its days in {LISBON}, and site.json beside it says {KARACHI}"
    )
    assert "\n" not in str(refused.value)
    assert path.read_bytes() == before


def test_a_file_from_before_zones_were_recorded_is_the_first_site_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = told(tmp_path)
    old = [each for each in scripts("migrations") if each[0] < "0021"]
    with monkeypatch.context() as patched:
        patched.setattr(
            database, "scripts", lambda folder: old if folder == "migrations" else scripts(folder)
        )
        with writer(path) as con:
            assert zone_of(con) == KARACHI
        with reader(path) as con:
            assert con.execute("select current_setting('TimeZone')").fetchone() == (KARACHI,)
    with (
        pytest.raises(WarehouseError, match=f"has its days in {KARACHI}"),
        writer(told(tmp_path, zone=LISBON)),
    ):
        pass
    with writer(told(tmp_path)) as con:
        assert con.execute("select core.zone()").fetchone() == (KARACHI,)


def test_days_are_days_there_when_the_clocks_change(tmp_path: Path) -> None:
    """Lisbon is in UTC until 30 March 2025, and an hour ahead of it from then on."""
    told(tmp_path, zone=LISBON)
    paper = Paper(tmp_path)
    moments = {1: "2025-03-29T23:30:00+00:00", 2: "2025-03-30T23:30:00+00:00"}
    dateless = dict.fromkeys(
        ("published_at", "published_on", "published_at_from", "updated_at", "printed_on")
    )
    paper.run(*(discovery(n, "feed", "home", None, listed_at=at) for n, at in moments.items()))
    for n in moments:
        paper.page(n, article(n, f"Text {n}.", published_at_exact=None, **dateless))
    paper.load()
    assert rows(paper, "select story_id, published_on::varchar from articles order by 1") == [
        (1, "2025-03-29"),
        (2, "2025-03-31"),
    ]
    assert rows(paper, "select story_id, day::varchar from dates where source = 'feed' order by 1") == [
        (1, "2025-03-29"),
        (2, "2025-03-31"),
    ]
    publish(tmp_path / "warehouse.duckdb", tmp_path / "dawn.duckdb")
    shown = "select published_at::varchar from articles order by story_id"
    with reader(tmp_path / "dawn.duckdb") as con:
        assert con.execute(shown).fetchall() == [("2025-03-29 23:30:00+00",), ("2025-03-31 00:30:00+01",)]


def test_a_list_that_the_calendar_does_not_have_is_absent_at_once(tmp_path: Path) -> None:
    paper = Paper(tmp_path)
    early = "2026-03-09T05:00:00+05:00"  # no list of that day that was asked for would be final
    unread = dict.fromkeys(("status", "recognised", "cards", "members"))
    spared = {"event": "no_listing", "at": early, **unread}
    paper.run(listing(**spared), listing("daily", "latest-news", **spared))
    paper.load()
    (day,) = day_states(tmp_path / "warehouse.duckdb", date(2026, 3, 9), date(2026, 3, 9))
    assert (day.state, day.sections, day.reason) == (
        "absent",
        2,
        "the site has no such list on that day of the week",
    )
    assert not needs_listing(tmp_path / "warehouse.duckdb", date(2026, 3, 9))
    assert missing(tmp_path / "warehouse.duckdb", date(2026, 3, 9), date(2026, 3, 9), SECTIONS) == []


def test_only_the_zone_itself_is_put_in_its_place() -> None:
    said = "timezone('Asia/Karachi', at)::date -- days in Asia/Karachi"
    assert (
        in_zone(said, "America/St_Johns") == "timezone('America/St_Johns', at)::date -- days in Asia/Karachi"
    )

"""The first page, and what all pages have in common: the frame, its headers, who is answered."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.explore.conftest import Archived, asking, faults_of, fits, opened, served
from tests.flows.conftest import told
from warehouse.database import writer
from warehouse.publish import publish

PATHS = ("/", "/checks")
"""The pages that need nothing in their address."""


def test_today_says_what_came_in_what_changed_and_what_is_owed(
    tab: Page, address: str, archived: Archived
) -> None:
    tab.goto(address)
    expect(tab.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    [(stories, title)] = told(
        archived.folder,
        f"select (select count(*) from articles), title from articles where story_id = {archived.edited}",
    )
    assert f"{stories} stories came in" in tab.inner_text("main")
    red = tab.get_by_role("region", name="What is red")
    expect(red).to_contain_text("1 story is owed")
    expect(red).to_contain_text("checks of the data find nothing")  # comes by itself
    changed = tab.get_by_role("region", name="What changed")
    expect(changed.get_by_role("link", name=title).first).to_be_visible()
    expect(tab.get_by_role("region", name="The newest runs").get_by_role("row")).to_have_count(
        1 + told(archived.folder, "select least(count(*), 8) from runs")[0][0]
    )


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_every_page_is_for_everyone(browser: Browser, address: str, path: str, scheme: str) -> None:
    """axe finds nothing, in light and dark, and a phone's width is enough."""
    with opened(browser, color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        assert faults_of(page) == []
        assert fits(page)


def test_keys_lead_from_page_to_page(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the page")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("main")).to_be_focused()
    tab.keyboard.press("g")
    tab.keyboard.press("t")
    tab.wait_for_url(f"{address}/")


def test_a_new_publication_is_told_of(
    tab: Page, tmp_path: Path, archived: Archived, browser: Browser
) -> None:
    root = tmp_path / "data"
    shutil.copytree(archived.folder.root, root)
    with served(root) as here:
        tab.goto(here)
        expect(tab.locator("#newer")).to_be_empty()
        before = told_by(tab)
        with writer(root / "warehouse.duckdb") as con:
            con.execute("insert or ignore into meta.unpublished values ('a test wants it')")
        publish(root / "warehouse.duckdb", root / "dawn.duckdb")
        expect(tab.locator("#newer")).to_contain_text("newer publication")
        tab.get_by_role("link", name="show it").click()
        tab.wait_for_load_state()
        expect(tab.locator("#newer")).to_be_empty()
        assert told_by(tab) != before


def told_by(page: Page) -> str | None:
    """Which publication a page was made from."""
    return page.locator("body").get_attribute("data-mark")


def test_every_answer_forbids_what_could_run(client: httpx.Client) -> None:
    for path in (*PATHS, "/snapshot", "/static/explore.css", "/nowhere"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, 403),
        ({"host": "dawn.example"}, 400),
        ({"host": "localhost:4280"}, 200),
    ],
)
def test_foreign_pages_are_not_answered(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    assert client.get("/", headers=headers).status_code == status


def test_an_archive_that_is_not_there_yet_says_what_to_do(tmp_path: Path) -> None:
    with asking(tmp_path) as client:
        said = client.get("/")
    assert said.status_code == 503
    assert "dawn backfill" in said.text


def test_an_empty_archive_says_what_to_do(tmp_path: Path) -> None:
    with writer(tmp_path / "warehouse.duckdb"):
        pass
    publish(tmp_path / "warehouse.duckdb", tmp_path / "dawn.duckdb")
    with asking(tmp_path) as client:
        said = client.get("/")
    assert said.status_code == 200
    assert "holds no page yet" in said.text and "dawn backfill" in said.text


def test_a_page_that_is_none_is_said_to_be_none(client: httpx.Client) -> None:
    said = client.get("/nowhere")
    assert said.status_code == 404
    assert "nothing at this address" in said.text

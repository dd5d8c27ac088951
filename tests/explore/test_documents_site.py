"""The site of the documents in a real browser: every page by itself, searched, and of no other host."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.documents import ROOT
from tests.flows.test_documents import built

pytestmark = pytest.mark.slow


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    assert built(ROOT, target).returncode == 0
    return target


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    handler = functools.partial(_Silent, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_each_page_is_shown_without_any_other_host(tab: Page, site: Path, served: str) -> None:
    """The tab itself fails on whatever the page complains of, or asks elsewhere."""
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    pages = [str(page.relative_to(site)) for page in sorted(site.rglob("*.html")) if page.name != "404.html"]
    assert {"index.html", "tutorial.html", "schema.html"} <= set(pages)
    for page in pages:
        tab.goto(f"{served}/{page}", wait_until="networkidle")
        expect(tab.locator("article h1").first).to_be_visible()
    assert asked and all(address.startswith((served, "data:", "blob:")) for address in asked)


def test_the_diagram_leads_to_its_tables(tab: Page, served: str) -> None:
    tab.goto(f"{served}/schema.html")
    tab.get_by_role("group", name="which tables join").get_by_text("versions", exact=True).click()
    expect(tab).to_have_url(f"{served}/schema.html#versions")


def test_what_is_searched_for_is_found(tab: Page, served: str) -> None:
    tab.goto(f"{served}/index.html")
    tab.keyboard.press("/")
    tab.keyboard.type("quarantined")
    found = tab.locator(".md-search-result__link")
    expect(found.filter(has_text="Dawn as a table").first).to_be_visible()
    expect(found.filter(has_text="How it is built").first).to_be_visible()

"""An archive with everything to be seen in it, served as `dawn explore` does, and a real browser for it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from crawlers.lookalike import Lookalike
from crawlers.lookalike.faults import down
from explore.app import application
from explore.asking import Asking
from flows.folder import DataFolder, open_folder
from tests.flows.conftest import Dawn, in_folder
from tests.warehouse.paper import Paper

PATIENCE = 20_000  # milliseconds that a page has to do what it is told


@dataclass(frozen=True, slots=True)
class Archived:
    """A day of a look-alike that goes on being served: one story was edited, one is owed."""

    folder: DataFolder
    site: Lookalike
    dawn: Dawn
    edited: int
    owed: int

    @property
    def day(self) -> str:
        """The day, in ISO 8601."""
        return str(self.site.days[0])


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    site = Lookalike(days=1)
    room = tmp_path_factory.mktemp("explored")
    dawn = in_folder(room)
    with site.serve() as address:
        _, owed, *_ = sorted(number for number, story in site.stories.items() if story.kind == "news")
        site.faults[f"/news/{owed}/{site.stories[owed].slug}"] = down
        where = ("--site", address, "--delay", "0")
        done = dawn("backfill", str(site.days[0]), *where)
        assert done.returncode == 1, done.stderr  # one is owed
        edited = site.edit_one()
        done = dawn("fetch", str(edited.id), *where)
        assert done.returncode == 0, done.stderr
        yield Archived(open_folder(room / "data", address), site, dawn, edited.id, owed)


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Asks the pages without a browser."""
    with httpx.Client(base_url=address, timeout=60) as asking:
        yield asking


@contextmanager
def asking(root: Path, site: str = "http://site") -> Iterator[httpx.Client]:
    """A client of the pages of a data folder."""
    with served(root, site) as here, httpx.Client(base_url=here, timeout=60) as client:
        yield client


@contextmanager
def served(root: Path, site: str = "http://site", asking: Asking | None = None) -> Iterator[str]:
    """The address at which the archive of a data folder is served until the block ends."""
    ready = Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            ready.set()

    taken = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(application(root, site, asking), log_level="error", lifespan="off"))
    thread = Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    try:
        assert ready.wait(30)
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        taken.close()


@pytest.fixture(scope="session")
def address(archived: Archived) -> Iterator[str]:
    with served(archived.folder.root, archived.folder.site) as here:
        yield here


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium: Debian's, or whichever is called so."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium here: `make browser` installs Debian's, as root")
    with sync_playwright() as playwright:
        # Without its own sandbox: in a container, as root, it has none. It shows pages of ours alone.
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A page of its own. Whatever it complains of on its console, or asks of any other host, is a failure."""
    with opened(browser) as page:
        yield page


@contextmanager
def opened(browser: Browser, **manner: Any) -> Iterator[Page]:
    """A tab in this manner (viewport, color_scheme …); its complaints and foreign requests are failures."""
    complaints: list[str] = []
    context = browser.new_context(**manner)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if _is_foreign(asked.url) else None)
    try:
        yield page
        assert complaints == []
    finally:
        context.close()


def _is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "data:", "about:", "blob:"))


def faults_of(page: Page) -> list[str]:
    """What axe finds wrong for those who do not see or use a mouse: each rule, how bad, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {[node['html'][:200] for node in each['nodes'][:3]]}"
        for each in found
    ]


def fits(page: Page) -> bool:
    """Whether nothing of the page stands out to the right of the window."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return wider


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """A newspaper of made-up rows in an empty folder."""
    return Paper(tmp_path)

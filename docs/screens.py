"""Takes the pictures of `dawn explore` from the folder that `make demo` left; run by `make picture`.

A real Chromium shows the pages as people see them: needs one, see `make browser`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

from playwright.sync_api import ViewportSize, sync_playwright

from explore.serving import bound, serve
from flows.folder import site_of
from warehouse.query import answer

SECTIONS = "select section, count(*) as stories from articles group by 1 order by 2 desc"
NAMES = tuple(f"explore-{page}.png" for page in ("today", "story", "changes", "coverage", "ask"))
SIZE: ViewportSize = {"width": 1180, "height": 820}


def screens(demo: Path) -> dict[str, str]:
    """The pictures by name, and the address of the page that each shows: of the story that was edited."""
    with answer(
        demo / "dawn.duckdb",
        "select story_id, max(published_on) from versions"
        " join articles using (story_id) where versions.version = 2 group by 1 limit 1",
    ) as found:
        story, day = next(found.rows)
    paths = (
        "",
        f"story/{story}",
        f"story/{story}?from=1&to=2",
        f"coverage?month={day:%Y-%m}",
        f"ask?{urlencode({'sql': SECTIONS})}",
    )
    return dict(zip(NAMES, paths, strict=True))


def take(demo: Path, docs: Path) -> None:
    """Nothing; the pictures are written. Raises where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("there is no Chromium here: `make browser` installs Debian's, as root")
    said: list[str] = []
    ready = Event()

    def answers(address: str) -> None:
        said.append(address)
        ready.set()

    Thread(target=serve, args=(demo, site_of(demo) or "", bound(0), answers), daemon=True).start()
    ready.wait()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, device_scale_factor=1)
        for name, path in screens(demo).items():
            page.goto(said[0] + path)
            page.wait_for_load_state("networkidle")
            if name == "explore-story.png":  # down to what was stripped, which is what the page is about
                page.mouse.move(SIZE["width"] * 3 // 4, SIZE["height"] * 3 // 4)
                page.mouse.wheel(0, 620)
                page.frame_locator("iframe").locator(".cut").first.wait_for()
            page.screenshot(path=docs / name)
        browser.close()


if __name__ == "__main__":
    take(Path("demo"), Path(__file__).parent)

"""How long "Run" takes in a built page, beside what it may take: `make bench`.

    python -m tools.bench_page

A browser of its own for each cold start, so that nothing is kept; the warm one has the files that
the cold one left. Each counts with its best of three.
"""

from __future__ import annotations

import tempfile
import time

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tools import serve
from tools.browser import CHROMIUM

PAGE = "chapters/xmit.html"
MAY = {"cold": 6.0, "warm": 3.0, "later cell": 0.1}
"""Seconds that a result may take: the first one, the first one with all files kept, another."""
STARTS = 3
ENDED = """(number) => ["done", "error"].includes(
  document.querySelectorAll(".cell[data-run]")[number].dataset.run)"""


def run() -> None:
    """Print the table, or one line on why there is none."""
    if not (serve.HTML / "_python" / "python.json").is_file():
        print("the built pages have no Python (make python, then make book)")
        return
    if not CHROMIUM.find():
        print(f"no Python in a page is measured: {CHROMIUM.how_to_get_one}")
        return
    with serve.running(serve.bind(0)) as address:
        measured = [start(address) for _ in range(STARTS)]
    for what, may in MAY.items():
        took = min(each[what] for each in measured)
        print(f"Run in a page, {what}: {took:.2f} s, {took / may:.2f} of the {may:g} s it may take")


def start(address: str) -> dict[str, float]:
    """Seconds from pressing "Run" to the result, for each of `MAY`."""
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = opened(browser, address)
        took = {"cold": press(page, 0)}
        page.close()
        page = opened(browser, address)
        took |= {"warm": press(page, 0), "later cell": press(page, 1)}
        browser.close()
    return took


def opened(browser: BrowserContext, address: str) -> Page:
    """The page, come to rest."""
    page = browser.new_page()
    page.goto(f"{address}/{PAGE}")
    page.wait_for_load_state("networkidle")
    return page


def press(page: Page, number: int) -> float:
    """Seconds from "Run" at one of the cells to its end."""
    button = page.locator(".cell[data-run]").nth(number).get_by_role("button", name="Run")
    begun = time.perf_counter()
    button.first.click()
    page.wait_for_function(ENDED, arg=number, timeout=120_000)
    return time.perf_counter() - begun


if __name__ == "__main__":
    run()

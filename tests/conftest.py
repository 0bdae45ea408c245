"""The built book, a server for it, a browser, a real kernel: what several test files need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support.served import served
from support.settled import PATIENCE, settled

from lomodel import lab
from tools import book, browser, kernel_trees

# How long an example takes says what else the machine is doing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
expect.set_options(timeout=PATIENCE)


def pytest_report_header() -> str:
    """A test of stale pages proves nothing: say so at once."""
    state = "up to date" if book.is_built(book.fingerprint()) else "OUT OF DATE, run make book"
    lines = [f"built pages: {state}"]
    for kind in browser.KINDS:
        none = f"none: its tests are skipped ({kind.how_to_get_one})"
        lines.append(f"{kind.name}: {kind.find() or none}")
    return "\n".join(lines)


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder with the built pages."""
    if not (book.HTML / "index.html").is_file():
        pytest.fail("there is no built book: run make book")
    return book.HTML


@pytest.fixture(scope="session")
def site(html: Path) -> Iterator[str]:
    """The book's address over http, without the last slash."""
    with served(html) as address:
        yield address


@pytest.fixture(params=kernel_trees.RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """A release whose source a machine may have."""
    return request.param


@pytest.fixture
def tree(release: str) -> Path:
    """Its source, where this machine has it."""
    found = kernel_trees.find_tree(release)
    if found is None:
        pytest.skip(kernel_trees.how_to_get_one(release))
    return found


# Not for the whole session: Playwright keeps an event loop running, and nbval wants its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium or Chrome."""
    path = browser.CHROMIUM.find()
    if path is None:
        pytest.skip(f"no browser: {browser.CHROMIUM.how_to_get_one}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=browser.FLAGS)
        yield started
        started.close()


# The same for the whole of a file, and by the same Playwright: "moz-firefox" is a Firefox as it
# comes, spoken to over WebDriver BiDi, without a driver program and without Playwright's own build.
@pytest.fixture(scope="module")
def firefox() -> Iterator[Browser]:
    """The machine's own Firefox. What it loads from files it does not report as requests."""
    path = browser.FIREFOX.find()
    if path is None:
        pytest.skip(f"no Firefox: {browser.FIREFOX.how_to_get_one}")
    with sync_playwright() as playwright:
        started = playwright.firefox.launch(channel="moz-firefox", executable_path=path)
        yield started
        started.close()


NAVIGATION = 120_000
"""Milliseconds that a page may take to load: a busy machine's, not the book's."""


class Visit:
    """One page in a fresh browser context, and everything that it said or asked for."""

    def __init__(self, page: Page, until: str = "networkidle", theme: str = "light") -> None:
        self.page = page
        self.until = until
        self.theme = theme
        self.console: list[str] = []
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.failed: list[str] = []
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", lambda request: self.failed.append(request.url))
        page.on("response", self._note)

    def _note(self, response: object) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")

    def open(self, address: str) -> Page:
        """Goes there and waits until it is loaded, asks for nothing more, and has come to rest.

        Half a second without a request is also what a long page looks like that a busy machine
        is still parsing: its deferred scripts have not run then.
        """
        self.page.goto(address, wait_until="load")
        self.page.wait_for_load_state(self.until)
        return settled(self.page)


@contextmanager
def visits(started: Browser, until: str = "networkidle") -> Iterator[object]:
    """What the fixtures below give; every page is closed at the end."""
    contexts = []

    def start(theme: str = "light", width: int = 1280, height: int = 900) -> Visit:
        size = {"width": width, "height": height}
        context = started.new_context(color_scheme=theme, viewport=size)
        context.set_default_navigation_timeout(NAVIGATION)
        contexts.append(context)
        return Visit(context.new_page(), until, theme)

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[object]:
    """visit(theme="dark", width=390) gives a Visit with a window like that."""
    with visits(chromium) as start:
        yield start


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, chromium: Browser, html: Path) -> Iterator[Visit]:
    """A page of the book, opened once for all tests of a file that look at it (``looking_at``).

    They leave it as they found it; what changes it for good opens a page of its own.
    """
    theme, width, name = request.param
    with visits(chromium) as visit:
        seen = visit(theme=theme, width=width)
        seen.open(f"{html.as_uri()}/{name}")
        yield seen


@pytest.fixture
def visit_in_firefox(firefox: Browser) -> Iterator[object]:
    """The same in Firefox, always light: over BiDi a theme is not passed on.

    Nor is a page of it sure to count as idle: it is open when it is loaded.
    """
    with visits(firefox, until="load") as start:
        yield start


@pytest.fixture
def as_root() -> None:
    """The laboratory can play here, and see tracepoints; skipped where not."""
    if reason := lab.unavailable(events=True):
        pytest.skip(str(reason))


@pytest.fixture
def as_anyone() -> None:
    """The laboratory can play here; skipped where not."""
    if reason := lab.unavailable():
        pytest.skip(str(reason))

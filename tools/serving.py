"""What a reader's browser fetches of the built book, measured for the page "Serve the book".

    .venv/bin/python -m tools.serving [--brotli] [WAY ...]

A real browser, with a cache on a disk, reads the built book below a path, presses "Run", asks the
kernel and opens a notebook; then it is ended and does the same on another day. The server is that
of `make serve`; it counts what it sends, whoever in the browser asked: pages, workers, caches.
The numbers go into `tools/serving.json`, of which `tools/sphinx_serving.py` makes the tables.
A WAY is read, run, ask or notebook; without one all are gone.

`--brotli` (needs the program of that name; some minutes) also says what brotli would save over
gzip. Without it that part of the numbers stays as it was.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from lomodel.pages import PAGES
from tools import book, browser, serve

NUMBERS = Path(__file__).with_name("serving.json")
BELOW = "some/place"
"""The path on the server below which the book is."""

QUIET = 0.4
"""Seconds without a request after which nothing more is expected."""

LOADING = 180_000
"""Milliseconds that Python, a kernel or JupyterLite may take on a busy machine."""

RUN_ALL = "Run All Cells"
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')]"
ALL_RAN = f"{PROMPTS}.length && {PROMPTS}.every((each) => /\\[\\d+\\]/.test(each.textContent))"


# --- a server that counts -------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """One answer of the server: what was asked for, its status, and its bytes, head and body."""

    path: str
    status: int
    sent: int


@dataclass
class Log:
    """What the server has answered since the last look at it."""

    answers: list[Answer] = field(default_factory=list)
    open: int = 0
    when: float = 0.0

    def take(self) -> list[Answer]:
        """What was answered; the log is empty then."""
        taken, self.answers = self.answers, []
        return taken

    def is_quiet(self) -> bool:
        return not self.open and time.monotonic() - self.when > QUIET


class Meter:
    """A stream that counts what is written to it."""

    def __init__(self, inner: BinaryIO) -> None:
        self.inner, self.sent = inner, 0

    def write(self, data: bytes) -> int:
        self.sent += len(data)
        return self.inner.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Counting(serve.Handler):
    """Answers as `make serve` does, and notes each answer."""

    def __init__(self, *arguments: Any, log: Log, **more: Any) -> None:
        self.log = log
        super().__init__(*arguments, **more)

    def setup(self) -> None:
        super().setup()
        self.wfile = Meter(self.wfile)

    def do_GET(self) -> None:
        self.log.open += 1
        try:
            super().do_GET()
        finally:
            self.log.answers.append(Answer(self.path, self.status, self.wfile.sent))
            self.log.when = time.monotonic()
            self.log.open -= 1


@contextmanager
def counted(html: Path) -> Iterator[tuple[str, Log]]:
    """The book's address below a path, and the log of its server."""
    log = Log()
    with tempfile.TemporaryDirectory() as root:
        place = Path(root, BELOW)
        place.parent.mkdir(parents=True)
        place.symlink_to(html)
        with serve.running(serve.bind(0, Path(root), partial(Counting, log=log))) as address:
            yield f"{address}/{BELOW}", log


# --- a reader -------------------------------------------------------------------------------------


class Reader:
    """One reader with a browser of their own, whose cache outlives the browser."""

    def __init__(self, playwright: Any, address: str, log: Log, profile: str) -> None:
        self.playwright, self.address, self.log, self.profile = playwright, address, log, profile
        self.context: BrowserContext | None = None

    def another_day(self) -> None:
        """The browser is ended and started again."""
        self.end()
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile, executable_path=browser.CHROMIUM.find(), args=browser.FLAGS
        )
        self.context.set_default_timeout(LOADING)

    def end(self) -> None:
        if self.context:
            self.context.close()
        self.context = None

    @property
    def page(self) -> Page:
        assert self.context
        return self.context.pages[0]

    def fetched(self) -> list[Answer]:
        """What came since the last look, when nothing more comes."""
        while not self.log.is_quiet():
            self.page.wait_for_timeout(50)
        return self.log.take()

    def open(self, name: str) -> list[Answer]:
        self.page.goto(f"{self.address}/{name}")
        return self.fetched()


Fetched = dict[str, list[list[Answer]]]
"""By the name of a way: what it took, each time that it was gone."""


def read(reader: Reader) -> Fetched:
    """The first page, by the book's own address, then every page with a number."""
    pages = [f"chapters/{name}.html" for name in PAGES]
    return {"first": [reader.open("")], "next": [reader.open(name) for name in pages]}


def run(reader: Reader) -> Fetched:
    """What the first "Run" takes beside its page."""
    reader.open("chapters/xmit.html")
    cell = reader.page.locator(".cell[data-run]").first
    cell.get_by_role("button", name="Run", exact=True).click()
    expect(cell).to_have_attribute("data-run", "done", timeout=LOADING)
    return {"run": [reader.fetched()]}


def ask(reader: Reader) -> Fetched:
    """What the first "Ask the kernel" takes beside its page."""
    reader.open("chapters/whole_or_cut.html")
    button = reader.page.locator("[data-kernel='ask']:visible")
    asking = reader.page.locator("lo-ask").filter(has=button).first
    asking.locator("[data-kernel='ask']").click()
    verdict = asking.locator("output[name='verdict']")
    expect(verdict).to_contain_text("equal", timeout=LOADING)
    return {"ask": [reader.fetched()]}


def notebook(reader: Reader) -> Fetched:
    """What "Open as notebook" and a run of all its cells take beside the page."""
    reader.open("chapters/whole_or_cut.html")
    link = reader.page.get_by_role("link", name="Open as notebook", exact=True).first
    reader.page.goto(link.evaluate("(link) => link.href"))
    # Before its text is there a notebook has one empty cell, and says that it is idle.
    reader.page.locator(".jp-Notebook h1").wait_for()
    for name in ("Run", RUN_ALL):
        reader.page.get_by_role("menuitem", name=name, exact=True).click()
    reader.page.wait_for_function(ALL_RAN, timeout=LOADING)
    return {"notebook": [reader.fetched()]}


WAYS: dict[str, tuple[Callable[[Reader], Fetched], str]] = {
    "read": (read, "index.html"),
    "run": (run, "_python/python.json"),
    "ask": (ask, "_static/kernel-*/*/kernel.json"),
    "notebook": (notebook, "lite/index.html"),
}
"""What a reader does, and what the built book has where that can be done."""

DAYS = ("cold", "warm")
"""With an empty cache, and with what was kept."""


def can(way: str, html: Path) -> bool:
    """Whether this book has what a way needs."""
    return any(html.glob(WAYS[way][1]))


def go(way: str, html: Path) -> dict[str, Fetched]:
    """A way gone by a new reader, and by the same another day."""
    with (
        counted(html) as (address, log),
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        sync_playwright() as playwright,
    ):
        reader = Reader(playwright, address, log, profile)
        found = {}
        for day in DAYS:
            reader.another_day()
            found[day] = WAYS[way][0](reader)
        reader.end()
    return found


# --- numbers --------------------------------------------------------------------------------------


def numbers(times: list[list[Answer]]) -> dict[str, float]:
    """A way's requests and bytes, the mean of its times, and how many said "what you have"."""
    answers = [answer for each in times for answer in each]
    if bad := [each for each in answers if each.status not in (200, 304)]:
        raise SystemExit(f"not there: {bad}")
    return {
        "requests": round(len(answers) / len(times), 1),
        "unchanged": round(sum(each.status == 304 for each in answers) / len(times), 1),
        "bytes": round(sum(each.sent for each in answers) / len(times)),
    }


def measure(way: str, html: Path) -> dict[str, dict[str, Any]]:
    """The numbers of a way, by its names and by the day."""
    found = go(way, html)
    return {name: {day: numbers(found[day][name]) for day in DAYS} for name in found["cold"]}


@cache
def saved(path: Path) -> int:
    """The bytes that brotli would save of a file over gzip."""
    if path.suffix not in serve.SMALLER:
        return 0
    squeezed = subprocess.run(["brotli", "-q", "11", "-c", path], capture_output=True, check=True)
    return len(gzip.compress(path.read_bytes(), 6, mtime=0)) - len(squeezed.stdout)


def with_brotli(times: Iterable[list[Answer]], html: Path) -> int:
    """What brotli would save of a way, the mean of its times."""
    kept = [
        saved(html / answer.path.partition("?")[0].removeprefix(f"/{BELOW}/"))
        for each in times
        for answer in each
        if answer.status == 200 and not answer.path.endswith("/")
    ]
    return round(sum(kept) / len(list(times)))


def main(arguments: list[str]) -> None:
    html, brotli = book.HTML, "--brotli" in arguments
    chosen = [way for way in WAYS if way in arguments] or list(WAYS)
    if missing := [way for way in chosen if not can(way, html)]:
        sys.exit(f"The built book cannot do this: {', '.join(missing)}. Run make site.")
    if brotli and not shutil.which("brotli"):
        sys.exit("There is no program brotli here.")
    kept = json.loads(NUMBERS.read_text(encoding="utf-8")) if NUMBERS.is_file() else {}
    new: dict[str, Any] = dict(kept)
    for way in chosen:
        found = go(way, html)
        for name in found["cold"]:
            new[name] = {day: numbers(found[day][name]) for day in DAYS}
            before = kept.get(name, {}).get("brotli_saves", 0)
            squeezed = with_brotli(found["cold"][name], html) if brotli else before
            new[name]["brotli_saves"] = squeezed
            print(name, new[name], flush=True)
    NUMBERS.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

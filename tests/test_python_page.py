"""Python in the page, in a real browser, against the built files, under a sub-path.

`make python` and `make book` come first; without them these tests are skipped.

What turned a test red stands at it, where that was tried.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect
from support.served import served

from conftest import Visit
from tools import page_kernels
from tools.python import build, inputs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent
BUDGET = 7_000_000
"""Bytes over gzip before the first result."""

LOADING = 120_000
"""Milliseconds that loading may take on a busy machine: on a quiet one it is a few seconds."""

WITHOUT_CELLS = {"ask_the_kernel", "index"}
"""Pages that show no cell."""

CHAPTERS = sorted(path.stem for path in ROOT.glob("chapters/*.ipynb"))
LEFT_OUT: dict[tuple[str, str], str] = {}
"""Outputs that cannot be made in a page: (chapter, cell id), and why. There are none."""


@pytest.fixture(scope="module")
def book(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The built book's address below a sub-path."""
    if not (html / "_python" / "python.json").is_file():
        pytest.skip("no Python in the page: make python, then make book")
    folder = tmp_path_factory.mktemp("host") / "some" / "place"
    folder.parent.mkdir()
    folder.symlink_to(html)
    with served(folder.parent.parent) as address:
        yield f"{address}/some/place"


def cell(page: Page, number: int = 0) -> Locator:
    """One of the cells that can be run."""
    return page.locator(".cell[data-run]").nth(number)


def press(of: Locator, name: str) -> None:
    of.get_by_role("button", name=name, exact=True).click()


def is_done(of: Locator, state: str = "done") -> None:
    expect(of).to_have_attribute("data-run", state, timeout=LOADING)


def write(of: Locator, source: str) -> None:
    of.get_by_role("textbox").fill(source)


def fresh(of: Locator) -> str:
    return of.locator(".lo-fresh").inner_text()


def gives(of: Locator, source: str, said: str, where: str = ".lo-fresh") -> None:
    """A cell that is written and run shows this."""
    write(of, source)
    press(of, "Run")
    expect(of.locator(where)).to_contain_text(said, timeout=LOADING)


def python_of(visit: Visit) -> list[str]:
    """The requests for anything of Python."""
    return [url for url in visit.requests if re.search(r"/_python/|python_worker", url)]


def test_nothing_loads_before_it_is_used(book: str, visit: Callable) -> None:
    """Red where run.js makes its worker at once."""
    seen = visit()
    page = seen.open(f"{book}/chapters/xmit.html")
    assert cell(page).get_by_role("button", name="Run", exact=True).is_visible()
    assert not python_of(seen) and not seen.errors


def test_what_is_loaded_is_the_books_own_and_small(book: str, visit: Callable) -> None:
    """What the first result takes, counted twice: by requests and by the build's list. Red where
    the worker asked for one file more.
    """
    seen = visit()
    page = seen.open(f"{book}/chapters/xmit.html")
    seen.page.context.on("request", lambda request: seen.requests.append(request.url))
    press(cell(page), "Run")
    is_done(cell(page))
    assert fresh(cell(page)).strip() == "4897"
    hosts = [url for url in seen.requests if not url.startswith((book, f"blob:{book[:17]}"))]
    assert not hosts
    about = inputs.manifest(inputs.BUILT)
    files = about["files"]
    names = {url.partition("/_python/")[2] for url in python_of(seen)} & files.keys()
    runtime = {name for name in files if name.startswith(about["runtime"])}
    assert names == runtime | {about["library"], about["site"]}
    assert sum(files[name]["gzip"] for name in names) == build.first_result(about) <= BUDGET


def test_a_cell_is_run_changed_stopped_and_set_back(book: str, visit: Callable) -> None:
    """One reader's way through two cells. Not every step of it was seen red."""
    seen = visit()
    page = seen.open(f"{book}/chapters/xmit.html")
    one, two = cell(page), cell(page, 1)
    stored = two.locator(".cell_output").inner_text()
    press(two, "Run")
    is_done(two)
    assert fresh(two) == stored
    # What a reader breaks is told by the reader's own lines.
    write(two, "def broken():\n    return 1 / 0\n\n\nbroken()")
    two.get_by_role("textbox").press("Control+Enter")
    is_done(two, "error")
    told = fresh(two)
    assert "ZeroDivisionError: division by zero" in told and "line 2: return 1 / 0" in told
    assert not re.search(r"pyodide|/lib/|File \"|<exec>", told)
    # An endless loop ends, and the page lives.
    write(two, "print('first', flush=True)\nwhile True:\n    pass")
    two.get_by_role("textbox").press("Shift+Enter")
    expect(two.locator(".lo-fresh")).to_have_text("first\n", timeout=LOADING)
    expect(two).to_have_attribute("data-run", "running")
    with page.workers[0].expect_event("close", timeout=LOADING):
        press(two, "Stop")
    is_done(two, "stopped")
    assert "runs the cells above again" in two.locator(".lo-run-said").inner_text()
    # Afterwards what it needs runs again, a change above included.
    write(one, "kept = 'changed'")
    write(two, "kept")
    press(two, "Run")
    is_done(two)
    assert fresh(two).strip() == "'changed'"
    for each in one, two:
        press(each, "Reset")
        expect(each).to_have_attribute("data-run", "idle")
    assert two.locator(".cell_output").inner_text() == stored
    press(two, "Run")
    is_done(two)
    assert fresh(two) == stored
    assert not seen.errors


def test_a_loop_that_prints_for_ever_can_be_stopped(book: str, visit: Callable) -> None:
    """Red where each line goes out by itself: the page has no time for "Stop"."""
    seen = visit()
    page = seen.open(f"{book}/chapters/xmit.html")
    one = cell(page)
    write(one, "n = 0\nwhile True:\n    n += 1\n    print(n)")
    press(one, "Run")
    expect(one.locator(".lo-fresh")).to_contain_text("A page shows no more", timeout=LOADING)
    press(one, "Stop")
    is_done(one, "stopped")
    assert len(fresh(one)) < 250_000
    write(one, "for n in range(300):\n    print(n, flush=True)\n'end'")
    press(one, "Run")
    is_done(one)
    assert fresh(one).split() == [*map(str, range(300)), "'end'"]
    write(one, "for n in range(501):\n    display(n)")
    press(one, "Run")
    is_done(one)
    assert one.locator(".lo-fresh .text_plain").count() == 500
    assert "A page shows no more" in fresh(one) and not seen.errors


def test_what_a_notebook_has_a_page_has(book: str, visit: Callable) -> None:
    """`help`, `display`, sources; an error's lines, each once. Red without `_pyrepl.pager`, which
    `help` imports; without `once`.
    """
    page = visit().open(f"{book}/chapters/xmit.html")
    for source, said in {
        "from lomodel.desk import send\nhelp(send)": "send(lo: NetDevice, payload: int",
        "import inspect\nprint(inspect.getsource(send))": "def send(lo: NetDevice",
        "display(1, 'two')": "1\n\n'two'",
        "def f():\n    return f()\n\nf()": "line 2: return f() (",
        "send?": "“send?” is a notebook's command",
        "import numpy": "numpy is not in the page",
    }.items():
        gives(cell(page), source, said)
        assert len(fresh(cell(page))) < 2000


LOOK = """() => {
  const [text, print] = [".lo-edit", ".lo-editor pre"].map((each) => document.querySelector(each));
  return ["fontFamily", "fontSize", "lineHeight", "letterSpacing", "tabSize", "padding"]
    .filter((name) => getComputedStyle(text)[name] !== getComputedStyle(print)[name]);
}"""
SIDEWAYS = """() => [".lo-edit", ".lo-editor pre"]
  .map((each) => document.querySelector(each).scrollLeft)"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_text_lies_on_its_print(book: str, visit: Callable, width: int) -> None:
    """The caret is where its letter is. Red with the theme's type for text areas, on a phone with a
    desk's; where the print does not follow sideways; where a long line is not broken on paper.
    """
    page = visit(width=width).open(f"{book}/chapters/xmit.html")
    assert page.evaluate(LOOK) == []
    write(cell(page), "long = 1  # " + "a long comment " * 20)
    page.locator(".lo-edit").first.press("End")
    page.wait_for_function(f"({SIDEWAYS})().every((left) => left > 100)")
    text, pre = page.evaluate(SIDEWAYS)
    assert text == pre
    page.emulate_media(media="print")
    pre = cell(page).locator(".lo-editor pre")
    assert pre.evaluate("(pre) => pre.scrollWidth <= pre.clientWidth")
    assert (
        pre.inner_text().startswith("long = 1") and not cell(page).locator(".lo-run").is_visible()
    )


def test_code_is_written_with_its_indent(book: str, visit: Callable) -> None:
    """By keyboard, which gets away with Tab; and what is written can be copied. Red without the
    indent, without its way back, where the browser cannot undo it, with Tab in the text, and where
    the text lies over the button "Copy".
    """
    page = visit().open(f"{book}/chapters/xmit.html")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = cell(page).get_by_role("textbox")
    stored = text.input_value()
    text.press("Control+a")
    for key in "def f(x):", "Enter", "if x:", "Enter", "return 1", "Enter", "Backspace", "return 2":
        page.keyboard.press(key) if key in ("Enter", "Backspace") else page.keyboard.insert_text(
            key
        )
    written = "def f(x):\n    if x:\n        return 1\n    return 2"
    assert text.input_value() == written
    cell(page).locator(".lo-editor").hover()
    cell(page).locator(".lo-editor .copybtn").click()
    page.wait_for_function(
        "async (text) => await navigator.clipboard.readText() === text", arg=written
    )
    text.focus()
    for _ in range(12):
        page.keyboard.press("Control+z")
    assert text.input_value() == stored
    page.keyboard.press("Tab")
    expect(cell(page).get_by_role("button", name="Run", exact=True)).to_be_focused()


def test_one_cell_runs_while_others_wait(book: str, visit: Callable) -> None:
    """And "Stop" ends all of them. Red where a cell does not say that it waits; where the second of
    two clicks stops; where "Run all" forgets what is loading; where it goes on after "Stop".
    """
    seen = visit()
    page = seen.open(f"{book}/chapters/xmit.html")
    one, two, three = (cell(page, number) for number in range(3))
    press(one, "Run")
    press(page, "Run all")
    expect(page.get_by_role("button", name="Run all", exact=True)).to_be_visible(timeout=LOADING)
    for number in range(page.locator(".cell[data-run]").count()):
        is_done(cell(page, number))
    write(two, "while True:\n    pass")
    two.get_by_role("button", name="Run", exact=True).dblclick()
    expect(two.locator(".lo-run-said")).to_have_text("running", timeout=LOADING)
    press(three, "Run")
    expect(three.locator(".lo-run-said")).to_have_text("waiting for the cell that runs")
    press(two, "Stop")
    is_done(two, "stopped")
    is_done(three, "stopped")
    press(page, "Run all")
    expect(two.locator(".lo-run-said")).to_have_text("running", timeout=LOADING)
    press(two, "Stop")
    expect(page.get_by_role("button", name="Run all", exact=True)).to_be_visible()
    is_done(one)
    assert three.get_attribute("data-run") == "stopped" and not seen.errors


def test_python_that_cannot_be_had_or_is_gone(book: str, visit: Callable) -> None:
    """Said at the cell, which runs at the next "Run". Red where the sentence is cleared; where a
    Python that has ended is waited for; where another `sys.stdout` has no `flush`, or an error no
    text.
    """
    page = visit().open(f"{book}/chapters/xmit.html")
    one = cell(page)
    page.route("**/python.json", lambda route: route.abort())
    press(one, "Run")
    is_done(one, "error")
    assert "Python could not be loaded" in one.locator(".lo-run-said").inner_text()
    page.unroute("**/python.json")
    write(one, "import os\nos._exit(0)")
    press(one, "Run")
    is_done(one, "error")
    assert "Python has ended" in one.locator(".lo-run-said").inner_text()
    for stream in "None", "5", "type('Tee', (), {'write': lambda self, text: len(text)})()":
        write(one, f"import sys\nsys.stdout = {stream}\ndel sys.modules['__main__']")
        press(one, "Run")
        is_done(one)
        assert one.locator(".lo-run-said").inner_text() == "done; it shows nothing"
    write(one, "class Odd(SystemExit):\n    __str__ = None\n\nraise Odd")
    press(one, "Run")
    is_done(one, "error")
    assert "Odd" in fresh(one)


def test_a_line_is_gone_to_and_much_is_scrolled(book: str, visit: Callable) -> None:
    """Red where an error's line is a text only; without a limit to the height of an output."""
    page = visit().open(f"{book}/chapters/xmit.html")
    one, two = cell(page), cell(page, 1)
    write(one, "def broken():\n    return 1 / 0")
    write(two, "print(*range(2000), sep='\\n')\nbroken()")
    press(two, "Run")
    is_done(two, "error")
    assert two.locator(".lo-fresh .stream").bounding_box()["height"] < 600
    two.get_by_role("link", name=re.compile("line 2")).last.click()
    expect(one.get_by_role("textbox")).to_be_focused()
    assert page.evaluate("getSelection().toString()") == "    return 1 / 0"


def test_a_slip_is_told_as_one(book: str, visit: Callable) -> None:
    """Red where any line that looks like a notebook's command is taken for the error; where a line
    of a cell that is not shown is a link.
    """
    page = visit().open(f"{book}/chapters/net_init.html")
    for source, said in {
        "x = ('%d and %d'\n   % (1, 2)\nprint(x)": "line 1: x = ('%d and %d'",
        'def f():\n    """\n    why?\n    """\n    gives 5': "line 5: gives 5",
        "x = 1\n  % 2": "line 2: % 2",
    }.items():
        gives(cell(page), source, said, ".lo-error")
    press(cell(page), "Reset")
    page.evaluate(
        "loRun.cells.find((each) => !each.visible).source += '\\ndef hidden():\\n    1 / 0'"
    )
    last = cell(page, page.locator(".cell[data-run]").count() - 1)
    gives(last, "hidden()", "line 1: hidden()", ".lo-error")
    assert "1 / 0" in fresh(last) and last.locator(".lo-error a").count() == 1


OTHER_BOOK = """() => {
  for (const [key, kept] of Object.entries(sessionStorage))
    if (key.startsWith("lomodel cells"))
      sessionStorage[key] = kept.replace('"stored":"', '"stored":"# ');
}"""


def test_what_was_written_is_not_lost(book: str, visit: Callable) -> None:
    """Red where "Reset" cannot be undone; where who comes back finds the book's text; where an edit
    over another text of the book comes back.
    """
    page = visit().open(f"{book}/chapters/xmit.html")
    text = cell(page).get_by_role("textbox")
    stored = text.input_value()
    text.fill("mine = 1")
    press(cell(page), "Reset")
    assert text.input_value() == stored
    page.keyboard.press("Control+z")
    assert text.input_value() == "mine = 1"
    page.goto(f"{book}/chapters/ops.html")
    page.go_back()
    expect(text).to_have_value("mine = 1")
    press(cell(page), "Reset")
    page.reload()
    expect(text).to_have_value(stored)
    assert cell(page).get_by_role("button", name="Reset", exact=True).is_hidden()
    text.fill("mine = 1")
    page.evaluate(OTHER_BOOK)
    page.reload()
    expect(text).to_have_value(stored)


def test_reset_of_a_waiting_cell_ends_no_other(book: str, visit: Callable) -> None:
    """Red where it stops what runs."""
    page = visit().open(f"{book}/chapters/xmit.html")
    two, three = cell(page, 1), cell(page, 2)
    write(two, "import time\nfor _ in range(30):\n    time.sleep(0.1)\n'ended'")
    press(two, "Run")
    expect(two.locator(".lo-run-said")).to_have_text("running", timeout=LOADING)
    write(three, "'never'")
    press(three, "Run")
    press(three, "Reset")
    is_done(two)
    assert fresh(two).strip() == "'ended'" and three.get_attribute("data-run") == "idle"
    press(three, "Run")
    is_done(three)


def test_stop_all_while_python_loads_is_told(book: str, visit: Callable) -> None:
    """Red where "loading Python" stays."""
    page = visit().open(f"{book}/chapters/xmit.html")
    page.route("**/_python/**", lambda route: None)
    press(page, "Run all")
    press(page, "Stop all")
    expect(cell(page).locator(".lo-run-said")).to_contain_text("Stopped.")
    expect(page.get_by_role("button", name="Run all", exact=True)).to_be_visible()


def test_tabs_stay_tabs(book: str, visit: Callable) -> None:
    """Red where an indent is spaces alone."""
    page = visit().open(f"{book}/chapters/xmit.html")
    text = cell(page).get_by_role("textbox")
    text.fill("if 1:\n\tif 2:")
    text.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("pass")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.keyboard.insert_text("pass")
    assert text.input_value() == "if 1:\n\tif 2:\n\t\tpass\n\tpass"


def test_a_second_explorer_of_a_name_has_other_ids(book: str, visit: Callable) -> None:
    """Whichever stands above, and when one is made anew. The page's own keeps its ids. Red with
    the order on the page in place of who was there first, and with a number that is another's.
    """
    page = visit().open(f"{book}/chapters/gso_limits.html")
    page.locator("lo-explorer[name=limits][ready]").wait_for(state="attached")
    for number, there in ((0, 2), (1, 3), (0, 3)):
        write(cell(page, number), "from lomodel.explore import explorer\nexplorer('limits')")
        press(cell(page, number), "Run")
        is_done(cell(page, number))
        expect(page.locator("lo-explorer[name=limits][ready]")).to_have_count(there)
        ids = page.evaluate(
            "[...document.querySelectorAll('lo-explorer, lo-explorer [id]')].map((e) => e.id)"
        )
        assert len(set(ids)) == len(ids) > 10 * there
    own = page.locator("lo-explorer[name=limits]:not(.lo-fresh *)")
    assert own.get_attribute("id") == "lo-limits"
    assert cell(page).locator("lo-explorer").count() == 1


UNCOMPILED = """import sys
from zipimport import zipimporter
[m.__name__ for m in list(sys.modules.values()) if type(m.__loader__) is zipimporter
 and m.__file__.endswith(".py")]"""


def test_what_a_first_cell_loads_is_compiled(book: str, visit: Callable) -> None:
    """Red with the library as it comes: a hundred modules, and half of the time until a result."""
    page = visit().open(f"{book}/chapters/xmit.html")
    press(cell(page, 1), "Run")
    is_done(cell(page, 1))
    write(cell(page, 2), UNCOMPILED)
    press(cell(page, 2), "Run")
    is_done(cell(page, 2))
    assert fresh(cell(page, 2)).strip() == "[]"


def test_a_changed_cell_may_need_any_above(book: str, visit: Callable) -> None:
    """The build knows what the cells of the book need, not what a reader writes. Red where
    a changed cell has only the needs that the build found.
    """
    page = visit().open(f"{book}/chapters/gso_limits.html")
    write(cell(page), "only_here = 5")
    write(cell(page, 1), "only_here")
    press(cell(page, 1), "Run")
    is_done(cell(page, 1))
    assert fresh(cell(page, 1)).strip() == "5"


KIND = {
    "%pip install something": "“%pip” is a notebook's command",
    "!ls": "“!ls” is a notebook's command",
    "import threading\nthreading.Thread(target=print).start()": "A page has one thread",
    "import subprocess\nsubprocess.run(['ls'])": "A page can start no other program",
    "import socket\nsocket.socket()": "A page has no sockets",
    "breakpoint()": "A page has no debugger",
    "import asyncio\nawait asyncio.sleep(0)": "cannot wait for a coroutine",
    "import asyncio\nasyncio.run(asyncio.sleep(0))": "cannot wait for a coroutine",
    "import nbval": "nbval runs notebooks in a kernel",
    "import exercises.grader": "The grader runs on a machine of its own",
}


def test_what_a_page_cannot_do_is_said_in_a_line(book: str, visit: Callable) -> None:
    """And what is like Linux is like Linux. Red where an error does not look like one."""
    page = visit().open(f"{book}/chapters/xmit.html")
    for source, said in KIND.items():
        gives(cell(page), source, said, ".lo-error")
        is_done(cell(page), "error")
        assert fresh(cell(page)).strip().count("\n") == 0, fresh(cell(page))
    write(cell(page), "import errno, os\nimport lomodel\nerrno.EINVAL, os.strerror(95)")
    press(cell(page), "Run")
    is_done(cell(page))
    assert fresh(cell(page)).strip() == "(22, 'Operation not supported')"


def test_it_goes_on_when_the_network_is_gone(book: str, visit: Callable) -> None:
    """Every shown cell of a page, in order. Red where the worker asked for a file
    before each run.
    """
    page = visit().open(f"{book}/chapters/xmit.html")
    press(cell(page), "Run")
    is_done(cell(page))
    page.context.set_offline(True)
    for number in range(1, page.locator(".cell[data-run]").count()):
        press(cell(page, number), "Run")
        is_done(cell(page, number))


def test_an_explorer_in_a_cell_is_alive(book: str, visit: Callable) -> None:
    """Its table came ready-made, its script is the page's. Red where its script was not
    loaded.
    """
    seen = visit()
    page = seen.open(f"{book}/chapters/corrections.html")
    write(cell(page), "from lomodel.explore import explorer\nexplorer('gso')")
    press(cell(page), "Run")
    is_done(cell(page))
    made = cell(page).locator("lo-explorer[name='gso']")
    said = made.locator("output[name='tx_packets']")
    expect(said).to_have_text(re.compile(r"\d"))
    before = said.inner_text()
    made.locator("[name='tx-udp-segmentation']").click()
    expect(said).not_to_have_text(before)
    assert not seen.errors


def test_side_by_side_asks_the_kernel_in_the_page(book: str, visit: Callable) -> None:
    """Step by step; or says in a line that this copy has no kernel. Red where nothing asked, and
    without a place for the steps.
    """
    page = visit().open(f"{book}/chapters/xmit.html")
    steps = '[{"do": "link", "up": True}, {"do": "show"}]'
    write(cell(page), f"from lomodel import lab\nlab.side_by_side({steps})")
    press(cell(page), "Run")
    is_done(cell(page))
    said = "^(equal|different)" if page_kernels.current() else "This copy of the book has no kernel"
    verdict = cell(page).locator(".lo-fresh output[name='verdict']")
    expect(verdict).to_contain_text(re.compile(said), timeout=LOADING)
    shown = cell(page).locator(".lo-fresh lo-beside .lo-figure")
    expect(shown.locator(".lo-step-of")).to_have_count(2 if page_kernels.current() else 0)
    assert shown.is_visible() == bool(page_kernels.current())


def test_a_page_from_a_file_says_what_is_needed(book: str, html: Path, visit: Callable) -> None:
    """Red where run.js does not look where the page comes from."""
    page = visit().open((html / "chapters" / "xmit.html").as_uri())
    press(cell(page), "Run")
    expect(cell(page).locator(".lo-run-said")).to_contain_text("make serve")


@pytest.mark.parametrize("width", [390, 320])
def test_the_buttons_fit(book: str, visit: Callable, width: int) -> None:
    """On the narrowest phones, too. Red with wide buttons."""
    page = visit(width=width).open(f"{book}/chapters/xmit.html")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in page.locator(".lo-run-button:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["height"] >= 24


# --- what is stored is what the page gives --------------------------------------------------------


def sanitizers() -> list[tuple[re.Pattern[str], str]]:
    """The rules by which nbval compares."""
    rules = configparser.RawConfigParser()
    rules.read(ROOT / "tests" / "support" / "nbval_sanitize.cfg")
    return [(re.compile(rules[name]["regex"]), rules[name]["replace"]) for name in rules.sections()]


def compared(outputs: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Outputs as nbval compares them: streams joined, each kind of content sanitized."""
    found: list[tuple[str, str]] = []
    for output in outputs:
        data = output.get("data", {})
        if "text" in output:
            text = output["text"]
            if found and found[-1][0] == output["name"]:
                text = found.pop()[1] + text
            data = {output["name"]: text}
        found += sorted(data.items())
    return [(kind, sanitized(text)) for kind, text in found]


def sanitized(text: str) -> str:
    for pattern, instead in sanitizers():
        text = pattern.sub(instead, text)
    return text


def as_stored(shown: dict[str, Any]) -> dict[str, Any]:
    """What the page has of an output, by the notebook's names."""
    kind = shown.pop("kind")
    if kind in ("stream", "error"):
        return {"name": kind, **shown}
    return {"data": shown}


@pytest.mark.parametrize("name", [name for name in CHAPTERS if name not in WITHOUT_CELLS])
def test_run_all_gives_what_is_stored(book: str, visit: Callable, name: str) -> None:
    """Seen red on three chapters: the names of a ready-made table were sorted."""
    page = visit().open(f"{book}/chapters/{name}.html")
    page.set_default_timeout(LOADING * 3)
    page.get_by_role("button", name="Run all", exact=True).click()
    page.wait_for_function("loRun.cells.every((cell) => cell.outputs)", timeout=LOADING * 3)
    got = page.evaluate("loRun.cells.map(({ number, outputs }) => [number, outputs])")
    notebook = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)
    codes = [at for at, each in enumerate(notebook.cells) if each.cell_type == "code"]
    assert [number for number, _ in got] == codes
    for number, outputs in got:
        source = notebook.cells[number]
        if (name, source.id) not in LEFT_OUT:
            assert compared([as_stored(each) for each in outputs]) == compared(source.outputs), (
                source.id
            )

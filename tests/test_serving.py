"""The page "Serve the book": its numbers are measured, its rules are those of `make serve`.

Seen red: a number of `tools/serving.json` changed by a tenth; another pattern in the page; a rule
for `/_python/*`.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from lomodel import kernel_tree
from lomodel.source_lines import QUOTED
from tools import browser, serve, serving, sphinx_serving

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "chapters/serving.md").read_text(encoding="utf-8")
ABSENT = {
    "read": f"no tree of Linux {QUOTED}: pages without what they quote of it weigh less",
    "run": "no Python in the page: make python, then make book",
    "ask": "no kernel: make kernel, then make book",
    "notebook": "no JupyterLite: the book was built without (make python, then make book)",
}
OFF = 0.05
"""By how much a number may be another one: pages change."""


# --- the numbers ----------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("way", serving.WAYS)
def test_the_numbers_are_what_is_measured(way: str, html: Path) -> None:
    if not browser.CHROMIUM.find():
        pytest.skip(f"no browser: {browser.CHROMIUM.how_to_get_one}")
    if not serving.can(way, html) or (way == "read" and kernel_tree.problem(QUOTED)):
        pytest.skip(ABSENT[way])
    kept, found = sphinx_serving.measured(), serving.measure(way, html)
    wrong = [
        f"{name}, {day}, {what}: {kept[name][day][what]}, measured {number}"
        for name, days in found.items()
        for day, each in days.items()
        for what, number in each.items()
        if abs(kept[name][day][what] - number) > OFF * number
    ]
    assert wrong == [], "run python -m tools.serving"


def test_a_visit_of_another_day_is_short_answers() -> None:
    """What was kept is not sent again: on the next page not even asked about."""
    kept = sphinx_serving.measured()
    assert set(kept) == set(sphinx_serving.SAID)
    assert kept["next"]["warm"] == {
        "requests": 1,
        "unchanged": 1,
        "bytes": kept["next"]["warm"]["bytes"],
    }
    for days in kept.values():
        assert days["warm"]["unchanged"] == days["warm"]["requests"]
        assert days["warm"]["bytes"] < days["cold"]["bytes"] / 50
        assert 0 <= days["brotli_saves"] < days["cold"]["bytes"]


def way(size: int, requests: int, saves: int = 0) -> dict[str, Any]:
    warm = {"bytes": 1, "requests": 1, "unchanged": 1}
    cold = {"bytes": size, "requests": requests, "unchanged": 0}
    return {"cold": cold, "warm": warm, "brotli_saves": saves}


def test_the_sum_is_the_pages_formula() -> None:
    """readers x (first + (pages - 1) x next + run / 5 + ask / 10 + notebook / 10)."""
    numbers = {
        "first": way(100, 10, 10),
        "next": way(20, 1),
        "run": way(5000, 5),
        "ask": way(9000, 9),
        "notebook": way(7000, 20),
    }
    shares = sphinx_serving.Shares(readers=10, pages=5, run=5, ask=10, notebook=10)
    assert sphinx_serving.total(numbers, shares) == 10 * (100 + 80 + 1000 + 900 + 700)
    assert sphinx_serving.total(numbers, shares, brotli=True) == 10 * (90 + 80 + 2600)
    assert sphinx_serving.asked(numbers, shares) == 10 * (10 + 4 + 1 + 0.9 + 2)
    assert sphinx_serving.total(numbers, shares, "warm") == 54


def test_the_page_states_the_shares_that_it_sums() -> None:
    options = dict(re.findall(r"^:(\w+): (.*)$", PAGE, re.MULTILINE))
    said = (
        f"reads {options['pages']} pages, 1 in {options['run']} presses “Run”, "
        f"1 in {options['ask']} asks the kernel, and 1 in {options['notebook']} opens a notebook"
    )
    assert said in PAGE and options["readers"] == "1000000"
    shares = " + ".join(f"{name} / {options[name]}" for name in ("run", "ask", "notebook"))
    assert shares in " ".join(PAGE.split())


# --- what a host must say -------------------------------------------------------------------------


def files(html: Path) -> list[str]:
    return [f"/{path.relative_to(html).as_posix()}" for path in html.rglob("*") if path.is_file()]


def test_nginx_keeps_what_make_serve_keeps() -> None:
    (pattern,) = re.findall(r'"~(.*)"\s+"public, max-age=31536000, immutable"', PAGE)
    assert pattern == serve.HASHED.pattern
    assert serve.FOR_EVER in PAGE


def test_no_rule_keeps_what_may_change(html: Path) -> None:
    """A file of headers gives by names' beginnings what `make serve` gives by hashes."""
    (block,) = re.findall(r"```text\n(/_static.*?)```", PAGE, re.DOTALL)
    rules = re.findall(r"^(/\S+)$", block, re.MULTILINE)
    assert len(rules) == block.count("immutable") == 5
    for rule in rules:
        kept = [path for path in files(html) if fnmatch(path, rule)]
        # Of `_static` pages load only names with a hash in them (`test_hashed.py`).
        loaded = [path for path in kept if not path.startswith("/_static/")]
        assert all(serve.HASHED.search(path) for path in loaded), rule

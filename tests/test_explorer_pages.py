"""The explorers in a real browser: every state equals Python, and hands can drive it."""

from __future__ import annotations

import gzip
import json
from itertools import product
from pathlib import Path

import pytest
from explore_demo import DEMO

from lomodel.explore import page, page_assets
from lomodel.explore.declaration import Declaration
from lomodel.explore.registry import MODULES, declaration
from lomodel.explore.store import table_of
from lomodel.explore.table import look_up
from lomodel.figures.show import escape
from tools import book

pytestmark = pytest.mark.browser

TABLE_LIMIT = 30 * 1024
"""Bytes of an explorer's table over gzip."""

# Sets every state and reads back what a reader would see.
READ_ALL = """(name) => {
    const element = document.querySelector(`lo-explorer[name="${name}"]`);
    const { controls } = element.data;
    const seen = [];
    const visit = (axis, state) => {
        if (axis < controls.length) {
            for (const point of controls[axis].points)
                visit(axis + 1, { ...state, [controls[axis].name]: point });
            return;
        }
        element.controls = state;
        const text = (list, key) => Object.fromEntries(
            [...element.querySelectorAll(list)].map((e) => [key(e), e.textContent]));
        seen.push([
            text("output[name]", (e) => e.name),
            text("[data-note]", (e) => e.dataset.note),
            Object.fromEntries([...element.querySelectorAll(".node.lit")].map(
                (e) => [e.dataset.part, e.querySelector(".note").textContent])),
            Object.fromEntries([...element.querySelectorAll("[data-strip]")].map(
                (e) => [e.dataset.strip, [...e.children].map((b) => Number(b.style.flexGrow))])),
        ]);
    };
    visit(0, {});
    return seen;
}"""


def expected(made: Declaration, slots: dict) -> list[dict]:
    """What a reader sees of a state, in the words of READ_ALL."""
    outputs = {"summary": slots["summary"]}
    outputs |= {name: str(slots.get(f"value:{name}", "")) for name in made.values}
    for question in made.questions:
        outputs[question.name] = slots.get(f"answer:{question.name}", "not asked")
        outputs[f"{question.name} operands"] = slots.get(f"operands:{question.name}", "")
    notes = {c.name: slots.get(f"note:{c.name}", "") for c in made.controls}
    lit = {k.removeprefix("part:"): str(v) for k, v in slots.items() if k.startswith("part:")}
    strips = {name: blocks(slots.get(f"strip:{name}", "")) for name in made.strips}
    return [outputs, notes, lit, strips]


def blocks(text: str) -> list[int]:
    pairs = [block.split("x") for block in text.split()]
    return [int(length) for count, length in pairs for _ in range(int(count))]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> str:
    """A page with the cake on it twice, as a book has it: one script, one style sheet."""
    folder: Path = tmp_path_factory.mktemp("demo")
    output = page.wrap(page.element(DEMO))
    body, needed = page_assets.link_once(f"{output}<hr>{output}")
    assert needed == {page_assets.SCRIPT, page_assets.STYLE}
    (folder / page_assets.SCRIPT).write_text(page.classic_script(), encoding="utf-8")
    (folder / page_assets.STYLE).write_text(page.stylesheet(), encoding="utf-8")
    made = folder / "demo.html"
    made.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>demo</title>'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{page_assets.STYLE}">'
        f'<script defer src="{page_assets.SCRIPT}"></script><main>{body}</main>',
        encoding="utf-8",
    )
    return made.as_uri()


@pytest.fixture
def cake(demo: str, visit):
    """The first of the two explorers of the demo page, and the visit that it belongs to."""
    seen = visit()
    seen.open(demo)
    yield seen.page.locator("lo-explorer").first
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])


def out(explorer, name: str) -> str:
    return explorer.locator(f'output[name="{name}"]').inner_text()


def test_every_state_of_the_cake(cake) -> None:
    seen = cake.page.evaluate(READ_ALL, "demo")
    assert seen == [expected(DEMO, DEMO.run(state)) for state in DEMO.states()]


def test_a_click(cake) -> None:
    cake.get_by_label("knife", exact=True).click()
    assert out(cake, "summary") == "1 pieces"
    assert out(cake, "pieces") == "1"
    assert cake.locator('[data-note="knife"]').inner_text() == "blunt"


def test_the_keyboard_alone(cake) -> None:
    cake.locator('select[name="piece"]').focus()
    cake.page.keyboard.press("ArrowDown")  # 333 g
    cake.page.keyboard.press("Tab")  # the number
    cake.page.keyboard.press("Tab")  # its slider
    cake.page.keyboard.press("ArrowRight")  # 999 g
    assert (out(cake, "pieces"), out(cake, "grams")) == ("3", "999")
    cake.page.keyboard.press("Tab")
    cake.page.keyboard.press("Space")
    assert out(cake, "pieces") == "1"


def test_a_number_that_the_page_does_not_know_goes_to_the_nearest(cake) -> None:
    number = cake.locator('input[name="size"]')
    number.fill("700")
    number.press("Enter")
    assert number.input_value() == "500"
    number.fill("9999")
    number.press("Tab")
    assert (number.input_value(), out(cake, "grams")) == ("1000", "1000")


def test_two_explorers_are_strangers(cake) -> None:
    other = cake.page.locator("lo-explorer").nth(1)
    other.get_by_label("knife", exact=True).click()
    assert (out(cake, "pieces"), out(other, "pieces")) == ("5", "1")
    ids = cake.page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(set(ids)) == len(ids)


RENDER_DETACHED = """
() => {
  const html = document.querySelector("lo-explorer").outerHTML.replace(" ready", "");
  const view = document.createElement("div");
  view.innerHTML = html;
  const element = view.querySelector("lo-explorer");
  const controls = { ...element.ownerDocument.querySelector("lo-explorer").controls, knife: false };
  element.connect({ get: (name) => (name === "controls" ? controls : null), on() {}, off() {} });
  document.body.append(view);
  return element.controls.knife;
}
"""


def test_a_view_may_be_rendered_before_it_is_in_the_page(cake) -> None:
    """As JupyterLab does now and then; red when `connect` leaves the setting up to the page."""
    assert cake.page.evaluate(RENDER_DETACHED) is False


def test_marks_what_would_change_nothing(cake) -> None:
    idle = "[...document.querySelectorAll('lo-explorer')[0].querySelectorAll('.idle')]"
    names = f"{idle}.map((e) => e.dataset.control)"
    assert cake.page.evaluate(names) == ["cream"]
    cake.locator('select[name="piece"]').select_option(label="whole")
    assert cake.page.evaluate(names) == ["knife", "cream"]


@pytest.mark.parametrize(
    "wrong, message", [("{nope: 1}", "nope: no such control"), ("{size: 7}", "size: expected one")]
)
def test_a_script_that_sets_nonsense_is_told(cake, wrong: str, message: str) -> None:
    with pytest.raises(Exception, match=message):
        cake.page.evaluate(f"document.querySelector('lo-explorer').controls = {wrong}")


def test_announces_the_outcome_and_nothing_else(cake) -> None:
    polite = cake.page.evaluate(
        "[...document.querySelectorAll('lo-explorer')[0].querySelectorAll('output')]"
        ".filter((e) => e.getAttribute('aria-live') !== 'off').map((e) => e.name)"
    )
    assert polite == ["summary"]


def test_readable_without_javascript(demo: str, chromium) -> None:
    context = chromium.new_context(java_script_enabled=False)
    try:
        tab = context.new_page()
        tab.goto(demo)
        explorer = tab.locator("lo-explorer").first
        assert out(explorer, "summary") == "5 pieces"
        assert explorer.locator("svg .node.lit").count() == 3
        assert "need JavaScript" in explorer.inner_text()
    finally:
        context.close()


def test_no_motion_for_who_wants_none(demo: str, chromium) -> None:
    for wish, lasting in (("reduce", "0s"), ("no-preference", "0.12s, 0.12s")):
        context = chromium.new_context(reduced_motion=wish)
        tab = context.new_page()
        tab.goto(demo)
        style = "getComputedStyle(document.querySelector('.node polygon')).transitionDuration"
        assert tab.evaluate(style) == lasting
        context.close()


# The explorers of the book, in the pages that they stand on.


def pages_with(name: str) -> list[Path]:
    """The built pages that show an explorer."""
    mark = f'<lo-explorer name="{escape(name)}"'
    found = sorted(book.HTML.rglob("*.html"))
    return [path for path in found if mark in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="module", params=sorted(MODULES))
def made(request) -> Declaration:
    return declaration(request.param)


def test_the_book_shows_it(made: Declaration, html: Path) -> None:
    assert pages_with(made.name), f"no built page shows the explorer {made.name}"


def test_every_state_in_the_book_equals_python(made: Declaration, html: Path, visit) -> None:
    """The stored page against a table that the present model has filled."""
    seen = visit()
    seen.open(pages_with(made.name)[0].as_uri())
    found = seen.page.evaluate(READ_ALL, made.name)
    table = table_of(made)
    positions = product(*(range(len(control.points)) for control in made.controls))
    for position, shown in zip(positions, found, strict=True):
        assert shown == expected(made, look_up(table, position)), position
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])


def test_the_table_is_small(made: Declaration) -> None:
    table = json.dumps(page.data(made), separators=(",", ":"), ensure_ascii=False)
    assert len(gzip.compress(table.encode(), mtime=0)) < TABLE_LIMIT


def test_page_links_script_and_style_once(made: Declaration, html: Path) -> None:
    text = pages_with(made.name)[0].read_text(encoding="utf-8")
    assert text.count(page_assets.SCRIPT) == 1
    assert text.count(page_assets.STYLE) == 1
    assert 'data-lo="' not in text

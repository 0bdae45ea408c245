"""The explorers in a real browser: every state equals Python, and hands can drive it."""

from __future__ import annotations

import gzip
import json
import re
from itertools import product
from pathlib import Path

import pytest
from support.explore_demo import DEMO
from support.settled import arrived, settled

from lomodel.explore import page, page_assets
from lomodel.explore.declaration import Declaration
from lomodel.explore.registry import declaration, names
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
            text("[data-slot^='note:']", (e) => e.dataset.slot),
            text("[data-slot^='help:']", (e) => e.dataset.slot),
            Object.fromEntries([...element.querySelectorAll(".node.lit")].map(
                (e) => [e.dataset.part, e.querySelector(".note").textContent])),
            Object.fromEntries([...element.querySelectorAll("[data-strip]")].map(
                (e) => [e.dataset.strip, [...e.children].map((b) => Number(b.style.flexGrow))])),
            Object.fromEntries([...element.querySelectorAll("[data-lamps]")].map((e) =>
                [e.dataset.lamps, [...e.children].map((b) => b.className || ".").join("")])),
            element.querySelector("[data-sign='fate']")?.dataset.is ?? "",
        ]);
    };
    visit(0, {});
    return seen;
}"""


def expected(made: Declaration, slots: dict) -> list[dict]:
    """What a reader sees of a state, in the words of READ_ALL."""
    outputs = {"summary": slots["summary"]}
    outputs |= {"verdict": ""} if made.steps else {}
    outputs |= {"challenge": slots.get("met", "")} if made.challenge else {}
    outputs |= {name: slots.get(f"word:{name}", "–") for name in made.words}
    outputs |= {name: str(slots.get(f"value:{name}", "")) for name in made.values}
    for question in made.questions():
        outputs[question.name] = slots.get(f"answer:{question.name}", "not asked")
        outputs[f"{question.name} operands"] = slots.get(f"operands:{question.name}", "")
    notes = {f"note:{c.name}": slots.get(f"note:{c.name}", "") for c in made.controls}
    helps = {f"help:{c.name}": slots.get(f"help:{c.name}", c.help) for c in made.controls}
    helps = {name: text for name, text in helps.items() if text}
    lit = {k.removeprefix("part:"): str(v) for k, v in slots.items() if k.startswith("part:")}
    strips = {f"strip:{name}": blocks(slots.get(f"strip:{name}", "")) for name in made.strips}
    lamps = {f"lamps:{name}": slots.get(f"lamps:{name}", "") for name in made.words}
    return [outputs, notes, helps, lit, strips, lamps, slots.get("fate", "")]


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
        f'<script defer src="{page_assets.SCRIPT}"></script><main>{body}</main>'
        '<a href="other.html">elsewhere</a>',
        encoding="utf-8",
    )
    (folder / "other.html").write_text('<link rel="icon" href="data:,">other', encoding="utf-8")
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


# What each kind of slot looks like, in the explorer of the page and in one that Python made.
LOOKS = {
    "text": ("[data-slot]", "(e) => e.outerHTML"),
    "row": ("[data-row]", "(e) => [e.dataset.row, e.className, e.textContent]"),
    "part": ("[data-part]", "(e) => [e.dataset.part, [...e.classList], e.textContent.trim()]"),
    "strip": ("[data-strip]", "(e) => e.outerHTML"),
    "sign": ("[data-sign]", "(e) => e.outerHTML"),
    "lamps": ("[data-lamps]", "(e) => e.outerHTML"),
    "point": ("[data-point]", "(e) => e.outerHTML.replace(/ tabindex=.-?[0-9]./, '')"),
    "preset": ("[data-preset]", "(e) => [e.textContent, e.ariaPressed]"),
    "control": (
        "input, select",
        "(e) => [e.id, e.checked, e.value, e.selectedIndex, e.ariaValueText]",
    ),
}
COMPARE = """([states, pages, selector]) => {
    const element = document.querySelector("lo-explorer");
    const look = (root) => [...root.querySelectorAll(selector)].map(LOOK).sort();
    return states.map((state, number) => {
        element.controls = state;
        const made = document.createElement("template");
        made.innerHTML = pages[number];
        return [look(element), look(made.content)];
    });
}"""


@pytest.mark.parametrize("kind", LOOKS)
def test_python_and_script_write_every_kind_of_slot_alike(cake, kind: str) -> None:
    """Red where one of the two writes anything that the other does not, in any state."""
    selector, look = LOOKS[kind]
    states = list(DEMO.states())
    pages = [page.element(DEMO, state) for state in states]
    pairs = cake.page.evaluate(COMPARE.replace("LOOK)", f"{look})"), [states, pages, selector])
    assert len(pairs) == len(states)
    for state, (written, made) in zip(states, pairs, strict=True):
        assert made and written == made, state
    assert len({str(written) for written, _ in pairs}) > 1


def test_a_click(cake) -> None:
    cake.get_by_label("knife", exact=True).click()
    assert out(cake, "summary") == "1 pieces"
    assert out(cake, "pieces") == "1"
    assert cake.locator('[data-slot="note:knife"]').inner_text() == "blunt"


def test_the_keyboard_alone(cake) -> None:
    cake.locator('select[name="piece"]').focus()
    cake.page.keyboard.press("ArrowDown")  # 333 g
    cake.page.keyboard.press("Tab")  # the number
    cake.page.keyboard.press("Tab")  # its slider
    cake.page.keyboard.press("ArrowRight")  # 999 g
    assert (out(cake, "pieces"), out(cake, "grams")) == ("3", "999")
    cake.page.keyboard.press("Tab")  # its points with a name: one stop
    cake.page.keyboard.press("Tab")
    cake.page.keyboard.press("Space")
    assert out(cake, "pieces") == "1"


def test_a_number_between_the_points_stays_until_the_reader_turns_something(cake) -> None:
    """As a cell may set it; red where the page is busy for ever, or does not answer any more."""
    html = page.element(DEMO, {"size": 777})
    cake.page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", html)
    third = cake.page.locator("lo-explorer[ready]").nth(2)
    third.wait_for()
    assert (out(third, "pieces"), out(third, "grams")) == ("8", "777")
    assert third.locator('input[name="size"]').input_value() == "777"
    assert third.get_attribute("aria-busy") == "false"
    third.get_by_label("cream", exact=True).click()
    assert (out(third, "summary"), out(third, "grams")) == ("10 pieces <with cream>", "999")
    assert third.locator('input[name="size"]').input_value() == "999"


def said(explorer) -> str:
    return explorer.locator('[data-message="size"]').inner_text()


def test_a_number_that_the_page_does_not_know_goes_to_the_nearest_and_says_so(cake) -> None:
    number = cake.locator('input[name="size"]')
    number.fill("700")
    number.press("Enter")
    assert (number.input_value(), out(cake, "grams")) == ("500", "500")
    jupyter = "In Jupyter any number works."
    assert said(cake) == f"700 is not among this page’s points; shown: 500. {jupyter}"
    number.fill("1800")
    number.press("Tab")
    assert (number.input_value(), out(cake, "grams")) == ("1000", "1000")
    assert said(cake) == f"1800 is not among this page’s points; shown: 1000. {jupyter}"
    number.fill("999")
    number.press("Tab")
    assert (out(cake, "grams"), said(cake)) == ("999", "")


@pytest.mark.parametrize("wrong", ["", "-5", "49", "2001", "12.5", "abc", "1e9"])
def test_a_wrong_number_changes_nothing_and_says_what_was_expected(cake, wrong: str) -> None:
    number = cake.locator('input[name="size"]')
    number.fill("999")
    number.press("Enter")
    number.select_text()
    cake.page.keyboard.press("Delete")
    cake.page.keyboard.type(wrong)
    cake.page.keyboard.press("Tab")
    assert (number.input_value(), out(cake, "grams")) == ("999", "999")
    assert said(cake) == "Expected a whole number from 50 to 2000. It is still 999."
    assert cake.locator('[data-message="size"]').get_attribute("role") == "status"
    cake.get_by_label("knife", exact=True).click()
    assert said(cake) == ""


def test_who_comes_back_finds_what_was_chosen(cake) -> None:
    """The browser puts the controls back by itself, after the explorer has been set up."""
    other = cake.page.locator("lo-explorer").nth(1)
    cake.locator('select[name="piece"]').select_option(label="333 g")
    cake.locator('input[name="size"]').fill("999")
    other.get_by_label("knife", exact=True).click()
    chosen = [e.evaluate("(e) => e.controls") for e in (cake, other)]
    cake.page.get_by_text("elsewhere").click()
    arrived(cake.page, "**/other.html")
    cake.page.go_back()
    arrived(cake.page, "**/demo.html*")
    cake.page.locator("lo-explorer[ready]").nth(1).wait_for()
    back = [e.evaluate("(e) => e.controls") for e in (cake, other)]
    assert back == chosen
    assert (out(cake, "pieces"), out(cake, "grams")) == ("3", "999")
    assert cake.locator('input[data-slider="size"]').input_value() == "2"
    assert out(other, "pieces") == "1"
    assert not other.locator('input[name="knife"]').is_checked()


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
    assert polite == ["summary", "verdict", "challenge"]


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


@pytest.fixture(scope="module", params=names())
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
    table = json.dumps(page.data(page.show(made)), separators=(",", ":"), ensure_ascii=False)
    assert len(gzip.compress(table.encode(), mtime=0)) < TABLE_LIMIT


def test_page_links_script_and_style_once(made: Declaration, html: Path) -> None:
    text = pages_with(made.name)[0].read_text(encoding="utf-8")
    # The cells' list names both, too: an explorer may be made where none stood.
    assert len(re.findall(r"<script[^>]*/lo-explore\.[0-9a-f]+\.js", text)) == 1
    assert len(re.findall(r"<link[^>]*/lo-explore\.[0-9a-f]+\.css", text)) == 1
    assert 'data-lo="' not in text


# What is seen of a part, as the browser paints it.
PAINTED = """(element) => {
    const root = getComputedStyle(element);
    const probe = document.createElement("i");
    element.append(probe);
    const colour = (name) => {
        probe.style.color = `var(${name})`;
        return getComputedStyle(probe).color;
    };
    const [accent, line] = [colour("--lo-ink"), colour("--lo-line")];
    probe.remove();
    const paint = (e) => {
        const style = getComputedStyle(e);
        const word = { [accent]: "ink", [line]: "line" }[style.stroke] ?? style.stroke;
        return [word, style.strokeDasharray === "none" ? "solid" : "dashed"].join(" ");
    };
    const parts = [...element.querySelectorAll("[data-part]")];
    return parts.map((part) => {
        const kind = part.classList.contains("node") ? "node" : "edge";
        const shape = part.querySelector(kind === "node" ? "polygon" : "path");
        return [kind, part.dataset.part, part.classList.contains("lit"), paint(shape)];
    });
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_did_not_run_is_not_painted_as_if_it_had(html: Path, visit, theme: str) -> None:
    """Red where the figures' own colour of the packet's way outweighs the explorer's."""
    seen = visit(theme=theme)
    seen.page.emulate_media(reduced_motion="reduce")
    seen.open(pages_with("gso")[0].as_uri())
    explorer = seen.page.locator('lo-explorer[name="gso"]').first
    for gso_size, ran in ((8000, {"udp_sendmsg"}), (1400, {"udp_sendmsg", "loopback_xmit"})):
        explorer.evaluate("(e, gso_size) => { e.controls = { gso_size } }", gso_size)
        settled(seen.page)
        painted = explorer.evaluate(PAINTED)
        lit = {name for kind, name, is_lit, _ in painted if kind == "node" and is_lit}
        assert ran <= lit and (gso_size == 1400 or ran == lit)
        looks = {(kind, is_lit): set() for kind, _, is_lit, _ in painted}
        for kind, _, is_lit, look in painted:
            looks[kind, is_lit].add(look)
        assert looks.pop(("node", True)) == {"ink solid"}
        assert looks.pop(("node", False)) == {"line dashed"}
        assert looks.pop(("edge", True), set()) <= {"ink solid", "ink dashed"}
        assert looks.pop(("edge", False)) <= {"line solid", "line dashed"}


def test_a_note_moves_nothing(html: Path, visit) -> None:
    """What comes and goes beside the switches has its room from the start."""
    page = visit().open(pages_with("gso")[0].as_uri())
    explorer = page.locator('lo-explorer[name="gso"]').first
    where = (
        "(e) => [...e.querySelectorAll('.lo-switch input')].map((i) => i.getBoundingClientRect().y)"
    )
    before = explorer.evaluate(where)
    explorer.evaluate("(e) => { e.controls = { 'tx-tcp-segmentation': false } }")
    assert "requested, but off" in explorer.inner_text()
    after = explorer.evaluate(where)
    assert [y - after[0] for y in after] == [y - before[0] for y in before]


def test_idle_says_for_what(html: Path, visit) -> None:
    page = visit().open(pages_with("gso")[0].as_uri())
    explorer = page.locator('lo-explorer[name="gso"]').first
    idle = explorer.locator('[data-control="tx-tcp-segmentation"] .lo-idle')
    assert (idle.is_visible(), idle.inner_text()) == (True, "no effect here")

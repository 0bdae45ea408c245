"""Predictions in a real browser: a guess first, by hand and by keyboard, and then the answers.

Mutations that turned these red: "Check" enabled from the start; the answers shown at once; no
``focus()`` in ``check``; ``kept.write`` without its ``try``; the key without the page; a guess that
is not kept, or not forgotten; a message that is not shown; a moved row whose button loses focus;
the struck guess in ``--lo-loud``; ``@media (scripting: none)`` and ``.lo-paper`` taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from support import predict_demo
from support.settled import emulate, settled

from lomodel.desk import RELEASE
from lomodel.explore import page, page_assets
from lomodel.explore.foretell import find, names
from lomodel.explore.predict_html import element, made
from lomodel.explore.prediction import Answers, Choice, Number, Order, Prediction, answers_to

pytestmark = pytest.mark.browser

axe = Axe()

HEAD = (
    '<!doctype html><html lang="en" data-theme="THEME"><meta charset="utf-8"><title>p</title>'
    '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
    f'<link rel="stylesheet" href="{page_assets.STYLE}">'
    f'<script defer src="{page_assets.SCRIPT}"></script>'
    "<style>body { background: var(--lo-paper); margin: 16px }</style><main><h1>p</h1>"
)

BROKEN_STORAGE = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("no storage here", "SecurityError"); } });"""


def demo_elements(where: str) -> str:
    """One prediction of each kind; the number's kernel disagrees with its model."""
    number = Answers("6.12", 1, "6.12.117", 2)
    order = predict_demo.ORDER
    sorted_ = Answers("6.12", order.expected, "6.12.117", order.expected)
    choice = answers_to(predict_demo.CHOICE, "6.12")
    pairs = ((predict_demo.NUMBER, number), (predict_demo.CHOICE, choice), (order, sorted_))
    return "".join(made(prediction, found, where) for prediction, found in pairs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Pages as a book has them: one script, one style sheet."""
    place: Path = tmp_path_factory.mktemp("predict")
    (place / page_assets.SCRIPT).write_text(page.classic_script(), encoding="utf-8")
    (place / page_assets.STYLE).write_text(page.stylesheet(), encoding="utf-8")
    bodies = {"demo": demo_elements("demo"), "other": demo_elements("other")}
    bodies["book"] = "".join(element(name, RELEASE) for name in names())
    for name, body in bodies.items():
        for theme in ("light", "dark"):
            text = HEAD.replace("THEME", theme) + body
            (place / f"{name}-{theme}.html").write_text(text, encoding="utf-8")
    return place


@pytest.fixture
def demo(folder: Path, visit) -> Iterator[Page]:
    """The page with one of each kind."""
    seen = visit()
    yield seen.open((folder / "demo-light.html").as_uri())
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])


def box(shown: Page, name: str) -> Locator:
    return shown.locator(f'lo-predict[name="{name}"]')


def check(one: Locator) -> Locator:
    return one.get_by_role("button", name="Check")


def out(one: Locator, name: str) -> str:
    return one.locator(f'output[name="{name}"]').inner_text()


def enter(one: Locator, prediction: Prediction, line: str) -> None:
    """Put a guess into the form."""
    if isinstance(prediction.kind, Choice):
        one.locator(f'input[name="guess"][value="{line}"]').check()
    else:
        one.locator('input[name="guess"]').fill(line)


GUESSES = {"number": ("2", "1"), "choice": ("left", "right"), "order": ("A,C,B", "B,C,A")}
"""Of each kind a wrong one and the model's."""
SAID = {"number": "1", "choice": "what is right", "order": "B, C, A"}
kinds = pytest.mark.parametrize("name", GUESSES)
DEMO = {each.name: each for each in predict_demo.ALL}


@kinds
def test_nothing_is_shown_before_a_guess(demo: Page, name: str) -> None:
    one = box(demo, name)
    expect(check(one)).to_be_disabled()
    assert (out(one, "model"), out(one, "kernel")) == ("", "")
    assert DEMO[name].why not in one.inner_text()
    frame = one.locator(".lo-plate")
    assert frame.evaluate("(e) => getComputedStyle(e).borderTopStyle") == "dashed"


@kinds
@pytest.mark.parametrize("right", [False, True])
def test_a_guess_and_then_the_answers(demo: Page, name: str, right: bool) -> None:
    one, guess = box(demo, name), GUESSES[name][right]
    enter(one, DEMO[name], guess)
    check(one).click()
    assert out(one, "model") == SAID[name]
    result = one.locator(".lo-result")
    expect(result).to_be_focused()
    assert result.get_attribute("aria-live") == "polite"
    expect(one.locator(".lo-verdict")).to_have_text("as you said" if right else "not as you said")
    expect(one.locator(".lo-why")).to_be_visible()
    frame = one.locator(".lo-plate")
    assert frame.evaluate("(e) => getComputedStyle(e).borderTopStyle") == "solid"
    own = one.locator("dd > :first-child").first
    line = own.evaluate("(e) => getComputedStyle(e).textDecorationLine")
    assert line == ("none" if right else "line-through")
    expect(one.locator('input[name="guess"]').first).to_be_hidden()


def test_a_kernel_that_disagrees_and_one_that_was_not_asked(demo: Page) -> None:
    one = box(demo, "number")
    enter(one, DEMO["number"], "2")
    check(one).click()
    assert (out(one, "model"), out(one, "kernel")) == ("1", "2")
    heads = one.locator("dt").all_inner_texts()
    assert heads == ["your guess", "model 6.12", "Linux 6.12.117"]
    units = one.locator(".lo-unit").all_inner_texts()
    assert units == ["packets", "packet", "packets"]
    other = box(demo, "choice")
    enter(other, DEMO["choice"], "left")
    check(other).click()
    assert out(other, "kernel") == "No recording says <it>."
    assert other.locator("dd code").all_inner_texts() == ["left"]


QUIET = """(e) => {
    const style = getComputedStyle(e);
    const probe = document.createElement("i");
    e.append(probe);
    const colour = (name) => (probe.style.color = `var(${name})`, getComputedStyle(probe).color);
    const found = [style.color, colour("--lo-quiet"), colour("--lo-loud")];
    probe.remove();
    return found;
}"""


@kinds
def test_a_wrong_guess_is_quiet(demo: Page, name: str) -> None:
    one = box(demo, name)
    enter(one, DEMO[name], GUESSES[name][0])
    check(one).click()
    settled(demo)
    colour, quiet, loud = one.locator("dd > :first-child").first.evaluate(QUIET)
    assert colour == quiet != loud


@pytest.mark.parametrize("wrong", ["x", "3x", "-1", "1.5", "70001", "1e3", "1,00", "٣"])
def test_a_wrong_number_gets_a_message(demo: Page, wrong: str) -> None:
    one = box(demo, "number")
    field = one.locator('input[name="guess"]')
    field.press_sequentially(wrong)
    message = one.get_by_role("status")
    expect(message).to_have_text(f"Expected a whole number from 0 to 70000, not “{wrong}”.")
    expect(check(one)).to_be_disabled()
    assert field.get_attribute("aria-invalid") == "true"
    field.press("Enter")
    assert out(one, "model") == ""
    field.fill("")
    expect(message).to_have_text("")
    expect(check(one)).to_be_disabled()


@pytest.mark.parametrize("written", ["1", " 1 ", "001", "1,000", "12 345", "70000"])
def test_a_number_may_be_written_in_groups(demo: Page, written: str) -> None:
    one = box(demo, "number")
    one.locator('input[name="guess"]').fill(written)
    expect(check(one)).to_be_enabled()
    one.locator('input[name="guess"]').press("Enter")
    kept = str(int(written.replace(",", "").replace(" ", "")))
    assert one.locator("dd > :first-child").first.inner_text() == kept


@pytest.mark.parametrize("wrong", ["A,B", "A,B,B", "A,B,D", "A B C", "A,B,C,", ""])
def test_a_wrong_order_gets_a_message(demo: Page, wrong: str) -> None:
    one = box(demo, "order")
    one.locator('input[name="guess"]').fill(wrong)
    expected = f"Expected A, B, C in some order, with commas, not “{wrong}”."
    expect(one.get_by_role("status")).to_have_text(expected)
    expect(check(one)).to_be_disabled()


def letters(one: Locator) -> list[str]:
    return one.locator("[data-letter] > b").all_inner_texts()


def test_the_letters_and_the_rows_keep_in_step(demo: Page) -> None:
    one = box(demo, "order")
    one.locator('input[name="guess"]').fill("c, a,b")
    assert letters(one) == ["C", "A", "B"]
    one.get_by_role("button", name="Move A up").click()
    assert letters(one) == ["A", "C", "B"]
    assert one.locator('input[name="guess"]').input_value() == "A,C,B"
    expect(one.get_by_role("status")).to_have_text("A is now 1 of 3.")


def test_an_order_by_keyboard(demo: Page) -> None:
    """Tab and Space only; the button that was pressed keeps the focus."""
    one = box(demo, "order")
    keyboard = demo.keyboard
    one.get_by_role("button", name="Move A up").focus()
    keyboard.press("Space")  # it is the first: nothing happens
    assert letters(one) == ["A", "B", "C"]
    expect(check(one)).to_be_disabled()
    keyboard.press("Tab")
    keyboard.press("Space")
    keyboard.press("Space")
    assert letters(one) == ["B", "C", "A"]
    expect(one.get_by_role("button", name="Move A down")).to_be_focused()
    keyboard.press("Tab")  # the letters
    keyboard.press("Tab")
    expect(check(one)).to_be_focused()
    keyboard.press("Enter")
    assert out(one, "model") == "B, C, A"
    expect(one.locator(".lo-verdict")).to_have_text("as you said")
    assert one.locator("dd ol li").all_inner_texts() == [*DEMO["order"].expected] * 3


def test_a_number_and_a_choice_by_keyboard(demo: Page) -> None:
    one, keyboard = box(demo, "number"), demo.keyboard
    keyboard.press("Tab")
    keyboard.type("1")
    keyboard.press("Tab")
    keyboard.press("Space")
    assert out(one, "model") == "1"
    keyboard.press("Tab")  # ask the kernel
    keyboard.press("Tab")  # guess again
    keyboard.press("Tab")  # the first option
    keyboard.press("ArrowDown")
    keyboard.press("Tab")
    keyboard.press("Enter")
    other = box(demo, "choice")
    assert out(other, "model") == "what is right"
    expect(other.locator(".lo-verdict")).to_have_text("as you said")


@kinds
def test_a_guess_outlives_the_page_and_can_be_taken_back(demo: Page, name: str) -> None:
    one = box(demo, name)
    enter(one, DEMO[name], GUESSES[name][0])
    check(one).click()
    shown = one.locator(".lo-result").inner_text()
    demo.reload()
    assert one.locator(".lo-result").inner_text() == shown
    expect(one.locator(".lo-result")).not_to_be_focused()
    one.get_by_role("button", name="Guess again").click()
    assert (out(one, "model"), out(one, "kernel")) == ("", "")
    assert DEMO[name].why not in one.inner_text()
    expect(check(one)).to_be_disabled()
    assert one.evaluate("(e) => e.querySelector('.lo-field').contains(document.activeElement)")
    demo.reload()
    assert out(one, "model") == ""
    expect(check(one)).to_be_disabled()
    enter(one, DEMO[name], GUESSES[name][1])
    check(one).click()
    expect(one.locator(".lo-verdict")).to_have_text("as you said")


def test_an_unchecked_guess_is_not_kept(demo: Page) -> None:
    one = box(demo, "number")
    one.locator('input[name="guess"]').fill("2")
    demo.reload()
    assert one.locator('input[name="guess"]').input_value() == ""
    expect(check(one)).to_be_disabled()


def test_two_pages_do_not_share_their_guesses(demo: Page, folder: Path) -> None:
    enter(box(demo, "number"), DEMO["number"], "2")
    check(box(demo, "number")).click()
    demo.goto((folder / "other-light.html").as_uri())
    assert out(box(demo, "number"), "model") == ""
    demo.goto((folder / "demo-light.html").as_uri())
    assert out(box(demo, "number"), "model") == "1"


@pytest.mark.parametrize(
    "name, stale",
    [("number", "70001"), ("number", ""), ("choice", "gone"), ("order", "A,B"), ("order", "A,B,D")],
)
def test_a_guess_that_the_question_has_no_longer_is_forgotten(demo: Page, name, stale) -> None:
    kept = [f"lo-predict demo {name}", stale]
    demo.evaluate("([key, value]) => localStorage.setItem(key, value)", kept)
    demo.reload()
    one = box(demo, name)
    assert (out(one, "model"), letters(one)) == ("", letters(one) and ["A", "B", "C"])
    assert "undefined" not in one.inner_text()
    expect(check(one)).to_be_disabled()
    enter(one, DEMO[name], GUESSES[name][1])
    check(one).click()
    assert out(one, "model") == SAID[name]


@kinds
def test_works_where_nothing_can_be_kept(folder: Path, visit, name: str) -> None:
    seen = visit()
    seen.page.add_init_script(BROKEN_STORAGE)
    one = box(seen.open((folder / "demo-light.html").as_uri()), name)
    enter(one, DEMO[name], GUESSES[name][1])
    check(one).click()
    assert out(one, "model") == SAID[name]
    one.get_by_role("button", name="Guess again").click()
    assert out(one, "model") == ""
    assert (seen.errors, seen.console) == ([], [])


RENDERED = """async ([source, html]) => {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { default: widget } = await import(address);
    const el = document.createElement("div");
    widget.render({ model: { get: (name) => (name === "_html" ? html : null) }, el });
    const early = el.querySelector("lo-predict").constructor.name;
    document.querySelector("main").replaceChildren(el);
    return early;
}"""


def test_as_a_widget_it_is_the_same_element(demo: Page) -> None:
    """Rendered outside the page first, as JupyterLab does now and then."""
    early = demo.evaluate(RENDERED, [page.module(), demo_elements("widget")])
    assert early == "LoPredict"
    one = box(demo, "number").first
    enter(one, DEMO["number"], "1")
    check(one).click()
    assert out(one, "model") == "1"


def test_every_prediction_of_the_book(folder: Path, visit) -> None:
    """What a reader is shown is what Python has computed."""
    seen = visit()
    shown = seen.open((folder / "book-light.html").as_uri())
    for name in names():
        one, prediction = box(shown, name), find(name)[1]
        found = answers_to(prediction, RELEASE)
        enter(one, prediction, prediction.kind.line(found.model))
        check(one).click()
        expect(one.locator(".lo-verdict")).to_have_text("as you said")
        words = prediction.kind.words(found.model).replace("`", "")
        if isinstance(prediction.kind, Number):
            words = words.split()[0]
        elif isinstance(prediction.kind, Order):
            words = prediction.kind.line(found.model).replace(",", ", ")
        said = out(one, "model")
        assert words == said
        assert out(one, "kernel") == (said if found.kernel else found.missing.replace("`", ""))
        why = prediction.text(prediction.why, RELEASE).replace("`", "")
        assert one.locator(".lo-why").inner_text() == why
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])


def answer_all(shown: Page) -> None:
    for each in predict_demo.ALL:
        enter(box(shown, each.name), each, GUESSES[each.name][0])
        check(box(shown, each.name)).click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("which", ["demo", "book"])
def test_is_accessible_and_fits(folder: Path, visit, theme: str, width: int, which: str) -> None:
    """Open and answered: axe is content, nothing overflows, everything is large enough to hit."""
    shown = visit(theme=theme, width=width).open((folder / f"{which}-{theme}.html").as_uri())
    for answered in (False, True):
        if answered and which == "book":
            break
        if answered:
            answer_all(shown)
        options = {"resultTypes": ["violations"]}
        violations = axe.run(settled(shown), options=options).response["violations"]
        assert [(v["id"], [n["html"][:90] for n in v["nodes"]]) for v in violations] == []
        assert shown.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert shown.evaluate(OVERFLOWING) == []
        assert shown.evaluate(SMALL) == []


OVERFLOWING = """() => [...document.querySelectorAll(".lo-plate *")]
    .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right
        > e.closest(".lo-plate").getBoundingClientRect().right + 0.5)
    .map((e) => e.outerHTML.slice(0, 80))"""
# A radio button's label is as good as itself.
SMALL = """() => [...document.querySelectorAll("lo-predict :is(input, button)")]
    .filter((e) => e.checkVisibility())
    .map((e) => (e.type === "radio" ? e.closest("label") : e).getBoundingClientRect())
    .filter((box) => box.width < 24 || box.height < 24).length || []"""


def test_the_field_has_the_question_as_its_name(demo: Page) -> None:
    number = demo.get_by_role("textbox", name="How many packets is sendto of 3000 bytes? packets")
    expect(number).to_be_visible()
    group = demo.get_by_role("group", name="Which of these is <shown>?")
    assert group.get_by_role("radio").count() == 3
    region = demo.get_by_role("region", name="Predict: an order")
    expect(region.get_by_role("group", name="Sort by bytes, most first.")).to_be_visible()


def test_without_javascript_the_question_and_a_link(folder: Path, chromium) -> None:
    context = chromium.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto((folder / "demo-light.html").as_uri())
    for each in predict_demo.ALL:
        one = box(shown, each.name)
        assert each.question.replace("`", "") in one.inner_text()
        link = one.get_by_role("link", name="the page of answers")
        assert link.get_attribute("href") == f"answers.html#{each.name}"
        for control in one.locator("input, button").all():
            expect(control).to_be_hidden()
    context.close()


def test_on_paper_a_line_to_write_on(demo: Page) -> None:
    one, other = box(demo, "number"), box(demo, "choice")
    enter(other, DEMO["choice"], "right")
    check(other).click()
    expect(one.get_by_text("My guess:")).to_be_hidden()
    emulate(demo, media="print")
    expect(one.get_by_text("My guess:")).to_be_visible()
    expect(one.locator(".lo-ask")).to_be_visible()
    expect(other.get_by_text("My guess:")).to_be_hidden()
    assert out(other, "model") == "what is right"
    for control in demo.locator("lo-predict :is(input, button)").all():
        expect(control).to_be_hidden()


def test_nothing_jumps_when_a_message_comes_and_goes(demo: Page) -> None:
    one = box(demo, "number")
    height = "(e) => e.getBoundingClientRect().height"
    before = one.evaluate(height)
    one.locator('input[name="guess"]').fill("x")
    assert one.evaluate(height) == before


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", ["number", "choice", "order"])
def test_an_answer_leaves_the_width_as_it_was(folder: Path, visit, kind: str, width: int) -> None:
    """In a cell of a book, whose output is as wide as what is in it. Seen red: ``max-content``."""
    page = visit(width=width).open((folder / "demo-light.html").as_uri())
    one = page.locator(f'lo-predict[kind="{kind}"]')
    before = one.bounding_box()
    guess = {"number": "3", "order": predict_demo.ORDER.kind.line(predict_demo.ORDER.expected)}.get(
        kind
    )
    if guess:
        one.locator('input[type="text"]').fill(str(guess))
    else:
        one.locator("label").first.click()
    check(one).click()
    after = one.bounding_box()
    assert (before["x"], before["width"]) == (after["x"], after["width"])
    assert after["width"] <= 960
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""The stepper in a real browser: every step equals Python's, and hands, keys and eyes can use it.

Red when the script left a header's state as it was, showed a result too early, forgot what had
changed on the way back, took keys with Ctrl, lost the focus at the last step or with a call, told a
kernel nothing, or scrolled the page to the call; when the number was announced beside the sentence;
and without the style sheet's kept lines (phone), its rule for paper, its rule for pages without
scripts, or cells that shrink.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from support.settled import emulate, settled

from lomodel.desk import lo_up, send
from lomodel.explore import page, page_assets, stepper_page
from lomodel.explore.steps import Step, steps_of
from lomodel.trace import watching
from lomodel.watch import watch_packets

pytestmark = pytest.mark.browser

axe = Axe()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FRAME = 1000 / 60
"""Milliseconds."""
SENDS = {
    "riddle": {"payload": 4000, "gso_size": 1400},
    "cut": {"payload": 4000, "gso_size": 1400, "off": ["tx-udp-segmentation"]},
    "fragments": {"payload": 4000, "family": "inet6"},
}


def steps(name: str) -> list[Step]:
    known = dict(SENDS[name])
    with watching(watch_packets()):
        return steps_of(send(lo_up(off=known.pop("off", [])), **known))


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    """The address of a page with steppers, as a book has them; %s stands for the theme."""
    folder: Path = tmp_path_factory.mktemp("stepper")
    made = "".join(page.wrap(element(name, steps(name))) for name in SENDS)
    body, needed = page_assets.link_once(made)
    assert needed == {page_assets.SCRIPT, page_assets.STYLE}
    (folder / page_assets.SCRIPT).write_text(page.classic_script(), encoding="utf-8")
    (folder / page_assets.STYLE).write_text(page.stylesheet(), encoding="utf-8")
    for theme in ("light", "dark"):
        (folder / f"{theme}.html").write_text(
            f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">'
            '<title>steps</title><meta name="viewport" content="width=device-width">'
            f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{page_assets.STYLE}">'
            f'<script defer src="{page_assets.SCRIPT}"></script>'
            "<style>body { margin: 0 auto; max-width: 960px; background: var(--lo-paper) }</style>"
            f"<main><h1>Steps</h1>{body}</main>",
            encoding="utf-8",
        )
    return f"{folder.as_uri()}/%s.html"


def element(name: str, known: list[Step], step: int = 1) -> str:
    return stepper_page.element(name, f"The {name}", "trace of the model", known, step)


@pytest.fixture
def riddle(address: str, visit):
    seen = visit()
    seen.open(address % "light")
    yield seen.page.locator('lo-stepper[name="riddle"]')
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])


def out(stepper) -> str:
    return stepper.locator('output[name="step"]').inner_text()


def call(stepper) -> str:
    return stepper.locator('[aria-current="step"] span').inner_text()


def press(stepper, name: str) -> None:
    stepper.get_by_role("button", name=name, exact=True).click()


# What a reader sees of a step, in the page and in what Python makes of it.
LOOK = """(root) => [
    root.querySelector(".lo-now").innerHTML,
    root.querySelector(".lo-bytes").innerHTML,
    [...root.querySelectorAll("[data-field]")].map(
        (row) => [row.className, row.dataset.field, row.lastElementChild.innerHTML]),
    [...root.querySelectorAll("[data-step]")].map((call) => [
        call.className, call.getAttribute("aria-current"), call.getAttribute("tabindex"),
        call.querySelector("em")?.hidden ?? null, call.textContent]),
    [...root.querySelectorAll(".lo-rail li")].map((li) => li.getAttribute("aria-current")),
    [...root.querySelectorAll("[data-go]")].map((button) => button.disabled),
    root.querySelector("output").textContent,
    root.querySelector("input").getAttribute("aria-valuetext"),
]"""
COMPARE = """([name, pages]) => {
    const look = LOOK;
    const element = document.querySelector(`lo-stepper[name="${name}"]`);
    const visit = (html, at) => {
        element.step = at + 1;
        const made = document.createElement("template");
        made.innerHTML = html;
        return JSON.stringify(look(element)) === JSON.stringify(look(made.content))
            ? null : [at + 1, look(element), look(made.content)];
    };
    const forwards = pages.map(visit);
    return [...forwards, ...pages.map((html, at) => [html, at]).reverse().map(
        ([html, at]) => visit(html, at))].filter(Boolean);
}""".replace("LOOK", LOOK)


@pytest.mark.parametrize("name", SENDS)
def test_python_and_script_write_every_step_alike(address: str, visit, name: str) -> None:
    """Forwards and back."""
    known = steps(name)
    pages = [element(name, known, step) for step in range(1, len(known) + 1)]
    there = visit().open(address % "light")
    assert there.evaluate(COMPARE, [name, pages]) == []


def test_next_and_back(riddle) -> None:
    assert out(riddle) == "1 of 28"
    assert riddle.get_by_role("button", name="Back", exact=True).is_disabled()
    for _ in range(17):
        press(riddle, "Next")
    assert (out(riddle), call(riddle)) == ("18 of 28", "eth_type_trans")
    row = riddle.locator('[data-field="len"]')
    assert row.locator("td").inner_text().split() == ["4042", "4028"]
    assert row.locator("s").inner_text() == "4042"
    assert riddle.locator(".lo-header.lo-off").get_attribute("aria-label") == "Ethernet, taken off"
    press(riddle, "Back")
    assert (out(riddle), call(riddle)) == ("17 of 28", "loopback_xmit")
    assert riddle.locator('[data-field="sk"] s').inner_text() == "a socket"


def test_keys_anywhere_in_the_plate(riddle) -> None:
    there = riddle.page
    riddle.get_by_role("button", name="Next", exact=True).focus()
    there.keyboard.press("ArrowRight")
    there.keyboard.press("Enter")
    assert out(riddle) == "3 of 28"
    there.keyboard.press("ArrowLeft")
    assert out(riddle) == "2 of 28"
    # A call keeps the focus when the steps go on, and only the current one is a tab stop.
    riddle.locator('[aria-current="step"]').focus()
    there.keyboard.press("ArrowRight")
    assert there.evaluate("document.activeElement.getAttribute('aria-current')") == "step"
    assert riddle.locator('[data-step][tabindex="0"]').count() == 1
    for shortcut in ("Control+ArrowRight", "Shift+ArrowRight", "ArrowDown", "a"):
        there.keyboard.press(shortcut)
    assert out(riddle) == "3 of 28"


def test_the_slider_has_its_own_keys(riddle) -> None:
    slider = riddle.locator('input[name="step"]')
    slider.focus()
    riddle.page.keyboard.press("ArrowRight")
    assert out(riddle) == "2 of 28"
    riddle.page.keyboard.press("End")
    assert out(riddle) == "28 of 28"
    assert slider.get_attribute("aria-valuetext") == "28 of 28, udp_queue_rcv_one_skb"
    slider.fill("9")
    assert call(riddle) == "eth_header"


def test_the_keys_work_at_both_ends(riddle) -> None:
    """A button that is switched off has no focus: the other one takes it."""
    there = riddle.page
    there.evaluate("document.querySelector('lo-stepper').step = 27")
    press(riddle, "Next")
    assert out(riddle) == "28 of 28"
    assert there.evaluate("document.activeElement.textContent") == "← Back"
    there.keyboard.press("ArrowRight")
    there.keyboard.press("ArrowLeft")
    assert out(riddle) == "27 of 28"


def test_a_click_on_a_call_goes_there(riddle) -> None:
    riddle.locator("[data-step]", has_text="ip_local_deliver").click()
    assert (out(riddle), call(riddle)) == ("25 of 28", "ip_local_deliver")
    ran = riddle.locator("[data-step]:not(.lo-open)")
    assert ran.count() == 25
    assert riddle.locator('.lo-rail [aria-current="location"]').inner_text() == "receiver"


def test_a_result_is_shown_once_it_is_known(riddle) -> None:
    result = riddle.locator("[data-step] em", has_text="accepted").last
    riddle.locator("[data-step]", has_text="__netif_rx").click()
    assert not result.is_visible()
    press(riddle, "Next")
    assert result.is_visible()


def test_what_a_call_gives_back_has_a_head(riddle) -> None:
    head = riddle.locator(".lo-heads span").last
    assert head.inner_text() == "it returns"
    press(riddle, "Next")
    result = riddle.locator("[data-step] em").first.bounding_box()
    box = head.bounding_box()
    assert abs(box["x"] + box["width"] - result["x"] - result["width"]) < 16


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", SENDS)
def test_no_row_of_the_list_is_cut_through(address: str, visit, name: str, width: int) -> None:
    """Seen red: a list that is as high as what stands beside it, ``process_backlog`` in half."""
    there = visit(width=width, height=844).open(address % "light")
    stepper = there.locator(f'lo-stepper[name="{name}"]')
    for _ in range(len(steps(name)) - 1):
        press(stepper, "Next")
        cut = stepper.evaluate(
            """(e) => {
                const list = e.querySelector(".lo-calls").getBoundingClientRect();
                return [...e.querySelectorAll(".lo-calls li")].filter((row) => {
                    const box = row.getBoundingClientRect();
                    return [list.top, list.bottom].some(
                        (edge) => box.top < edge - 3 && box.bottom > edge + 3);
                }).map((row) => row.textContent);
            }"""
        )
        assert cut == []


def test_changes_are_told_to_the_page(riddle) -> None:
    there = riddle.page
    there.evaluate(
        """() => { window.told = [];
            document.addEventListener("lo-change",
                (e) => told.push([e.target.localName, e.detail.step])) }"""
    )
    press(riddle, "Next")
    press(riddle, "Next")
    riddle.locator("[data-step]").nth(2).click()  # where one is: no change
    assert there.evaluate("told") == [["lo-stepper", 2], ["lo-stepper", 3]]
    assert there.evaluate("document.querySelector('lo-stepper').step") == 3
    with pytest.raises(Exception, match="expected 1 to 28, not 29"):
        there.evaluate("document.querySelector('lo-stepper').step = 29")


def test_only_the_sentence_is_read_out(riddle) -> None:
    live = riddle.evaluate(
        """(e) => [...e.querySelectorAll("[aria-live], output, [role=status], [role=alert]")]
            .filter((each) => each.getAttribute("aria-live") !== "off").map((e) => e.className)"""
    )
    assert live == ["lo-now"]


def test_the_page_stays_where_it_is(riddle) -> None:
    """The list scrolls to the call, the page does not; nothing below moves."""
    there = riddle.page
    there.evaluate("scrollTo(0, 60)")
    tall = []
    for _ in range(27):
        press(riddle, "Next")
        tall.append(riddle.bounding_box()["height"])
        box, room = (
            riddle.locator(which).bounding_box() for which in ("[aria-current=step]", ".lo-calls")
        )
        assert room["y"] <= box["y"] and box["y"] + box["height"] <= room["y"] + room["height"] + 1
    assert there.evaluate("scrollY") == 60
    assert len(set(tall)) == 1


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("name", SENDS)
def test_nothing_overflows_and_everything_can_be_hit(
    address: str, visit, name: str, width: int
) -> None:
    there = visit(width=width, height=844).open(address % "light")
    stepper = there.locator(f'lo-stepper[name="{name}"]')
    total = len(steps(name))
    for step in range(1, total + 1):
        there.evaluate(
            "([n, s]) => document.querySelector(`lo-stepper[name=${n}]`).step = s", [name, step]
        )
        wide = there.evaluate(
            """() => [...document.querySelectorAll("body, lo-stepper, lo-stepper *")]
                .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth &&
                    getComputedStyle(e).display !== "inline")
                .map((e) => [e.className, e.textContent.slice(0, 60), e.scrollWidth])"""
        )
        assert wide == [], step
    small = stepper.evaluate(
        """(e) => [...e.querySelectorAll("button, input")].filter((each) =>
            each.getBoundingClientRect().height < 24 || each.getBoundingClientRect().width < 24)
            .map((each) => each.outerHTML)"""
    )
    assert small == []
    columns = stepper.evaluate(
        """(e) => [".lo-calls", ".lo-packet"].map(
            (part) => e.querySelector(part).getBoundingClientRect().x)"""
    )
    assert (columns[0] < columns[1]) == (width == 1280)


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_hand_and_what_changes_are_in_sight_together(
    address: str, visit, width: int
) -> None:
    there = visit(width=width, height=844).open(address % "light")
    riddle = there.locator('lo-stepper[name="riddle"]')
    riddle.evaluate("(e) => scrollTo(0, e.getBoundingClientRect().top + scrollY)")
    for _ in range(17):
        press(riddle, "Next")
    tall = [riddle.bounding_box()["height"]]
    press(riddle, "Next")
    tall.append(riddle.bounding_box()["height"])
    assert tall[0] == tall[1]
    for part in (".lo-drive", ".lo-now", "[aria-current=step]", ".lo-bytes"):
        box = riddle.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 844, part


def test_by_touch(address: str, chromium) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    there = context.new_page()
    there.goto(address % "light")
    riddle = there.locator('lo-stepper[name="riddle"]')
    # A finger's click comes a little after the finger has left.
    riddle.get_by_role("button", name="Next", exact=True).tap()
    expect(riddle.locator('output[name="step"]')).to_have_text("2 of 28")
    riddle.locator("[data-step]", has_text="ip_local_out").tap()
    expect(riddle.locator('output[name="step"]')).to_have_text("5 of 28")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("step", [1, 18, 27])
def test_is_accessible(address: str, visit, theme: str, width: int, step: int) -> None:
    there = visit(theme=theme, width=width).open(address % theme)
    there.evaluate(
        "(s) => document.querySelectorAll('lo-stepper').forEach((e) => { e.step = s })", step
    )
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = axe.run(settled(there), options=options).response["violations"]
    assert [(rule["id"], [n["html"] for n in rule["nodes"]]) for rule in found] == []


def test_a_click_within_a_frame(riddle) -> None:
    times = riddle.evaluate(
        """(element) => Array.from({ length: 27 }, () => {
            const start = performance.now();
            element.querySelector("[data-go='1']").click();
            element.getBoundingClientRect();
            return performance.now() - start;
        })"""
    )
    assert out(riddle) == "28 of 28"
    assert median(times) < FRAME


def test_paper_has_the_step_that_is_shown(riddle) -> None:
    there = riddle.page
    press(riddle, "Next")
    emulate(there, media="print")
    assert not riddle.locator(".lo-drive").is_visible()
    assert riddle.locator(".lo-now").is_visible()
    last, room = riddle.locator("[data-step]").last.bounding_box(), riddle.bounding_box()
    calls = riddle.locator(".lo-calls").evaluate("(e) => [e.scrollHeight, e.clientHeight]")
    assert calls[0] == calls[1]
    assert last["y"] + last["height"] <= room["y"] + room["height"]


def test_without_scripts_there_is_the_first_step_and_every_sentence(address: str, chromium) -> None:
    context = chromium.new_context(java_script_enabled=False)
    there = context.new_page()
    there.goto(address % "light")
    riddle = there.locator('lo-stepper[name="riddle"]')
    assert not riddle.locator(".lo-drive").is_visible()
    known = steps("riddle")
    assert riddle.locator(".lo-now").inner_text() == known[0].sentence
    items = riddle.locator(".lo-all li")
    assert items.count() == len(known)
    assert [item.replace("`", "") for item in items.all_inner_texts()] == [
        f"{step.call} {step.sentence}".replace("`", "") for step in known
    ]
    context.close()


MODEL = """(html) => {
    const listeners = {};
    const model = {
        values: { step: 9, _html: html }, saved: 0,
        get(name) { return this.values[name]; },
        set(name, value) { this.values[name] = value; listeners[`change:${name}`]?.(); },
        save_changes() { this.saved++; },
        on(name, listener) { listeners[name] = listener; },
        off(name) { delete listeners[name]; },
    };
    const element = document.querySelector("lo-stepper");
    const end = element.connect(model);
    const seen = [element.step];
    element.querySelector("[data-go='1']").click();
    seen.push(model.values.step, model.saved);
    model.set("step", 4);
    seen.push(element.step, model.saved);
    end();
    model.set("step", 5);
    return [...seen, element.step];
}"""


def test_in_step_with_a_kernel(riddle) -> None:
    """What anywidget does with the element: both ways, until it lets go."""
    assert riddle.page.evaluate(MODEL, "") == [9, 10, 1, 4, 1, 4]

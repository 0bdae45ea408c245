"""The built pages in Firefox: what a hand does with each of their pieces, from files and over http.

A smaller set than Chromium's: one walk for each piece. Over http the book lies below a path.

Mutations of the built pages that turned these red: a line on the console; a box of 600 pixels; an
image that is missing (over http), and one of another address; a guess that is not kept, or not
forgotten; "Check" enabled at once; ``replaceState`` only; no ``popstate``; the address not read; a
slider (of both kinds), a preset, or the key → without an effect; a step's sentence, or its bytes,
left as they were; no ``hashchange``; no Escape; no focus; a search that knows no sections, or
marks no words.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from support.served import served
from support.settled import address_of, arrived, becomes, follow, found

from lomodel.desk import RELEASE
from lomodel.explore.foretell import find
from lomodel.explore.prediction import answers_to
from lomodel.explorers import gso

pytestmark = pytest.mark.browser

PAGES = ("hw_features", "whole_or_cut", "gso_limits")
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def addresses(html: Path) -> Iterator[dict[str, str]]:
    """Where the book lies, without the last slash."""
    with served(html.parent) as address:
        yield {"file": html.as_uri(), "http": f"{address}/{html.name}"}


@pytest.fixture(params=["file", "http"])
def root(request, addresses: dict[str, str]) -> str:
    return addresses[request.param]


@pytest.fixture
def opened(root: str, visit_in_firefox) -> Iterator[object]:
    """opened(page) gives that page of the book; at the end none of them may have said anything."""
    visits = []

    def start(name: str, **window: int) -> Page:
        visits.append(visit_in_firefox(**window))
        return visits[-1].open(f"{root}/{name}")

    yield start
    for seen in visits:
        assert (seen.errors, seen.console, seen.failed) == ([], [], [])
        assert [url for url in seen.requests if not url.startswith(root + "/")] == []


TOO_WIDE = """() => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
    const width = document.documentElement.clientWidth;
    return document.scrollingElement.scrollWidth <= width ? [] :
        [...document.querySelectorAll("body *")]
            .filter((element) => element.getBoundingClientRect().right > width + 1)
            .map((element) => `${element.tagName}.${element.className}`)
            .concat(`${document.scrollingElement.scrollWidth} > ${width}`);
}"""


@pytest.mark.parametrize("name", PAGES)
def test_fits_a_phone(opened, name: str) -> None:
    page = opened(f"chapters/{name}.html", **PHONE)
    assert page.evaluate("[innerWidth, innerHeight]") == [390, 844]
    assert page.locator("h1").is_visible()
    assert page.evaluate(TOO_WIDE) == []


def test_a_prediction(opened) -> None:
    """A guess, the answers, both still there after another visit, and taken back."""
    page = opened("chapters/hw_features.html")
    one = page.locator('lo-predict[name="switchable"]')
    known = answers_to(find("switchable")[1], RELEASE)
    model, kernel = (one.locator(f'output[name="{name}"]') for name in ("model", "kernel"))
    check = one.get_by_role("button", name="Check")
    expect(check).to_be_disabled()
    assert (model.inner_text(), kernel.inner_text()) == ("", "")
    one.locator('input[name="guess"]').press_sequentially("12")
    check.press("Enter")
    answers = (str(known.model), str(known.recorded))
    assert (model.inner_text(), kernel.inner_text()) == answers
    expect(one.locator(".lo-result")).to_be_focused()
    expect(one.locator(".lo-verdict")).to_have_text("not as you said")
    page.reload()
    assert (model.inner_text(), kernel.inner_text()) == answers
    assert one.locator("dd > :first-child").first.inner_text() == "12"
    one.get_by_role("button", name="Guess again").click()
    page.reload()
    assert model.inner_text() == ""
    expect(check).to_be_disabled()


def shown(explorer: Locator) -> tuple[dict, str]:
    """An explorer's state, and the sentence that it says of it."""
    said = explorer.locator('output[name="summary"]').inner_text()
    return explorer.evaluate("(e) => e.controls"), said


def outcome(**values: object) -> tuple[dict, str]:
    """The same, from Python."""
    state = gso.EXPLORER.initial() | values
    return state, gso.EXPLORER.run(state)["summary"]


def test_an_explorer(opened) -> None:
    """A switch, a range by keyboard, a preset; the address has the state, and Back goes back."""
    page = opened("chapters/whole_or_cut.html")
    explorer = page.locator("lo-explorer[ready]")
    assert shown(explorer) == outcome()
    explorer.locator('[name="tx-udp-segmentation"]').click()
    assert shown(explorer) == outcome(**{"tx-udp-segmentation": False})
    page.go_back()
    becomes(page, lambda: shown(explorer), outcome())
    slider = explorer.locator('input[data-slider="payload"]')
    slider.focus()
    page.keyboard.press("ArrowRight")
    points = next(c for c in gso.EXPLORER.controls if c.name == "payload").points
    payload = points[points.index(gso.EXPLORER.initial()["payload"]) + 1]
    assert shown(explorer) == outcome(payload=payload)
    explorer.get_by_role("button", name="gso off", exact=True).click()
    preset = gso.EXPLORER.presets["gso off"]
    assert shown(explorer) == outcome(**preset)
    assert "gso.tx-generic-segmentation=" in address_of(page)
    page.reload()
    assert shown(explorer) == outcome(**preset)
    page.go_back()
    becomes(page, lambda: shown(explorer), outcome(payload=payload))


def test_a_stepper(opened) -> None:
    """Next, keys and slider; the call that runs and the bytes follow."""
    page = opened("chapters/whole_or_cut.html")
    stepper = page.locator('lo-stepper[name="whole"][ready]')
    count = stepper.locator("[data-step]").count()
    where = stepper.locator('output[name="step"]')
    slider = stepper.locator('input[name="step"]')
    said = stepper.locator(".lo-now")
    first = int(slider.input_value())
    sentences = [said.inner_text()]
    headers = stepper.locator(".lo-bytes")
    before = headers.inner_text()

    def now(step: int) -> None:
        assert where.inner_text() == f"{step} of {count}"
        assert slider.input_value() == str(step)
        current = stepper.locator('[aria-current="step"]')
        assert current.get_attribute("data-step") == str(step - 1)
        sentences.append(said.inner_text())

    stepper.get_by_role("button", name="Next").click()
    now(first + 1)
    page.keyboard.press("ArrowRight")
    now(first + 2)
    page.keyboard.press("ArrowLeft")
    now(first + 1)
    slider.focus()
    page.keyboard.press("ArrowRight")
    now(first + 2)
    slider.fill(str(count))
    now(count)
    assert sentences[1] == sentences[3] and len(set(sentences)) == 4
    assert headers.inner_text() != before


def test_a_panel_of_source(opened, root: str) -> None:
    """The fold works by keyboard, and an address that names the panel opens it."""
    page = opened("chapters/whole_or_cut.html")
    panel = page.locator("#source-net_gso_ok")
    code = panel.locator("pre").first
    assert not code.is_visible()
    panel.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(code).to_be_visible()
    assert code.inner_text().startswith("def net_gso_ok(")
    page.keyboard.press("Space")
    expect(code).to_be_hidden()
    page.goto(f"{root}/chapters/whole_or_cut.html#source-net_gso_ok")
    expect(code).to_be_visible()
    expect(panel).to_be_in_viewport()


def test_a_term(opened) -> None:
    """By keyboard: focus shows what it means, Escape closes it, Enter leads to the glossary."""
    page = opened("chapters/whole_or_cut.html")
    term = page.locator("article a.lo-term").first
    box = page.locator("#lo-definition")
    term.focus()
    expect(box).to_be_visible()
    meaning = box.inner_text()
    assert meaning == term.get_attribute("data-definition")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    target = term.get_attribute("href").partition("#")[2]
    page.keyboard.press("Enter")
    arrived(page, f"**/chapters/glossary.html#{target}")
    said = page.locator(f'dt[id="{target}"] ~ dd').first.inner_text()
    assert " ".join(said.split()) == meaning


def test_the_search(opened) -> None:
    """From a page's button to the section that has the word, where it is marked."""
    page = opened("chapters/hw_features.html")
    page.locator("button.search-button__button:visible").first.click()
    page.locator("dialog[open] input[name=q]").fill("validate_xmit_skb")
    page.keyboard.press("Enter")
    arrived(page, "**/search.html?*")
    assert "/chapters/" in follow(page, found(page).first).url
    place = page.locator(f'[id="{page.url.partition("#")[2]}"]')
    assert "validate_xmit_skb" in place.inner_text()
    page.wait_for_selector("article span.highlighted", state="attached")

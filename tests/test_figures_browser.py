"""Call chains, comparisons and tables in a browser, on a page of their own.

Mutations that turned these red: `max-width: 100%` for drawings (texts shrink on a phone); the heads
of a comparison in sight on a phone; `.num` without its alignment; `thead` outside its box (the page
scrolls); role="img" around links (axe).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from support.settled import emulate, settled
from test_figures_pages import CROWDED, FAINT, SMALL

from lomodel.desk import lo_up, send
from lomodel.figures import call_chain, side_by_side, trace_table
from lomodel.figures.part import part
from lomodel.figures.show import stylesheet
from lomodel.figures.table import table

pytestmark = pytest.mark.browser

TITLES = ("model 6.12", "Linux 6.12.117")
PAPER = "(e) => getComputedStyle(e).backgroundColor"
SIDES = {"light": [320, 390, 1280], "dark": [320, 1280]}
EVERYWHERE = [(theme, width) for theme, widths in SIDES.items() for width in widths]
everywhere = pytest.mark.parametrize("theme, width", EVERYWHERE)


def events(length: int) -> list[list]:
    start = {"len": length, "protocol": 0x0800, "ip_summed": 3, "gso_size": 1400, "gso_type": 0x13}
    return [["net_dev_queue", {"len": 4042}], ["net_dev_start_xmit", start], ["netif_rx", {}]]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with one figure of each kind, and nothing of the theme."""
    trace = send(lo_up("6.12"), 4000, gso_size=1400)
    figures = [
        side_by_side(events(4042), events(1442), TITLES),
        call_chain(part(trace, "__dev_queue_xmit"), title="A packet that passes whole"),
        trace_table(trace),
        table("Numbers", ["", "hex", "some", "words"], [["a", "0x1f", 1, "x"], ["b", 255, "", 2]]),
    ]
    made: Path = tmp_path_factory.mktemp("figures") / "figures.html"
    made.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Figures</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        "<style>body { max-width: 688px; margin: 0 auto; padding: 0 16px; "
        f"background: var(--lo-paper) }} {stylesheet()}</style>"
        f"<main><h1>Figures</h1>{''.join(figure.html for figure in figures)}</main>",
        encoding="utf-8",
    )
    return made.as_uri()


@pytest.fixture
def opened(address: str, visit) -> Callable[..., Page]:
    def start(theme: str = "light", width: int = 1280) -> Page:
        seen = visit(theme=theme, width=width)
        page = seen.open(address)
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        assert seen.console + seen.errors + seen.failed == []
        return settled(page)

    return start


@everywhere
def test_texts_can_be_read(opened, theme: str, width: int) -> None:
    page = opened(theme, width)
    assert page.evaluate(SMALL) == []
    assert page.evaluate(CROWDED) == []
    assert page.evaluate(FAINT) == []


@everywhere
def test_the_page_does_not_scroll_sideways(opened, theme: str, width: int) -> None:
    page = opened(theme, width)
    root = "document.documentElement"
    assert page.evaluate(f"[{root}.scrollWidth <= {root}.clientWidth]") == [True]


@everywhere
def test_axe_finds_nothing(opened, theme: str, width: int) -> None:
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(opened(theme, width), options={"runOnly": {"type": "tag", "values": rules}})
    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []


def test_a_chain_scrolls_in_its_own_box_and_is_whole_on_a_desk(opened) -> None:
    room = "(e) => [e.scrollWidth, e.clientWidth]"
    width, seen = opened(width=320).locator(".lo-chain").evaluate(room)
    assert width > seen
    width, seen = opened(width=1280).locator(".lo-chain").evaluate(room)
    assert width == seen


def test_boxes_lead_to_their_source_by_keyboard(opened) -> None:
    page = opened()
    link = page.locator(".lo-svg a").nth(1)
    page.locator(".lo-svg a").first.focus()
    page.keyboard.press("Tab")
    assert link.evaluate("(e) => e === document.activeElement")
    settled(page)
    assert link.evaluate("(e) => getComputedStyle(e).outlineWidth") == "2px"
    assert "/net/core/dev.c#L" in link.get_attribute("href")


@pytest.mark.parametrize("theme", SIDES)
def test_layers_have_their_hues(opened, theme: str) -> None:
    page = opened(theme)
    hues = {
        page.locator(f".node.{layer} .sign").first.evaluate("(e) => getComputedStyle(e).fill")
        for layer in ("device", "core", "receiver")
    }
    assert len(hues) == 3 and "rgb(0, 0, 0)" not in hues


@pytest.mark.parametrize("width", [1280, 390])
def test_both_sides_have_their_fields(opened, width: int) -> None:
    page = opened(width=width)
    for row in page.locator(".lo-pairs tbody tr").all()[:2]:
        model, kernel = (row.locator("[data-side]").nth(at).bounding_box() for at in (0, 1))
        if width == 390:
            assert kernel["y"] >= model["y"] + model["height"] - 0.5
            side = row.locator("[data-side]").nth(1)
            name = side.evaluate("(e) => getComputedStyle(e, '::before').content")
            assert name == f'"{TITLES[1]}"'
            heads = page.locator(".lo-pairs thead")
            assert heads.evaluate("(e) => getComputedStyle(e).clipPath") == "inset(50%)"
        else:
            assert kernel["x"] >= model["x"] + model["width"] - 0.5
            head = page.locator(".lo-pairs thead th", has_text=TITLES[1]).bounding_box()
            assert abs(head["x"] - kernel["x"]) < 1
            assert abs(kernel["y"] - model["y"]) < 1


@pytest.mark.parametrize("theme", SIDES)
def test_a_row_that_differs_has_the_wash(opened, theme: str) -> None:
    page = opened(theme)
    same, differs = (
        page.locator(f".lo-pairs tr.{kind} [data-side]") for kind in ("same", "differs")
    )
    assert differs.count() == 2
    assert same.first.evaluate(PAPER) != differs.first.evaluate(PAPER)
    assert page.locator(".lo-pairs tr.differs .mark").inner_text() == "≠"
    assert page.locator(".lo-verdict").inner_text() == "1 of 3 events differs: net_dev_start_xmit"


def test_numbers_stand_at_the_right_under_their_heads(opened) -> None:
    page = opened()
    for box, heads in (
        (".lo-events", ["len", "protocol", "gso_size"]),
        (".lo-table", ["hex", "some"]),
    ):
        for name in heads:
            head = page.locator(f"{box} th", has_text=name).first
            at = head.evaluate("(e) => e.cellIndex")
            column = page.locator(f"{box} tr > :nth-child({at + 1})")
            aligned = "(all) => [...new Set(all.map((e) => getComputedStyle(e).textAlign))]"
            assert column.evaluate_all(aligned) == ["right"], name
    words = page.locator(".lo-table th", has_text="words")
    assert words.evaluate("(e) => getComputedStyle(e).textAlign") == "left"


def test_paper_shows_light_colours_and_whole_figures(opened) -> None:
    page = opened("dark")
    dark = page.locator(".lo-plate").first.evaluate(PAPER)
    emulate(page, media="print")
    assert page.locator(".lo-plate").first.evaluate(PAPER) != dark
    assert page.locator(".lo-chain").evaluate("(e) => e.scrollWidth <= e.clientWidth")

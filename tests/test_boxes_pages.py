"""The boxes "On a real lo" in a browser: on three widths, by keyboard, on paper, without scripts.

What turned these red, tried one at a time: no wrapping on a phone; a button that stays hidden, or
is there without JavaScript; "Copied" said always; no old way of copying; a session without
tabindex.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from support.settled import emulate

from lomodel import boxes
from lomodel.explore import page as explore_page
from lomodel.figures import real_lo

pytestmark = pytest.mark.browser

NAMES = boxes.names()
GRANT = ["clipboard-read", "clipboard-write"]
WIDER_THAN_THE_PAGE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
HIDDEN = """() => [...document.querySelectorAll(".lo-session")].filter(
    (e) => e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX !== "auto").length"""


def write(folder: Path, theme: str, script: bool = True) -> str:
    """A page of every box, with one style sheet and one script as a built page has them."""
    body = "".join(real_lo(name).html for name in NAMES)
    code = f"<script>{explore_page.classic_script()}</script>" if script else ""
    text = (
        f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Boxes</title>'
        f"<style>{explore_page.stylesheet()}body {{ margin: 0 auto; max-width: 720px; "
        "padding: 0 12px; background: var(--lo-paper); }</style>"
        f"<body><main><h1>Boxes</h1>{body}</main>{code}</body></html>"
    )
    path = folder / f"boxes_{theme}.html"
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_is_clean_and_silent(tmp_path: Path, visit, theme: str, width: int) -> None:
    looked = visit(theme=theme, width=width)
    page = looked.open(write(tmp_path, theme))
    assert not page.evaluate(WIDER_THAN_THE_PAGE)
    assert page.evaluate(HIDDEN) == 0
    if width < 600:
        session = page.locator(".lo-session").first
        assert session.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    assert Axe().run(page).response["violations"] == []
    assert looked.console == looked.errors == looked.failed == []


def test_the_commands_are_copied_by_keyboard(tmp_path: Path, visit) -> None:
    page = visit().open(write(tmp_path, "light"))
    page.context.grant_permissions(GRANT)
    first = page.locator("lo-shell").first
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "lo-session"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    first.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == boxes.read(NAMES[0]).pasted
    assert page.evaluate("document.activeElement.textContent") == "Copy the commands"


def test_what_cannot_be_copied_is_not_called_copied(tmp_path: Path, visit) -> None:
    page = visit().open(write(tmp_path, "light"))
    page.evaluate(
        "navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false"
    )
    page.get_by_role("button", name="Copy the commands").first.click()
    page.get_by_text("This browser does not let a page copy").wait_for()


def test_the_old_way_of_copying(tmp_path: Path, visit) -> None:
    page = visit().open(write(tmp_path, "light"))
    page.context.grant_permissions(GRANT)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    page.get_by_role("button", name="Copy the commands").nth(1).click()
    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == boxes.read(NAMES[1]).pasted


def test_the_signs_of_what_matters(tmp_path: Path, visit) -> None:
    """Commands bold, the one line underlined, output quiet."""
    page = visit().open(write(tmp_path, "light"))
    looks = "(e) => [getComputedStyle(e).fontWeight, getComputedStyle(e).textDecorationLine]"
    assert page.locator(".lo-session b").first.evaluate(looks) == ["700", "none"]
    assert page.locator(".lo-session mark").first.evaluate(looks) == ["400", "underline"]
    colour = "(e) => getComputedStyle(e).color"
    quiet, ink = (
        page.locator(f".lo-session {tag}").first.evaluate(colour) for tag in ("samp", "b")
    )
    assert quiet != ink


def test_on_paper_and_without_scripts(tmp_path: Path, visit) -> None:
    page = visit().open(write(tmp_path, "dark"))
    emulate(page, media="print")
    assert not page.locator(".lo-bar").first.is_visible()
    session = page.locator(".lo-session").first
    assert session.evaluate("(e) => getComputedStyle(e).whiteSpace") == "pre-wrap"
    plain = visit().open(write(tmp_path, "light", script=False))
    assert plain.get_by_role("button").count() == 0
    assert plain.locator("mark").count() == len(NAMES)


def test_a_stored_output_works_by_itself(tmp_path: Path, visit) -> None:
    """As JupyterLab shows it: with its own style and script."""
    path = tmp_path / "alone.html"
    text = real_lo(NAMES[0])._repr_mimebundle_()["text/html"]
    path.write_text(f"<!doctype html><title>Alone</title>{text}", encoding="utf-8")
    page = visit().open(path.as_uri())
    assert page.get_by_role("button", name="Copy the commands").is_visible()
    bar = page.locator(".lo-session").evaluate("(e) => getComputedStyle(e).borderLeftWidth")
    assert bar == "4px"

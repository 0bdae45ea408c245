"""An explorer under a reader's hands: what is in sight, what moves, what an address and Back do.

Seen red: the lead in a grid (it does not stick on a phone), words whose row empties where nobody
can send (something jumps), a table as wide as the plate with its margins (something overflows).
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from support.explore_demo import DEMO
from support.settled import address_of, becomes, emulate, settled

from lomodel.desk import RELEASE
from lomodel.explore import page, page_assets
from lomodel.explorers import ethtool, gso, limits

pytestmark = pytest.mark.browser

BAR = 44
"""The height of the bar that stands above a page."""

# As a book has it: a bar that stays, the output in a box that the book's style lets scroll.
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>explorer</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<link rel="stylesheet" href="{style}"><script defer src="{script}"></script>
<script>document.documentElement.dataset.theme =
  matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"</script>
<style>body {{ margin: 0; background: var(--lo-paper); color: var(--lo-ink) }}
header {{ position: sticky; top: 0; height: 44px; z-index: 9; background: var(--lo-paper) }}
article {{ max-width: 960px; margin: 900px auto 1500px }}
.output {{ overflow-x: auto }}</style>
<header>bar</header><main class="bd-content"><h1>A page</h1>
<article>{body}<a href="#">next</a></article></main>"""

OUTPUT = '<div class="cell_output"><div class="output">{}</div></div>'


def build(folder: Path, *elements: str) -> str:
    """The address of a page with these explorers on it."""
    outputs = "".join(OUTPUT.format(page.wrap(element)) for element in elements)
    body, _ = page_assets.link_once(outputs)
    (folder / page_assets.SCRIPT).write_text(page.classic_script(), encoding="utf-8")
    (folder / page_assets.STYLE).write_text(page.stylesheet(), encoding="utf-8")
    text = PAGE.format(style=page_assets.STYLE, script=page_assets.SCRIPT, body=body)
    (folder / "page.html").write_text(text, encoding="utf-8")
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def packet(tmp_path_factory) -> str:
    """A page with the explorer gso."""
    return build(tmp_path_factory.mktemp("packet"), page.element(gso.EXPLORER))


CUT_ALL_THE_SAME = {"packet": "tcp4-cwr", "tx-tcp-ecn-segmentation": False}
"""A state that meets the challenge of gso."""


@pytest.fixture(scope="module")
def borders(tmp_path_factory) -> str:
    """A page with the explorer limits."""
    return build(tmp_path_factory.mktemp("borders"), page.element(limits.EXPLORER))


@pytest.fixture(scope="module")
def cakes(tmp_path_factory) -> str:
    """A page with the cake on it twice."""
    return build(tmp_path_factory.mktemp("cakes"), page.element(DEMO), page.element(DEMO))


def out(explorer, name: str) -> str:
    return explorer.locator(f'output[name="{name}"]').text_content()


def at(explorer) -> dict:
    return explorer.evaluate("(e) => e.controls")


def press(explorer, name: str) -> None:
    explorer.get_by_role("button", name=name, exact=True).click()


# --- what is in sight -----------------------------------------------------------------------------

CONTROLS = "select, .lo-controls input, .lo-controls button"


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_the_outcome_is_in_sight_where_the_hand_is(packet: str, visit, width, height) -> None:
    tab = visit(width=width, height=height).open(packet)
    tab.evaluate("document.querySelector('lo-explorer').scrollIntoView()")
    for control in tab.locator(CONTROLS).all():
        control.focus()
        hand = control.bounding_box()
        assert hand["y"] >= BAR and hand["y"] + hand["height"] <= height + 0.5
        for seen in (".lo-main > output", ".lo-became", ".lo-lead .lo-strip"):
            box = tab.locator(seen).bounding_box()
            assert box["y"] >= BAR and box["y"] + box["height"] <= height, seen
            apart = hand["y"] >= box["y"] + box["height"] or hand["x"] + hand["width"] <= box["x"]
            assert apart, (seen, "covers", control.get_attribute("name"))


def test_on_a_desk_controls_are_left_and_the_whole_is_low(packet: str, visit) -> None:
    tab = visit(width=1280, height=720).open(packet)
    plate = tab.locator(".lo-explore").bounding_box()
    controls, lead = (tab.locator(f".lo-{each}").bounding_box() for each in ("controls", "lead"))
    assert plate["height"] <= 620
    assert controls["width"] == 400
    assert lead["x"] >= controls["x"] + controls["width"]


def test_on_a_phone_the_outcome_stays_below_the_bar(packet: str, visit) -> None:
    tab = visit(width=390, height=844).open(packet)
    tab.locator("[name='tx-generic-segmentation']").evaluate("(e) => e.scrollIntoView(false)")
    tab.evaluate("scrollBy(0, 450)")
    box = tab.locator(".lo-lead").bounding_box()
    assert (box["y"], box["height"] <= 120) == (BAR, True)


WHERE = """() => [...document.querySelectorAll(
    ".lo-explore, .lo-lay > *, .lo-summary, .lo-words, .lo-ask, .lo-challenge, .lo-chips button, "
    + "select, input, summary")]
    .map((e) => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.height].join(" "); })"""


@pytest.mark.parametrize("width", [1280, 700, 390, 320])
def test_nothing_jumps(packet: str, visit, width: int) -> None:
    """In no state that differs from the first in up to two controls."""
    tab = visit(width=width).open(packet)
    emulate(tab, reduced_motion="reduce")
    moved = tab.evaluate(
        f"""(names) => {{
        const e = document.querySelector("lo-explorer"), where = {WHERE};
        const first = e.controls, before = where(), moved = [];
        const points = Object.fromEntries(e.data.controls.map((c) => [c.name, c.points]));
        for (const a of names) for (const b of names) for (const x of points[a])
            for (const y of points[b]) {{
                e.controls = {{ ...first, [a]: x, [b]: y }};
                const now = where();
                if (now.some((each, i) => each !== before[i]))
                    moved.push([a, x, b, y, e.querySelector("output[name='summary']").textContent]);
            }}
        return moved;
    }}""",
        [control.name for control in gso.EXPLORER.controls],
    )
    assert moved == []


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_what_is_said_of_a_switch_covers_nothing(packet: str, visit, width: int) -> None:
    tab = visit(width=width).open(f"{packet}?gso.tx-tcp-segmentation=off")
    row = tab.locator('[data-control="tx-tcp-mangleid-segmentation"]')
    name, note = row.locator("label").bounding_box(), row.locator(".lo-note").bounding_box()
    assert row.locator(".lo-note").inner_text() == "requested, but off"
    assert note["x"] >= name["x"] + name["width"] or note["y"] >= name["y"] + name["height"]


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_a_message_about_a_number_moves_nothing(packet: str, visit, width: int) -> None:
    tab = visit(width=width).open(packet)
    tab.locator("[name='payload']").fill("65500")
    before = tab.evaluate(WHERE)
    tab.keyboard.press("Enter")
    said = tab.locator("[data-message]")
    assert said.inner_text().startswith("65500 is not among this page’s points; shown: 60000.")
    assert said.evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)") >= 14
    assert said.evaluate("(e) => e.scrollHeight <= e.clientHeight")
    assert tab.evaluate(WHERE) == before


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_controls_are_large_enough_and_nothing_overflows(packet: str, visit, width: int) -> None:
    tab = visit(width=width).open(packet)
    small = tab.evaluate("""() => [...document.querySelectorAll(
        "lo-explorer :is(select, input, button, summary):not([hidden])")]
        .map((e) => [e.outerHTML, e.getBoundingClientRect()])
        .filter(([, box]) => Math.min(box.width, box.height) < 24)""")
    assert small == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.locator("summary").click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(packet: str, visit, theme: str, width: int) -> None:
    seen = visit(theme=theme, width=width)
    tab = seen.open(packet)
    tab.locator("summary").click()
    assert (seen.errors, seen.console, seen.failed) == ([], [], [])
    found = Axe().run(settled(tab), context="lo-explorer").response["violations"]
    assert [(each["id"], [n["html"] for n in each["nodes"]]) for each in found] == []


# --- what leads, and the signs --------------------------------------------------------------------


def test_the_main_number_leads(packet: str, visit) -> None:
    tab = visit().open(packet)
    explorer = tab.locator("lo-explorer")
    number = explorer.locator('output[name="tx_packets"]')
    size = number.evaluate("(e) => [getComputedStyle(e).fontSize, getComputedStyle(e).lineHeight]")
    assert size == ["76px", "72px"]
    fate, word = explorer.locator("[data-sign='fate']"), explorer.locator(".lo-became")
    for name, shown in {
        "Features as born": ("1", "whole", "passes whole"),
        "UDP segmentation off": ("3", "cut", "cut into 3"),
    }.items():
        press(explorer, name)
        said = (number.inner_text(), fate.get_attribute("data-is"), word.inner_text())
        assert said == shown
    explorer.locator('[name="gso_size"]').select_option(label="8000 bytes")
    assert fate.get_attribute("data-is") == "refused"
    assert word.inner_text() == "refused: EMSGSIZE"
    shapes = {
        kind: fate.evaluate(
            "(e, kind) => { e.dataset.is = kind; const s = getComputedStyle(e); "
            "return [s.backgroundImage, s.backgroundColor, s.borderStyle].join() }",
            kind,
        )
        for kind in ("whole", "cut", "dropped", "refused")
    }
    assert len(set(shapes.values())) == 4


def test_the_three_words_are_shown(packet: str, visit) -> None:
    tab = visit().open(packet)
    explorer = tab.locator("lo-explorer")
    press(explorer, "Reset")
    explorer.locator('[name="tx-tcp-segmentation"]').click()
    written = {name: int(out(explorer, name), 16) for name in gso.EXPLORER.words}
    lamps = explorer.evaluate("""(e) => [...e.querySelectorAll("[data-lamps]")].map(
        (row) => [...row.children].map((lamp) => lamp.className))""")
    assert [len(row) for row in lamps] == [64] * 3
    lit = {"hw_features": "o", "wanted_features": "c", "features": "cx"}
    for (name, signs), row in zip(lit.items(), lamps, strict=True):
        mask = sum(1 << 63 - n for n, kind in enumerate(row) if kind and kind in signs)
        assert mask == written[name], name
    assert lamps[2].count("w") == 1
    assert explorer.get_by_text("requested, but off").is_visible()


def test_the_origin_is_the_books_release(packet: str, visit) -> None:
    tab = visit().open(packet)
    assert tab.locator(".lo-from").inner_text() == f"model, Linux {RELEASE}"


# --- presets, points, the challenge, the kernel ---------------------------------------------------


def test_presets_and_reset(packet: str, visit) -> None:
    explorer = visit().open(packet).locator("lo-explorer")
    first = at(explorer)
    for name, preset in gso.EXPLORER.presets.items():
        press(explorer, name)
        assert at(explorer) == first | preset
        pressed = explorer.locator('[data-preset][aria-pressed="true"]').all_inner_texts()
        assert pressed == [name]
    explorer.locator('select[name="mtu"]').select_option(index=1)
    assert explorer.locator('[data-preset][aria-pressed="true"]').count() == 0
    press(explorer, "Reset")
    assert at(explorer) == first


@pytest.mark.parametrize("family", limits.FAMILIES)
def test_named_points_are_the_borders_of_the_family(borders, visit, family: str) -> None:
    explorer = visit().open(borders).locator("lo-explorer")
    explorer.locator('[name="family"]').select_option(family)
    for name, fate in (("longest that passes", "whole"), ("one more", "cut")):
        press(explorer, name)
        button = explorer.get_by_role("button", name=name, exact=True)
        assert button.get_attribute("aria-pressed") == "true"
        assert explorer.locator("[data-sign='fate']").get_attribute("data-is") == fate


def test_a_name_that_stands_for_no_point_does_nothing(packet: str, visit) -> None:
    explorer = visit().open(packet).locator("lo-explorer")
    press(explorer, "one segment")
    one = explorer.get_by_role("button", name="one segment", exact=True)
    assert one.get_attribute("aria-pressed") == "true"
    explorer.locator('[name="gso_size"]').select_option(label="none asked for")
    before = at(explorer)
    assert one.get_attribute("aria-disabled") == "true"
    assert one.get_attribute("aria-pressed") == "false"
    one.click(force=True)
    assert at(explorer) == before


def test_one_segment_is_as_long_as_the_segment_size_says(packet: str, visit) -> None:
    explorer = visit().open(packet).locator("lo-explorer")
    for size in ("1400", "8000"):
        explorer.locator('[name="gso_size"]').select_option(label=f"{size} bytes")
        press(explorer, "one segment")
        assert at(explorer)["payload"] == int(size)


def test_a_long_packet_does_not_look_like_a_short_one(packet: str, visit) -> None:
    explorer = visit().open(packet).locator("lo-explorer")
    pieces = explorer.locator(".lo-lead .lo-strip i")
    short = pieces.first.screenshot()
    assert pieces.count() == 1
    explorer.evaluate("(e) => { e.controls = { payload: 60000 } }")
    assert pieces.count() == 1 and pieces.first.get_attribute("class") == "long"
    assert pieces.first.screenshot() != short


@pytest.mark.parametrize("made", [gso.EXPLORER, ethtool.EXPLORER], ids=lambda made: made.name)
def test_no_preset_meets_the_challenge_and_something_does(made) -> None:
    assert [name for name, preset in made.presets.items() if "met" in made.run(preset)] == []
    answer = {"gso": CUT_ALL_THE_SAME, "ethtool": ethtool.TWO}[made.name]
    assert made.run(answer)["met"] == "found"


def test_the_challenge_says_when_it_is_met(packet: str, visit) -> None:
    explorer = visit().open(packet).locator("lo-explorer")
    assert gso.CHALLENGE in explorer.inner_text()
    assert out(explorer, "challenge") == ""
    press(explorer, "UDP segmentation off")
    assert out(explorer, "challenge") == "" and out(explorer, "tx_packets") == "3"
    press(explorer, "Reset")
    explorer.evaluate("(e, state) => { e.controls = state }", CUT_ALL_THE_SAME)
    assert out(explorer, "challenge") == "found"
    assert explorer.locator("[data-sign='met']").get_attribute("data-is") == "found"


def test_the_kernel_is_asked_and_a_change_clears_its_answer(packet: str, visit) -> None:
    explorer = visit().open(packet).locator("lo-explorer")
    press(explorer, "Ask the kernel")
    assert out(explorer, "verdict").startswith("This copy of the book has no kernel: ")
    explorer.locator('[name="tx-udp-segmentation"]').click()
    assert out(explorer, "verdict") == ""


# --- the address ----------------------------------------------------------------------------------


def test_a_link_leads_to_a_state_and_back_works(packet: str, visit) -> None:
    tab = visit().open(packet)
    explorer = tab.locator("lo-explorer")
    first = at(explorer)
    press(explorer, "gso off")
    explorer.locator('[name="tx-udp-segmentation"]').click()
    address, there = address_of(tab), at(explorer)
    tab.go_back()
    becomes(tab, lambda: at(explorer), first | {"tx-generic-segmentation": False})
    assert explorer.locator('[name="tx-udp-segmentation"]').is_checked()
    tab.go_back()
    becomes(tab, lambda: (at(explorer), out(explorer, "tx_packets")), (first, "1"))
    tab.go_forward()
    becomes(tab, lambda: at(explorer), first | {"tx-generic-segmentation": False})
    linked = visit().open(address)
    assert at(linked.locator("lo-explorer")) == there
    assert out(linked.locator("lo-explorer"), "tx_packets") == "3"
    assert 0 <= linked.locator("lo-explorer").bounding_box()["y"] < 200


def test_every_state_survives_the_way_through_the_address(packet: str, visit) -> None:
    tab = visit().open(packet)
    for state in islice(gso.EXPLORER.states(), 5, None, 4001):
        tab.evaluate("(state) => { document.querySelector('lo-explorer').controls = state }", state)
        address_of(tab)
        tab.reload()
        assert at(tab.locator("lo-explorer[ready]")) == state


def test_a_drag_is_one_entry_of_the_history(packet: str, visit) -> None:
    tab = visit().open(packet)
    slider = tab.locator("[data-slider='payload']")
    before = tab.evaluate("history.length")
    slider.focus()
    # However long the machine takes from one key to the next, for the page it is no time.
    tab.evaluate("() => { const now = performance.now(); performance.now = () => now; }")
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
    assert tab.evaluate("history.length") == before + 1
    assert at(tab.locator("lo-explorer"))["payload"] != 4000
    tab.go_back()
    becomes(tab, lambda: at(tab.locator("lo-explorer"))["payload"], 4000)


def test_what_others_keep_in_the_address_stays(packet: str, visit) -> None:
    tab = visit().open(f"{packet}?highlight=lo&gso.mtu=65536")
    explorer = tab.locator("lo-explorer")
    assert at(explorer)["mtu"] == 65536
    press(explorer, "Reset")
    address = address_of(tab)
    assert "?highlight=lo" in address and "gso." not in address


def test_two_explorers_share_an_address(cakes: str, visit) -> None:
    tab = visit().open(cakes)
    one, two = (tab.locator("lo-explorer").nth(n) for n in range(2))
    press(two, "blunt")
    press(one, "thirds")
    wanted = [at(one), at(two)]
    assert wanted[0]["knife"] and not wanted[1]["knife"]
    again = visit().open(address_of(tab)).locator("lo-explorer")
    assert [at(again.nth(0)), at(again.nth(1))] == wanted
    tab.go_back()
    becomes(tab, lambda: [at(one), at(two)], [DEMO.initial(), wanted[1]])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("gso.payload=7", "The address asks for payload 7: expected one of 1000, 1400,"),
        ("gso.mtu=big", "The address asks for mtu big: expected one of 1500, 65536."),
        ("gso.tso=on", "The address names tso: expected one of packet, payload,"),
    ],
)
def test_a_wrong_address_is_told(packet: str, visit, query: str, said: str) -> None:
    seen = visit()
    explorer = seen.open(f"{packet}?{query}&gso.gso_size=none").locator("lo-explorer")
    assert explorer.locator("[data-address]").inner_text().startswith(said)
    assert at(explorer) == gso.EXPLORER.initial() | {"gso_size": None}
    press(explorer, "Reset")
    assert explorer.locator("[data-address]").inner_text() == ""
    assert seen.errors == []


# --- by keyboard ----------------------------------------------------------------------------------

STOPS = 18
"""Presets 1, controls 10 and the slider, named points 1, button, fold, and the skip link; some more
than these would be one stop for each button."""


def test_few_stops_and_a_link_past_them(packet: str, visit) -> None:
    tab = visit().open(packet)
    tab.keyboard.press("Tab")
    skip = tab.get_by_text("skip this explorer")
    assert skip.evaluate("(e) => e === document.activeElement")
    assert skip.bounding_box()["height"] >= 24
    stops = 1
    while tab.evaluate("document.querySelector('lo-explorer').contains(document.activeElement)"):
        tab.keyboard.press("Tab")
        stops += 1
    assert stops <= STOPS
    skip.focus()
    tab.keyboard.press("Enter")
    settled(tab).keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "next"


def test_arrows_go_along_a_row_of_buttons(packet: str, visit) -> None:
    tab = visit().open(packet)
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    focused = "document.activeElement.textContent"
    assert tab.evaluate(focused) == "Features as born"
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    assert at(tab.locator("lo-explorer"))["tx-udp-segmentation"] is False
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowLeft")
    assert tab.evaluate(focused) == "Reset"
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    assert tab.evaluate(focused) == "Reset"


# --- without JavaScript, on paper -----------------------------------------------------------------


def test_without_javascript_the_presets_are_a_table(packet: str, chromium) -> None:
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(packet)
    assert tab.locator('output[name="tx_packets"]').inner_text() == "1"
    rows = tab.locator("noscript tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == list(gso.EXPLORER.presets)
    for row, preset in zip(rows, gso.EXPLORER.presets.values(), strict=True):
        outcome = gso.EXPLORER.run(preset)
        assert f"{outcome['value:tx_packets']} {outcome['what']}. {outcome['summary']}" in row
    assert not tab.get_by_role("button", name="Ask the kernel").is_visible()
    context.close()


def test_on_paper_number_word_and_switches_stay(packet: str, visit) -> None:
    tab = visit(width=720).open(packet)
    press(tab.locator("lo-explorer"), "UDP segmentation off")
    emulate(tab, media="print")
    explorer = tab.locator("lo-explorer")
    for kept in (".lo-main > output", ".lo-became", ".lo-summary", "[name='tx-udp-segmentation']"):
        assert explorer.locator(kept).is_visible(), kept
    for gone in (".lo-chips", ".lo-ask", ".lo-skip", "input[type='range']", ".lo-challenge"):
        assert not explorer.locator(gone).first.is_visible(), gone

"""Pictures as a browser lays them out, and as hands and keys drive them.

Changes that turned these red: LETTER at 4; no two blocks of 32 below 930 px; a text of 10 px;
``translateX(-37.5%)``; a slider to 62; the readout shown without a script; a switch that is not
``disabled`` without one; a wish that has no lamp of its own; a phone's switch 20 px wide; what is
folded left out of print; a ruler's number that may wrap; all its numbers on one line.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from support.settled import emulate, settled

from lomodel.desk import lo_up, new_lo
from lomodel.explore import page as explore_page
from lomodel.explore import page_assets, panel
from lomodel.explore.panel import Panel, lamp
from lomodel.figures import (
    FEATURE_WORDS,
    feature_words,
    here,
    look,
    packet_bar,
    packet_bars,
    ruler,
    sent,
    shift,
    strip,
    udp_packet,
)
from lomodel.figures.bits import features_of
from lomodel.figures.layers import LAYERS
from lomodel.linux.include.linux.skbuff import SKB_GSO_TCPV4

pytestmark = pytest.mark.browser

TSO = ["TSO6", "TSO_MANGLEID", "TSO_ECN", "GSO_ROBUST", "TSO"]
RELEASE = "6.12"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NEAR = [*range(65460, 65475), *range(65528, 65532)]
"""Payloads of IPv6 whose cliffs are too near for both numbers on one line."""
FATES = ("whole", "cut", "dropped", "refused")


def shown() -> dict[str, object]:
    lo = lo_up(RELEASE, off=["tx-udp-segmentation"])
    wish = lo_up(RELEASE, off=["tx-tcp-segmentation"], on=["tx-tcp-mangleid-segmentation"])
    cut = sent(lo, 4000, 1400)
    return {
        "device": here("lo", FEATURE_WORDS, "ethtool -K writes"),
        "stack": here("validate_xmit_skb"),
        "packet": packet_bar(udp_packet(4000, 1400, "inet6")),
        "bars": packet_bars(cut),
        "many": packet_bars(sent(lo_up(RELEASE), 65494, 1400)),
        **{fate: packet_bar(cut if fate == "cut" else udp_packet(4000, 1400), fate)
           for fate in FATES},
        "words": feature_words(wish),
        "two": feature_words({"6.12": new_lo(RELEASE), "6.18": new_lo("6.18")}, "Two releases"),
        "strip": strip(lo.features, lo.netif_f, "features"),
        "shift": shift(0x20000, new_lo(RELEASE).features, RELEASE),
        "tcp": shift(SKB_GSO_TCPV4, new_lo(RELEASE).features, RELEASE),
        "missing": shift(0x20000, lo.features, RELEASE),
        "ruler": ruler(release=RELEASE),
        "close": ruler({"inet": range(65480, 65511), "inet6": NEAR}),
        "panel": panel(new_lo(RELEASE), TSO),
    }  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> str:
    """All pictures on one page, with the style sheet and the script that a built page links."""
    folder: Path = tmp_path_factory.mktemp("pictures")
    outputs = "".join(
        f'<div id="{name}">{each._repr_mimebundle_()["text/html"]}</div>'
        for name, each in shown().items()
    )
    body, needed = page_assets.link_once(outputs)
    assert needed == {page_assets.SCRIPT, page_assets.STYLE} and "<style" not in body
    (folder / page_assets.SCRIPT).write_text(explore_page.classic_script(), encoding="utf-8")
    (folder / page_assets.STYLE).write_text(explore_page.stylesheet(), encoding="utf-8")
    path = folder / "pictures.html"
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>pictures</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{page_assets.STYLE}"><style>body {{ margin: 0 auto; '
        "padding: 0 16px; max-width: 960px; background: var(--lo-paper) }</style>"
        "<script>document.documentElement.dataset.theme ="
        ' matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"</script>'
        f'<script defer src="{page_assets.SCRIPT}"></script><main><h1>Pictures</h1>{body}</main>',
        encoding="utf-8",
    )
    return path.as_uri()


@pytest.fixture
def opened(made: str, visit):
    """opened(theme=..., width=...) gives the page; at the end nothing has been said or missed."""
    visits = []

    def start(**how: object) -> Page:
        visits.append(visit(**how))
        return visits[-1].open(made)

    yield start
    for seen in visits:
        assert (seen.errors, seen.console, seen.failed) == ([], [], [])


@pytest.fixture
def without_script(made: str, chromium: Browser):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(made)
    yield page
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(theme: str, width: int, opened) -> None:
    page = opened(theme=theme, width=width)
    options = {"runOnly": {"type": "tag", "values": WCAG}, "preload": False}
    found = Axe().run(page, options=options).response["violations"]
    assert [(each["id"], node["target"]) for each in found for node in each["nodes"]] == []


# Every text that can be seen: how big it is, and what of it leaves the page or its own plate.
TEXTS = """() => {
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const small = [], outside = [], range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.textContent.trim() || !parent.checkVisibility({ visibilityProperty: true })
            || parent.closest("script, style, .lo-names > :first-child, .lo-bits-in")) continue;
        const scale = parent.getScreenCTM ? parent.getScreenCTM().a : 1;
        const size = parseFloat(getComputedStyle(parent).fontSize) * scale;
        if (size < 10.99) small.push([node.textContent, size]);
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        const frame = (parent.closest(".lo-plate, .lo-picture") ?? document.body)
            .getBoundingClientRect();
        if (box.left < frame.left - 1 || box.right > frame.right + 1)
            outside.push([node.textContent, box.left, box.right, frame.left, frame.right]);
    }
    return [small, outside, document.documentElement.scrollWidth - innerWidth];
}"""


@pytest.mark.parametrize("width", [1280, 1000, 700, 390, 320])
def test_no_text_is_small_or_cut_off(width: int, opened) -> None:
    small, outside, beyond = opened(width=width).evaluate(TEXTS)
    assert (small, outside) == ([], []) and beyond <= 0


# Texts beside each other in one picture that touch, but for those of one line of prose.
TOUCHING = """(where) => {
    const boxes = [...document.querySelectorAll(where)]
        .filter((each) => each.textContent && each.checkVisibility())
        .map((each) => [each.textContent, each.getBoundingClientRect()]);
    const over = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5
        && a.top < b.bottom - 2 && b.top < a.bottom - 2;
    return boxes.flatMap(([one, a], i) =>
        boxes.slice(i + 1).filter(([, b]) => over(a, b)).map(([other]) => [one, other]));
}"""


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize(
    "where",
    [
        "#device svg text",
        "#stack svg text",
        "#packet .lo-dim > span",
        "#packet .lo-headers b, #packet .lo-headers > div > span",
        "#bars .lo-dim > span",
        "#words .lo-stair text",
        "#two .lo-grid ~ .lo-grid .lo-stair text",
        "#ruler .lo-mark span",
        "#close .lo-ruler-row:first-child .lo-mark span",
        "#close .lo-ruler-row:last-child .lo-mark span",
        "#panel .lo-names > div:not(:first-child)",
    ],
)
def test_no_two_texts_touch(where: str, width: int, opened) -> None:
    page = opened(width=width)
    assert page.locator(where).count() > 1
    assert page.evaluate(TOUCHING, where) == []


CROSSED = """(id) => [...document.querySelectorAll(`#${id} .lo-stair`)].flatMap((stair) => {
    const legs = [...stair.querySelectorAll("path")].map((path) => path.getBoundingClientRect());
    return [...stair.querySelectorAll("text")].filter((text) => {
        const box = text.getBoundingClientRect();
        return legs.some((leg) => leg.right > box.left && leg.right < box.right
            && leg.top < box.bottom && leg.bottom > box.top + 2);
    }).map((text) => text.textContent);
})"""


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("name", ["words", "two"])
def test_no_leader_crosses_a_name(name: str, media: str, opened) -> None:
    page = opened()
    emulate(page, media=media)
    assert page.locator(f"#{name} .lo-stair text").count() >= 19
    assert page.evaluate(CROSSED, name) == []


# Where a leader starts, and the middle of the bit in the row above it.
LEADERS = """() => [...document.querySelectorAll("#words .lo-stair g")].map((leader) => {
    const path = leader.querySelector("path");
    const start = path.getPointAtLength(0).matrixTransform(path.getScreenCTM());
    const bit = [...document.querySelectorAll(`#words i[data-n="${leader.dataset.n}"]`)].at(-1)
        .getBoundingClientRect();
    return [start.x, (bit.left + bit.right) / 2];
})"""


@pytest.mark.parametrize("media", ["screen", "print"])
def test_a_leader_stands_under_its_bit(media: str, opened) -> None:
    page = opened()
    emulate(page, media=media)
    found = page.evaluate(LEADERS)
    assert len(found) == len([f for f in features_of(lo_up(RELEASE)) if f.shown])
    assert [pair for pair in found if abs(pair[0] - pair[1]) > 1] == []


# --- feature words --------------------------------------------------------------------------------


def marked(page: Page) -> set[str]:
    hot = "(all) => all.map((each) => each.dataset.n)"
    return set(page.locator("#words .hot").evaluate_all(hot))


def test_pointing_marks_the_column_and_says_the_bit(opened) -> None:
    page = opened()
    page.locator('#words i[data-n="33"]').first.hover()
    assert marked(page) == {"33"} and page.locator("#words .hot").count() == 4
    said = page.locator("#words .lo-readout output")
    assert said.inner_text() == (
        "bit 33, GSO_UDP_L4: switch up, on; ethtool -k prints tx-udp-segmentation: on"
    )
    page.locator('#words g[data-n="19"] text').hover()
    assert marked(page) == {"19"}
    assert "requested on" in said.inner_text()
    page.locator('#words i[data-n="12"]').first.click()
    assert said.inner_text() == "bit 12: no name in this release"


def test_the_keyboard_marks_too(opened) -> None:
    page = opened()
    slider = page.get_by_role("slider", name="Bit").first
    slider.focus()
    page.keyboard.press("Home")
    assert marked(page) == {"63"}
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert marked(page) == {"59"}
    assert "GRO_UDP_FWD" in slider.get_attribute("aria-valuetext")
    page.keyboard.press("End")
    assert marked(page) == {"0"} and "SG" in slider.get_attribute("aria-valuetext")


def test_two_devices_say_both(opened) -> None:
    page = opened()
    page.locator('#two i[data-n="36"]').first.hover()
    said = page.locator("#two .lo-readout output").inner_text()
    assert said.startswith("6.12: bit 36, SCTP_CRC") and " · 6.18: bit 36, FCOE_CRC" in said


@pytest.mark.parametrize("width", [900, 390, 320])
def test_without_room_there_are_two_blocks_of_32(width: int, opened) -> None:
    page = opened(width=width)
    assert not page.locator("#words .lo-stair").is_visible()
    halves = [page.locator(f"#words .lo-half.{side}") for side in ("hi", "lo")]
    tops = [half.nth(at).bounding_box()["y"] for half in halves for at in range(3)]
    assert tops == sorted(tops) and len(set(tops)) == 6
    assert page.locator("#words .lo-half").first.bounding_box()["width"] <= width


def test_the_table_is_folded_and_holds_all_of_it(opened) -> None:
    page = opened()
    rows = page.locator("#words tbody tr")
    assert not rows.first.is_visible()
    page.locator("#words summary").focus()
    page.keyboard.press("Enter")
    features = [f for f in features_of(lo_up(RELEASE)) if f.shown]
    assert rows.count() == len(features)
    expect(rows.first).to_be_visible()
    assert "GRO_UDP_FWD" in rows.first.inner_text()


def test_without_a_script_words_are_whole(without_script: Page) -> None:
    page = without_script
    assert page.locator("#words tbody tr").first.is_visible()
    assert not page.locator("#words .lo-readout").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sign_in_a_legend_has_its_layers_hue(theme: str, opened) -> None:
    """Seen red: the rule for signs of the drawing only, which leaves a legend's black."""
    page, seen = opened(theme=theme), set()
    for sample in page.locator("figcaption svg, .lo-key svg").all():
        (layer,) = set(sample.get_attribute("class").split()) & LAYERS.keys()
        seen.add(layer)
        fill = sample.locator(".sign").evaluate("(e) => getComputedStyle(e).fill")
        red, green, blue = (int(look.tokens(theme)[layer][at : at + 2], 16) for at in (1, 3, 5))
        assert fill == f"rgb({red}, {green}, {blue})", layer
    assert seen == LAYERS.keys()


# --- the shift ------------------------------------------------------------------------------------


def places(page: Page, row: str, name: str = "shift") -> list[int]:
    """The bits of a row by where their marks stand now, 0 at the right."""
    return page.evaluate(
        """([row, name]) => {
            const track = document.querySelector(`#${name} .${row} .lo-track`)
                .getBoundingClientRect();
            const step = track.width / 40;
            return [...document.querySelectorAll(`#${name} .${row} .on`)].map((mark) =>
                Math.round((track.right - mark.getBoundingClientRect().right) / step));
        }""",
        [row, name],
    )


def test_gso_type_moves_onto_features(opened) -> None:
    page = opened()
    back, following = (page.locator("#shift button", has_text=t) for t in ("Back", "Next"))
    position, says = page.locator("#shift [name=step]"), page.locator("#shift .lo-shift-say")
    assert position.inner_text() == "1 of 3" and back.is_disabled() and following.is_enabled()
    assert places(page, "moving") == [17]
    assert not page.locator("#shift .result").is_visible()
    assert "gso_type is 0x20000" in says.inner_text()
    following.focus()
    page.keyboard.press("Enter")
    assert places(settled(page), "moving") == [33] and 33 in places(page, "lamp")
    assert position.inner_text() == "2 of 3"
    page.keyboard.press("Enter")
    assert position.inner_text() == "3 of 3" and "all that was asked for: yes" in says.inner_text()
    assert page.locator("#shift .result").is_visible()
    assert places(settled(page), "moving") == [33] == places(page, "result")
    assert following.is_disabled() and back.evaluate("(e) => e === document.activeElement")
    page.keyboard.press("ArrowRight")
    assert position.inner_text() == "3 of 3"
    page.keyboard.press("ArrowLeft")
    assert position.inner_text() == "2 of 3"


def test_it_takes_no_room_and_no_time_that_it_should_not(made: str, chromium: Browser) -> None:
    context = chromium.new_context(reduced_motion="reduce", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(made)
    heights = [page.locator("#shift").bounding_box()["height"]]
    for _ in range(2):
        page.locator("#shift button", has_text="Next").click()
        heights.append(page.locator("#shift").bounding_box()["height"])
    assert len(set(heights)) == 1
    assert places(settled(page), "moving") == [33]
    context.close()


def test_tcp_over_ipv4_comes_to_stand_on_its_own_bit(opened) -> None:
    page = opened()
    for _ in range(2):
        page.locator("#tcp button", has_text="Next").click()
    settled(page)
    said = page.locator("#tcp .lo-shift-say").inner_text()
    assert said == "features & 0x10000 is 0x10000, all that was asked for: yes."
    assert places(page, "moving", "tcp") == [16] == places(page, "result", "tcp")


def test_on_paper_it_stands_at_its_end(opened) -> None:
    page = opened()
    says, end = page.locator("#shift .lo-shift-say"), "all that was asked for: yes"
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert end in says.inner_text() and page.locator("#shift .result").is_visible()
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert end not in says.inner_text()


def test_without_a_script_it_rests_and_says_the_same(without_script: Page) -> None:
    page = without_script
    assert not page.locator("#shift button").first.is_visible()
    assert page.locator("#shift .result").is_visible()
    label = page.locator("#shift [role=img]").get_attribute("aria-label")
    assert page.locator("#shift .lo-shift-say").inner_text() in label


# --- the ruler ------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_a_cliff_has_its_number_in_one_line_above_the_bar(width: int, opened) -> None:
    """In the book, whose lines may break anywhere, digits stood below each other on the bar."""
    page = opened(width=width)
    page.add_style_tag(content="main { overflow-wrap: anywhere }")
    for scale in page.locator(".lo-scale").all():
        bar = scale.bounding_box()
        numbers = [each.bounding_box() for each in scale.locator(".lo-mark span").all()]
        assert numbers
        assert all(each["height"] < 20 < each["width"] for each in numbers)
        assert all(each["y"] + each["height"] <= bar["y"] for each in numbers)
        assert all(bar["x"] <= each["x"] for each in numbers)


# --- the panel ------------------------------------------------------------------------------------


def test_every_turn_shows_what_the_model_says(opened) -> None:
    page, five = opened(), Panel(new_lo(RELEASE), TSO)
    inputs = page.locator("#panel input")
    number = five.start
    # A walk on which every switch is turned in many positions.
    for at in [0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0, 2, 1, 3, 1, 2, 0, 3, 2, 1]:
        inputs.nth(at).click()
        number ^= 1 << at
        turn, words = five.turns[number][at], five.positions[number].words
        assert page.locator("#panel [name=answer]").inner_text() == str(turn.answer)
        assert page.locator("#panel [name=why]").inner_text() == turn.why
        states = [words[each.name].ethtool.partition(": ")[2] for each in five.features]
        assert page.locator("#panel .w").all_inner_texts() == states
        looks = page.locator("#panel .lo-lamp").evaluate_all("(all) => all.map(e => e.className)")
        assert looks == [f"lo-lamp {lamp(state)}" for state in states]
        digits = page.locator("#panel .d").all_inner_texts()
        rows = [
            f"{value:d}"
            for field in ("hw", "wanted", "on")
            for value in (getattr(words[each.name], field) for each in five.features)
        ]
        assert digits == rows


def test_a_switch_has_ethtools_name_and_space_turns_it(opened) -> None:
    page = opened()
    switch = page.get_by_role("switch", name="tx-tcp-segmentation")
    expect(switch).to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).not_to_be_checked()
    assert "TSO_MANGLEID went out too" in page.locator("#panel [aria-live=polite]").inner_text()


@pytest.mark.parametrize(("width", "size"), [(1280, (34, 54)), (320, (28, 54))])
def test_a_switch_is_as_big_as_a_finger_needs(width: int, size: tuple, opened) -> None:
    page = opened(width=width)
    for box in (each.bounding_box() for each in page.locator("#panel input").all()):
        assert (box["width"], box["height"]) == size
    before = page.locator("#panel").bounding_box()["height"]
    page.get_by_role("switch", name="tx-tcp-segmentation").click()
    assert page.locator("#panel").bounding_box()["height"] == before


def test_without_a_script_the_panel_is_as_born(without_script: Page) -> None:
    inputs = without_script.locator("#panel input")
    assert inputs.count() == 4 and all(each.is_disabled() for each in inputs.all())
    assert all(each.is_checked() for each in inputs.all())


# --- paper, and without colour --------------------------------------------------------------------


def test_paper_has_all_of_it(opened) -> None:
    page = opened(theme="dark", width=672)
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert settled(page).locator("#words .lo-stair").is_visible()
    tops = [page.locator(f"#words .lo-half.{s}").first.bounding_box()["y"] for s in ("hi", "lo")]
    assert tops[0] == tops[1]
    for gone in ("#words .lo-readout", "#shift .lo-shift-drive", "#panel .lo-answer"):
        assert not page.locator(gone).is_visible()
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert page.locator("#words tbody tr").first.is_visible()
    frame = page.locator("#words .lo-plate").bounding_box()
    last = page.locator('#words i[data-n="0"]').last.bounding_box()
    assert last["x"] + last["width"] < frame["x"] + frame["width"] - 4
    wide = """() => [...document.querySelectorAll(".lo-plate, .lo-picture")]
        .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.ariaLabel)"""
    assert page.evaluate(wide) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_sign_can_be_told_without_colour(theme: str, opened) -> None:
    page = opened(theme=theme)
    page.add_style_tag(content="html { filter: grayscale(1) }")
    key = [f"#words .lo-bits-key i.{n}" for n in ("slot", "up", "down", "on", "fixed", "wish")]
    fates = [f"#{fate} .lo-token" for fate in FATES]
    layers = [f"#stack figcaption svg.{name}" for name in LAYERS]
    for group in (key, fates, layers):
        seen = [page.locator(each).first.screenshot() for each in group]
        assert all(a != b for a, b in combinations(seen, 2))

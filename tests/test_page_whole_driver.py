"""The page about the driver's whole file: its sizes, who runs when, the explorer ``life``.

Seen red: a block a line longer; LINES 293; ``always_on`` asked while lo is down; another function,
or another order, in what a kernel ran; a table that shows the model's counts for the kernel's;
blocks of other heights; what is not watched lit all the same; a failed send that is not told; a
challenge that is met with six left dark.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from lomodel import kernel_tree, trace
from lomodel.desk import DRIVER
from lomodel.explore import c_source, source_panel
from lomodel.explorers.life import EXPLORER, NEVER
from lomodel.figures.driver import counts, driver_moments, driver_strip
from lomodel.life import (
    ANNOUNCED,
    BLOCKS,
    INLINED,
    KERNEL,
    LINES,
    MOMENTS,
    RECORDED,
    TREE,
    Life,
    whole_life,
)
from lomodel.pages import PAGES
from lomodel.release import RELEASES
from lomodel.source_lines import source_line
from tools import kernel_trees

NAMES = [block.symbol for block in BLOCKS]
STATES = [(state, EXPLORER.outcome(state)) for state in EXPLORER.states()]


# --- the file -------------------------------------------------------------------------------------


def test_the_blocks_are_the_trees() -> None:
    series = TREE.rpartition(".")[0]
    tree = kernel_tree.find_tree(series)
    if tree is None or kernel_tree.version(tree) != TREE:
        pytest.skip(kernel_trees.how_to_get_one(series))
    lines = kernel_tree.lines_of(tree, DRIVER)
    assert len(lines) == LINES + 1 and not lines[-1]  # what follows the last newline
    bodies = [number for number, line in enumerate(lines, 1) if line == "{"]
    assert len(bodies) == len(BLOCKS)
    for block, body in zip(BLOCKS, bodies, strict=True):
        near = source_line(block.symbol, series, DRIVER)[1]
        assert c_source.definition(tree, DRIVER, near, block.symbol) == (block.first, block.last)
        assert block.first < body < block.last


def test_the_model_has_the_same_functions() -> None:
    modelled = {symbol.name for symbol in trace.symbols() if symbol.file == DRIVER}
    assert modelled == set(NAMES)
    assert {block.page for block in BLOCKS} <= set(PAGES)


# --- when they run --------------------------------------------------------------------------------


def test_a_life_in_numbers() -> None:
    lived = whole_life()
    assert list(lived) == list(MOMENTS)
    assert [len(set(names)) for names in lived.values()] == [6, 4, 0, 1, 2, 1, 1]


@pytest.mark.parametrize("moment", RECORDED)
def test_a_kernel_runs_the_same_but_for_netlink(moment: str) -> None:
    """What ftrace cannot see aside; what is more there is the reading of the counters, in pairs."""
    model = [name for name in whole_life()[moment] if name not in INLINED]
    more = Counter(RECORDED[moment]) - Counter(model)
    assert not Counter(model) - Counter(RECORDED[moment])
    assert set(more) <= set(ANNOUNCED) and len(set(more.values())) <= 1
    kept = [name for name in RECORDED[moment] if name not in more]
    assert kept == [name for name in model if name not in more]


@pytest.mark.parametrize("release", RELEASES)
def test_a_link_is_asked_for_only_while_it_is_up(release: str) -> None:
    life = Life(release)
    life.live("link")
    assert life.ran["link"] == []
    life.live("up")
    life.live("link")
    assert life.ran["link"] == ["always_on"]


# --- the figures ----------------------------------------------------------------------------------


def test_the_strip_names_every_function_with_its_lines() -> None:
    figure = driver_strip()
    for block in BLOCKS:
        assert f"{block.symbol}: {block.lines} lines" in figure.text
    assert re.findall(r"<code>(\w+)</code><span>(\d+)</span>", figure.html) == [
        (block.symbol, str(block.lines)) for block in BLOCKS
    ]
    heights = re.findall(r'class="one".*?height="([\d.]+)"', figure.html)
    by_height = sorted(zip(map(float, heights), BLOCKS, strict=True), key=lambda pair: pair[0])
    assert by_height[-1][1].symbol == "gen_lo_setup"


def test_the_table_counts_model_and_kernel() -> None:
    lived, html = whole_life(), driver_moments().html
    for block in BLOCKS:
        row = re.search(rf"<code>{block.symbol}</code>(.*?)</tr>", html)[1]
        cells = re.findall(r"<td>(.*?)</td>", row)
        for moment, cell in zip(MOMENTS, cells, strict=True):
            rings = re.findall(r'lo-ring".*?lo-often">(\d+)', cell)
            discs = re.findall(r'lo-disc".*?lo-often">(\d+)', cell)
            model, kernel = counts(block.symbol, moment, lived)
            assert (rings, discs) == (
                [str(n) for n in [model] if n],
                [str(n) for n in [kernel] if n],
            )
    assert f"{KERNEL} not traced" in driver_moments().text


def test_a_short_panel_may_be_folded() -> None:
    """Red where ``folded`` is not asked for, or is stored of every panel."""
    folded, plain = (source_panel.ask("always_on", folded=wish) for wish in (True, False))
    assert "<details>" in source_panel.panel(folded)
    assert "<details>" not in source_panel.panel(plain)
    assert "folded" in source_panel.element([folded])
    assert "folded" not in source_panel.element([plain])
    (data,) = re.findall('data-panel="(.*?)"', source_panel.element([folded]))
    assert source_panel.requests_of(data) == [folded]


# --- the explorer ---------------------------------------------------------------------------------


def test_it_starts_with_the_one_that_is_busy() -> None:
    outcome = EXPLORER.outcome(EXPLORER.initial())
    assert list(outcome.parts) == ["loopback_xmit"] and not outcome.met


def test_known_states() -> None:
    none = {"up": False, "packet": ""}
    assert EXPLORER.run(none)["summary"] == "No function of the driver runs."
    assert EXPLORER.run({"up": False})["summary"].endswith("a lo that was never up has no route.")
    assert EXPLORER.run({"packet": "cut"})["part:loopback_xmit"] == "×3"
    assert EXPLORER.run(none | {"boot": True})["part:gen_lo_setup"] == "×2"
    assert "part:always_on" not in EXPLORER.run(none | {"link": True})
    assert "does not ask the driver" in EXPLORER.run(none | {"link": True})["help:link"]


def test_every_state_is_told_in_full() -> None:
    for state, outcome in STATES:
        values = outcome.values
        assert values["functions"] + values["never"] == len(BLOCKS)
        assert values["functions"] == len(outcome.parts) <= values["calls"]
        assert set(outcome.parts) <= set(NAMES)
        assert outcome.summary.endswith("."), state
        assert outcome.met == (not state["boot"] and values["never"] == len(NEVER))


def test_what_is_not_watched_is_not_lit() -> None:
    for state, outcome in STATES:
        assert ("blackhole_netdev_init" in outcome.parts) == state["boot"]
        born = state["boot"] or state["namespace"]
        assert ("loopback_net_init" in outcome.parts) == born


def test_the_challenge_can_be_met() -> None:
    met = [state for state, outcome in STATES if outcome.met]
    assert met and all(state["namespace"] and state["up"] and state["gone"] for state in met)
    dark = {name for name in NAMES if name not in EXPLORER.outcome(met[0]).parts}
    assert dark == set(NEVER) and len(NEVER) == 5
    most = max(len(outcome.parts) for state, outcome in STATES if not state["boot"])
    assert most == len(NAMES) - len(NEVER)
    presets = [EXPLORER.initial() | preset for preset in EXPLORER.presets.values()]
    assert not any(EXPLORER.outcome(state).met for state in presets)

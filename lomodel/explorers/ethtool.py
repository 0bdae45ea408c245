"""The explorer ``ethtool``: what does ETHTOOL_SFEATURES return, and which lamps are on then?

All wishes go into one call, as with ``ethtool -K lo A off B off``, on the lo of a new namespace.
The call is the ioctl (``ethtool_set_features``), whose flags say more than the netlink request of
today's ethtool, which the kernel answers with 0 or an errno (``ethnl_set_features``).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE, new_lo
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main, Outcome, Question
from lomodel.explore.lamps import FEATURE_WORDS, feature_words
from lomodel.figures.chain import draw, lay_out
from lomodel.figures.tree import call_tree
from lomodel.linux.net.ethtool.ioctl import ETHTOOL_F_WISH
from lomodel.scenario import Player
from lomodel.trace import Call

MEANS = {
    0: "as wished",
    1: "there is no switch for one of them (ETHTOOL_F_UNSUPPORTED)",
    2: "the wish is noted, and a rule keeps a lamp off (ETHTOOL_F_WISH)",
    3: "no switch for one of them, and a rule keeps another off",
}
BESIDES = {
    "": "nothing else",
    "tx-scatter-gather": "tx-scatter-gather off: it has no switch",
    "vlan-challenged": "vlan-challenged off: it never changes",
}
BEFORE = {"born": "as born", "off": "all switches off"}
CALLED = ("ethtool_set_features", "__netdev_update_features")


LEFT_OUT = ("rx-gro", "tx-gso-list", "tx-sctp-segmentation")
"""Switches that no rule knows: to turn them is like turning any other."""


@cache
def switches() -> dict[str, bool]:
    """The features of a new lo that have a switch, by ethtool's strings, and whether it is up."""
    lo = new_lo()
    strings = [(s, bit) for s, bit in lo.netif_f.strings() if s not in LEFT_OUT]
    return {s: bool(lo.wanted_features & bit) for s, bit in strings if lo.hw_features & bit}


def wishes(c: dict[str, Any]) -> dict[str, bool]:
    """What the call asks for: each switch that does not stand where it stood before it."""
    before = {name: born and c["before"] == "born" for name, born in switches().items()}
    wished = {name: c[name] for name, stood in before.items() if c[name] != stood}
    return wished | ({c["besides"]: False} if c["besides"] else {})


def steps(c: dict[str, Any]) -> list[Step]:
    """The state as a scenario: what is not as before is asked for, in one call."""
    off: Step = {"do": "features", "set": dict.fromkeys(switches(), False)}
    before = [off] if c["before"] == "off" else []
    return [*before, {"do": "features", "set": wishes(c)}, {"do": "show"}]


def outcome(c: dict[str, Any]) -> Outcome:
    """Makes the call on a new lo, and looks."""
    player = Player(RELEASE)
    *before, asked, look = steps(c)
    for step in before:
        player.step(step)
    with player.machine.trace() as trace:
        answered = player.step(asked)
    shown = player.step(look)
    states = shown["features"]
    wish = {True: "on", False: "off"}
    notes = {name: states[name] for name in switches() if states[name] != wish[c[name]]}
    rc = answered.get("rc", answered["error"])
    lit = player.lo.features
    return Outcome(
        summary=_summary(rc, notes),
        values={"answer": rc, "lamps": lit.bit_count(), "off": _names(player.lo, states)},
        parts={name: "" for name in CALLED if name in trace.functions()},
        notes=notes,
        words=feature_words(player.lo),
        met=rc == ETHTOOL_F_WISH,
    )


def _summary(rc: Any, notes: dict[str, str]) -> str:
    if rc == "EINVAL":
        return "The call fails with EINVAL: this feature may not change on any device."
    if notes:
        names, one = ", ".join(notes), len(notes) == 1
        lamps, it = ("One lamp is", "it") if one else (f"{len(notes)} lamps are", "them")
        said = "as its switch says" if one else "as their switches say"
        return f"The call returns {rc}. {lamps} not {said}, since a rule keeps {it} off: {names}."
    return f"The call returns {rc}: {MEANS[rc]}."


def _names(lo: Any, states: dict[str, str]) -> str:
    """The features with a switch whose lamp is off, as ``ethtool -k`` prints them."""
    dark = [f"{name}: {states[name]}" for name in switches() if states[name] != "on"]
    return "; ".join(dark) or "none"


MANGLEID = "tx-tcp-mangleid-segmentation"
TWO = {"before": "off"} | dict.fromkeys(switches(), False) | {MANGLEID: True}
"""A state in which a rule keeps off what the call asks for."""


def figure() -> str:
    """Who is asked when a switch is turned: from the trace of one call."""
    player = Player(RELEASE)
    with player.machine.trace() as trace:
        player.step({"do": "features", "set": {"tx-tcp-segmentation": False}})
    calls = [r for r in trace if isinstance(r, Call) and r.name in frozenset(CALLED)]
    tree = call_tree(calls, frozenset(CALLED))
    return draw(lay_out(tree, frozenset(CALLED)), "A switch is turned", "Who is asked on the way")


EXPLORER = Declaration(
    name="ethtool",
    title="ETHTOOL_SFEATURES, alive",
    intro="Turn any switches of a new lo in one call of the ioctl ETHTOOL_SFEATURES; see what it "
    "returns, and the lamps. Today's ethtool asks over netlink, which returns 0 or an error.",
    controls=[
        *(Switch(name, name, initial=up) for name, up in switches().items()),
        Choice("before", "Before the call", BEFORE),
        Choice("besides", "In the same call", BESIDES, initial=""),
    ],
    outcome=outcome,
    figure=figure,
    questions=lambda: list[Question](),
    values={
        "answer": "the call returns",
        "lamps": "lamps that are on",
        "off": "ethtool -k, not on",
    },
    main=Main("lamps", "lamp is on", "lamps are on; the call returns {answer}"),
    words=FEATURE_WORDS,
    groups={"": ("before", "besides"), "The switches then": tuple(switches())},
    presets={
        "New": {},
        "TCP off": {"tx-tcp-segmentation": False},
        "A lamp without a switch": {"besides": "tx-scatter-gather"},
        "Never": {"besides": "vlan-challenged"},
    },
    challenge="The call returns 2.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)

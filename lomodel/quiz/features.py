"""Features: which lamps a switch puts out, what ethtool prints, what the call returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.core.dev import netdev_fix_features
from lomodel.linux.net.ethtool.ioctl import (
    ETHTOOL_F_UNSUPPORTED,
    ETHTOOL_F_WISH,
    ethtool_get_features,
    feature_words,
)
from lomodel.quiz.question import Draw, Question, agree, play
from lomodel.quiz.working import Working

TCP = (
    "tx-tcp-segmentation",
    "tx-tcp6-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
)
SWITCHES = (
    *TCP,
    "tx-udp-segmentation",
    "tx-generic-segmentation",
    "tx-sctp-segmentation",
    "tx-gso-list",
    "rx-gro",
    "rx-gro-list",
    "rx-udp-gro-forwarding",
)
FIXED = ("tx-scatter-gather", "tx-checksum-ip-generic", "rx-checksum", "highdma", "tx-nocache-copy")
KINDS = (
    ("follows", "Which features are on before and off after it?"),
    ("state", ""),
    ("returns", "What does that ETHTOOL_SFEATURES call return?"),
)
BITS = ((ETHTOOL_F_UNSUPPORTED, "UNSUPPORTED"), (ETHTOOL_F_WISH, "WISH"))


def question(draw: Draw, release: str) -> Question:
    """One call that turns one to three switches of a newborn lo."""
    change = _change(draw)
    kind, asks = draw.pick(KINDS)
    steps = [{"do": "show"}, {"do": "features", "set": change}, {"do": "show"}]
    played = play(release, steps)
    told = " ".join(f"{name} {'on' if on else 'off'}" for name, on in change.items())
    text = f"In one call, `ethtool -K lo {told}` on a newborn lo. "
    working, asked = Working(), {}
    words = _call(working, release, change)
    if kind == "state":
        shown = draw.pick([*change, *_follow_up(change)])
        asks = f"What does `ethtool -k lo` then print for {shown}?"
        answer, asked = _state(working, played.player.lo, shown), {"shown": shown}
        agree("features", answer, played.last["features"][shown])
    elif kind == "returns":
        answer = _returned(working, words)
        agree("features", int(answer), played.observed[1]["rc"])
    else:
        out = _lamps(played.player.lo, words["before"] & ~words["after"])
        answer = ", ".join(out) or "none"
        agree("features", out, _went_out(played.observed[0], played.last))
    return Question("features", kind, text + asks, steps, answer, working.lines, asked=asked)


def _change(draw: Draw) -> dict[str, bool]:
    """Mostly off; variants of TCP segmentation often together, and now and then what is fixed."""
    if draw.number(1, 4) == 1:  # a variant that is wanted, while what it needs may go
        return {TCP[0]: False, TCP[1]: draw.pick((False, True)), draw.pick(TCP[2:]): True}
    options = draw.pick((TCP, SWITCHES))
    names = [draw.pick(options) for _ in range(draw.number(1, 3))]
    if draw.number(1, 4) == 1:
        names[-1] = draw.pick(FIXED)
    return {name: draw.number(1, 4) == 1 for name in names}


def _follow_up(change: Mapping[str, bool]) -> list[str]:
    """What a reader may forget: variants of TCP segmentation, when one of its switches moves."""
    return list(TCP[2:]) if set(change) & set(TCP) else []


def _went_out(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    states = after["features"]
    return sorted(
        name
        for name, state in before["features"].items()
        if state.startswith("on") and states[name].startswith("off")
    )


def _lamps(lo: NetDevice, word: int) -> list[str]:
    return sorted(string for string, bit in lo.netif_f.strings() if bit & word)


def _call(working: Working, release: str, change: Mapping[str, bool]) -> dict[str, int]:
    """The words of one call, each computed from the one before it, rules by the model's own."""
    lo = play(release, [{"do": "show"}]).player.lo
    valid, on = feature_words(lo, change)
    start, hw = lo.features, lo.hw_features
    working.say(f"Asked for: {valid:#x}, on of them {on:#x}. Switches: hw_features {hw:#x}.")
    may = working.equation("asked, with a switch", f"{valid:#x} & {hw:#x}", as_hex=True)
    no = working.equation("asked, without one", f"{valid:#x} & ~{hw:#x}", as_hex=True)
    wanted = f"({lo.wanted_features:#x} & ~{may:#x}) | ({on:#x} & {may:#x})"
    wanted_after = working.equation("wanted_features", wanted, as_hex=True)
    wish = f"({start:#x} & ~{hw:#x}) | {wanted_after:#x}"
    wished = working.equation(
        "wish: what has no switch stays, the rest as wanted", wish, as_hex=True
    )
    fixed = netdev_fix_features(lo, wished)
    rules = working.equation("taken out by rules", f"{wished:#x} & ~{fixed:#x}", as_hex=True)
    working.say(f"Rules of netdev_fix_features: {', '.join(_lamps(lo, rules)) or 'none applies'}.")
    gone = working.equation("lamps out", f"{start:#x} & ~{fixed:#x}", as_hex=True)
    working.say(f"By name: {', '.join(_lamps(lo, gone)) or 'none'}.")
    return {"may": may, "no": no, "wanted": wanted_after, "before": start, "after": fixed}


def _returned(working: Working, words: dict[str, int]) -> str:
    unlike = f"({words['wanted']:#x} ^ {words['after']:#x}) & {words['may']:#x}"
    wish = working.equation("asked, and lamp unlike switch", unlike, as_hex=True)
    values = [bit if word else 0 for (bit, _), word in zip(BITS, (words["no"], wish), strict=True)]
    names = " + ".join(name for _, name in BITS)
    return str(working.equation(names, " + ".join(map(str, values))))


def _state(working: Working, lo: NetDevice, shown: str) -> str:
    """What ``ethtool -k`` makes of three bits."""
    bit = lo.netif_f.by_string[shown]
    words = ethtool_get_features(lo)
    named = (("available", "a switch"), ("requested", "switch up"), ("active", "lamp on"))
    has, up, on = (
        bool(working.equation(text, f"{words[key]:#x} & {bit:#x}", as_hex=True))
        for key, text in named
    )
    working.say("A lamp without a switch is [fixed]; one unlike its switch is [requested ...].")
    state = "on" if on else "off"
    if not has:
        return f"{state} [fixed]"
    return state if up == on else f"{state} [requested {'on' if up else 'off'}]"

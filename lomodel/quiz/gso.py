"""Whole or cut: what becomes of a send that asks for segments."""

from __future__ import annotations

from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.ip import IP_HLEN, IP_MAX_MTU
from lomodel.linux.include.uapi.linux.if_ether import ETH_HLEN
from lomodel.quiz.question import (
    FAMILIES,
    HEADER,
    UP,
    Draw,
    Played,
    Question,
    agree,
    amount,
    features_off,
    headers,
    play,
    runs,
    udp,
)
from lomodel.quiz.working import Working
from lomodel.release import RELEASES

TOO_LONG = "is the packet too long to pass whole?"
CARRIED = "can the features carry this gso_type?"
MUST_CUT = "must it be cut in software?"
SWITCHES = (
    "tx-udp-segmentation",
    "tx-udp-segmentation",
    "tx-generic-segmentation",
    "tx-tcp-segmentation",
    "tx-scatter-gather",
    "",
    "",
)
COUNTED = (
    ("counted", "What does lo add to tx_packets and tx_bytes?"),
    ("received", "Which datagrams does the receiver read, in order?"),
    ("headers", "How many bytes of IP and UDP headers does lo count for it?"),
)


def question(draw: Draw, release: str) -> Question:
    """A send and a switch, or the longest that passes whole."""
    return longest(draw, release) if draw.number(1, 5) == 1 else sent(draw, release)


def sent(draw: Draw, release: str) -> Question:
    """Packets, bytes, datagrams or headers of one send."""
    family = draw.pick(list(FAMILIES))
    size = draw.number(50, 145) * 10
    pieces = draw.number(2, min(47, RELEASES[release].udp_max_segments - 1, 65000 // size))
    payload = size * (pieces - 1) + draw.number(1, size)
    off = draw.pick(SWITCHES)
    kind, asks = draw.pick(COUNTED)
    steps = [UP, *([features_off(off)] if off else []), udp(payload, size, family)]
    played = play(release, steps)
    told = f" after `ethtool -K lo {off} off`" if off else " with every feature as born"
    text = (
        f"On a lo{told}, a program sends {payload} bytes over {FAMILIES[family]} in one call, with "
        f"UDP_SEGMENT {size}. {asks}"
    )
    working = Working()
    answer = ANSWERS[kind](working, played, payload, size, family)
    return Question("gso", kind, text, steps, answer, working.lines, asked={"payload": payload})


def _pieces(working: Working, played: Played, payload: int, size: int) -> int:
    """The packets that lo gets: what the model decided, then how many pieces that makes."""
    for asked in (TOO_LONG, CARRIED):
        working.decision(played.trace, asked)
    # The receiver's socket may cut it later; lo has counted it by then.
    must = working.decision(played.trace, MUST_CUT)
    if must is None or not must.answer:
        working.say("lo takes it whole: 1 packet.")
        return 1
    return working.equation("pieces, rounded up", f"({payload} + {size} - 1) // {size}")


def _counted(working: Working, played: Played, payload: int, size: int, family: str) -> str:
    packets = _pieces(working, played, payload, size)
    each = f"({HEADER[family]} + {UDP_HLEN})"
    length = working.equation("bytes, with IP and UDP headers", f"{payload} + {packets} * {each}")
    agree("gso", (packets, length), (played.stats["tx_packets"], played.stats["tx_bytes"]))
    return amount(packets, length)


def _headers(working: Working, played: Played, payload: int, size: int, family: str) -> str:
    packets = _pieces(working, played, payload, size)
    length = working.equation("header bytes", f"{packets} * ({HEADER[family]} + {UDP_HLEN})")
    agree("gso", length, played.stats["tx_bytes"] - payload)
    return f"{length} bytes"


def _received(working: Working, played: Played, payload: int, size: int, family: str) -> str:
    working.say(
        "Whole or cut on the way, the receiver's socket gets datagrams of UDP_SEGMENT bytes."
    )
    full = working.equation("full ones", f"{payload} // {size}")
    rest = working.equation("left for the last", f"{payload} % {size}")
    lengths = [size] * full + [rest] * bool(rest)
    agree("gso", lengths, played.last["received"])
    return runs(lengths)


ANSWERS = {"counted": _counted, "headers": _headers, "received": _received}


def longest(draw: Draw, release: str) -> Question:
    """The longest payload that passes whole."""
    family = draw.pick(list(FAMILIES))
    size = draw.pick((400, 450, 500, 505, 600, 1000, 1200, 1400, 1448))
    working = Working()
    bounds = _bounds(working, release, size, family)
    payload = working.equation("the least of these", f"min({', '.join(map(str, bounds))})")
    steps = [UP, udp(payload, size, family), udp(payload + 1, size, family)]
    played = play(release, steps)
    whole = [
        each["error"] is None and each["stats"]["tx_packets"] == 1 for each in played.observed[1:]
    ]
    agree("gso", [True, False], whole)
    text = (
        f"A program sends over {FAMILIES[family]} with UDP_SEGMENT {size}, on a lo with every "
        "feature as born. How many bytes may one call have at most, if lo is to count one packet?"
    )
    asked = {"family": family, "size": size}
    answer = f"{payload} bytes"
    return Question("gso", "longest", text, steps, answer, working.lines, asked=asked)


def _bounds(working: Working, release: str, size: int, family: str) -> list[int]:
    """What limits a payload: the number of segments, IP's own length, the device's limit."""
    table = RELEASES[release]
    head = headers(family)
    counted = "" if table.udp_gso_counts_payload else f" - {head}"
    segments = f"{table.udp_max_segments} * {size}{counted}"
    bounds = [working.equation("at most so many segments in one call", segments)]
    ip = f"{IP_MAX_MTU} - {UDP_HLEN}" + (f" - {IP_HLEN}" if family == "inet" else "")
    bounds.append(working.equation("what one IP packet holds", ip))
    # A short one has to be asked, too: the device's limit is what the model compares with.
    tried = play(release, [UP, udp(2 * size, size, family)])
    limit = working.decision(tried.trace, TOO_LONG)
    if limit is not None:
        bound = [value for name, value in limit.operands.items() if name != "len"][0]
        passes = f"{bound} - 1 - {ETH_HLEN} - {HEADER[family]} - {UDP_HLEN}"
        bounds.append(working.equation("shorter than that, with the Ethernet header", passes))
    return bounds

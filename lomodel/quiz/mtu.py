"""The MTU: what it refuses, and what it does not."""

from __future__ import annotations

import errno

from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.ip import IPV4_MIN_MTU
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.quiz.question import FAMILIES, HEADER, UP, Draw, Question, agree, headers, play, udp
from lomodel.quiz.working import Working
from lomodel.release import RELEASES

TOO_LONG = "is a segment longer than the MTU?"
REFUSED = "Which error does the sender get, if any?"


def question(draw: Draw, release: str) -> Question:
    """A refusal, the lowest MTU without one, or the addresses that an MTU leaves."""
    return draw.pick((refused, refused, lowest, unfragmented, addresses))(draw, release)


def _mtu(value: int) -> dict:
    return {"do": "link", "mtu": value}


def _send(draw: Draw) -> tuple[str, int, int]:
    """A family, a size of segments, and more payload than one of them."""
    family = draw.pick(list(FAMILIES))
    size = draw.number(130, 300) * 10
    return family, size, size * draw.number(2, 9) + draw.number(0, size - 1)


def refused(draw: Draw, release: str) -> Question:
    """Around the MTU that just does for a segment."""
    family, size, payload = _send(draw)
    mtu = size + headers(family) + draw.pick((-1, 0, draw.number(-40, 40)))
    steps = [UP, _mtu(mtu), udp(payload, size, family)]
    played = play(release, steps)
    working = Working()
    segment = working.equation("one segment", f"{size} + {UDP_HLEN} + {HEADER[family]}")
    working.decision(played.trace, TOO_LONG)
    wrong = errno.errorcode[RELEASES[release].udp_gso_too_long]
    error = wrong if segment > mtu else None
    agree("mtu", error, played.last["error"])
    working.say(f"Linux {release} refuses a segment that is too long with {wrong}.")
    text = (
        f"The MTU of lo is {mtu}. A program sends {payload} bytes over {FAMILIES[family]} with "
        f"UDP_SEGMENT {size}. {REFUSED}"
    )
    return Question("mtu", "errno", text, steps, error or "none", working.lines)


def lowest(draw: Draw, release: str) -> Question:
    """The lowest MTU that lets a send with UDP_SEGMENT pass."""
    family, size, payload = _send(draw)
    working = Working()
    working.say("The MTU limits a segment, not the packet that has all of them.")
    mtu = working.equation("one segment", f"{size} + {UDP_HLEN} + {HEADER[family]}")
    send = udp(payload, size, family)
    steps = [UP, _mtu(mtu), send, _mtu(mtu - 1), send]
    played = play(release, steps)
    errors = [played.observed[2]["error"] is None, played.observed[4]["error"] is None]
    agree("mtu", [True, False], errors)
    text = (
        f"A program sends {payload} bytes over {FAMILIES[family]} with UDP_SEGMENT {size}. What is "
        "the lowest MTU of lo at which the call does not fail?"
    )
    asked = {"send": send}
    return Question("mtu", "lowest", text, steps, f"{mtu}", working.lines, asked=asked)


def unfragmented(draw: Draw, release: str) -> Question:
    """The longest datagram that one packet takes at an MTU."""
    family, mtu = draw.pick(list(FAMILIES)), draw.number(IPV6_MIN_MTU, 9000)
    working = Working()
    payload = working.equation("what the headers leave", f"{mtu} - {HEADER[family]} - {UDP_HLEN}")
    sends = [udp(payload, None, family), udp(payload + 1, None, family)]
    steps = [UP, _mtu(mtu), *sends]
    played = play(release, steps)
    packets = [each["stats"]["tx_packets"] for each in played.observed[2:]]
    agree("mtu", [1, 2], packets)
    text = (
        f"The MTU of lo is {mtu}, and nobody uses UDP_SEGMENT. How long may a datagram's payload "
        f"over {FAMILIES[family]} be, if it is not to be fragmented?"
    )
    asked = {"family": family, "mtu": mtu}
    answer = f"{payload} bytes"
    return Question("mtu", "unfragmented", text, steps, answer, working.lines, asked=asked)


def addresses(draw: Draw, release: str) -> Question:
    """Which addresses are left when lo, being up, gets a small MTU."""
    near = draw.pick((IPV4_MIN_MTU, IPV6_MIN_MTU))
    mtu = near + draw.pick((-1, 0, 1, draw.number(-60, 60)))
    steps = [UP, _mtu(mtu), {"do": "show"}]
    played = play(release, steps)
    working, left = Working(), []
    rules = (("IPv4", IPV4_MIN_MTU, "127.0.0.1/8"), ("IPv6", IPV6_MIN_MTU, "::1/128"))
    for family, least, address in rules:
        over = working.equation(
            f"{family} needs {least} bytes; above or below by", f"{mtu} - {least}"
        )
        left += [address] if over >= 0 else []
    agree("mtu", left, played.last["addresses"])
    text = f"lo is up with its two addresses; then `ip link set lo mtu {mtu}`. Which does it keep?"
    return Question("mtu", "addresses", text, steps, ", ".join(left) or "none", working.lines)

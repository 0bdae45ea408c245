"""Three datagrams to many over lo, and where each ends: as it is, and with the option for it.

Every end is played in the model, on a lo of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lomodel.contract import Step
from lomodel.contract.making import put, recv, sock
from lomodel.desk import RELEASE
from lomodel.figures.group_steps import GROUP, inbox, send
from lomodel.figures.layers import sample
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.linux.include.uapi.linux.if_ import IFF_MULTICAST
from lomodel.scenario import Player
from lomodel.source_lines import permalink


@dataclass(frozen=True)
class Case:
    """A destination, what it is, and the option that its senders set."""

    to: str
    what: str
    family: str
    option: tuple[str, object]
    said: str


CASES = (
    Case(GROUP, "a group", "inet", ("IP_MULTICAST_IF", "127.0.0.1"), "IP_MULTICAST_IF 127.0.0.1"),
    Case("127.255.255.255", "broadcast", "inet", ("SO_BROADCAST", 1), "SO_BROADCAST"),
    Case("ff02::1", "a group of IPv6", "inet6", ("IPV6_MULTICAST_IF", 1), "IPV6_MULTICAST_IF lo"),
)


@dataclass(frozen=True)
class End:
    """What became of a datagram: the error and who raised it, or "" for both."""

    error: str
    function: str
    arrived: bool

    @property
    def words(self) -> str:
        """The end in a few words."""
        return self.error or ("it arrives" if self.arrived else "nobody gets it")


def _play(case: Case, options: Sequence[Step], release: str) -> End:
    """One send to a receiver that has joined, where there is something to join."""
    player = Player(release)
    any_address = "::" if case.family == "inet6" else "0.0.0.0"
    ready = [*inbox("first", any_address, case.family), sock("out", case.family)]
    join = [put("first", "IP_ADD_MEMBERSHIP", [GROUP, 1])] if case.to == GROUP else []
    for step in ({"do": "link", "up": True}, *ready, *join, *options):
        player.step(step)
    with player.machine.trace() as trace:
        error = player.step(send(case.to))["error"] or ""
    no = [d.function for d in trace if d.kind == "decision" and not d.answer]
    arrived = bool(player.step(recv("first"))["datagrams"])
    return End(error, no[-1] if error else "", arrived)


@cache
def ends(release: str = RELEASE) -> tuple[tuple[Case, End, End], ...]:
    """Each case with its two ends: as it is, and with the option."""
    return tuple(
        (case, _play(case, (), release), _play(case, [put("out", *case.option)], release))
        for case in CASES
    )


def flag(release: str = RELEASE) -> bool:
    """Whether lo has IFF_MULTICAST."""
    return bool(Player(release).lo.flags & IFF_MULTICAST)


def three_ends(release: str = RELEASE) -> Picture:
    """Three destinations, three ends."""
    made = ends(release)
    caption = (
        "Each is one send to a receiver on the same port, on a lo of its own. "
        f"In {'all' if flag(release) else 'none'} of them lo has the flag MULTICAST."
    )
    html = (
        f'<figure class="lo-picture lo-ends">{"".join(_column(*each) for each in made)}'
        f"<figcaption>{caption}</figcaption></figure>"
    )
    said = " ".join(
        f"To {case.to}, {case.what}: as it is, {_said(plain)}; with {case.said}, {_said(opened)}."
        for case, plain, opened in made
    )
    return Picture("Three destinations, three ends", html, f"{said} {caption}")


def _said(end: End) -> str:
    return f"{end.words} from {end.function}" if end.error else end.words


def _column(case: Case, plain: End, opened: End) -> str:
    return (
        f'<div class="lo-end-case lo-k-protocol"><div class="lo-end-to">{sample("protocol")}'
        f"<b>{escape(case.to)}</b><span>{escape(case.what)}</span></div>"
        f"{_row('as it is', plain)}{_row(case.said, opened)}</div>"
    )


def _row(setting: str, end: End) -> str:
    fate = "refused" if end.error else "whole" if end.arrived else "dropped"
    way = escape(setting) if setting == "as it is" else f"<code>{escape(setting)}</code>"
    href = permalink(end.function) if end.function else None
    name = escape(end.function).replace("_", "_<wbr>")
    text = f'<a href="{escape(href)}">{name}</a>' if href else name
    where = f"<code>{text}</code>" if end.function else ""
    return (
        f'<div class="lo-end-row"><span>{way}</span><div><i class="lo-end {fate}"></i>'
        f"<b>{escape(end.words)}</b></div>{where}</div>"
    )

"""The doors by which ::1 leaves lo, and the ways by which it comes back.

Each door and each way is a row of steps that is played on a new lo of the model; what the map
shows is what lo has then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.scenario import Player

ONE = "::1/128"
PORT = 7000
DISABLE = "net.ipv6.conf.lo.disable_ipv6"
UP: Step = {"do": "link", "up": True}
DOWN: Step = {"do": "link", "up": False}
OFF: Step = {"do": "sysctl", "set": {DISABLE: 1}}
ON: Step = {"do": "sysctl", "set": {DISABLE: 0}}
ADD: Step = {"do": "address", "add": ONE}
REMOVE: Step = {"do": "address", "remove": ONE}
MULTICAST: Step = {"do": "link", "multicast": True}


def mtu(value: int) -> Step:
    """lo gets this MTU, in bytes."""
    return {"do": "link", "mtu": value}


@dataclass(frozen=True)
class Way:
    """What is typed, and the steps that it is."""

    typed: str
    steps: tuple[Step, ...]


DOORS: tuple[tuple[Way, Way | None], ...] = (
    (Way("ip link set lo down", (DOWN,)), Way("ip link set lo up", (UP,))),
    (Way("disable_ipv6 1", (OFF,)), Way("disable_ipv6 0", (ON,))),
    (Way("ip link set lo mtu 1279", (mtu(1279),)), Way("mtu 65536", (mtu(65536),))),
    (Way("ip addr del ::1/128 dev lo", (REMOVE,)), None),
)
"""Each way out, and what takes that change back (None: nothing but a way of ``WAYS``)."""

WAYS = (
    Way("down, then up", (DOWN, UP)),
    Way("disable_ipv6 1, then 0", (OFF, ON)),
    Way("addr add ::1/128", (ADD,)),
    Way("multicast on", (MULTICAST,)),
)
"""What is tried where the change taken back is not enough."""


@dataclass(frozen=True)
class Door:
    """A door as it was played: what is left behind it, and which ways lead back."""

    out: str
    left: tuple[str, ...]
    undo: str
    undone: bool
    back: tuple[str, ...]
    vain: tuple[str, ...]


def left(steps: Sequence[Step], release: str = RELEASE) -> tuple[str, ...]:
    """The addresses of a lo that comes up and is changed."""
    player = Player(release)
    for step in (UP, *steps):
        player.step(step)
    return tuple(player.step({"do": "show"})["addresses"])


@cache
def played(release: str = RELEASE) -> tuple[Door, ...]:
    """The doors, each played with the ways back from it."""
    return tuple(_door(out, undo, release) for out, undo in DOORS)


def _door(out: Way, undo: Way | None, release: str) -> Door:
    taken = out.steps + (undo.steps if undo else ())
    undone = ONE in left(taken, release)
    leads = {} if undone else {way.typed: ONE in left(taken + way.steps, release) for way in WAYS}
    return Door(
        out=out.typed,
        left=left(out.steps, release),
        undo=undo.typed if undo else "",
        undone=undone,
        back=tuple(typed for typed, works in leads.items() if works),
        vain=tuple(typed for typed, works in leads.items() if not works),
    )


def doors(release: str = RELEASE) -> Picture:
    """The map: lo with ::1, the doors out, and the ways back."""
    home = left((), release)
    rows = "".join(_row(door) for door in played(release))
    caption = (
        "Every door and every way back was played on the model. A longer MTU alone brings nothing "
        "back."
    )
    title = "The doors out of lo, and the ways back"
    html = (
        f'<figure class="lo-picture lo-doors lo-k-protocol" aria-label="{escape(title)}">'
        f'<div class="home"><b>lo is up</b>{_codes(home)}</div>'
        f'<div class="doors" role="list">{rows}</div><figcaption>{caption}</figcaption></figure>'
    )
    said = " ".join(map(_said, played(release)))
    return Picture(title, html, f"lo is up with {' and '.join(home)}. {said}")


def _codes(texts: Sequence[str]) -> str:
    return "".join(f"<code>{escape(each)}</code>" for each in texts)


def _row(door: Door) -> str:
    gone = f"<s>{ONE}</s>"
    lines = []
    if door.undo:
        sign, word = ("←", "::1 is back") if door.undone else ("×", "::1 stays away")
        cls = "back" if door.undone else "vain"
        lines.append(f'<div class="{cls}"><i>{sign}</i>{_codes([door.undo])}: {word}</div>')
    after = "then " if door.undo else ""
    if door.back:
        lines.append(f'<div class="back"><i>←</i>{after}by {_any(door.back)}</div>')
    if door.vain:
        lines.append(f'<div class="vain"><i>×</i>not by {_any(door.vain)}</div>')
    return (
        f'<div class="door" role="listitem"><div class="out"><i>→</i>{_codes([door.out])}</div>'
        f'<div class="room">{_codes(door.left)}{gone}</div><div>{"".join(lines)}</div></div>'
    )


def _any(ways: Sequence[str]) -> str:
    return " or ".join(map(lambda way: _codes([way]), ways))


def _said(door: Door) -> str:
    back = []
    if door.undo:
        back.append(f"{door.undo}: {'::1 is back' if door.undone else '::1 stays away'}")
    if door.back:
        back.append(f"back by {' or '.join(door.back)}")
    if door.vain:
        back.append(f"not by {' or '.join(door.vain)}")
    return f"{door.out}: {', '.join(door.left)} is left; {'; '.join(back)}."

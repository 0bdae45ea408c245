"""Four calls in three namespaces: one whose lo was never up, one where it is, one where it was.

Each call is played on the model, in a namespace of its own; nothing is written down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.figures.two_questions import local_table
from lomodel.scenario import Player

UP: Step = {"do": "link", "up": True}
DOWN: Step = {"do": "link", "up": False}
PORT = 7001
HISTORIES: dict[str, tuple[str, tuple[Step, ...]]] = {
    "never": ("never up", ()),
    "up": ("up", (UP,)),
    "down": ("up, then down", (UP, DOWN)),
}
"""What lo has gone through: its name, and the steps."""


def family(address: str) -> str:
    """The family of a socket for an address, as the contract names it."""
    return "inet6" if ":" in address else "inet"


def bound(address: str, name: str = "server", port: int = PORT) -> tuple[Step, ...]:
    """A socket that binds to an address."""
    return (
        {"do": "socket", "name": name, "family": family(address), "type": "dgram"},
        {"do": "bind", "socket": name, "address": address, "port": port},
    )


def sent(address: str) -> tuple[Step, ...]:
    """Another socket that sends a datagram of 10 bytes to that port of an address."""
    return (
        {"do": "socket", "name": "client", "family": family(address), "type": "dgram"},
        {"do": "send", "socket": "client", "payload": 10, "to": [address, PORT]},
    )


CALLS: dict[str, tuple[Step, ...]] = {
    "bind 127.0.0.1": bound("127.0.0.1"),
    "bind 8.8.8.8": bound("8.8.8.8"),
    "send to 127.0.0.1": (*bound("127.0.0.1"), *sent("127.0.0.1")),
    "bind ::1": bound("::1"),
}


@dataclass(frozen=True)
class Told:
    """What a call was told: one of the fates of an explorer, and the word for it."""

    fate: str
    word: str


def told(player: Player, seen: dict[str, Any]) -> Told:
    """What the last call of some was told, and what became of its datagram, if it sent one."""
    if seen["error"]:
        return Told("refused", seen["error"])
    if "stats" not in seen:
        return Told("whole", "succeeds")
    read = player.step({"do": "recv", "socket": "server"})
    if read["datagrams"]:
        return Told("whole", "arrives")
    return Told("dropped", "succeeds, is lost")


def play(history: str, steps: tuple[Step, ...], release: str = RELEASE) -> tuple[Player, Told]:
    """A new namespace whose lo has a history, then some steps; what the last of them was told."""
    player = Player(release)
    for step in HISTORIES[history][1]:
        player.step(step)
    *_, seen = [player.step(step) for step in steps]
    return player, told(player, seen)


@cache
def four_calls(release: str = RELEASE) -> dict[str, dict[str, Told]]:
    """By call and by history."""
    return {
        call: {history: play(history, steps, release)[1] for history in HISTORIES}
        for call, steps in CALLS.items()
    }


def routes(history: str, release: str = RELEASE) -> int:
    """How many IPv4 routes the table local has."""
    player, _ = play(history, ({"do": "show"},), release)
    return sum("::" not in route for route in local_table(player.lo))


def fresh(release: str = RELEASE) -> Picture:
    """The four calls as a table: a column for each history of lo."""
    found = four_calls(release)
    counted = {history: routes(history, release) for history in HISTORIES}
    heads = "".join(
        f'<th scope="col"><b>{escape(name)}</b> <span>{_routes(counted[history])}</span></th>'
        for history, (name, _) in HISTORIES.items()
    )
    rows = "".join(_row(call, told) for call, told in found.items())
    caption = "The same four calls in three namespaces, by what their lo has gone through."
    html = (
        '<figure class="lo-picture lo-fresh"><table><thead><tr><td></td>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table><figcaption>{caption}</figcaption>"
        "</figure>"
    )
    return Picture("Four calls, three namespaces", html, describe(release))


def describe(release: str = RELEASE) -> str:
    """The figure in words."""
    columns = []
    for history, (name, _) in HISTORIES.items():
        calls = four_calls(release).items()
        said = ", ".join(f"{call}: {each[history].word}" for call, each in calls)
        columns.append(f"lo {name} ({_routes(routes(history, release))}): {said}.")
    return " ".join(columns)


def _routes(count: int) -> str:
    """The number of routes in words."""
    return f"{count} local IPv4 routes" if count else "no local IPv4 route"


def _word(word: str) -> str:
    """A word as HTML; the name of an errno may be broken after what it is about."""
    return re.sub("^(EADDR|ENET)", r"\1<wbr>", escape(word))


def _row(call: str, told: dict[str, Told]) -> str:
    cells = "".join(
        f'<td class="{each.fate}"><i aria-hidden="true"></i><span>{_word(each.word)}</span></td>'
        for each in told.values()
    )
    what, _, address = call.rpartition(" ")
    return f'<tr><th scope="row">{escape(what)} <code>{escape(address)}</code></th>{cells}</tr>'

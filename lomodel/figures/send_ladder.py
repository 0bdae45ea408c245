"""The tests of a send as a ladder: which were passed, and which one spoke.

A ladder is read off the model's decisions in a send that is played. The rungs are in the order in
which the kernel asks (the tests compare it with every state of the explorer ``first_test``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.run import outbound
from lomodel.figures.chain import operand_text
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.scenario import Player
from lomodel.source_lines import permalink
from lomodel.trace import Decision

PASSED, SPEAKS, SKIPPED, UNREACHED = "passed", "speaks", "nothing to ask", "not reached"


@dataclass(frozen=True)
class Rung:
    """A test: its name for a reader, the model's question, the answer that fails, the errno."""

    name: str
    question: str
    fails: bool
    errno: str


LENGTH = Rung("more than 65535 bytes?", "is it longer than UDP can say?", True, "EMSGSIZE")
PEER = Rung("named nobody: a peer?", "is the socket connected?", False, "EDESTADDRREQ")
PORT = Rung("a port other than 0?", "is there a destination port?", False, "EINVAL")
SOURCE = Rung("a source address?", "is there an address to send from?", False, "EADDRNOTAVAIL")
ROUTE = Rung("a route?", "is there a route?", False, "ENETUNREACH")
BROADCAST = Rung("broadcast allowed?", "may it broadcast?", False, "EACCES")
IP = Rung("too long for IP?", "is it too long?", True, "EMSGSIZE")
REFUSAL = Rung("a refusal waiting?", "is an error pending on the socket?", True, "ECONNREFUSED")
BUFFER = Rung("send buffer full?", "is the send buffer full?", True, "ENOBUFS")
SEGMENT = Rung("segment over the MTU?", "is a segment longer than the MTU?", True, "EMSGSIZE")
COUNT = Rung("too many segments?", "are there too many segments?", True, "EINVAL")
SUM = Rung("segments, but no sum?", "does the socket want no checksum?", True, "EINVAL")

LATER = (IP, REFUSAL, BUFFER, SEGMENT, COUNT, SUM)
RUNGS = {
    "inet": (LENGTH, PEER, PORT, ROUTE, BROADCAST, *LATER),
    "inet6": (PEER, PORT, SOURCE, ROUTE, *LATER),
}
"""The rungs of each family, in the order of the tests."""


@dataclass(frozen=True)
class Tried:
    """A rung in one send: what became of it, the function that asked, and what it compared."""

    rung: Rung
    state: str
    function: str = ""
    operands: str = ""


@dataclass(frozen=True)
class Climb:
    """A send: its family, its errno's name or "", what the contract observed, the rungs."""

    family: str
    error: str
    observed: dict[str, Any]
    rungs: tuple[Tried, ...]

    @property
    def speaker(self) -> Tried | None:
        """The rung that spoke; None if the send succeeded."""
        return next((each for each in self.rungs if each.state == SPEAKS), None)

    @property
    def passed(self) -> int:
        """How many tests were asked and passed."""
        return sum(each.state == PASSED for each in self.rungs)


def climb(steps: Sequence[Step], release: str = RELEASE) -> Climb:
    """Play steps, the last of which is a ``send``, and read its ladder off the trace.

    ValueError for an errno that no rung gives.
    """
    player, last = Player(release), steps[-1]
    for step in steps[:-1]:
        player.step(step)
    opened = next(s for s in steps if s["do"] == "socket" and s["name"] == last["socket"])
    with player.machine.trace() as trace:
        observed = player.step(last)
    error, asked = observed["error"] or "", {}
    for each in outbound(trace):
        if isinstance(each, Decision):
            asked.setdefault(each.question, []).append(each)
    rungs = RUNGS[opened["family"]]
    spoke = next((r for r in reversed(rungs) if error == r.errno and _failed(r, asked)), None)
    if error and spoke is None:
        raise ValueError(f"no rung says {error}")
    return Climb(opened["family"], error, observed, _tried(rungs, spoke, asked))


def _failed(rung: Rung, asked: dict[str, list[Decision]]) -> bool:
    return any(each.answer is rung.fails for each in asked.get(rung.question, ()))


def _tried(
    rungs: Sequence[Rung], spoke: Rung | None, asked: dict[str, list[Decision]]
) -> tuple[Tried, ...]:
    """Every rung with what became of it."""
    found, over = [], False
    for rung in rungs:
        if over or rung.question not in asked:
            found.append(Tried(rung, UNREACHED if over else SKIPPED))
            continue
        seen = asked[rung.question][-1 if rung is spoke else 0]
        state = SPEAKS if rung is spoke else PASSED
        found.append(Tried(rung, state, seen.function, operand_text(seen.operands)))
        over = rung is spoke
    return tuple(found)


def datagram(
    payload: int, address: str, port: int = 9, *, mtu: int = 65536, gso_size: int | None = None
) -> list[Step]:
    """The steps of a new socket's send: ``payload`` bytes to ``address``, over a lo that is up."""
    family = "inet6" if ":" in address else "inet"
    segments = {} if gso_size is None else {"gso_size": gso_size}
    return [
        {"do": "link", "up": True},
        {"do": "link", "mtu": mtu},
        {"do": "socket", "name": "a", "family": family, "type": "dgram"},
        {"do": "send", "socket": "a", "payload": payload, "to": [address, port], **segments},
    ]


def send_ladder(title: str, *sends: tuple[str, Sequence[Step]], release: str = RELEASE) -> Picture:
    """Ladders beside each other, each with a caption: the steps of a send each."""
    climbs = [(caption, climb(steps, release)) for caption, steps in sends]
    columns = "".join(_column(caption, each) for caption, each in climbs)
    html = (
        f'<figure class="lo-picture lo-ladders" aria-label="{escape(title)}">'
        f"<div>{columns}</div><figcaption>{SIGNS_SAID}</figcaption></figure>"
    )
    return Picture(title, html, " ".join(_said(caption, each) for caption, each in climbs))


def _column(caption: str, done: Climb) -> str:
    rows = "".join(map(_row, done.rungs))
    end = f"<b>{escape(done.error)}</b>" if done.error else "<b>sent</b>"
    return (
        f"<div><p>{escape(caption)}</p><ol>{rows}</ol>"
        f'<p class="end">The send gives {end}.</p></div>'
    )


SIGNS_SAID = "✓ passed, – nothing to ask, ▸ speaks, · not reached."
SIGNS = {PASSED: "✓", SPEAKS: "▸", SKIPPED: "–", UNREACHED: "·"}


def _row(each: Tried) -> str:
    said = f"<b>{each.rung.errno}</b>" if each.state == SPEAKS else f"<i>{each.state}</i>"
    where = ""
    if each.state == SPEAKS:
        href = permalink(each.function)
        name = escape(each.function)
        name = f'<a href="{escape(href)}">{name}</a>' if href else name
        where = f"<code>{name}: {escape(each.operands)}</code>"
    kind = {PASSED: "passed", SPEAKS: "speaks", SKIPPED: "skipped", UNREACHED: "unreached"}
    return (
        f'<li class="{kind[each.state]}"><span aria-hidden="true">{SIGNS[each.state]}</span>'
        f"<span>{escape(each.rung.name)}</span>{said}{where}</li>"
    )


def _said(caption: str, done: Climb) -> str:
    tests = "; ".join(f"{t.rung.name} {t.state}" for t in done.rungs)
    spoke = done.speaker
    end = f"{spoke.function} says {done.error} ({spoke.operands})." if spoke else "It is sent."
    return f"{caption}: {tests}. {end}"

"""What the explorer ``first_test`` plays, and how it says what came of it."""

from __future__ import annotations

from typing import Any

from lomodel.contract import Step
from lomodel.explore.declaration import Outcome, Question
from lomodel.explorers._boxes import Row, draw_rows
from lomodel.figures.send_ladder import (
    BROADCAST,
    BUFFER,
    COUNT,
    IP,
    LENGTH,
    PASSED,
    PEER,
    PORT,
    REFUSAL,
    ROUTE,
    SEGMENT,
    SOURCE,
    SPEAKS,
    SUM,
    Climb,
    climb,
)

LOCAL = {"inet": "127.0.0.1", "inet6": "::1"}
AWAY = {"inet": "8.8.8.8", "inet6": "2001:db8::1"}
GROUP = {"inet": "127.255.255.255", "inet6": "ff02::1%1"}
OPEN, CLOSED = 7001, 9
NO, YES, REFUSED = "no", "yes", "refused"
ORDER = (LENGTH, PEER, PORT, SOURCE, ROUTE, BROADCAST, IP, REFUSAL, BUFFER, SEGMENT, COUNT, SUM)
SENT = "lo takes it"
NONE = "none"


def option(c: dict[str, Any]) -> list[Step]:
    """The socket's options as steps."""
    six = c["family"] == "inet6"
    names = {
        "no sum": "UDP_NO_CHECK6_TX" if six else "SO_NO_CHECK",
        "broadcast": "SO_BROADCAST",
    }
    mode = "IPV6_MTU_DISCOVER" if six else "IP_MTU_DISCOVER"
    done = [] if c["mode"] == "want" else [(mode, c["mode"])]
    done += [(names[c["option"]], 1)] if c["option"] in names else []
    return [{"do": "setsockopt", "socket": "a", "option": n, "value": v} for n, v in done]


def to(c: dict[str, Any]) -> dict[str, Any]:
    """Where the send names, if it does."""
    family = c["family"]
    where = {
        "local": [LOCAL[family], OPEN],
        "port 0": [LOCAL[family], 0],
        "away": [AWAY[family], OPEN],
        "group": [GROUP[family], OPEN],
    }
    return {"to": where[c["destination"]]} if c["destination"] in where else {}


def steps(c: dict[str, Any]) -> list[Step]:
    """A state as a scenario: up, sockets, connect, options, MTU, send."""
    family, here = c["family"], LOCAL[c["family"]]
    done: list[Step] = [
        {"do": "link", "up": True},
        {"do": "socket", "name": "b", "family": family, "type": "dgram"},
        {"do": "bind", "socket": "b", "address": here, "port": OPEN},
        {"do": "socket", "name": "a", "family": family, "type": "dgram"},
    ]
    if c["connected"] != NO:
        port = OPEN if c["connected"] == YES else CLOSED
        done.append({"do": "connect", "socket": "a", "address": here, "port": port})
    if c["connected"] == REFUSED:
        done.append({"do": "send", "socket": "a", "payload": 1})
    sent: Step = {"do": "send", "socket": "a", "payload": c["payload"], **to(c)}
    if c["segment"] is not None:
        sent["gso_size"] = c["segment"]
    return [*done, *option(c), {"do": "link", "mtu": c["mtu"]}, sent]


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays a state and reads its ladder."""
    done = climb(steps(c))
    spoke, packets = done.speaker, done.observed["stats"]["tx_packets"]
    asked = [each for each in done.rungs if each.state in (PASSED, SPEAKS)]
    answer = {each.rung.name: _answer(each.rung.fails, each.state) for each in asked}
    return Outcome(
        summary=summary(done),
        values={
            "passed": done.passed,
            "error": done.error or "no error",
            "function": spoke.function if spoke else "–",
            "tx_packets": packets,
        },
        parts={spoke.rung.name: done.error} if spoke else {SENT: "sent"},
        decisions={e.rung.name: (answer[e.rung.name], e.operands) for e in asked},
        fate=fate(done),
        met=c["connected"] == REFUSED and done.error not in ("", REFUSAL.errno),
    )


def _answer(fails: bool, state: str) -> str:
    return "yes" if fails is (state == SPEAKS) else "no"


def fate(done: Climb) -> tuple[str, str]:
    """What becomes of the datagram, and the word for it."""
    packets = done.observed["stats"]["tx_packets"]
    if done.error:
        return "refused", f"refused: {done.error}"
    return ("whole", "sent") if packets == 1 else ("cut", f"sent as {packets} packets")


def summary(done: Climb) -> str:
    """The outcome in a sentence or two."""
    spoke, packets = done.speaker, done.observed["stats"]["tx_packets"]
    if spoke is None:
        return f"No test speaks: lo takes {'1 packet' if packets == 1 else f'{packets} packets'}."
    before = "It is the first" if not done.passed else f"Passed before it: {done.passed}"
    name = spoke.rung.name.rstrip("?")
    return (
        f"{done.error}, by the test “{name}” of {spoke.function}. {before}; nothing below it is "
        "asked."
    )


def figure() -> str:
    """The ladder of both families."""
    rows = [
        Row("udp_sendmsg, udpv6_sendmsg: to whom?", [r.name for r in ORDER[:3]], 1, "protocol"),
        Row("The route, and the address to send from", [r.name for r in ORDER[3:6]], 1, "protocol"),
        Row("IP builds the packet", [r.name for r in ORDER[6:9]], 1, "protocol"),
        Row("UDP_SEGMENT", [r.name for r in ORDER[9:]], 1, "protocol"),
        Row("No test spoke", [SENT], 1, "device"),
    ]
    said = "From top to bottom, in the order in which they are asked: " + ", ".join(
        rung.name for rung in ORDER
    )
    return draw_rows(rows, "The tests of a send", said)


def questions() -> tuple[Question, ...]:
    """A row for every test."""
    return tuple(Question(rung.name, rung.errno, rung.question) for rung in ORDER)


DESTINATIONS = {
    "none": "none named",
    "local": "127.0.0.1 or ::1, port 7001",
    "port 0": "127.0.0.1 or ::1, port 0",
    "away": "8.8.8.8 or 2001:db8::1",
    "group": "127.255.255.255 or ff02::1",
}

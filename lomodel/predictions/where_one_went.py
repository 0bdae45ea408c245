"""Predictions of the page about the doors by which ::1 leaves lo."""

from __future__ import annotations

from collections.abc import Callable

from lomodel.contract import Step
from lomodel.explore.prediction import Choice, Played, Prediction
from lomodel.figures.doors import ADD, DISABLE, ON, ONE, PORT
from lomodel.predictions._steps import SHOW, UP, mtu
from lomodel.scenario import Observed

NUMBER = (6, 2)
TITLE = "Where ::1 went"

THERE, AWAY = "there", "away"
IS_IT = Choice({THERE: "`lo` has ::1", AWAY: "`lo` has no ::1"})
FAILS, LOST, CUT, WORKS = "fails", "lost", "cut", "works"
SENT = Choice(
    {
        FAILS: "the address is refused",
        LOST: "the address is added, the send fails",
        CUT: "the send works, as two packets",
        WORKS: "the send works, as one packet",
    }
)
BOTH_WORK, BIND_FAILS, SEND_FAILS = "both", "bind", "send"
YOURS = Choice(
    {
        BOTH_WORK: "`bind` and a send to it work",
        BIND_FAILS: "`bind` fails with EADDRNOTAVAIL",
        SEND_FAILS: "`bind` works, a send to it fails",
    }
)

SOCKET: Step = {"do": "socket", "family": "inet6", "type": "dgram"}
SHORT: tuple[Step, ...] = (
    *(UP, mtu(1000), ADD),
    SOCKET | {"name": "receiver"},
    {"do": "bind", "socket": "receiver", "address": "::1", "port": PORT},
    SOCKET | {"name": "sender"},
    {"do": "send", "socket": "sender", "payload": 1300, "to": ["::1", PORT]},
)
V4: Step = SOCKET | {"family": "inet"}
SECOND: tuple[Step, ...] = (
    UP,
    V4 | {"name": "receiver"},
    {"do": "bind", "socket": "receiver", "address": "127.0.0.2", "port": PORT},
    V4 | {"name": "sender"},
    {"do": "send", "socket": "sender", "payload": 1, "to": ["127.0.0.2", PORT]},
    {"do": "recv", "socket": "receiver"},
)

ALL_OFF: Step = {"do": "sysctl", "set": {DISABLE.replace("lo", "all"): 1}}


def there(observed: Observed) -> str:
    """Whether the last step's device has ::1."""
    return THERE if ONE in observed[-1]["addresses"] else AWAY


def short(observed: Observed) -> str:
    """What becomes of the send at the short MTU; KeyError for more than two packets."""
    added, sent = observed[2], observed[-1]
    if added["error"]:
        return FAILS
    return LOST if sent["error"] else {1: WORKS, 2: CUT}[sent["stats"]["rx_packets"]]


def yours(observed: Observed) -> str:
    """Whether an address can be bound to, and be reached."""
    if observed[2]["error"]:
        return BIND_FAILS
    return BOTH_WORK if observed[-1]["datagrams"] else SEND_FAILS


def asked(
    name: str,
    title: str,
    question: str,
    steps: tuple[Step, ...],
    expected: str,
    why: str,
    kind: Choice = IS_IT,
    read: Callable[[Observed], str] = there,
) -> Prediction:
    """One prediction about what is left, or works, after some steps."""
    return Prediction(
        name=f"where-one-went-{name}",
        title=title,
        question=question,
        kind=kind,
        source=Played(steps, read),
        expected=expected,
        why=why,
    )


PREDICTIONS = (
    asked(
        "setting",
        "two names of a setting",
        "`lo` is up with both addresses. `net.ipv6.conf.all.disable_ipv6` becomes 1. Then "
        "`net.ipv6.conf.lo.disable_ipv6` becomes 0, and `all` keeps its 1. What then?",
        (UP, ALL_OFF, ON, SHOW),
        THERE,
        "A write to `all` writes the setting of every device. When an event comes, IPv6 asks the "
        "device's own.",
    ),
    asked(
        "again",
        "up, once more",
        "`lo` is up, its MTU was 1279 for a moment and is 65536 again. Now `ip link set lo up`. "
        "What then?",
        (UP, mtu(1279), mtu(65536), UP, SHOW),
        AWAY,
        "`lo` is up already. No flag changes, so nobody is told anything.",
    ),
    asked(
        "short",
        "added by hand",
        "`ip link set lo mtu 1000`, then `ip addr add ::1/128 dev lo`, then one send of 1300 "
        "bytes to ::1. What becomes of it?",
        SHORT,
        WORKS,
        "Nobody who adds an address asks for the MTU, and IPv6 keeps the last MTU that it took: "
        "65536.",
        SENT,
        short,
    ),
    asked(
        "second",
        "an address nobody has added",
        "`lo` is up and has 127.0.0.1/8. A program uses 127.0.0.2, which no command has added. "
        "What works?",
        SECOND,
        BOTH_WORK,
        "The route `local 127.0.0.0/8` makes each address of the network local.",
        YOURS,
        yours,
    ),
)

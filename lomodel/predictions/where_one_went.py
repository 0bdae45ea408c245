"""Predictions of the page about the doors by which ::1 leaves lo."""

from __future__ import annotations

from collections.abc import Callable

from lomodel.contract import Step
from lomodel.explore.prediction import Choice, Played, Prediction
from lomodel.figures.doors import ADD, MULTICAST, OFF, ON, ONE, PORT
from lomodel.predictions._steps import SHOW, UP, mtu
from lomodel.scenario import Observed

NUMBER = (6, 2)
TITLE = "Where ::1 went"

THERE, AWAY = "there", "away"
IS_IT = Choice({THERE: "`lo` has ::1", AWAY: "`lo` has no ::1"})
FAILS, WORKS, LOST = "fails", "works", "lost"
SENT = Choice(
    {
        FAILS: "the address is refused",
        LOST: "the address is added, but a send to it fails",
        WORKS: "the send works, in one packet",
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


def there(observed: Observed) -> str:
    """Whether the last step's device has ::1."""
    return THERE if ONE in observed[-1]["addresses"] else AWAY


def short(observed: Observed) -> str:
    """What becomes of the send at the short MTU; KeyError where it is cut."""
    added, sent = observed[2], observed[-1]
    if added["error"]:
        return FAILS
    return LOST if sent["error"] else {1: WORKS}[sent["stats"]["rx_packets"]]


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
        "a setting, set and taken back",
        "`lo` is up with both addresses. `net.ipv6.conf.lo.disable_ipv6` becomes 1, then 0. "
        "Nobody touches the link. What then?",
        (UP, OFF, ON, SHOW),
        THERE,
        "`dev_disable_change` plays the link's down and up to IPv6, and to nobody else.",
    ),
    asked(
        "flag",
        "a flag that says nothing of IPv6",
        "`lo` is up, its MTU was 1279 for a moment and is 65536 again. Now `ip link set lo "
        "multicast on`. What then?",
        (UP, mtu(1279), mtu(65536), MULTICAST, SHOW),
        THERE,
        "A changed flag is `NETDEV_CHANGE`. IPv6's side of `lo` is not ready since the short "
        "MTU, so the event counts as an up.",
    ),
    asked(
        "short",
        "added by hand",
        "`ip link set lo mtu 1000`, then `ip addr add ::1/128 dev lo`, then 1300 bytes to ::1.",
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
        "`lo` is up and has 127.0.0.1/8. A program uses 127.0.0.2, which no command has added.",
        SECOND,
        BOTH_WORK,
        "The route `local 127.0.0.0/8` makes each address of the network local.",
        YOURS,
        yours,
    ),
)

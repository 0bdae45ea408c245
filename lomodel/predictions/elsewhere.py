"""Predictions of the page about loopback on other systems."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Prediction, Reckoned
from lomodel.figures.elsewhere import systems

NUMBER = (5, 2)
TITLE = "Loopback elsewhere"

NOT_RUN = "The others were read, not run; the page says which file of each, at which commit."


def smallest_mtu(release: str) -> str:
    """The smallest MTU, in bytes, as an option of the question."""
    return str(min(each.mtu for each in systems(release)))


def with_ethernet(release: str) -> str:
    """Who puts Ethernet's header before every packet, as an option of the question."""
    found = tuple(each.name for each in systems(release) if each.header.startswith("Ethernet"))
    options = {(f"Linux {release}",): "linux", tuple(e.name for e in systems(release)): "all"}
    return options.get(found, "others" if found else "none")


def counted_when_full(release: str) -> str:
    """Which of FreeBSD's columns have a packet that its full queue lost."""
    (freebsd,) = (each for each in systems(release) if each.name == "FreeBSD")
    sent, received = (part.partition(": ")[2] for part in freebsd.counted.split("; "))
    before = [word for word, when in (("sent", sent), ("received", received)) if "before" in when]
    return " ".join(before) or "neither"


PREDICTIONS = (
    Prediction(
        name="elsewhere-header",
        title="Ethernet's header",
        question="Seven systems: Linux, FreeBSD, NetBSD, OpenBSD, XNU (the kernel of macOS), and "
        "two stacks that run as programs, gVisor and smoltcp. Whose loopback puts Ethernet's "
        "header before every packet?",
        kind=Choice(
            {
                "all": "all seven",
                "others": "Linux's and some others'",
                "linux": "Linux's only",
                "none": "nobody's",
            }
        ),
        source=Reckoned(with_ethernet, NOT_RUN),
        expected="linux",
        why="The others hand the packet up as the protocol made it, XNU behind four bytes of its "
        "own. With smoltcp the program may choose Ethernet.",
    ),
    Prediction(
        name="elsewhere-mtu",
        title="the smallest MTU",
        question="`lo` has an MTU of 65536. What is the smallest of the seven?",
        kind=Choice({mtu: mtu for mtu in ("1500", "16384", "32768", "65535")}),
        source=Reckoned(smallest_mtu, NOT_RUN),
        expected="16384",
        why="FreeBSD's is 16384, and so is XNU's, whose file began as FreeBSD's.",
    ),
    Prediction(
        name="elsewhere-full",
        title="a full queue on FreeBSD",
        question="On FreeBSD a packet goes out over `lo0`, and the queue that it is to wait in is "
        "full: it is lost. Which of `lo0`'s columns have counted it?",
        kind=Choice(
            {
                "neither": "neither",
                "sent": "packets sent",
                "received": "packets received",
                "sent received": "both",
            }
        ),
        source=Reckoned(counted_when_full, NOT_RUN),
        expected="sent received",
        why="`looutput` counts it as sent before it tries anything, `if_simloop` counts it as "
        "received, and only then is it put into the queue.",
    ),
)

"""Predictions of the page about new namespaces."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Played, Prediction
from lomodel.figures.fresh import DOWN, PORT, UP, bound, sent
from lomodel.scenario import Observed

NUMBER = (6, 6)
TITLE = "New namespaces"

LOCAL, FOREIGN, NET = "127.0.0.1", "8.8.8.8", "10.0.0.77"
ADD = {"do": "address", "add": "10.0.0.1/24"}
READ = {"do": "recv", "socket": "server"}

BOTH, ONLY, NEITHER = "both", "only", "neither"
FINE, UNREACHABLE, NO_ADDRESS, LOST = "fine", "ENETUNREACH", "EADDRNOTAVAIL", "lost"
IS_DOWN = "ENETDOWN"


def which(observed: Observed) -> str:
    """Which of two binds, the first to 127.0.0.1, succeeded."""
    local, foreign = observed[1]["error"], observed[3]["error"]
    return {(True, True): BOTH, (True, False): ONLY, (False, False): NEITHER}[
        (not local, not foreign)
    ]


def last_error(observed: Observed) -> str:
    """What the last step was told."""
    return observed[-1]["error"] or FINE


def sent_and_read(observed: Observed) -> str:
    """What became of the datagram that the step before the last one sent."""
    if observed[-2]["error"]:
        return observed[-2]["error"]
    return FINE if observed[-1]["datagrams"] else LOST


def bound_to(observed: Observed) -> str:
    """Which of the binds to 10.0.0.1, 10.0.0.77 and 127.0.0.1 succeeded, by the options' names."""
    return " ".join(str(n) for n, at in enumerate((2, 4, 6), 1) if not observed[at]["error"])


PREDICTIONS = (
    Prediction(
        name="new-namespaces-bind",
        title="two servers",
        question="`lo` was never up. One socket binds to 127.0.0.1, another to 8.8.8.8, an "
        "address of somebody else. Which `bind` succeeds?",
        kind=Choice(
            {
                BOTH: "both",
                ONLY: "the one to 127.0.0.1",
                NEITHER: "neither",
            }
        ),
        source=Played((*bound(LOCAL, "a"), *bound(FOREIGN, "b")), which),
        expected=BOTH,
        why="Before its first IPv4 address a namespace has no table `local`, and without one every "
        "address counts as a broadcast address. To such an address a socket may bind.",
    ),
    Prediction(
        name="new-namespaces-send",
        title="the client",
        question="The server is bound to 127.0.0.1, and `lo` was never up. What does a send to "
        "the server give?",
        kind=Choice(
            {
                FINE: "it arrives",
                LOST: "success, and nothing arrives",
                UNREACHABLE: "`ENETUNREACH`",
                IS_DOWN: "`ENETDOWN`",
            }
        ),
        source=Played((*bound(LOCAL), *sent(LOCAL), READ), sent_and_read),
        expected=UNREACHABLE,
        why="A send needs a route, and no table has one.",
    ),
    Prediction(
        name="new-namespaces-six",
        title="the IPv6 server",
        question="`lo` was never up. What does `bind` to ::1 give?",
        kind=Choice(
            {
                FINE: "success",
                UNREACHABLE: "`ENETUNREACH`",
                NO_ADDRESS: "`EADDRNOTAVAIL`",
            }
        ),
        source=Played(bound("::1"), last_error),
        expected=NO_ADDRESS,
        why="IPv6 asks for no table: it looks whether a device has the address.",
    ),
    Prediction(
        name="new-namespaces-down",
        title="down again",
        question="`lo` is up, the server is bound to 127.0.0.1, and `lo` goes down. What does a "
        "send to the server give now?",
        kind=Choice(
            {
                FINE: "it arrives",
                LOST: "success, and nothing arrives",
                UNREACHABLE: "`ENETUNREACH`",
                IS_DOWN: "`ENETDOWN`",
            }
        ),
        source=Played((UP, *bound(LOCAL), DOWN, *sent(LOCAL), READ), sent_and_read),
        expected=LOST,
        why="127.0.0.1 and its local routes outlive the down. So the datagram finds its way to "
        "`lo`, whose queue drops it without a word to the sender.",
    ),
    Prediction(
        name="new-namespaces-added",
        title="an address comes",
        question="`lo` was never up, and gets the address 10.0.0.1/24; it stays down. Three "
        "sockets bind: to 10.0.0.1, to 10.0.0.77, to 127.0.0.1. Which succeed?",
        kind=Choice(
            {
                "1 2 3": "all three",
                "1 2": "10.0.0.1 and 10.0.0.77",
                "1 3": "10.0.0.1 and 127.0.0.1",
                "1": "10.0.0.1 only",
            }
        ),
        source=Played(
            (
                ADD,
                *bound("10.0.0.1", "a"),
                *bound(NET, "b", PORT + 1),
                *bound(LOCAL, "c", PORT + 2),
            ),
            bound_to,
        ),
        expected="1",
        why="The address brings a route, and with it the table. While `lo` is down the route is "
        "for the address alone, not for its network, and 127.0.0.1 has none.",
    ),
)

"""Predictions of the page about the errors of a send."""

from __future__ import annotations

from lomodel.contract import Step
from lomodel.explore.prediction import Choice, Number, Played, Prediction
from lomodel.predictions._steps import UP
from lomodel.scenario import Observed

NUMBER = (6, 1)
TITLE = "Errors of a send"

SOCKET: Step = {"do": "socket", "name": "a", "family": "inet", "type": "dgram"}
CLOSED: Step = {"do": "connect", "socket": "a", "address": "127.0.0.1", "port": 9}
SEGMENT, COUNTS = 1320, (1, 48, 49, 50, 64)


def send(payload: int, **more: object) -> Step:
    """One send of the socket ``a``."""
    return {"do": "send", "socket": "a", "payload": payload, **more}


OK, REFUSED, TOO_LONG, NO_ROUTE = "ok", "ECONNREFUSED", "EMSGSIZE", "ENETUNREACH"
AWAY = (UP, SOCKET, send(70000, to=["8.8.8.8", 9]))
FOUR = (UP, SOCKET, CLOSED, send(1, count=4))
WAITING = (UP, SOCKET, CLOSED, send(1), send(70000), send(1))
BATCHES = (
    UP,
    SOCKET,
    *(send(count * SEGMENT, to=["127.0.0.1", 9], gso_size=SEGMENT) for count in COUNTS),
)


def last(observed: Observed) -> str:
    """The errno's name of the last send, "ok" for none."""
    return observed[-1]["error"] or OK


def each_send(observed: Observed) -> str:
    """What the sends of the last step give, in their order."""
    return " ".join(error or OK for error in observed[-1]["results"])


def last_two(observed: Observed) -> str:
    """What the last two sends give."""
    return " ".join(each["error"] or OK for each in observed[-2:])


def most(observed: Observed) -> int:
    """The largest of COUNTS that was sent, where one more was not. ValueError otherwise."""
    sends = zip(COUNTS, observed[-len(COUNTS) :], strict=True)
    errors = {count: each["error"] for count, each in sends}
    found = max(count for count, error in errors.items() if not error)
    if not errors.get(found + 1):
        raise ValueError(f"{found} segments were sent, and {found + 1} were not tried")
    return found


def in_turn(*errors: str) -> dict[str, str]:
    """An option for what several sends give."""
    return {" ".join(errors): ", ".join(errors)}


PREDICTIONS = (
    Prediction(
        name="send-errors-away",
        title="two faults",
        question="A new socket sends 70000 bytes to 8.8.8.8. `lo` is all this machine has, so "
        "there is no route, and 70000 bytes are too many for UDP. What does `sendto` give?",
        kind=Choice({NO_ROUTE: NO_ROUTE, TOO_LONG: TOO_LONG, OK: "70000: an error comes later"}),
        source=Played(AWAY, last),
        expected=TOO_LONG,
        why="`udp_sendmsg` compares the length with 65535 before it looks at anything else.",
    ),
    Prediction(
        name="send-errors-four",
        title="four sends",
        question="A socket is connected to a port of 127.0.0.1 where nobody listens. What do four "
        "sends in a row give?",
        kind=Choice(
            in_turn(OK, OK, OK, OK)
            | in_turn(OK, REFUSED, REFUSED, REFUSED)
            | in_turn(OK, REFUSED, OK, REFUSED)
            | in_turn(REFUSED, REFUSED, REFUSED, REFUSED)
        ),
        source=Played(FOUR, each_send),
        expected=f"{OK} {REFUSED} {OK} {REFUSED}",
        why="The refusal of one datagram waits on the socket. The next send collects it and is not "
        "sent, so nothing is refused for the one after.",
    ),
    Prediction(
        name="send-errors-waiting",
        title="old and new",
        question="The same socket has sent once. Now it sends 70000 bytes, and then 1 byte. What "
        "do these two give?",
        kind=Choice(
            in_turn(TOO_LONG, OK)
            | in_turn(REFUSED, TOO_LONG)
            | in_turn(REFUSED, OK)
            | in_turn(TOO_LONG, REFUSED)
        ),
        source=Played(WAITING, last_two),
        expected=f"{TOO_LONG} {REFUSED}",
        why="The length is tested first, and the refusal goes on waiting until a send comes as far "
        "as its test.",
    ),
    Prediction(
        name="send-errors-batch",
        title="a batch",
        question="Datagrams of 1320 bytes are sent in one call with `UDP_SEGMENT`, over IPv4, at "
        "`lo`'s own MTU of 65536. How many fit into one call?",
        kind=Number("datagrams", 1, 200),
        source=Played(BATCHES, most),
        expected=49,
        why="The whole batch is one packet, and one packet has 65507 bytes of payload at most: 49 "
        "times 1320 is 64680, 50 times is 66000.",
    ),
)

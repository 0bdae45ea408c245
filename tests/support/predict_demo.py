"""A prediction of each kind, none of them the book's."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Number, Order, Played, Prediction, Reckoned
from lomodel.scenario import Observed

UP = {"do": "link", "up": True}
SIZES = {"a short datagram": 10, "a long datagram": 3000, "a middling datagram": 500}
SENDS = [{"do": "udp", "family": "inet", "payload": n, "gso_size": None} for n in SIZES.values()]


def by_bytes(observed: Observed) -> tuple[str, ...]:
    """The sends by what lo counted for each, most first."""
    counted = [each["stats"]["tx_bytes"] for each in observed[1:]]
    pairs = sorted(zip(counted, SIZES, strict=True), reverse=True)
    return tuple(name for _, name in pairs)


NUMBER = Prediction(
    name="number",
    title="some packets",
    question="How many packets is `sendto` of 3000 bytes?",
    kind=Number("packets", 0, 70000),
    source=Played([UP, SENDS[1]], lambda observed: observed[-1]["stats"]["tx_packets"]),
    expected=1,
    why="It fits into an `MTU` of 65536.",
)
CHOICE = Prediction(
    name="choice",
    title="a release",
    question="Which of these is <shown>?",
    kind=Choice({"left": "what is `left` & right", "right": "what is right", "this": "this one"}),
    source=Reckoned(lambda release: "right", "No recording says <it>."),
    expected="right",
    why="Because it is.",
)
ORDER = Prediction(
    name="order",
    title="an order",
    question="Sort by bytes, most first.",
    kind=Order(tuple(SIZES)),
    source=Played([UP, *SENDS], by_bytes),
    expected=("a long datagram", "a middling datagram", "a short datagram"),
    why="Longer is longer.",
)
ALL = (NUMBER, CHOICE, ORDER)

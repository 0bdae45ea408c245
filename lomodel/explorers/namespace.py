"""The explorer ``namespace``: what becomes of promises when namespaces begin and end?

A machine has booted. A module makes one more promise, some namespaces are made, and one may end.
No scenario can say any of it, since that plays in one namespace: every state is the model's alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.explorers._namespaces import TODAY, Life
from lomodel.figures.chain import draw, lay_out
from lomodel.figures.layers import key, layer_keys
from lomodel.figures.promises import LO, layer, orders
from lomodel.figures.tree import Node

FOLDERS = {"device": "drivers/net/", "protocol": "net/ipv4/", "core": "net/core/"}
"""A folder of each layer, for promises of which the drawing knows the layer alone."""


AT_END = {"lo": "while lo was still there", "no lo": "when lo was gone already"}


def live(c: dict[str, Any]) -> Life:
    """Play a state."""
    life = Life()
    kind, makes, _ = c["promise"].partition("+")
    if kind != "none":
        life.promise(kind, bool(makes))
    nets = life.begin(c["namespaces"])
    if c["ends"] != "none" and nets and not life.stopped:
        life.end(nets[{"first": 0, "last": -1}[c["ends"]]])
    return life


def outcome(c: dict[str, Any]) -> Outcome:
    """What a state leads to."""
    life = live(c)
    devices = {net.name: net.dev_base_head for net in life.machine.net_namespace_list}
    count = sum(dev.name == "lo" for devs in devices.values() for dev in devs)
    where = {
        name: " ".join(f"{d.ifindex}:{d.name}" for d in devs) for name, devs in devices.items()
    }
    return Outcome(
        summary(life, c),
        values={
            "lo": count,
            "where": ", ".join(devices),
            "devices": "; ".join(f"{name} {devs}" for name, devs in where.items()),
            "saw": ", ".join(life.seen) or "–",
        },
        parts=parts(life, c),
        fate=("refused", "the machine stops") if life.stopped else ("whole", "kept, as promised"),
        met=bool(life.stopped),
    )


def summary(life: Life, c: dict[str, Any]) -> str:
    """The outcome in a sentence or two."""
    kind = c["promise"].partition("+")[0]
    if life.stopped:
        return (
            "today0 was registered before lo and took index 1. lo would have been 2, and "
            f"loopback_net_init does not put up with that ({life.stopped})."
        )
    said = [_begun(life, c["namespaces"])]
    if life.seen:
        found = f"; in a new namespace it found {life.seen[-1]}" if c["namespaces"] else ""
        said.append(f"{TODAY[kind].capitalize()} promise was kept in init_net at once{found}.")
    if life.seen_at_end:
        said.append(f"At the end it had its turn {AT_END[life.seen_at_end[-1]]}.")
    elif life.ended:
        said.append("At the end default_device_ops unregistered lo.")
    return " ".join(said)


def _begun(life: Life, namespaces: int) -> str:
    if not namespaces:
        return "There is init_net alone, and it has had its lo since boot."
    order = [ops.name for ops in life.machine.pernet_list]
    which = "The new namespace" if namespaces == 1 else "Each new namespace"
    place = order.index(LO) + 1
    return f"{which} went through {len(order)} promises, and lo came with number {place}."


def parts(life: Life, c: dict[str, Any]) -> dict[str, str]:
    """The promises that were called in the newest namespace, by their number, or at the end."""
    order = [ops.name for ops in life.machine.pernet_list]
    lit = {}
    for number, name in enumerate(order, 1):
        begin = [f"birth {number}"] if name in life.turns else []
        end = [f"end {len(order) + 1 - number}"] if name in life.ended else []
        if name in TODAY.values() and not life.turns:
            begin = ["init_net"]
        if begin or end:
            lit[name] = ", ".join(begin + end)
    if life.stopped:
        lit[LO] = "BUG"
    return lit


@cache
def figure() -> str:
    """The list of promises with both places that a promise of today can have, as a drawing."""
    nodes = [Node(ops.name, FOLDERS[layer(ops)]) for ops in orders(RELEASE)[1]]
    nodes.insert([node.name for node in nodes].index(LO), Node(TODAY["subsys"], "net/core/"))
    nodes.append(Node(TODAY["device"], "drivers/net/"))
    rows = lay_out(nodes, frozenset())
    said = "The list of promises: at birth from top to bottom, at the end from bottom to top"
    svg = draw(rows, "The list of promises", said)
    return svg + key([*layer_keys(row.layer for row in rows), NOT_CALLED])


NOT_CALLED = ('<i class="off"></i>', "not called in this state")
PROMISES = {
    "none": "no more",
    "device": "a device",
    "subsys": "a subsystem",
    "device+": "a device, which registers today0",
    "subsys+": "a subsystem, which registers today0",
}
EXPLORER = Declaration(
    name="namespace",
    title="Namespace life",
    intro="Make a promise, make namespaces, end one. Who has a turn, when, and what does it find?",
    controls=[
        Choice(
            "promise",
            "Promise of today",
            PROMISES,
            help="A module makes it after boot, with register_pernet_device or _subsys.",
        ),
        Choice(
            "namespaces",
            "New namespaces",
            {n: str(n) for n in range(4)},
            help="Each is made as unshare -n makes one.",
            initial=1,
        ),
        Choice(
            "ends",
            "Then ends",
            {"none": "none of them", "first": "the first made", "last": "the last made"},
            help="A namespace ends when nobody is in it any more.",
        ),
    ],
    outcome=outcome,
    figure=figure,
    values={
        "lo": "devices called lo",
        "where": "in",
        "devices": "devices by index",
        "saw": "what today's promise found, turn by turn",
    },
    main=Main("lo", "device called lo", "devices called lo", lengths="where"),
    presets={
        "Boot": {"namespaces": 0},
        "One namespace": {},
        "The end of it": {"ends": "first"},
        "A late subsystem": {"promise": "subsys"},
        "A late device": {"promise": "device+", "namespaces": 2},
    },
    challenge="Make the machine stop.",
    origin=f"model, Linux {RELEASE}",
)

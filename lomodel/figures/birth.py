"""The birth of a lo: the functions that run when a namespace is made, and what each allocates.

A trace of the model and a record of its memory; which function an allocation belongs to is seen on
Python's own stack.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import FrameType

from lomodel.desk import RELEASE, boot
from lomodel.figures.layers import layer_of, sample
from lomodel.figures.picture import Picture, legend
from lomodel.figures.show import escape
from lomodel.figures.tree import Node, call_tree
from lomodel.linux.mm.slab import Allocation
from lomodel.trace import Trace

SHOWN = (
    "copy_net_ns",
    "net_alloc",
    "loopback_net_init",
    "alloc_netdev_mqs",
    "loopback_setup",
    "register_netdevice",
    "loopback_dev_init",
    "netdev_do_alloc_pcpu_stats",
    "dev_index_reserve",
    "__netdev_update_features",
    "list_netdevice",
    "inetdev_init",
    "ipv6_add_dev",
)
"""The functions that the figure has, where a birth calls them."""


@dataclass(frozen=True)
class Given:
    """One allocation, and the function of SHOWN in which it was asked for."""

    allocation: Allocation
    owner: str


class _Log(list[Allocation]):
    """A record of allocations that notes in which function of SHOWN each was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Given] = []

    def append(self, allocation: Allocation) -> None:
        super().append(allocation)
        names = (frame.f_code.co_name for frame in _frames(sys._getframe(1)))
        self.given.append(Given(allocation, next(name for name in names if name in SHOWN)))


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


@cache
def birth(release: str = RELEASE) -> tuple[Trace, tuple[Given, ...]]:
    """A new namespace on a machine that has booted: its trace, and its allocations in order.

    ValueError for a release that the model has not.
    """
    machine = boot(release)
    log = machine.memory.log = _Log()
    with machine.trace() as trace:
        machine.new_net()
    machine.memory.log = None
    return trace, tuple(log.given)


def birth_of_lo(release: str = RELEASE) -> Picture:
    """The figure. ``release`` names a kernel; ValueError for one that the model has not."""
    trace, given = birth(release)
    rows = list(_rows(call_tree(trace, SHOWN)))
    text = _text(rows, given)
    body = "".join(_row(depth, node, _of(given, node.name)) for depth, node in rows)
    caption = (
        "A namespace and its lo are made. Time runs downwards; a dot is an allocation of memory, "
        f"{len(given)} in all."
    )
    layers = legend(layer_of(node.file) for _, node in rows)
    html = (
        f'<figure class="lo-picture lo-birth"><div role="img" aria-label="{escape(text)}">{body}'
        f"</div><figcaption>{caption} {layers}</figcaption></figure>"
    )
    return Picture("The birth of lo", html, text)


def _rows(nodes: Iterable[Node], depth: int = 0) -> Iterator[tuple[int, Node]]:
    """The calls in order, each with how deep it is among those that are shown."""
    for node in nodes:
        yield depth, node
        yield from _rows(node.children, depth + 1)


def _of(given: Iterable[Given], name: str) -> list[Allocation]:
    return [each.allocation for each in given if each.owner == name]


def _row(depth: int, node: Node, made: list[Allocation]) -> str:
    layer = layer_of(node.file)
    mark = " lo" if layer == "device" else ""
    dots = "".join(f"<b>{each.number}</b>" for each in made)
    what = made[0].what if len(made) == 1 else ""
    return (
        f'<div class="lo-birth-row lo-k-{layer}{mark}" style="--deep:{depth}">'
        f"<span>{sample(layer)}<code>{escape(node.name)}</code></span>"
        f'<span class="dots">{dots}<code>{escape(what)}</code></span></div>'
    )


def _text(rows: Iterable[tuple[int, Node]], given: Iterable[Given]) -> str:
    said = []
    for depth, node in rows:
        numbers = ", ".join(str(each.number) for each in _of(given, node.name))
        said.append(
            f"{'>' * depth}{' ' * bool(depth)}{node.name}" + f" ({numbers})" * bool(numbers)
        )
    return "The calls of a birth, and in brackets the allocations of each. " + "; ".join(said) + "."

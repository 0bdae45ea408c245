"""The form of a device, and who had filled in what by when: ``struct net_device`` as a table.

A device is looked at several times while it comes into being. Each look is a copy that stands
still, so a field can be compared with what it was a stage earlier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from lomodel.desk import RELEASE, new_lo
from lomodel.figures.events import align
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.linux.drivers.net.loopback import (
    blackhole_netdev_ops,
    blackhole_netdev_setup,
    loopback_ethtool_ops,
    loopback_ops,
    loopback_setup,
)
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.core.dev import alloc_netdev, default_ethtool_ops
from lomodel.linux.net.ethernet.eth import eth_header_ops
from lomodel.machine import Machine

STAGES = ("before setup", "after setup", "registered")
SETUP = {"lo": loopback_setup, "blackhole_dev": blackhole_netdev_setup}
TABLES = (
    ("loopback_ops", loopback_ops),
    *(("blackhole_netdev_ops", ops) for ops in blackhole_netdev_ops.values()),
    ("loopback_ethtool_ops", loopback_ethtool_ops),
    ("default_ethtool_ops", default_ethtool_ops),
    ("eth_header_ops", eth_header_ops),
)
"""The tables of functions that a form of these devices may name."""

HEX = frozenset({"flags", "priv_flags", "features", "hw_features", "wanted_features"})
REG_STATES = ("UNINITIALIZED", "REGISTERED", "UNREGISTERING", "UNREGISTERED", "RELEASED")

OPENING = (
    *("mtu", "hard_header_len", "addr_len", "type", "flags", "priv_flags", "features"),
    *("netdev_ops", "header_ops", "priv_destructor", "min_mtu", "max_mtu", "broadcast", "ifindex"),
)
"""The fields of the page's first picture."""


def stages(device: str = "lo", release: str = RELEASE) -> dict[str, NetDevice]:
    """A device as it is before its setup, after it, and at last, each a copy of its own.

    ``device`` is "lo" or "blackhole_dev", which nobody registers: its last stage is what the boot
    leaves. KeyError for another one, ValueError for a release that the model has not.
    """
    machine, seen = Machine(release), []

    def watched(dev: NetDevice) -> None:
        seen.append(copy(dev))
        SETUP[device](dev)
        seen.append(copy(dev))

    alloc_netdev(machine, 0, device, 0, watched)
    last = new_lo(release) if device == "lo" else machine.blackhole_netdev
    return dict(zip(STAGES, [*seen, last], strict=True))


def entry(dev: NetDevice, field: str) -> str:
    """What stands in a field of the form, as C or ``ip`` would write it."""
    value = getattr(dev, field)
    if field.endswith("_ops"):
        return next((name for name, table in TABLES if table is value), "NULL")
    if field in HEX:
        return hex(value)
    if isinstance(value, bytes):
        return value.hex(":")
    return _word(field, value)


def _word(field: str, value: Any) -> str:
    if field == "reg_state":
        return REG_STATES[value]
    if isinstance(value, bool):
        return str(value).lower()
    if callable(value):
        return str(value.__name__)
    return "NULL" if value is None else str(value)


def form(fields: Iterable[str] = OPENING, looks: Mapping[str, NetDevice] | None = None) -> Picture:
    """Fields of a device, a row each, at every stage; what a stage has written is marked.

    ``looks`` are the stages by name, those of the book's ``lo`` unless given. AttributeError for
    what is no field.
    """
    looks = looks or stages()
    rows = [[field, *(entry(dev, field) for dev in looks.values())] for field in fields]
    title = "The form of lo, " + ", ".join(looks)
    head = ["field", *looks]
    text = align([head, *([row[0], *marked(row[1:])] for row in rows)])
    top = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    body = "".join(
        f'<tr><th scope="row">{_broken(row[0])}</th>{_cells(row[1:])}</tr>' for row in rows
    )
    html = (
        '<figure class="lo-picture lo-form"><div class="lo-figure"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
        "<figcaption>One <code>struct net_device</code>, looked at three times. Framed: written "
        "since the last look.</figcaption></figure>"
    )
    return Picture(title, html, text)


SAME = "→"


def marked(values: list[str]) -> list[str]:
    """The entries of a row, an arrow where one is as it was a stage earlier."""
    pairs = zip(values[1:], values, strict=False)
    return [values[0], *(SAME if now == before else now for now, before in pairs)]


UNCHANGED = (
    '<td class="same"><span aria-hidden="true">→</span>'
    '<span class="lo-unseen">as before</span></td>'
)


def _cells(values: list[str]) -> str:
    return "".join(
        UNCHANGED
        if shown == SAME
        else f'<td class="{"new" if at else "old"}">{_broken(shown)}</td>'
        for at, shown in enumerate(marked(values))
    )


def _broken(text: str) -> str:
    """A text that may go on in another line: after each word of a name, within a long number."""
    text = re.sub(r"(0x[0-9a-f]{3})(?=[0-9a-f]{6})", r"\1<wbr>", escape(text))
    return text.replace("_", "_<wbr>").replace(":", ":<wbr>")

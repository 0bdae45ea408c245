"""The plug board: an operations table as sockets, filled or empty, and what either means."""

from __future__ import annotations

from dataclasses import fields

from lomodel.desk import RELEASE, new_lo
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.linux.include.linux.netdevice import NetDeviceOps

WHEN = {
    "ndo_init": "when it is registered",
    "ndo_start_xmit": "for every packet",
    "ndo_get_stats64": "when counters are read",
    "ndo_set_mac_address": "to set an address",
}
"""When the core calls what is plugged in."""

WITHOUT = {
    "ndo_uninit": "nothing to undo",
    "ndo_open": "up: nobody is asked",
    "ndo_stop": "down: nobody is told",
    "ndo_features_check": "the core's own check",
    "ndo_change_mtu": "the core writes mtu",
    "ndo_fix_features": "the core's rules only",
    "ndo_set_features": "features: nobody is told",
    "ndo_neigh_construct": "nothing to prepare",
}
"""What the core does where it finds a socket of lo's empty."""


def plugged(ops: NetDeviceOps) -> dict[str, str]:
    """The sockets that are filled, each with the name of its function."""
    found = {each.name: getattr(ops, each.name) for each in fields(ops)}
    return {name: function.__name__ for name, function in found.items() if function}


def board() -> Picture:
    """The sockets of lo's table: the filled ones first, then the empty ones."""
    filled = plugged(new_lo().netdev_ops)
    empty = [each.name for each in fields(NetDeviceOps) if each.name not in filled]
    items = [_socket(name, function, WHEN[name]) for name, function in filled.items()]
    items += [_socket(name, "", WITHOUT[name]) for name in empty]
    caption = f"{len(filled)} sockets are filled, {len(empty)} are empty"
    html = (
        f'<figure class="lo-picture lo-plugs"><ul>{"".join(items)}</ul>'
        f"<figcaption><code>loopback_ops</code> of Linux {RELEASE}: {caption}, as far as the model "
        "has them.</figcaption></figure>"
    )
    lines = [f"{name}: {function}, {WHEN[name]}" for name, function in filled.items()]
    lines += [f"{name}: empty, {WITHOUT[name]}" for name in empty]
    return Picture(f"loopback_ops: {caption}", html, "\n".join(lines))


def _socket(name: str, function: str, said: str) -> str:
    """One socket; what is plugged in stands in it."""
    kind = "filled" if function else "empty"
    inside = _broken(function) if function else "empty"
    return (
        f'<li class="{kind}"><code>{_broken(name)}</code>{_drawn(bool(function))}'
        f"<b>{inside}</b><span>{escape(said)}</span></li>"
    )


def _drawn(filled: bool) -> str:
    """The socket itself: two holes, or a plug with its cable."""
    shape = (
        '<path d="M14 14H40" class="cable"/><circle cx="14" cy="14" r="9" class="plug"/>'
        if filled
        else '<circle cx="10.5" cy="14" r="1.8"/><circle cx="17.5" cy="14" r="1.8"/>'
    )
    return (
        '<svg viewBox="0 0 40 28" width="40" height="28" aria-hidden="true">'
        f'<circle cx="14" cy="14" r="12" class="rim"/>{shape}</svg>'
    )


def _broken(name: str) -> str:
    return escape(name).replace("_", "_<wbr>")

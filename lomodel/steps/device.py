"""The steps `link`, `features` and `show`: the device itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lomodel.contract import Step
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.linux.net.core.dev_ioctl import set_address, set_mtu, set_up
from lomodel.linux.net.core.rtnetlink import delete_link
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features, feature_states

if TYPE_CHECKING:
    from lomodel.scenario import Player


def _link(player: Player, step: Step) -> None:
    # Several may stand together: in the order given, up to the first error.
    for name, value in step.items():
        if name == "up":
            set_up(player.lo, value)
        elif name == "mtu":
            set_mtu(player.lo, value)
        elif name == "address":
            set_address(player.lo, bytes.fromhex(value.replace(":", "")))
        elif name == "delete":
            delete_link(player.lo)


def _features(player: Player, step: Step) -> dict[str, Any]:
    return {"rc": ethtool_set_features(player.lo, step["set"])}


def _show(player: Player, step: Step) -> dict[str, Any]:
    lo = player.lo
    return {
        "name": lo.name,
        "ifindex": lo.ifindex,
        "type": lo.type,
        "mtu": lo.mtu,
        "up": bool(lo.flags & IFF_UP),
        "address": bytes(lo.dev_addr).hex(":"),
        "addresses": addresses(lo),
        "features": feature_states(lo),
    }


def addresses(dev: Any) -> list[str]:
    """The addresses of a device with their prefix lengths, IPv4 first, as ``ip address`` lists
    them."""
    v4 = dev.ip_ptr.ifa_list if dev.ip_ptr is not None else []
    v6 = dev.ip6_ptr.addr_list if dev.ip6_ptr is not None else []
    return [str(address) for address in (*v4, *v6)]


STEPS = {"link": _link, "features": _features, "show": _show}

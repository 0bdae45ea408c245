"""The steps `link`, `features` and `show`: the device itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lomodel.contract import Step
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6
from lomodel.linux.include.uapi.linux.if_ import (
    IFF_ALLMULTI,
    IFF_LOOPBACK,
    IFF_LOWER_UP,
    IFF_MULTICAST,
    IFF_NOARP,
    IFF_PROMISC,
    IFF_RUNNING,
    IFF_UP,
)
from lomodel.linux.net.core.dev import dev_get_flags
from lomodel.linux.net.core.dev_ioctl import set_address, set_flag, set_mtu, set_name, set_up
from lomodel.linux.net.core.rtnetlink import delete_link, rtnl_setlink
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features, feature_states
from lomodel.steps.sending import address_text

if TYPE_CHECKING:
    from lomodel.scenario import Player

Change = Callable[[Any, Any], None]

LIMITS = ("gso_max_size", "gso_max_segs", "gso_ipv4_max_size")
#: What is shown of a device's flags, in the order of their bits.
FLAGS = {
    "UP": IFF_UP,
    "LOOPBACK": IFF_LOOPBACK,
    "RUNNING": IFF_RUNNING,
    "NOARP": IFF_NOARP,
    "PROMISC": IFF_PROMISC,
    "ALLMULTI": IFF_ALLMULTI,
    "MULTICAST": IFF_MULTICAST,
    "LOWER_UP": IFF_LOWER_UP,
}


def _link(player: Player, step: Step) -> None:
    # Several may stand together: in the order given, up to the first error.
    for name, value in step.items():
        if name != "do":
            _CHANGES[name](player.lo, value)


def _limit(field: str) -> Change:
    return lambda lo, value: rtnl_setlink(lo.nd_net, lo.name, limits={field: value})


_CHANGES: dict[str, Change] = {
    "up": set_up,
    "mtu": set_mtu,
    "address": lambda lo, value: set_address(lo, bytes.fromhex(value.replace(":", ""))),
    "delete": lambda lo, value: delete_link(lo),
    **{field: _limit(field) for field in LIMITS},
    "name": set_name,
    "promisc": lambda lo, value: set_flag(lo, IFF_PROMISC, value),
    "multicast": lambda lo, value: set_flag(lo, IFF_MULTICAST, value),
    "allmulticast": lambda lo, value: set_flag(lo, IFF_ALLMULTI, value),
    "arp": lambda lo, value: set_flag(lo, IFF_NOARP, not value),
}


def _features(player: Player, step: Step) -> dict[str, Any]:
    return {"rc": ethtool_set_features(player.lo, step["set"])}


def _show(player: Player, step: Step) -> dict[str, Any]:
    lo = player.lo
    beside = more(lo) if step.get("more") else {}
    return beside | {
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


def more(lo: Any) -> dict[str, Any]:
    """What ``show`` says beside, when it is asked for more."""
    flags = dev_get_flags(lo)
    limits = {name: getattr(lo, name) for name in (*LIMITS, "tso_max_size", "tso_max_segs")}
    if not lo.machine.release.has_gso_ipv4_max_size:
        limits["gso_ipv4_max_size"] = None
    return limits | {
        "flags": [name for name, flag in FLAGS.items() if flags & flag],
        "operstate": "UNKNOWN" if lo.running else "DOWN",
        "qdisc": lo.qdisc.id,
        "groups": sorted(groups(lo)),
    }


def groups(dev: Any) -> set[str]:
    """The groups that a device is in, as /proc/net/igmp and igmp6 list them."""
    v4 = dev.ip_ptr.mc_list if dev.ip_ptr is not None else []
    v6 = dev.ip6_ptr.mc_list if dev.ip6_ptr is not None else []
    texts = {address_text(AF_INET, im.multiaddr) for im in v4}
    return texts | {address_text(AF_INET6, mc.mca_addr) for mc in v6}


STEPS = {"link": _link, "features": _features, "show": _show}

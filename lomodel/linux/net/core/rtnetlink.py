"""net/core/rtnetlink.c: links as ``ip link`` sees them.

Left out: the messages themselves and all their attributes but the few that lo is asked about.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.tcp import max_tcp_header
from lomodel.linux.include.uapi.linux.if_addr import IfAddrMsg
from lomodel.linux.net.core.dev_features import (
    netif_set_gso_ipv4_max_size,
    netif_set_gso_max_segs,
    netif_set_gso_max_size,
)
from lomodel.linux.net.core.dev_name import __dev_get_by_name
from lomodel.linux.net.core.dev_register import __dev_change_net_namespace, rtnl_lock, rtnl_unlock
from lomodel.linux.net.core.net_namespace import Net, net_eq
from lomodel.trace import decide, kernel_file, system_call

if TYPE_CHECKING:
    from lomodel.machine import Machine

rtnl_call = system_call("net/core/rtnetlink.c")
kernel_function = kernel_file("net/core/rtnetlink.c")


RtnlDoit = Callable[[Net, IfAddrMsg], None]
"""rtnl_doit_func: what a message does; OSError refuses it."""


def find_device(net: Net, name: str) -> NetDevice:
    """The device of that name; OSError ENODEV."""
    dev = __dev_get_by_name(net, name)
    if dev is None:
        if trace.on:
            decide("is there a device of that name?", False, name=name)
        raise OSError(errno.ENODEV, f"{os.strerror(errno.ENODEV)}: {name}")
    return dev


def rtnl_register(machine: Machine, protocol: int, msgtype: int, doit: RtnlDoit) -> None:
    """Let ``doit(net, msg)`` answer the messages of a type for a family (net/core/rtnetlink.c)."""
    machine.rtnl_msg_handlers[protocol, msgtype] = doit


@rtnl_call
def rtnetlink_rcv_msg(net: Net, msgtype: int, msg: IfAddrMsg) -> None:
    """A message from user space about an address. OSError EOPNOTSUPP when nobody answers its
    family, and what its handler refuses it with."""
    doit = net.machine.rtnl_msg_handlers.get((msg.ifa_family, msgtype))
    if doit is None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    rtnl_lock(net.machine)
    try:
        doit(net, msg)
    finally:
        rtnl_unlock(net.machine)


@rtnl_call
def rtnl_dellink(net: Net, name: str) -> None:
    """RTM_DELLINK: ``ip link delete``. OSError ENODEV, or what ``rtnl_delete_link`` says."""
    rtnl_lock(net.machine)
    try:
        rtnl_delete_link(find_device(net, name))
    finally:
        rtnl_unlock(net.machine)


@kernel_function
def rtnl_delete_link(dev: NetDevice) -> None:
    """Only devices that rtnetlink made can be deleted by it. lo was not: OSError EOPNOTSUPP."""
    if trace.on:
        decide("can a device of this kind be deleted?", False, dev=dev.name)
    raise OSError(errno.EOPNOTSUPP, f"{dev.name} has no rtnl_link_ops")


@rtnl_call
def rtnl_setlink(
    net: Net,
    name: str,
    target: Net | None = None,
    capable: bool = True,
    limits: dict[str, int] | None = None,
) -> None:
    """RTM_SETLINK with IFLA_NET_NS_*, or with IFLA_GSO_MAX_SIZE and its like, which ``limits`` has
    by the device's field: ``ip link set NAME netns TARGET``, or ``gso_max_size BYTES``.

    OSError EPERM when the caller may not change the target (``capable``), what
    ``__dev_change_net_namespace`` says, and for a limit what ``ifla_policy`` and
    ``validate_linkmsg`` say.
    """
    limits = _known(net.machine, limits or {})
    ifla_policy(limits, max_tcp_header(net.machine))
    rtnl_lock(net.machine)
    try:
        dev = find_device(net, name)
        validate_linkmsg(dev, limits)
        if not capable:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        if target is not None:
            _change_netns(dev, target)
        do_setlink(dev, limits)
    finally:
        rtnl_unlock(net.machine)


def _known(machine: Machine, limits: dict[str, int]) -> dict[str, int]:
    """The limits that this release knows; ``rtnl_setlink`` passes over unknown attributes."""
    if machine.release.has_gso_ipv4_max_size:
        return limits
    return {field: limit for field, limit in limits.items() if field != "gso_ipv4_max_size"}


@kernel_function
def do_setlink(dev: NetDevice, limits: dict[str, int]) -> None:
    """Set the limits that are other ones than before. (So 65536 in place of 65536 leaves IPv4's
    limit alone.)"""
    for field, limit in limits.items():
        if getattr(dev, field) != limit:
            _SET[field](dev, limit)


def ifla_policy(limits: dict[str, int], headers: int) -> None:
    """What is refused before anything is looked at: a packet must have room for its ``headers``,
    MAX_TCP_HEADER bytes. OSError ERANGE. (A table in C.)"""
    for field in ("gso_max_size", "gso_ipv4_max_size"):
        size = limits.get(field, headers + 1)
        if trace.on and field in limits:
            decide("is there room for headers?", size > headers, size=size)
        if size <= headers:
            raise OSError(errno.ERANGE, os.strerror(errno.ERANGE))


@kernel_function
def validate_linkmsg(dev: NetDevice, limits: dict[str, int]) -> None:
    """OSError EINVAL for a limit beyond what the device could take (``tso_max_size``, which before
    6.0 was 65536 for every device, and ``tso_max_segs``)."""
    for field, limit in limits.items():
        most = getattr(dev, _MOST[field])
        if trace.on:
            decide("could the device take that much?", limit <= most, limit=limit, most=most)
        if limit > most:
            raise OSError(errno.EINVAL, f"too big {field}: expected at most {most}")


def _change_netns(dev: NetDevice, target: Net) -> None:
    """OSError of ``__dev_change_net_namespace``. From 6.13 on the device's own namespace is no
    move at all; before that even this was refused for lo."""
    machine = dev.machine
    if not (net_eq(target, dev.nd_net) and machine.release.own_netns_is_no_move):
        __dev_change_net_namespace(dev, target)


_MOST = {
    "gso_max_size": "tso_max_size",
    "gso_max_segs": "tso_max_segs",
    "gso_ipv4_max_size": "tso_max_size",
}
_SET = {
    "gso_max_size": netif_set_gso_max_size,
    "gso_max_segs": netif_set_gso_max_segs,
    "gso_ipv4_max_size": netif_set_gso_ipv4_max_size,
}


def set_gso_max_size(dev: NetDevice, size: int) -> None:
    """``ip link set lo gso_max_size SIZE``, in bytes. OSError ERANGE, EINVAL."""
    rtnl_setlink(dev.nd_net, dev.name, limits={"gso_max_size": size})


def delete_link(dev: NetDevice) -> None:
    """``ip link delete`` of a device."""
    rtnl_dellink(dev.nd_net, dev.name)

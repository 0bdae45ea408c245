"""The part of net/core/dev.c that tells others what happens to devices, and the events of
include/linux/netdevice.h.

Almost everything that "happens by itself" when a device comes, goes up or changes is somebody on
this chain: that is how 127.0.0.1 gets onto lo although no driver has ever heard of it.

Left out: extack, the per-device chain, and what travels with an event beyond the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.netdevice import (
    NETDEV_DOWN,
    NETDEV_GOING_DOWN,
    NETDEV_REGISTER,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    NetDevice,
)
from lomodel.linux.include.linux.notifier import NotifierBlock
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.linux.kernel.notifier import (
    notifier_call_chain,
    notifier_chain_register,
    notifier_to_errno,
    raise_notifier_error,
)
from lomodel.linux.net.core.net_namespace import for_each_net, for_each_netdev
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/core/dev.c")


# fmt: off
EVENTS = (
    "UP", "DOWN", "REBOOT", "CHANGE", "REGISTER", "UNREGISTER", "CHANGEMTU", "CHANGEADDR",
    "PRE_CHANGEADDR", "GOING_DOWN", "CHANGENAME", "FEAT_CHANGE", "BONDING_FAILOVER", "PRE_UP",
    "PRE_TYPE_CHANGE", "POST_TYPE_CHANGE", "POST_INIT", "PRE_UNINIT", "RELEASE", "NOTIFY_PEERS",
    "JOIN", "CHANGEUPPER", "RESEND_IGMP", "PRECHANGEMTU",
)
# fmt: on
"""The names behind NETDEV_, in the order of 6.12's enum, whose first value is 1. Earlier releases
lack some (6.1: PRE_UNINIT), which makes the numbers behind them smaller there."""


@dataclass(slots=True)
class NetdevNotifierInfo:
    """struct netdev_notifier_info with the extras of some events: ``flags_changed`` of
    NETDEV_CHANGE, ``mtu`` (the old one) of NETDEV_CHANGEMTU, ``dev_addr`` of
    NETDEV_PRE_CHANGEADDR."""

    dev: NetDevice
    flags_changed: int = 0
    mtu: int = 0
    dev_addr: bytes = b""


def netdev_cmd_to_name(event: int) -> str:
    """The enum's name of an event, e.g. "NETDEV_UP"."""
    if 1 <= event <= len(EVENTS):
        return f"NETDEV_{EVENTS[event - 1]}"
    return "UNKNOWN_NETDEV_EVENT"


@kernel_function
def call_netdevice_notifiers_info(event: int, info: NetdevNotifierInfo) -> int:
    """Tell the namespace's own listeners, then everybody; returns the last answer (NOTIFY_*)."""
    net = info.dev.nd_net
    if net.netdev_chain:
        answer = notifier_call_chain(net.netdev_chain, event, info)
        if notifier_to_errno(answer):
            return answer
    return notifier_call_chain(info.dev.machine.netdev_chain, event, info)


def call_netdevice_notifiers(event: int, dev: NetDevice) -> int:
    """``call_netdevice_notifiers_info`` for an event that needs nothing but the device."""
    return call_netdevice_notifiers_info(event, NetdevNotifierInfo(dev))


@kernel_function
def register_netdevice_notifier(machine: Machine, block: NotifierBlock) -> None:
    """Put ``block`` on the chain and tell it what it has missed: REGISTER for every device, and UP
    for those that are up. OSError of a REGISTER that it vetoed; then it is off the chain again."""
    notifier_chain_register(machine.netdev_chain, block)
    if machine.dev_boot_phase:
        return
    told: list[NetDevice] = []
    try:
        for net in for_each_net(machine):
            for dev in for_each_netdev(net):
                call_netdevice_register_notifiers(block, dev)
                told.append(dev)
    except OSError:
        for dev in reversed(told):
            call_netdevice_unregister_notifiers(block, dev)
        machine.netdev_chain.remove(block)
        raise


@kernel_function
def unregister_netdevice_notifier(machine: Machine, block: NotifierBlock) -> None:
    """Take ``block`` off the chain; it hears of every device as if it went away."""
    machine.netdev_chain.remove(block)
    for net in for_each_net(machine):
        for dev in for_each_netdev(net):
            call_netdevice_unregister_notifiers(block, dev)


def call_netdevice_register_notifiers(block: NotifierBlock, dev: NetDevice) -> None:
    """REGISTER, and UP if it is up, to one listener; OSError when it vetoes the first."""
    raise_notifier_error(block.notifier_call(block, NETDEV_REGISTER, NetdevNotifierInfo(dev)))
    if dev.flags & IFF_UP:
        block.notifier_call(block, NETDEV_UP, NetdevNotifierInfo(dev))


def call_netdevice_unregister_notifiers(block: NotifierBlock, dev: NetDevice) -> None:
    """GOING_DOWN and DOWN if it is up, and UNREGISTER, to one listener."""
    info = NetdevNotifierInfo(dev)
    if dev.flags & IFF_UP:
        block.notifier_call(block, NETDEV_GOING_DOWN, info)
        block.notifier_call(block, NETDEV_DOWN, info)
    block.notifier_call(block, NETDEV_UNREGISTER, info)

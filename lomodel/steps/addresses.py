"""The steps `address` and `sysctl`: addresses that somebody adds, and settings."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from lomodel.contract import Step
from lomodel.linux.fs.proc.proc_sysctl import proc_sys_call_handler
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6
from lomodel.linux.include.uapi.linux.if_addr import IfAddrMsg
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RT_SCOPE_HOST,
    RT_SCOPE_UNIVERSE,
    RTM_DELADDR,
    RTM_NEWADDR,
)
from lomodel.linux.net.core.rtnetlink import rtnetlink_rcv_msg

if TYPE_CHECKING:
    from lomodel.scenario import Player


def _address(player: Player, step: Step) -> None:
    if "add" in step:
        rtnetlink_rcv_msg(player.net, RTM_NEWADDR, address_message(player, step["add"]))
    else:
        rtnetlink_rcv_msg(player.net, RTM_DELADDR, address_message(player, step["remove"]))


def address_message(player: Player, text: str) -> IfAddrMsg:
    """What ``ip address`` says about "127.0.0.2/8"."""
    address, _, plen = text.partition("/")
    parsed = ip_address(address)
    family = AF_INET if parsed.version == 4 else AF_INET6
    scope = RT_SCOPE_HOST if parsed.is_loopback else RT_SCOPE_UNIVERSE
    return IfAddrMsg(family, int(plen), scope, player.lo.ifindex, parsed.packed, parsed.packed)


def _sysctl(player: Player, step: Step) -> None:
    for name, value in step["set"].items():
        path = [player.lo.name if part == "lo" else part for part in name.split(".")]
        proc_sys_call_handler(player.net, tuple(path), value)


STEPS = {"address": _address, "sysctl": _sysctl}

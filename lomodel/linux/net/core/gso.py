"""net/core/gso.c (net/core/dev.c before 6.5): cutting a packet in software.

Left out: GSO_PARTIAL, whose feature lo does not have, and the warning about a bad offload.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.netdevice import PacketOffload
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.net.core.dev_features import vlan_get_protocol_and_depth
from lomodel.linux.net.core.skbuff import skb_pull, skb_push
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/core/gso.c")


def dev_add_offload(machine: Machine, protocol: int, offload: PacketOffload) -> None:
    """Let ``offload`` cut the packets of an Ethernet protocol (net/core/gro.c)."""
    machine.offload_base[protocol] = offload


def skb_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Cut on the transmit path; see ``__skb_gso_segment``. Source: include/net/gso.h."""
    return __skb_gso_segment(skb, features, True)


@kernel_function
def __skb_gso_segment(skb: SkBuff, features: int, tx_path: bool) -> list[SkBuff] | None:
    """Cut a GSO packet into segments that a device with ``features`` can take.

    Returns the segments in order, or None when the packet turned out to be fine as it is (it came
    from an untrusted source and its headers have been checked now). OSError EINVAL for headers that
    make no sense, EPROTONOSUPPORT when nobody can cut this protocol.
    """
    skb.mac_header = skb.data
    skb.mac_len = skb.network_header - skb.mac_header
    return skb_mac_gso_segment(skb, features)


@kernel_function
def skb_mac_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Find who cuts this network protocol and let it; the packet itself is left as it was."""
    protocol, vlan_depth = vlan_get_protocol_and_depth(skb, skb.protocol)
    if not protocol:
        if trace.on:
            decide("does the packet end inside a VLAN tag?", True, len=skb.len)
        raise OSError(errno.EINVAL, "the packet ends inside a VLAN tag")
    offload = skb.dev.machine.offload_base.get(protocol)
    skb_pull(skb, vlan_depth)
    try:
        if offload is None:
            if trace.on:
                decide("does somebody cut this protocol?", False, protocol=protocol)
            raise OSError(errno.EPROTONOSUPPORT, f"nobody cuts protocol {protocol:#06x}")
        return offload.gso_segment(skb, features)
    finally:
        skb_push(skb, skb.data - skb.mac_header)

"""include/net/ip.h and include/net/route.h: IPv4 headers, limits, and the dst of a route.

Lengths are in bytes.
"""

from __future__ import annotations

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.dst import DstEntry, dst_discard, dst_discard_out

IP_DF = 0x4000
IP_MF = 0x2000
IP_OFFSET = 0x1FFF
IP_HLEN = 20

IP_MAX_MTU = 0xFFFF
IPV4_MIN_MTU = 68


class Rtable(DstEntry):
    """struct rtable: a dst_entry of IPv4.

    ``rt_genid`` is the namespace's at its making, and another one means that it has expired
    (``DST_OBSOLETE_KILL``, too).
    """

    __slots__ = ("rt_genid",)

    def __init__(self, dev: NetDevice, flags: int, type: int) -> None:
        self.dev, self.net = dev, dev.nd_net
        self.rt_type, self.rt_flags = type, flags
        self.rt_genid = self.net.ipv4.rt_genid
        self.rt_pmtu, self.rt_mtu_locked = 0, False
        self.error = 0
        self.input, self.output = dst_discard, dst_discard_out

    def __repr__(self) -> str:
        return f"<dst type {self.rt_type} dev {self.dev.name}>"

"""include/linux/errqueue.h: an entry of a socket's error queue, and what a read says of it."""

from __future__ import annotations

from typing import NamedTuple

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.socket import InAddr
from lomodel.linux.include.uapi.linux.errqueue import SockExtendedErr


class SockExterrSkb:
    """struct sock_exterr_skb, which in C lies in the packet (``SKB_EXT_ERR``); here it has it.

    ``addr`` is what ``addr_offset`` points at: where the datagram was sent to, in the form of the
    packet's family; ``port`` goes with it. ``saddr`` is who sent the ICMP message, None when nobody
    did.
    """

    __slots__ = ("skb", "ee", "addr", "port", "saddr")

    def __init__(
        self, skb: SkBuff, ee: SockExtendedErr, addr: InAddr, port: int, saddr: InAddr | None
    ) -> None:
        self.skb, self.ee = skb, ee
        self.addr, self.port, self.saddr = addr, port, saddr


class ErrHdr(NamedTuple):
    """The control message of IP_RECVERR and IPV6_RECVERR (SO_EE_OFFENDER is the second part).

    ``offender`` is an address in the form of the socket's family, None for AF_UNSPEC.
    """

    ee: SockExtendedErr
    offender: InAddr | None

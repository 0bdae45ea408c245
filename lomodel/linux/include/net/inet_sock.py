"""include/net/inet_sock.h: the options of an IPv4 header."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class IpOptions:
    """struct ip_options: ``optlen`` bytes of options, ``data`` in a packet that is to be sent.

    ``srr``, ``rr``, ``ts`` and ``cipso`` are where in the header a source route, a recorded route,
    timestamps and a label begin, in bytes; 0 where there is none. ``faddr`` is a source route's
    first hop, a number. ``rr_needaddr``, ``ts_needaddr`` and ``ts_needtime`` say that a place for
    an address or a time was taken.
    """

    optlen: int = 0
    data: bytearray | None = None
    faddr: int = 0
    srr: int = 0
    rr: int = 0
    ts: int = 0
    cipso: int = 0
    is_strictroute: bool = False
    rr_needaddr: bool = False
    ts_needaddr: bool = False
    ts_needtime: bool = False

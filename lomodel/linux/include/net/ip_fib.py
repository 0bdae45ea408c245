"""include/net/ip_fib.h: a route of IPv4, and what is known of single destinations behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RT_SCOPE_HOST,
    RT_SCOPE_LINK,
    RT_SCOPE_NOWHERE,
    RT_TABLE_LOCAL,
    RT_TABLE_MAIN,
    RTN_LOCAL,
    RTN_UNICAST,
)

if TYPE_CHECKING:
    from lomodel.linux.include.net.ip import Rtable


class FibNhException:
    """struct fib_nh_exception: what is different about one destination behind a nexthop.

    ``fnhe_pmtu`` is in bytes; ``fnhe_rth_output`` caches the dst made for it.
    """

    __slots__ = ("fnhe_daddr", "fnhe_pmtu", "fnhe_mtu_locked", "fnhe_rth_output")

    def __init__(self, daddr: int, pmtu: int, lock: bool) -> None:
        self.fnhe_daddr, self.fnhe_pmtu, self.fnhe_mtu_locked = daddr, pmtu, lock
        self.fnhe_rth_output: Rtable | None = None


class FibInfo:
    """struct fib_info with its one nexthop: what a route leads to.

    ``fib_prefsrc`` is the source address it prefers (0: none), ``nh_scope`` how far away the
    nexthop is, ``nh_dead`` whether its device is down; ``nhc_rth_output`` caches the dst made for
    it. ``nhc_exceptions``, by destination, is one dictionary for all routes that are alike.
    """

    __slots__ = (
        "fib_type",
        "fib_scope",
        "fib_prefsrc",
        "fib_nh_dev",
        "nh_scope",
        "nh_dead",
        "nhc_rth_output",
        "nhc_exceptions",
        "prefix",
        "plen",
        "table",
    )

    def __init__(self, type: int, dev: NetDevice, prefix: int, plen: int, prefsrc: int) -> None:
        local = type == RTN_LOCAL
        self.fib_type, self.fib_nh_dev = type, dev
        self.fib_scope = RT_SCOPE_HOST if local else RT_SCOPE_LINK
        self.nh_scope = RT_SCOPE_NOWHERE if local else RT_SCOPE_HOST
        self.fib_prefsrc, self.nh_dead = prefsrc, False
        self.nhc_rth_output: Rtable | None = None
        self.nhc_exceptions: dict[int, FibNhException] = {}
        self.prefix, self.plen = prefix, plen
        self.table = RT_TABLE_MAIN if type == RTN_UNICAST else RT_TABLE_LOCAL

    def __repr__(self) -> str:
        dots = ".".join(str(self.prefix >> shift & 255) for shift in (24, 16, 8, 0))
        return f"<route type {self.fib_type} {dots}/{self.plen} dev {self.fib_nh_dev.name}>"

"""net/ipv6/addrconf.c: the choice of an address to send from.

Left out: temporary, deprecated, optimistic and home addresses, and what a socket prefers among
them, since lo has none.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_TENTATIVE
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import sock_error_raise
from lomodel.linux.net.ipv6.addrconf_core import __ipv6_addr_type, ipv6_addr_src_scope
from lomodel.linux.net.ipv6.addrlabel import ipv6_addr_label
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/addrconf.c")

TOO_SMALL = 128
"""What a scope that is smaller than the destination's counts less; a larger one counts less than
the right one."""


@kernel_function
def ipv6_get_saddr_eval(addr: bytes, prefix_len: int, dev_fits: bool, daddr: bytes) -> list[int]:
    """How good an address of ``prefix_len`` bits is to send to ``daddr`` from, rule by rule.

    The rules come one after the other: the address itself, the scope, the device, the label, ORCHID
    or not, and how many bits both begin with. More is better.
    """
    scope = ipv6_addr_src_scope(__ipv6_addr_type(addr))
    wanted = ipv6_addr_src_scope(__ipv6_addr_type(daddr))
    differ = int.from_bytes(addr, "big") ^ int.from_bytes(daddr, "big")
    return [
        addr == daddr,
        -scope if scope >= wanted else scope - TOO_SMALL,
        dev_fits,
        ipv6_addr_label(addr) == ipv6_addr_label(daddr),
        ipv6_addr_orchid(addr) == ipv6_addr_orchid(daddr),
        min(128 - differ.bit_length(), prefix_len),
    ]


def ipv6_addr_orchid(addr: bytes) -> bool:
    """Whether the address is 2001:10::/28, an identifier and no place (include/net/ipv6.h)."""
    return addr[:3] == b"\x20\x01\x00" and addr[3] >> 4 == 1


@kernel_function
def ipv6_dev_get_saddr(net: Net, dst_dev: NetDevice | None, daddr: bytes) -> bytes:
    """The address to send to ``daddr`` over ``dst_dev`` from, the best of all devices.

    Of two that are equally good it is the one that comes first on its device. OSError EADDRNOTAVAIL
    when there is none.
    """
    best, hiscore = None, [-1]
    for dev in net.dev_base_head:
        idev = dev.ip6_ptr
        for ifa in () if idev is None else idev.addr_list:
            if ifa.flags & IFA_F_TENTATIVE:
                continue
            fits = dst_dev is None or dst_dev is dev
            score = ipv6_get_saddr_eval(ifa.addr, ifa.prefix_len, fits, daddr)
            if score > hiscore:
                best, hiscore = ifa.addr, score
    if trace.on:
        decide("is there an address to send from?", best is not None, daddr=daddr.hex())
    if best is None:
        raise sock_error_raise(errno.EADDRNOTAVAIL)
    return best

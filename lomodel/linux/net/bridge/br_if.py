"""net/bridge/br_if.c: which devices a bridge takes. Left out: everything after that."""

from __future__ import annotations

import errno
import os

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_arp import ARPHRD_ETHER
from lomodel.linux.include.uapi.linux.if_ether import ETH_ALEN
from lomodel.linux.net.ethernet.eth import is_valid_ether_addr
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/bridge/br_if.c")


@kernel_function
def br_add_if(dev: NetDevice) -> None:
    """``ip link set DEV master BRIDGE``: OSError EINVAL for what is no Ethernet.

    lo fails the first test already, by its flag; its type and its zero address would do as well.
    """
    if (
        dev.flags & IFF_LOOPBACK
        or dev.type != ARPHRD_ETHER
        or dev.addr_len != ETH_ALEN
        or not is_valid_ether_addr(dev.dev_addr)
    ):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

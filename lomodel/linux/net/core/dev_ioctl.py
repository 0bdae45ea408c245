"""net/core/dev_ioctl.c: the old way of talking about devices, one ``struct ifreq`` a call.

``ifconfig`` and every program that does not want to speak netlink comes in here.

Left out: the commands about multicast lists, bonding, MII, wireless, timestamps and hardware maps;
capabilities (whoever calls may).
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.linux.net.core.dev_change import (
    dev_change_flags,
    dev_change_name,
    dev_get_flags,
    dev_set_mac_address,
    dev_set_mtu,
)
from lomodel.linux.net.core.dev_register import rtnl_lock, rtnl_unlock
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.rtnetlink import find_device
from lomodel.trace import kernel_file, system_call

ioctl = system_call("net/core/dev_ioctl.c")
kernel_function = kernel_file("net/core/dev_ioctl.c")


SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
SIOCGIFMTU = 0x8921
SIOCSIFMTU = 0x8922
SIOCSIFNAME = 0x8923
SIOCSIFHWADDR = 0x8924
SIOCGIFHWADDR = 0x8927
SIOCGIFINDEX = 0x8933
SIOCGIFTXQLEN = 0x8942
SIOCSIFTXQLEN = 0x8943


@dataclass(slots=True)
class Ifreq:
    """struct ifreq: a name and one value, in or out; which field is meant depends on the
    command."""

    ifr_name: str
    ifr_flags: int = 0
    ifr_mtu: int = 0
    ifr_ifindex: int = 0
    ifr_qlen: int = 0
    ifr_newname: str = ""
    sa_family: int = 0
    sa_data: bytes = bytes(6)


@ioctl
def dev_ioctl(net: Net, cmd: int, ifr: Ifreq) -> Ifreq:
    """One SIOC[GS]IF... call; returns ``ifr``, filled in by the commands that read.

    OSError ENODEV for a name that no device has, ENOTTY for a command that is none of these, and
    whatever the change was refused with.
    """
    ifr.ifr_name = ifr.ifr_name.partition(":")[0]
    if cmd in _READ:
        _READ[cmd](find_device(net, ifr.ifr_name), ifr)
    elif cmd not in _WRITE:
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
    else:
        rtnl_lock(net.machine)
        try:
            dev_ifsioc(net, ifr, cmd)
        finally:
            rtnl_unlock(net.machine)
    return ifr


@kernel_function
def dev_ifsioc(net: Net, ifr: Ifreq, cmd: int) -> None:
    """The commands that change something, under the lock."""
    _WRITE[cmd](find_device(net, ifr.ifr_name), ifr)


def _get_flags(dev: NetDevice, ifr: Ifreq) -> None:
    # ifr_flags is a short: IFF_LOWER_UP and above do not fit.
    ifr.ifr_flags = dev_get_flags(dev) & 0xFFFF


def _get_mtu(dev: NetDevice, ifr: Ifreq) -> None:
    ifr.ifr_mtu = dev.mtu


def _get_index(dev: NetDevice, ifr: Ifreq) -> None:
    ifr.ifr_ifindex = dev.ifindex


def _get_txqlen(dev: NetDevice, ifr: Ifreq) -> None:
    ifr.ifr_qlen = dev.tx_queue_len


def _get_hwaddr(dev: NetDevice, ifr: Ifreq) -> None:
    ifr.sa_family, ifr.sa_data = dev.type, dev.dev_addr


def _set_txqlen(dev: NetDevice, ifr: Ifreq) -> None:
    if ifr.ifr_qlen < 0:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    dev.tx_queue_len = ifr.ifr_qlen


_READ = {
    SIOCGIFFLAGS: _get_flags,
    SIOCGIFMTU: _get_mtu,
    SIOCGIFHWADDR: _get_hwaddr,
    SIOCGIFINDEX: _get_index,
    SIOCGIFTXQLEN: _get_txqlen,
}
_WRITE = {
    SIOCSIFFLAGS: lambda dev, ifr: dev_change_flags(dev, ifr.ifr_flags),
    SIOCSIFMTU: lambda dev, ifr: dev_set_mtu(dev, ifr.ifr_mtu),
    SIOCSIFHWADDR: lambda dev, ifr: dev_set_mac_address(dev, ifr.sa_family, ifr.sa_data),
    SIOCSIFNAME: lambda dev, ifr: dev_change_name(dev, ifr.ifr_newname),
    SIOCSIFTXQLEN: _set_txqlen,
}


def set_up(dev: NetDevice, up: bool) -> None:
    """Bring a device up or down as a program does: read the flags, change one, write them."""
    set_flag(dev, IFF_UP, up)


def set_flag(dev: NetDevice, flag: int, on: bool) -> None:
    """Set or clear one flag as ``set_up`` does; the others stay."""
    net = dev.nd_net
    ifr = dev_ioctl(net, SIOCGIFFLAGS, Ifreq(dev.name))
    ifr.ifr_flags = ifr.ifr_flags | flag if on else ifr.ifr_flags & ~flag
    dev_ioctl(net, SIOCSIFFLAGS, ifr)


def set_mtu(dev: NetDevice, mtu: int) -> None:
    """Set the MTU in bytes. OSError EINVAL for a negative one (lo refuses no other)."""
    dev_ioctl(dev.nd_net, SIOCSIFMTU, Ifreq(dev.name, ifr_mtu=mtu))


def set_address(dev: NetDevice, address: bytes, family: int | None = None) -> None:
    """Set the hardware address, six bytes; ``family`` is the device's type unless given.

    OSError EADDRNOTAVAIL for a zero or multicast address that lo does not have already.
    """
    family = dev.type if family is None else family
    dev_ioctl(dev.nd_net, SIOCSIFHWADDR, Ifreq(dev.name, sa_family=family, sa_data=address))


def set_name(dev: NetDevice, name: str) -> None:
    """Call the device something else; errors as ``dev_change_name``."""
    dev_ioctl(dev.nd_net, SIOCSIFNAME, Ifreq(dev.name, ifr_newname=name))

"""The part of net/core/dev.c about what devices are called and numbered.

Left out: alternative names, the hash tables behind the searches, names longer than they may be.
"""

from __future__ import annotations

import errno
import re

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NETREG_UNINITIALIZED, NetDevice
from lomodel.linux.include.uapi.linux.if_ import IFNAMSIZ
from lomodel.linux.net.core.net_namespace import Net
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/core/dev.c")


MAX_NETDEVICES = 8 * 4096
"""How many numbers a pattern such as "eth%d" can have."""


def dev_valid_name(name: str) -> bool:
    """Whether a device may be called so: 1 to 15 bytes, a file name, no white space, no colon."""
    if name in ("", ".", "..") or len(name.encode()) >= IFNAMSIZ:
        return False
    return not re.search(r"[/:\t-\r ]", name)


def __dev_get_by_name(net: Net, name: str) -> NetDevice | None:
    """The registered device called ``name``, or None."""
    for dev in net.dev_base_head:
        if dev.name == name:
            return dev
    return None


def dev_get_by_index(net: Net, ifindex: int) -> NetDevice | None:
    """The registered device with that index, or None."""
    return net.dev_by_index.get(ifindex)


@kernel_function
def dev_get_valid_name(net: Net, dev: NetDevice, name: str) -> str:
    """The name that ``name`` asks for: itself, or with "%d" replaced by the first free number.

    OSError EINVAL for what is no name, EEXIST when it is taken, ENFILE when all numbers are.
    """
    if not dev_valid_name(name):
        if trace.on:
            decide("is it a name for a device?", False, name=name)
        raise OSError(errno.EINVAL, f"no device may be called {name!r}")
    if "%" in name:
        return __dev_alloc_name(net, name)
    if name != dev.name or dev.reg_state == NETREG_UNINITIALIZED:
        if __dev_get_by_name(net, name) is not None:
            if trace.on:
                decide("is the name free?", False, name=name)
            raise OSError(errno.EEXIST, f"there is a device {name!r} already")
    return name


def __dev_alloc_name(net: Net, pattern: str) -> str:
    """The first free name of a pattern with one "%d"; OSError EINVAL, ENFILE."""
    if pattern.count("%") != 1 or "%d" not in pattern:
        if trace.on:
            decide("is it a pattern with one %d?", False, pattern=pattern)
        raise OSError(errno.EINVAL, f"{pattern!r} needs exactly one %d")
    taken = {dev.name for dev in net.dev_base_head}
    for number in range(MAX_NETDEVICES):
        name = pattern.replace("%d", str(number))
        if name not in taken:
            return name[: IFNAMSIZ - 1]
    if trace.on:
        decide("is a number of the pattern free?", False, pattern=pattern)
    raise OSError(errno.ENFILE, f"every name of {pattern!r} is taken")


@kernel_function
def dev_index_reserve(net: Net, ifindex: int) -> int:
    """The index for a new device: the one it asks for, or the next free one of its namespace when
    it asks for 0. OSError EBUSY when the one it asks for is taken.

    (Up to 6.5 ``dev_new_index`` and a test in ``register_netdevice``, with the same results.)
    """
    if ifindex:
        if ifindex in net.dev_by_index:
            if trace.on:
                decide("is the index free?", False, ifindex=ifindex)
            raise OSError(errno.EBUSY, f"index {ifindex} is taken")
        return ifindex
    net.ifindex += 1
    while net.ifindex in net.dev_by_index:
        net.ifindex += 1
    return net.ifindex


def dev_index_release(dev: NetDevice) -> None:
    """Let another device have the index; the counter does not go back."""
    dev.nd_net.dev_by_index.pop(dev.ifindex)

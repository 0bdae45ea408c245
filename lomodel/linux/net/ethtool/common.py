"""net/ethtool/common.c: what ethtool's ioctl and netlink interfaces share. Of it only the link.

Left out: the names of features (``netdev_features``), channels, coalescing, rules.
"""

from __future__ import annotations

import errno
import os

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ethtool/common.c")


@kernel_function
def __ethtool_get_link(dev: NetDevice) -> int:
    """Whether the device has a link: 1 or 0. The driver is asked only while the device runs.

    OSError EOPNOTSUPP for a driver that cannot say.
    """
    get_link = dev.ethtool_ops.get_link
    if get_link is None:
        if trace.on:
            decide("can the driver say it?", False)
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    return int(bool(dev.running and get_link(dev)))

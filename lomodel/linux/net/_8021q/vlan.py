"""net/8021q/vlan.c: which devices can have VLANs. Left out: everything after that."""

from __future__ import annotations

import errno

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/8021q/vlan.c")


@kernel_function
def vlan_check_real_dev(real_dev: NetDevice) -> None:
    """``ip link add link DEV type vlan``: OSError EOPNOTSUPP for a device that is VLAN_CHALLENGED.

    That is the whole meaning of lo's ``vlan-challenged: on [fixed]``.
    """
    if real_dev.features & real_dev.netif_f.VLAN_CHALLENGED:
        raise OSError(errno.EOPNOTSUPP, "VLANs not supported on device")

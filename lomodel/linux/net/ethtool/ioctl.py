"""net/ethtool/ioctl.c: reading and changing features from user space, and asking for the link.

Left out: every ethtool command but those about features, the link, and what lo answers to two
others.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.net_tstamp import (
    SOF_TIMESTAMPING_RX_SOFTWARE,
    SOF_TIMESTAMPING_SOFTWARE,
    SOF_TIMESTAMPING_TX_SOFTWARE,
)
from lomodel.linux.net.core.dev import __netdev_update_features as netdev_update
from lomodel.linux.net.ethtool.common import __ethtool_get_link
from lomodel.trace import decide, system_call

kernel_function = system_call("net/ethtool/ioctl.c")


ETHTOOL_F_UNSUPPORTED = 1 << 0
ETHTOOL_F_WISH = 1 << 1
ETHTOOL_F_COMPAT = 1 << 2


def ethtool_op_get_ts_info(dev: NetDevice) -> dict[str, int]:
    """What can be timestamped: sending and receiving in software; there is no hardware clock."""
    can = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE
    return {"so_timestamping": can, "phc_index": -1}


def feature_words(dev: NetDevice, requested: Mapping[str, bool]) -> tuple[int, int]:
    """The ``valid`` and ``requested`` words of these strings; ValueError for an unknown one."""
    valid = wanted = 0
    for string, on in requested.items():
        try:
            bit = dev.netif_f.by_string[string]
        except KeyError:
            release = dev.machine.release.name
            raise ValueError(f"feature {string!r} is not known to Linux {release}") from None
        valid |= bit
        wanted |= bit if on else 0
    return valid, wanted


@kernel_function
def ethtool_set_features(dev: NetDevice, requested: Mapping[str, bool]) -> int:
    """One ETHTOOL_SFEATURES call; ``requested`` maps ethtool's strings to on or off.

    Returns the bits UNSUPPORTED (1), WISH (2) and COMPAT (4). OSError EINVAL when a feature is
    asked for that may never change; ValueError when this release has no feature of that name.
    """
    valid, wanted = feature_words(dev, requested)
    if valid & ~dev.netif_f.ETHTOOL_BITS:
        if trace.on:
            decide(
                "may the feature ever change?", False, features=valid & ~dev.netif_f.ETHTOOL_BITS
            )
        raise OSError(errno.EINVAL, "a feature that never changes was asked for")
    ret = 0
    if valid & ~dev.hw_features:
        if trace.on:
            decide(
                "does hw_features have every feature that was asked for?",
                False,
                missing=valid & ~dev.hw_features,
            )
        valid &= dev.hw_features
        ret |= ETHTOOL_F_UNSUPPORTED
    dev.wanted_features = (dev.wanted_features & ~valid) | (wanted & valid)
    netdev_update(dev)
    if (dev.wanted_features ^ dev.features) & valid:
        if trace.on:
            decide(
                "does the device have what was asked for?",
                False,
                wanted=dev.wanted_features & valid,
                features=dev.features & valid,
            )
        ret |= ETHTOOL_F_WISH
    return ret


def ethtool_get_features(dev: NetDevice) -> dict[str, int]:
    """The four words of ETHTOOL_GFEATURES."""
    return {
        "available": dev.hw_features,
        "requested": dev.wanted_features,
        "active": dev.features,
        "never_changed": dev.netif_f.NEVER_CHANGE,
    }


def feature_states(dev: NetDevice) -> dict[str, str]:
    """Every feature string of the release as ``ethtool -k`` prints its state."""
    words = ethtool_get_features(dev)
    return {string: _state(words, bit) for string, bit in sorted(dev.netif_f.strings())}


def _state(words: Mapping[str, int], bit: int) -> str:
    active = words["active"] & bit
    state = "on" if active else "off"
    if words["never_changed"] & bit or not words["available"] & bit:
        return f"{state} [fixed]"
    requested = words["requested"] & bit
    if bool(requested) == bool(active):
        return state
    return f"{state} [requested {'on' if requested else 'off'}]"


@kernel_function
def ethtool_get_link(dev: NetDevice) -> int:
    """One ETHTOOL_GLINK call: 1 with a link, 0 without; OSError as ``__ethtool_get_link``."""
    return __ethtool_get_link(dev)


def link_detected(dev: NetDevice) -> str:
    """What ``ethtool`` prints behind "Link detected:", "yes" or "no"."""
    return "yes" if ethtool_get_link(dev) else "no"

"""lo as its namespace's root sees it: ioctls where the contract names one, pyroute2 elsewhere."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any

from pyroute2 import IPRoute
from pyroute2.ethtool import ioctl as ethtool
from pyroute2.netlink.exceptions import NetlinkError

from lomodel.contract import STATS

NAME, IFINDEX = "lo", 1
ETHTOOL_GLINK = 0xA
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU, SIOCSIFHWADDR = 0x8913, 0x8914, 0x8922, 0x8924
IFF_UP = 1
ARPHRD_LOOPBACK = 772
#: Where /proc/net/dev has the contract's counters.
COLUMNS = {
    "rx_bytes": 0,
    "rx_packets": 1,
    "rx_dropped": 3,
    "tx_bytes": 8,
    "tx_packets": 9,
    "tx_dropped": 11,
}


def _ioctl(request: int, value: bytes) -> bytes:
    ifreq = struct.pack("=16s24s", NAME.encode(), value)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return fcntl.ioctl(sock, request, ifreq)[16:]


def set_up(up: bool) -> None:
    """SIOCSIFFLAGS with IFF_UP set or cleared. Raises OSError."""
    (flags,) = struct.unpack_from("=H", _ioctl(SIOCGIFFLAGS, b""))
    flags = flags | IFF_UP if up else flags & ~IFF_UP
    _ioctl(SIOCSIFFLAGS, struct.pack("=H", flags))


def set_mtu(mtu: int) -> None:
    """SIOCSIFMTU, in bytes. Raises OSError."""
    _ioctl(SIOCSIFMTU, struct.pack("=i", mtu))


def set_address(address: str) -> None:
    """SIOCSIFHWADDR with lo's own family. Raises OSError."""
    octets = bytes.fromhex(address.replace(":", ""))
    _ioctl(SIOCSIFHWADDR, struct.pack("=H6s", ARPHRD_LOOPBACK, octets))


def delete() -> None:
    """RTM_DELLINK. Raises OSError with the kernel's errno."""
    with IPRoute() as route:
        try:
            route.link("del", index=IFINDEX)
        except NetlinkError as error:
            raise OSError(error.code, os.strerror(error.code)) from None


def feature_names() -> list[str]:
    """Every feature's name, by its bit (ETHTOOL_GSTRINGS); a position without one is empty."""
    tool = ethtool.IoctlEthtool(NAME)
    try:
        return tool.get_stringset(ethtool.ETH_SS_FEATURES)
    finally:
        tool.close()


def set_features(wanted: dict[str, bool], names: Sequence[str]) -> int:
    """One ETHTOOL_SFEATURES: what the ioctl returned. Raises OSError."""
    command = ethtool.EthtoolSfeatures(ethtool.ETHTOOL_SFEATURES, _blocks(names))
    for name, value in wanted.items():
        block, bit = divmod(names.index(name), 32)
        command.features[block].changed |= 1 << bit
        command.features[block].active |= value << bit
    request = ethtool.IfReq((ctypes.c_uint8 * 16)(*NAME.encode()))
    request.sfeatures = ctypes.pointer(command)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # pyroute2's own call takes a return value above zero, the subject here, for a failure.
        return fcntl.ioctl(sock, ethtool.SIOCETHTOOL, request)


def _blocks(names: Sequence[str]) -> int:
    return ethtool.feature_bits_to_blocks(len(names))


def get_features(names: Sequence[str]) -> dict[str, str]:
    """What `ethtool -k` shows of every feature, by name."""
    command = ethtool.EthtoolGfeatures(ethtool.ETHTOOL_GFEATURES, _blocks(names))
    tool = ethtool.IoctlEthtool(NAME)
    try:
        tool.ifreq.gfeatures = ctypes.pointer(command)
        tool.ioctl()
    finally:
        tool.close()
    state = ethtool.EthtoolFeaturesList(command, names)
    return {name: _shown(state, name) for name in sorted(filter(None, names))}


def get_link() -> int:
    """One ETHTOOL_GLINK: 1 with a link, 0 without. Raises OSError."""
    value = ethtool.EthtoolValue(ETHTOOL_GLINK, 0)
    request = ethtool.IfReq((ctypes.c_uint8 * 16)(*NAME.encode()))
    request.value = ctypes.pointer(value)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, ethtool.SIOCETHTOOL, request)
    return value.data


def _shown(state: ethtool.EthtoolFeaturesList, name: str) -> str:
    on = {False: "off", True: "on"}
    active, requested = state.is_active(name), state.is_requested(name)
    if not state.is_available(name) or state.is_never_changed(name):
        return f"{on[active]} [fixed]"
    return on[active] if active == requested else f"{on[active]} [requested {on[requested]}]"


def show(names: Sequence[str]) -> dict[str, Any]:
    """What `ip` and `ethtool -k` would say of lo, as the contract's `show` writes it."""
    with IPRoute() as route:
        (link,) = route.link("get", index=IFINDEX)
        addresses = [
            f"{each.get('address')}/{each['prefixlen']}" for each in route.get_addr(index=IFINDEX)
        ]
    return {
        "name": link.get("ifname"),
        "ifindex": link["index"],
        "type": link["ifi_type"],
        "mtu": link.get("mtu"),
        "up": bool(link["flags"] & IFF_UP),
        "address": link.get("address"),
        "addresses": addresses,
        "features": get_features(names),
    }


def stats() -> dict[str, int]:
    """lo's counters now, from /proc/net/dev: the calling thread's namespace, and quick."""
    with open("/proc/thread-self/net/dev") as lines:
        for line in lines:
            name, _, numbers = line.partition(":")
            if name.strip() == NAME:
                values = numbers.split()
                return {key: int(values[COLUMNS[key]]) for key in STATS}
    raise OSError(errno.ENODEV, "no lo in /proc/net/dev")


def backlog(cpu: int) -> int:
    """How many packets wait in that CPU's backlog (every namespace's together)."""
    with open("/proc/thread-self/net/softnet_stat") as lines:
        for line in lines:
            columns = [int(column, 16) for column in line.split()]
            if columns[12] == cpu:
                return columns[11]
    return 0

"""lo as its namespace's root sees it: ioctls where the contract names one, pyroute2 elsewhere."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import ipaddress
import os
import socket
import struct
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute
from pyroute2.ethtool import ioctl as ethtool
from pyroute2.netlink.exceptions import NetlinkError

from lomodel.contract import STATS
from lomodel.lab import netlink

NAME, IFINDEX = "lo", 1  # the name that it has in a new namespace
ETHTOOL_GLINK = 0xA
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU, SIOCSIFHWADDR = 0x8913, 0x8914, 0x8922, 0x8924
SIOCSIFNAME = 0x8923
IFF_UP = 1
#: The flags that are shown, in the order of their bits.
FLAGS = {
    "UP": IFF_UP,
    "LOOPBACK": 0x8,
    "RUNNING": 0x40,
    "NOARP": 0x80,
    "PROMISC": 0x100,
    "ALLMULTI": 0x200,
    "MULTICAST": 0x1000,
    "LOWER_UP": 0x10000,
}
#: A `link` step's keys that are flags: which one, and whether true sets or clears it.
SWITCHES = {
    "promisc": ("PROMISC", True),
    "multicast": ("MULTICAST", True),
    "allmulticast": ("ALLMULTI", True),
    "arp": ("NOARP", False),
}
IFLA_QDISC, IFLA_OPERSTATE = 6, 16
#: A `link` step's keys that are attributes (IFLA_*).
LIMITS = {"gso_max_segs": 40, "gso_max_size": 41, "gso_ipv4_max_size": 63}
SHOWN_LIMITS = LIMITS | {"tso_max_size": 59, "tso_max_segs": 60}
OPERSTATES = (
    "UNKNOWN",
    "NOTPRESENT",
    "DOWN",
    "LOWERLAYERDOWN",
    "TESTING",
    "DORMANT",
    "UP",
)
IFA_ADDRESS, IFA_LOCAL = 1, 2
IFA_F_TENTATIVE = 0x40
RT_SCOPE_UNIVERSE, RT_SCOPE_HOST = 0, 254
#: Addresses that never leave the host.
LOCAL_NET, LOCAL_NET6 = ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")
USABLE = 1.0  # seconds that an IPv6 address may take to become usable
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


def name() -> str:
    """What lo is called now: it keeps its index. Raises OSError."""
    return socket.if_indextoname(IFINDEX)


def _ioctl(request: int, value: bytes) -> bytes:
    ifreq = struct.pack("=16s24s", name().encode(), value)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return fcntl.ioctl(sock, request, ifreq)[16:]


def _set_flag(flag: int, value: bool) -> None:
    (flags,) = struct.unpack_from("=H", _ioctl(SIOCGIFFLAGS, b""))
    _ioctl(SIOCSIFFLAGS, struct.pack("=H", flags | flag if value else flags & ~flag))


def set_up(up: bool) -> None:
    """SIOCSIFFLAGS with IFF_UP set or cleared. Raises OSError."""
    _set_flag(IFF_UP, up)


def set_switch(key: str, value: bool) -> None:
    """SIOCSIFFLAGS for one of SWITCHES. Raises OSError."""
    flag, when = SWITCHES[key]
    _set_flag(FLAGS[flag], value == when)


def rename(new: str) -> None:
    """SIOCSIFNAME. Raises OSError."""
    _ioctl(SIOCSIFNAME, new.encode())


def set_limit(key: str, value: int) -> None:
    """RTM_NEWLINK with one of LIMITS. Raises OSError."""
    body = netlink.IFINFO.pack(socket.AF_UNSPEC, 0, IFINDEX, 0, 0)
    netlink.change(netlink.RTM_NEWLINK, body, {LIMITS[key]: struct.pack("=I", value)})


def _is_local(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address in (LOCAL_NET if address.version == 4 else LOCAL_NET6)


def _change_address(kind: int, text: str, flags: int = 0) -> None:
    address, _, prefix = text.partition("/")
    parsed = ipaddress.ip_address(address)
    family = socket.AF_INET if parsed.version == 4 else socket.AF_INET6
    scope = RT_SCOPE_HOST if _is_local(parsed) else RT_SCOPE_UNIVERSE
    body = netlink.IFADDR.pack(family, int(prefix), 0, scope, IFINDEX)
    both = {IFA_LOCAL: parsed.packed, IFA_ADDRESS: parsed.packed}
    netlink.change(kind, body, both, flags)


def add_address(text: str) -> None:
    """RTM_NEWADDR for an address with its prefix's length. Raises OSError."""
    flags = netlink.NLM_F_CREATE | netlink.NLM_F_EXCL
    _change_address(netlink.RTM_NEWADDR, text, flags)


def remove_address(text: str) -> None:
    """RTM_DELADDR for an address with its prefix's length. Raises OSError."""
    _change_address(netlink.RTM_DELADDR, text)


def _tentative() -> bool:
    found = netlink.addresses()
    return any(fields[2] & IFA_F_TENTATIVE for fields, _ in found if fields[4] == IFINDEX)


def wait_usable() -> None:
    """Wait until no IPv6 address is tentative: a worker of the kernel's makes them usable."""
    deadline = time.monotonic() + USABLE
    while _tentative() and time.monotonic() < deadline:
        time.sleep(0.001)


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
    tool = ethtool.IoctlEthtool(name())
    try:
        return tool.get_stringset(ethtool.ETH_SS_FEATURES)
    finally:
        tool.close()


def set_features(wanted: dict[str, bool], names: Sequence[str]) -> int:
    """One ETHTOOL_SFEATURES: what the ioctl returned. Raises OSError."""
    command = ethtool.EthtoolSfeatures(ethtool.ETHTOOL_SFEATURES, _blocks(names))
    for feature, value in wanted.items():
        block, bit = divmod(names.index(feature), 32)
        command.features[block].changed |= 1 << bit
        command.features[block].active |= value << bit
    request = ethtool.IfReq((ctypes.c_uint8 * 16)(*name().encode()))
    request.sfeatures = ctypes.pointer(command)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # pyroute2's own call takes a return value above zero, the subject here, for a failure.
        return fcntl.ioctl(sock, ethtool.SIOCETHTOOL, request)


def _blocks(names: Sequence[str]) -> int:
    return ethtool.feature_bits_to_blocks(len(names))


def get_features(names: Sequence[str]) -> dict[str, str]:
    """What `ethtool -k` shows of every feature, by name."""
    command = ethtool.EthtoolGfeatures(ethtool.ETHTOOL_GFEATURES, _blocks(names))
    tool = ethtool.IoctlEthtool(name())
    try:
        tool.ifreq.gfeatures = ctypes.pointer(command)
        tool.ioctl()
    finally:
        tool.close()
    state = ethtool.EthtoolFeaturesList(command, names)
    return {each: _shown(state, each) for each in sorted(filter(None, names))}


def get_link() -> int:
    """One ETHTOOL_GLINK: 1 with a link, 0 without. Raises OSError."""
    value = ethtool.EthtoolValue(ETHTOOL_GLINK, 0)
    request = ethtool.IfReq((ctypes.c_uint8 * 16)(*name().encode()))
    request.value = ctypes.pointer(value)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, ethtool.SIOCETHTOOL, request)
    return value.data


def _shown(state: ethtool.EthtoolFeaturesList, feature: str) -> str:
    on = {False: "off", True: "on"}
    active, requested = state.is_active(feature), state.is_requested(feature)
    if not state.is_available(feature) or state.is_never_changed(feature):
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


def show_more() -> dict[str, Any]:
    """What `ip -d` and /proc say beyond it, as the contract's `show` with `more` writes it."""
    fields, attributes = netlink.link(IFINDEX)
    limits = {key: attributes.get(number) for key, number in SHOWN_LIMITS.items()}
    return {
        "flags": [each for each, bit in FLAGS.items() if fields[3] & bit],
        "operstate": OPERSTATES[attributes[IFLA_OPERSTATE][0]],
        "qdisc": attributes[IFLA_QDISC].rstrip(b"\0").decode(),
        **{key: value and struct.unpack("=I", value)[0] for key, value in limits.items()},
        "groups": sorted(_ipv4_groups() | _ipv6_groups()),
    }


def _ipv4_groups() -> set[str]:
    """/proc/net/igmp: a device's line, then one for each group, which are hexadecimal numbers of
    this machine's byte order."""
    found, mine = set(), False
    for line in _lines("/proc/thread-self/net/igmp")[1:]:
        first = line.split()[0]
        if not line[0].isspace():
            mine = int(first) == IFINDEX
        elif mine:
            found.add(socket.inet_ntoa(struct.pack("=I", int(first, 16))))
    return found


def _ipv6_groups() -> set[str]:
    path = "/proc/thread-self/net/igmp6"
    rows = [line.split() for line in _lines(path)] if Path(path).exists() else []
    # Counted from the end: a device's name may hold what Python takes for a blank.
    groups = [bytes.fromhex(row[-4]) for row in rows if int(row[0]) == IFINDEX]
    return {socket.inet_ntop(socket.AF_INET6, group) for group in groups}


def _lines(path: str) -> list[str]:
    """The lines of a file of /proc; a device's name may hold what `splitlines` takes for an end."""
    return [line for line in Path(path).read_text().split("\n") if line]


def stats() -> dict[str, int]:
    """lo's counters now, from /proc/net/dev: the calling thread's namespace, and quick."""
    wanted = name()
    with open("/proc/thread-self/net/dev") as lines:
        for line in lines:
            device, _, numbers = line.partition(":")
            if device.strip() == wanted:
                values = numbers.split()
                return {key: int(values[COLUMNS[key]]) for key in STATS}
    raise OSError(errno.ENODEV, f"no {wanted} in /proc/net/dev")


def backlog(cpu: int) -> int:
    """How many packets wait in that CPU's backlog (every namespace's together)."""
    with open("/proc/thread-self/net/softnet_stat") as lines:
        for line in lines:
            columns = [int(column, 16) for column in line.split()]
            if columns[12] == cpu:
                return columns[11]
    return 0

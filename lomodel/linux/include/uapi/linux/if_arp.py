"""include/uapi/linux/if_arp.h: the types of hardware, and who asks whether one is the loopback.

lo's type is ARPHRD_LOOPBACK, 772; the comment beside it in the driver says 0x0001, which is
ARPHRD_ETHER and wrong. ``USERS`` is every place in the kernel that compares with it. Most of them
say "a loopback is as good as an Ethernet", since lo's packets carry an Ethernet header. Three treat
lo otherwise: IPv6 gives it ::1 and no link-local address (``lomodel.linux.net.ipv6.addrconf``), the
SMB server does not name it to its clients, and MCTP takes it but no Ethernet. Software iWARP takes
both, but gives lo, which has no hardware address, an id made from its name (5.14).

Left out: what the users do after they have decided.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass

from lomodel.linux.include.linux.netdevice import HH_DATA_MOD, NetDevice

ARPHRD_ETHER = 1
ARPHRD_MCTP = 290
ARPHRD_PPP = 512
ARPHRD_LOOPBACK = 772
ARPHRD_LOCALTLK = 773
ARPHRD_VOID = 0xFFFF
ARPHRD_NONE = 0xFFFE


def netdev_lock_name(dev: NetDevice) -> str:
    """How lockdep calls the transmit lock of a device of this type (net/core/dev.c).

    The table has a name for every type; a type that it lacks takes the last, "_xmit_NONE".
    """
    names = {
        ARPHRD_ETHER: "_xmit_ETHER",
        ARPHRD_MCTP: "_xmit_MCTP",
        ARPHRD_PPP: "_xmit_PPP",
        ARPHRD_LOOPBACK: "_xmit_LOOPBACK",
        ARPHRD_LOCALTLK: "_xmit_LOCALTLK",
        ARPHRD_VOID: "_xmit_VOID",
    }
    return names.get(dev.type, "_xmit_NONE")


def pktgen_setup_dev(dev: NetDevice) -> None:
    """Whether the packet generator may send through the device (net/core/pktgen.c).

    OSError EINVAL unless it is Ethernet or loopback, ENETDOWN unless it is running.
    """
    if dev.type not in (ARPHRD_ETHER, ARPHRD_LOOPBACK):
        raise OSError(errno.EINVAL, f"not an ethernet or loopback device: {dev.name}")
    if not dev.running:
        raise OSError(errno.ENETDOWN, os.strerror(errno.ENETDOWN))


def llc_mac_hdr_init(dev: NetDevice) -> int:
    """Whether LLC can put a link-layer header in front of a packet (net/llc/llc_output.c): 0, or
    OSError EINVAL."""
    if dev.type not in (ARPHRD_ETHER, ARPHRD_LOOPBACK):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return 0


def llc_mac_header_len(dev: NetDevice) -> int:
    """The bytes that LLC leaves free for it (net/llc/llc_sap.c): LL_RESERVED_SPACE, or 0."""
    if dev.type not in (ARPHRD_ETHER, ARPHRD_LOOPBACK):
        return 0
    return (dev.hard_header_len & ~(HH_DATA_MOD - 1)) + HH_DATA_MOD


def atif_ioctl(dev: NetDevice) -> None:
    """Whether a device may get an AppleTalk address (net/appletalk/ddp.c); OSError
    EPROTONOSUPPORT."""
    if dev.type not in (ARPHRD_ETHER, ARPHRD_LOOPBACK, ARPHRD_LOCALTLK, ARPHRD_PPP):
        raise OSError(errno.EPROTONOSUPPORT, os.strerror(errno.EPROTONOSUPPORT))


def mctp_known(dev: NetDevice) -> bool:
    """Whether the Management Component Transport Protocol takes the device (net/mctp/device.c)."""
    return dev.type in (ARPHRD_MCTP, ARPHRD_LOOPBACK, ARPHRD_NONE)


def tcf_ife_is_eth_skb(dev: NetDevice, at_ingress: bool = False, mac_len: int = 14) -> bool:
    """Whether a packet has the Ethernet header that IFE needs (net/sched/act_ife.c)."""
    if dev.type not in (ARPHRD_ETHER, ARPHRD_LOOPBACK):
        return False
    return not at_ingress or mac_len == 14


def siw_dev_qualified(dev: NetDevice) -> bool:
    """Whether software iWARP offers RDMA over the device (drivers/infiniband/sw/siw/siw_main.c).

    Its ``loopback_enabled`` is no option but a constant: true, up to the day it was removed.
    """
    return dev.type in (ARPHRD_ETHER, ARPHRD_LOOPBACK)


def ksmbd_lists_interface(dev: NetDevice) -> bool:
    """Whether an SMB client is told of the interface (fs/smb/server/smb2pdu.c): of lo it is not."""
    return dev.type != ARPHRD_LOOPBACK


@dataclass(frozen=True, slots=True)
class ArphrdUser:
    """A place that names ARPHRD_LOOPBACK: what it decides, and its lines by release (none where
    that release does not have it). ``function`` is the model's, if it has one."""

    file: str
    decides: str
    lines: dict[str, tuple[int, ...]]
    function: Callable[..., object] | None = None


def _lines(old: int | tuple[int, ...], middle: int, new: int) -> dict[str, tuple[int, ...]]:
    """Lines of 5.14, 6.1 and 6.12; 0 means none."""
    pairs = zip(("5.14", "6.1", "6.12"), (old, middle, new), strict=True)
    as_tuples = ((release, at if isinstance(at, tuple) else (at,)) for release, at in pairs)
    return {release: at for release, at in as_tuples if at != (0,)}


USERS = (
    ArphrdUser("drivers/net/loopback.c", "sets the type", _lines(173, 175, 171)),
    ArphrdUser(
        "net/ipv6/addrconf.c",
        "::1 instead of a link-local address",
        _lines(3588, 3522, 3618),
    ),
    ArphrdUser(
        "net/core/dev.c",
        "the lock class of the transmit lock, and its name",
        _lines(423, 456, 481),
        netdev_lock_name,
    ),
    ArphrdUser(
        "net/core/pktgen.c",
        "the packet generator sends through Ethernet and loopback only",
        _lines(2003, 2121, 2141),
        pktgen_setup_dev,
    ),
    ArphrdUser(
        "net/llc/llc_output.c",
        "LLC can build a header",
        _lines(32, 32, 32),
        llc_mac_hdr_init,
    ),
    ArphrdUser(
        "net/llc/llc_sap.c",
        "LLC leaves room for a header",
        _lines(32, 32, 32),
        llc_mac_header_len,
    ),
    ArphrdUser(
        "net/appletalk/ddp.c",
        "the device may get an AppleTalk address",
        _lines(686, 687, 700),
        atif_ioctl,
    ),
    ArphrdUser(
        "net/mctp/device.c",
        "MCTP takes the device",
        _lines(0, 431, 416),
        mctp_known,
    ),
    ArphrdUser(
        "net/sched/act_ife.c",
        "the packet has an Ethernet header",
        _lines(0, 874, 879),
        tcf_ife_is_eth_skb,
    ),
    ArphrdUser(
        "drivers/infiniband/sw/siw/siw_main.c",
        "software iWARP runs over lo, too",
        _lines((123, 318), 122, 99),
        siw_dev_qualified,
    ),
    ArphrdUser(
        "fs/smb/server/smb2pdu.c",
        "ksmbd does not list the interface",
        _lines(0, 7636, 8204),
        ksmbd_lists_interface,
    ),
    ArphrdUser(
        "include/net/dn_route.h",
        "DECnet routes to itself (gone with DECnet in 6.1)",
        _lines(106, 0, 0),
    ),
    ArphrdUser(
        "net/decnet/dn_dev.c",
        "DECnet's parameters of the device",
        _lines((139, 309, 1146), 0, 0),
    ),
    ArphrdUser("net/decnet/dn_neigh.c", "DECnet's neighbours", _lines(141, 0, 0)),
)


# Whose lines answer for a release: 6.6 has what 6.1 and 6.12 agree in, and no source after 6.12 was
# read.
_ANSWERED_BY = {"5.14": "5.14", "6.1": "6.1", "6.6": "6.12", "6.12": "6.12", "6.18": "6.12"}


def users(release: str) -> list[ArphrdUser]:
    """Who asks in a release. ValueError for one whose users nobody has looked up (5.15)."""
    if release not in _ANSWERED_BY:
        raise ValueError(f"who asks in {release!r} was not read; known: {', '.join(_ANSWERED_BY)}")
    return [user for user in USERS if _ANSWERED_BY[release] in user.lines]

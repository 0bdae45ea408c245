"""Who asks for a device's type: the files around lo, and what each says of a device.

The table is ``USERS`` in ``lomodel.linux.include.uapi.linux.if_arp``; what is said is computed by
its functions, and for IPv6 by bringing the device up.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable

from lomodel.desk import RELEASE, lo_up, new_lo
from lomodel.figures.layers import layer_of, sample
from lomodel.figures.picture import Picture, legend
from lomodel.figures.show import Figure, escape
from lomodel.figures.table import table
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.ipv6 import in6addr_loopback
from lomodel.linux.include.uapi.linux.if_arp import ArphrdUser, users
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.source_lines import TAGS

HEADER = "include/uapi/linux/if_arp.h"
DRIVER = "drivers/net/loopback.c"
"""The two files that name the type and do not ask for it: one defines it, one writes it."""

AREAS = {
    HEADER: "defines it",
    DRIVER: "the driver writes it",
    "net/ipv6/addrconf.c": "IPv6",
    "net/core/dev.c": "transmit locks",
    "net/core/pktgen.c": "packet generator",
    "net/llc/llc_output.c": "LLC, sending",
    "net/llc/llc_sap.c": "LLC, its sockets",
    "net/appletalk/ddp.c": "AppleTalk",
    "net/mctp/device.c": "MCTP",
    "net/sched/act_ife.c": "IFE, tc",
    "drivers/infiniband/sw/siw/siw_main.c": "software iWARP",
    "fs/smb/server/smb2pdu.c": "SMB server",
}
"""What a file belongs to, in a few words."""

IPV6 = "init_loopback"
"""The function of IPv6 that runs for the type: the model asks inside ``addrconf``."""


def askers(release: str = RELEASE) -> list[ArphrdUser]:
    """Who compares a device's type with lo's; ValueError as ``users``."""
    return [user for user in users(release) if user.file != DRIVER]


def gives_v6(dev: NetDevice) -> bool:
    """Whether IPv6 gives a new lo of this device's type ::1 when it comes up."""
    other = new_lo(dev.machine.release.name)
    other.type = dev.type
    set_up(other, True)
    idev = other.ip6_ptr
    return idev is not None and any(each.addr == in6addr_loopback for each in idev.addr_list)


def said(ask: Callable[[NetDevice], object], dev: NetDevice) -> str:
    """What one of them says of a device: its answer as a reader writes it, or the errno's name."""
    try:
        answer = ask(dev)
    except OSError as error:
        return errno.errorcode[error.errno]
    if answer is None or answer is True:
        return "yes"
    return "no" if answer is False else str(answer)


def answers(dev: NetDevice) -> dict[str, str]:
    """What each says of a device, by the name of its function, in the order of the table.

    "yes", "no", an errno's name; from ``llc_mac_hdr_init`` 0, from ``llc_mac_header_len`` bytes,
    from ``netdev_lock_name`` a name.
    """
    asked = {user.function.__name__: user.function for user in askers() if user.function}
    return {IPV6: said(gives_v6, dev)} | {name: said(ask, dev) for name, ask in asked.items()}


def otherwise(type: int, release: str = RELEASE) -> dict[str, tuple[str, str]]:
    """Who answers otherwise when lo, which is up, has this type: what it says of 772, and then."""
    lo = lo_up(release)
    as_loopback = answers(lo)
    lo.type = type
    return {n: (as_loopback[n], said) for n, said in answers(lo).items() if said != as_loopback[n]}


def around(release: str = RELEASE) -> Picture:
    """The files that name lo's type, around lo. ValueError for a release that was not read."""
    files = [HEADER, *(user.file for user in users(release))]
    boxes = "".join(map(_box, files))
    dev = new_lo(release)
    middle = f'<div class="lo-asked-lo"><b>lo</b><code>type {dev.type}</code></div>'
    version = TAGS[release].removeprefix("v")
    caption = f"{len(files)} files of Linux {version} name ARPHRD_LOOPBACK."
    layers = legend(layer_of(file) for file in files)
    html = (
        f'<figure class="lo-picture lo-asked"><div class="lo-asked-ring">{middle}{boxes}</div>'
        f"<figcaption>{caption} {layers}</figcaption></figure>"
    )
    said = "; ".join(f"{file} ({AREAS[file]})" for file in files)
    return Picture("Who names lo's type", html, f"{caption} {said}.")


def _box(file: str) -> str:
    folder, name = posixpath.split(file)
    return (
        f'<div class="lo-k-{layer_of(file)}">{sample(layer_of(file))}<b>{escape(AREAS[file])}</b>'
        f"<code>{escape(folder)}/<wbr>{escape(name)}</code></div>"
    )


def decisions() -> Figure:
    """What each of the askers decides."""
    rows = [[AREAS[user.file], user.decides] for user in askers()]
    return table("What the type decides", ["who asks", "what it decides"], rows)

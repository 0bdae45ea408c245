"""What a chapter's cell needs, so that it shows its one thought: a lo that is up, a send, a count.

    lo = lo_up(off=["tx-udp-segmentation"])
    trace = send(lo, 4000, gso_size=1400)
    counters(lo)["tx_packets"]      # 3
    ladder(trace, "net_gso_ok")     # who called it, up to the system call

Everything else of the device is reached from it: ``lo.nd_net`` is its namespace, ``lo.machine`` its
machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lomodel.contract import STATS
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6, SOL_UDP
from lomodel.linux.include.uapi.linux.in6 import IPV6_V6ONLY
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IPV6
from lomodel.linux.include.uapi.linux.udp import UDP_SEGMENT
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.linux.net.core.dev_ioctl import set_mtu, set_up
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features
from lomodel.linux.net.socket import bind, close, sendto, setsockopt, socket_create
from lomodel.machine import Machine
from lomodel.scenario import FAMILY, LOCALHOST, PORT, Player
from lomodel.trace import Call, Decision, Event, Trace

RELEASE = "6.18"
"""The release that the book shows unless it says otherwise."""


def new_lo(release: str = RELEASE, **machine: Any) -> NetDevice:
    """The lo of a new namespace, as it was born: down, with an MTU of 65536 bytes.

    Keywords go to ``Machine`` (``possible_cpus``, ``bits``, ``memory``, ...). ValueError for a
    release that the model has not.
    """
    return Machine(release, **machine).new_net().loopback_dev


def lo_up(
    release: str = RELEASE,
    mtu: int = 1500,
    on: Iterable[str] = (),
    off: Iterable[str] = (),
    listening: bool = True,
) -> NetDevice:
    """A lo that is up.

    ``mtu`` in bytes; ``on`` and ``off`` name features as ethtool does; ``listening``: a receiver of
    each family waits at port 7000. ValueError for a release that the model has not, OSError EINVAL
    for an MTU or a feature that the kernel refuses.
    """
    lo = new_lo(release)
    set_up(lo, True)
    set_mtu(lo, mtu)
    wanted = dict.fromkeys(on, True) | dict.fromkeys(off, False)
    if wanted:
        ethtool_set_features(lo, wanted)
    if listening:
        _listen(lo)
    return lo


def _listen(lo: NetDevice) -> None:
    """One receiver for each family; the IPv6 one leaves IPv4's packets to the other."""
    bind(socket_create(lo.nd_net, AF_INET, SOCK_DGRAM), "", PORT)
    if lo.ip6_ptr is not None:
        sock = socket_create(lo.nd_net, AF_INET6, SOCK_DGRAM)
        setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, 1)
        bind(sock, "", PORT)


def send(lo: NetDevice, payload: int, gso_size: int = 0, family: str = "inet") -> Trace:
    """Send ``payload`` zero bytes to port 7000 of lo's own address, in one call; its trace.

    ``gso_size`` is UDP_SEGMENT's, in bytes: 0 asks for one datagram. ``family`` is "inet" or
    "inet6". OSError with the errno that the sender hears.
    """
    sock = socket_create(lo.nd_net, FAMILY[family], SOCK_DGRAM)
    try:
        setsockopt(sock, SOL_UDP, UDP_SEGMENT, gso_size)
        with lo.machine.trace() as trace:
            sendto(sock, bytes(payload), LOCALHOST[family], PORT)
    finally:
        close(sock)
    return trace


def send_tcp(lo: NetDevice, payload: int, gso_size: int, flags: int = 0x10) -> Trace:
    """Hand lo one TCP packet over IPv4 from a packet socket, as the contract's ``tcp_frame``; its
    trace. ``payload`` and ``gso_size`` in bytes, ``flags`` as in the TCP header (0x10: ACK)."""
    step = {"do": "tcp_frame", "family": "inet", "payload": payload, "gso_size": gso_size}
    player = Player.of(lo)
    with lo.machine.trace() as trace:
        player.step(step | {"flags": flags})
    return trace


def counters(lo: NetDevice) -> dict[str, int]:
    """What lo has counted since its birth: packets and bytes, received, sent and dropped."""
    stats = dev_get_stats(lo)
    return {name: getattr(stats, name) for name in STATS}


def ladder(trace: Iterable[Call | Decision | Event], name: str) -> list[str]:
    """``name`` and the functions that had called it when it was first called, from it upwards.

    ``trace`` is a trace, or a part of one. ValueError when it has no call of that name.
    """
    calls = [record for record in trace if isinstance(record, Call)]
    above: list[str] = []
    for call in calls:
        del above[call.depth :]
        above.append(call.name)
        if call.name == name:
            return above[::-1]
    known = ", ".join(dict.fromkeys(call.name for call in calls))
    raise ValueError(f"{name!r} was not called; expected one of {known}")

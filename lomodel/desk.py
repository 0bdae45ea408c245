"""What a chapter's cell needs, so that it shows its one thought: a lo that is up, a send, a count.

    lo = lo_up(off=["tx-udp-segmentation"])
    trace = send(lo, 4000, gso_size=1400)
    counters(lo)["tx_packets"]      # 3
    ladder(trace, "net_gso_ok")     # who called it, up to the system call

Everything else of the device is reached from it: ``lo.nd_net`` is its namespace, ``lo.machine`` its
machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from lomodel.contract import STATS
from lomodel.linux.drivers.net.loopback import dev_lstats_read, loopback_setup
from lomodel.linux.include.linux.cpumask import for_each_possible_cpu
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.netdev_features import NETIF_F_GSO_SHIFT
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.netdevice_stats import PcpuLstats
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    SKB_GSO_DODGY,
    SKB_GSO_SCTP,
    SKB_GSO_TCP_ECN,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SKB_GSO_UDP_L4,
    SkBuff,
)
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6, SOL_UDP
from lomodel.linux.include.uapi.linux.in6 import IPV6_V6ONLY
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IPV6
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_UNKNOWN
from lomodel.linux.include.uapi.linux.udp import UDP_SEGMENT
from lomodel.linux.mm.percpu import PerCpu
from lomodel.linux.net.core.dev import alloc_netdev, dev_get_stats
from lomodel.linux.net.core.dev_ioctl import set_mtu, set_up
from lomodel.linux.net.core.net_namespace import put_net
from lomodel.linux.net.core.skbuff import alloc_skb
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features
from lomodel.linux.net.socket import bind, close, sendto, setsockopt, socket_create
from lomodel.machine import Machine
from lomodel.scenario import FAMILY, LOCALHOST, PORT, Player, play
from lomodel.trace import Call, Decision, Event, Trace

RELEASE = "6.12"
"""The book's kernel: what cells, explorers and pictures show unless they say otherwise. Its source
can be quoted, and it boots anywhere."""


def boot(release: str = RELEASE, **machine: Any) -> Machine:
    """A machine that has booted; keywords go to ``Machine`` (``possible_cpus``, ``fail_nth``, ...).

    ValueError for a release that the model has not, KernelPanic when it cannot boot.
    """
    return Machine(release, **machine)


def new_lo(release: str = RELEASE, **machine: Any) -> NetDevice:
    """The lo of a new namespace, as it was born: down, with an MTU of 65536 bytes.

    Keywords go to ``Machine`` (``possible_cpus``, ``bits``, ``memory``, ...). ValueError for a
    release that the model has not.
    """
    return boot(release, **machine).new_net().loopback_dev


def setup_only(release: str = RELEASE) -> NetDevice:
    """A lo that has been through ``loopback_setup`` and nothing else: not registered, no index."""
    machine = Machine(release)
    unborn = alloc_netdev(machine, 0, "lo", NET_NAME_UNKNOWN, loopback_setup)
    assert unborn is not None  # this machine's memory has no end
    return unborn


def switch(lo: NetDevice, feature: str, on: bool) -> int:
    """``ethtool -K lo FEATURE on|off``, by ethtool's string, as the ioctl ETHTOOL_SFEATURES.

    What the ioctl returns: 0 as wished, 1 without a switch (ETHTOOL_F_UNSUPPORTED), 2 when a rule
    keeps it off (ETHTOOL_F_WISH). OSError EINVAL for a feature that may not change on any device.
    """
    return ethtool_set_features(lo, {feature: on})


def plug(lo: NetDevice, **sockets: Any) -> NetDevice:
    """Put other functions into sockets of lo's operations table; None leaves a socket empty.

    The table is this lo's own from then on; the lo is given back. TypeError for a socket that
    ``NetDeviceOps`` has not.
    """
    lo.netdev_ops = replace(lo.netdev_ops, **sockets)
    return lo


def lo_up(
    release: str = RELEASE,
    mtu: int = 1500,
    on: Iterable[str] = (),
    off: Iterable[str] = (),
    listening: bool = True,
    **machine: Any,
) -> NetDevice:
    """A lo that is up.

    ``mtu`` in bytes; ``on`` and ``off`` name features as ethtool does; ``listening``: a receiver of
    each family waits at port 7000; other keywords go to ``Machine``, as those of ``new_lo``.
    ValueError for a release that the model has not, OSError EINVAL for an MTU or a feature that the
    kernel refuses.
    """
    lo = new_lo(release, **machine)
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


def errors(*steps: dict[str, Any], release: str = RELEASE) -> list[str | None]:
    """The error of each step of a scenario, by its name as in ``errno``; None where it worked.

    ScenarioError for a step that is none.
    """
    return [seen["error"] for seen in play(list(steps), release)]


def text(length: int) -> bytes:
    """So many bytes that can be told from those that nobody has written: ``abc...zabc...``."""
    letters = bytes(range(ord("a"), ord("z") + 1))
    return (letters * (length // len(letters) + 1))[:length]


def send(lo: NetDevice, payload: int, gso_size: int = 0, family: str = "inet") -> Trace:
    """Send ``payload`` bytes of text to port 7000 of lo's own address, in one call; its trace.

    ``gso_size`` is UDP_SEGMENT's, in bytes: 0 asks for one datagram. ``family`` is "inet" or
    "inet6". OSError with the errno that the sender hears.
    """
    sock = socket_create(lo.nd_net, FAMILY[family], SOCK_DGRAM)
    try:
        setsockopt(sock, SOL_UDP, UDP_SEGMENT, gso_size)
        with lo.machine.trace() as trace:
            sendto(sock, text(payload), LOCALHOST[family], PORT)
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


GSO_KINDS = {
    "TCPV4": (SKB_GSO_TCPV4, "TSO"),
    "DODGY": (SKB_GSO_DODGY, "GSO_ROBUST"),
    "TCP_ECN": (SKB_GSO_TCP_ECN, "TSO_ECN"),
    "TCPV6": (SKB_GSO_TCPV6, "TSO6"),
    "SCTP": (SKB_GSO_SCTP, "GSO_SCTP"),
    "UDP_L4": (SKB_GSO_UDP_L4, "GSO_UDP_L4"),
}
"""The kinds of packets to be cut that lo has: end of the SKB_GSO_ name -> bit, NETIF_F_ name."""


def gso_skb(lo: NetDevice, kind: str = "UDP_L4", finished: bool = False) -> SkBuff:
    """A packet to be cut, without any bytes: what ``netif_needs_gso`` looks at and no more.

    ``kind``: the end of its ``SKB_GSO_`` name; KeyError for one that lo's packets have not.
    ``finished``: its checksum is finished (CHECKSUM_NONE), else only begun (CHECKSUM_PARTIAL).
    """
    skb = alloc_skb(headroom=0)
    skb.dev, skb.ip_summed = lo, CHECKSUM_NONE if finished else CHECKSUM_PARTIAL
    skb.gso_size, (skb.gso_type, _) = 1400, GSO_KINDS[kind]
    return skb


def gso_pairs(lo: NetDevice) -> list[tuple[str, str, bool]]:
    """The compile-time checks above ``net_gso_ok``, for the kinds of packets that lo has.

    Each: the end of the ``SKB_GSO_`` name, of the ``NETIF_F_`` name, and whether the one, shifted
    by 16 places, is the other.
    """
    return [
        (kind, feature, bit << NETIF_F_GSO_SHIFT == 1 << lo.netif_f.bit[feature])
        for kind, (bit, feature) in GSO_KINDS.items()
    ]


def counters(lo: NetDevice) -> dict[str, int]:
    """What lo has counted since its birth: packets and bytes, received, sent and dropped."""
    stats = dev_get_stats(lo)
    return {name: getattr(stats, name) for name in STATS}


def read_while(
    lo: NetDevice, cpu: int, sends: Iterable[tuple[int, int]], gso_size: int = 0
) -> tuple[int, int]:
    """What ``dev_lstats_read`` gives if others send when its loop comes to ``cpu``: the pairs of
    the CPUs before have been read by then, this one's and those behind have not.

    ``sends`` are (CPU, payload in bytes); ``gso_size`` is ``send``'s.
    """
    if cpu not in for_each_possible_cpu(lo.machine):
        raise ValueError(f"cpu {cpu}: the machine has no such CPU")

    def happens() -> None:
        for lo.machine.cpu, payload in sends:
            send(lo, payload, gso_size)

    pairs = lo.lstats
    lo.lstats = _Interrupted(pairs, cpu, happens)
    try:
        return dev_lstats_read(lo)
    finally:
        lo.lstats = pairs


class _Interrupted(PerCpu[PcpuLstats]):
    """The same pairs; whoever asks for one CPU's first has to wait until something has happened."""

    __slots__ = ("cpu", "happens")

    def __init__(self, pairs: PerCpu[PcpuLstats], cpu: int, happens: Callable[[], object]) -> None:
        super().__init__(list(pairs), pairs.ptr, pairs.size, pairs.align, pairs.chunk)
        self.cpu, self.happens = cpu, [happens]

    def __getitem__(self, cpu: Any) -> Any:
        if cpu == self.cpu and self.happens:
            self.happens.pop()()
        return super().__getitem__(cpu)


def counted(payload: int, gso_size: int = 0, family: str = "inet", **how: Any) -> tuple[int, int]:
    """The packets and bytes that a fresh lo counts of one send; keywords go to ``lo_up``."""
    lo = lo_up(**how)
    send(lo, payload, gso_size, family)
    stats = counters(lo)
    return stats["tx_packets"], stats["tx_bytes"]


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


DRIVER = "drivers/net/loopback.c"


def ran(trace: Iterable[Call | Decision | Event], file: str = DRIVER) -> list[str]:
    """The functions of one C file that were called, in order; of the driver's, if none is named."""
    calls = (record for record in trace if isinstance(record, Call))
    return [call.name for call in calls if call.symbol.file == file]


def end_of(lo: NetDevice) -> Trace:
    """The trace of how lo's namespace ends, and lo with it.

    KernelPanic where a kernel would wait: while somebody holds a reference to lo.
    """
    with lo.machine.trace() as trace:
        put_net(lo.nd_net)
    return trace

"""Plays a scenario on the model: the same steps, and the same observations, as on a real kernel.

What a scenario is, and what is observed at each step, is the contract that ``lomodel.contract``
reads. Every step goes through the system call that a program would make.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lomodel.contract import (
    EVENTS,
    SENDING,
    STATS,
    Names,
    Step,
    check_step,
    check_steps,
    errno_name,
)
from lomodel.linux.include.linux.net import SOCK_DGRAM, SOCK_RAW
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6
from lomodel.linux.include.uapi.asm_generic.socket import SO_RCVBUFFORCE, SOL_SOCKET
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_ICMPV6, IPV6_MTU_DISCOVER
from lomodel.linux.include.uapi.linux.in_ import (
    IP_MTU_DISCOVER,
    IPPROTO_ICMP,
    IPPROTO_IP,
    IPPROTO_IPV6,
    IPPROTO_UDP,
)
from lomodel.linux.include.uapi.linux.udp import UDP_SEGMENT
from lomodel.linux.include.uapi.linux.virtio_net import (
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_ECN,
    VIRTIO_NET_HDR_GSO_NONE,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VirtioNetHdr,
)
from lomodel.linux.kernel.softirq import run_ksoftirqd
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.linux.net.core.dev_ioctl import set_address, set_mtu, set_up
from lomodel.linux.net.core.rtnetlink import delete_link
from lomodel.linux.net.core.skbuff import checksum
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features, feature_states
from lomodel.linux.net.packet.af_packet import packet_snd
from lomodel.linux.net.socket import bind, close, recv, sendto, setsockopt, socket_create
from lomodel.machine import Machine
from lomodel.release import DEFAULT

Observed = list[dict[str, Any]]

RECEIVE_BUFFER = 64 << 20
"""Bytes that the receiver may hold: more than one step can send."""

MAX_RW_COUNT = 0x7FFFF000
"""The most bytes that one system call takes: INT_MAX, down to a page (include/linux/fs.h)."""
LONGEST_COPY = 5 << 20
"""More bytes than any packet holds: 4 MiB in its head and 17 fragments of 32 KiB at the most."""

SYSCTL = {
    "net.core.netdev_max_backlog": "netdev_max_backlog",
    "net.core.wmem_default": "sysctl_wmem_default",
    "net.core.rmem_default": "sysctl_rmem_default",
}
"""The machine-wide settings that change what a scenario does, and the variables behind them."""

PORT = 7000
LOCALHOST = {"inet": "127.0.0.1", "inet6": "::1"}
DESTINATION = {
    "zero": bytes(6),
    "other": bytes.fromhex("020000000099"),
    "broadcast": b"\xff" * 6,
    "multicast": bytes.fromhex("01005e000001"),
}
FAMILY = {"inet": AF_INET, "inet6": AF_INET6}
ECHO_REQUEST = {"inet": (8, IPPROTO_ICMP), "inet6": (128, IPPROTO_ICMPV6)}
PMTU_OPTION = {
    "inet": (IPPROTO_IP, IP_MTU_DISCOVER),
    "inet6": (IPPROTO_IPV6, IPV6_MTU_DISCOVER),
}
PMTUDISC = {"dont": 0, "want": 1, "do": 2}
ETHERTYPE = {"inet": 0x0800, "inet6": 0x86DD}
TCPHDR_CWR = 0x80
TCP_CHECK = 16


class Player:
    """A fresh network namespace of a machine of the model, on which steps are played.

    ``release`` names the kernel; ``machine`` may be given instead, to look at it afterwards, and
    one of its namespaces, ``net``, to go on with.
    """

    def __init__(
        self, release: str = DEFAULT, machine: Machine | None = None, net: Any = None
    ) -> None:
        self.machine = machine or Machine(release)
        self.net = net or self.machine.new_net()
        self.sockets: list[Any] = []
        self.names = Names()

    @classmethod
    def of(cls, lo: Any) -> Player:
        """A player that goes on with the namespace of a loopback device."""
        return cls(machine=lo.machine, net=lo.nd_net)

    @property
    def lo(self) -> Any:
        """The namespace's loopback device."""
        return self.net.loopback_dev

    def step(self, step: Step) -> dict[str, Any]:
        """Play one step; returns what the contract observes of it.

        ScenarioError for a step that nobody could play.
        """
        check_step(step, "step", self.machine.netif_f.by_string, self.names)
        return self._play(step)

    def _play(self, step: Step) -> dict[str, Any]:
        if step["do"] in SENDING:
            return self._send(step)
        observed, result = self._call(_STEPS[step["do"]], step)
        return observed | (result or {})

    def _send(self, step: Step) -> dict[str, Any]:
        before = dev_get_stats(self.lo)
        with self.machine.trace(calls=False) as trace:
            observed, received = self._call(_STEPS[step["do"]], step)
            run_ksoftirqd(self.machine)
        after = dev_get_stats(self.lo)
        if received is not None:
            observed["received"] = received()
        while self.sockets:
            close(self.sockets.pop())
        observed["stats"] = {name: getattr(after, name) - getattr(before, name) for name in STATS}
        observed["events"] = contract_events(trace)
        return observed

    def socket(self, family: int, type: int, protocol: int = 0) -> Any:
        """A socket that is closed at the end of the step."""
        self.sockets.append(socket_create(self.net, family, type, protocol))
        return self.sockets[-1]

    def _call(self, play: Callable[[Player, Step], Any], step: Step) -> tuple[dict[str, Any], Any]:
        try:
            return {"error": None}, play(self, step)
        except OSError as error:
            return {"error": errno_name(error)}, None


def play(
    steps: Sequence[Step], release: str = DEFAULT, sysctl: Mapping[str, int] | None = None
) -> Observed:
    """What Linux ``release`` does when ``steps`` are played in a fresh namespace, step by step.

    ``sysctl`` sets what ``SYSCTL`` names; what it leaves out is as the kernel boots. ScenarioError
    for steps that nobody could play, ValueError for a release that the model has not, KeyError for
    a setting that the model has not.
    """
    machine = Machine(release)
    for name, value in (sysctl or {}).items():
        setattr(machine, SYSCTL[name], value)
    player = Player(machine=machine)
    check_steps(steps, player.machine.netif_f.by_string)
    return [player._play(step) for step in steps]


def contract_events(trace: Any) -> list[list[Any]]:
    """The tracepoints of a trace that the contract speaks of, in order."""
    return [event for event in trace.events("lo") if event[0] in EVENTS]


def _link(player: Player, step: Step) -> None:
    # Several may stand together: in the order given, up to the first error.
    for name, value in step.items():
        if name == "up":
            set_up(player.lo, value)
        elif name == "mtu":
            set_mtu(player.lo, value)
        elif name == "address":
            set_address(player.lo, bytes.fromhex(value.replace(":", "")))
        elif name == "delete":
            delete_link(player.lo)


def _features(player: Player, step: Step) -> dict[str, Any]:
    return {"rc": ethtool_set_features(player.lo, step["set"])}


def _show(player: Player, step: Step) -> dict[str, Any]:
    lo = player.lo
    return {
        "name": lo.name,
        "ifindex": lo.ifindex,
        "type": lo.type,
        "mtu": lo.mtu,
        "up": bool(lo.flags & IFF_UP),
        "address": bytes(lo.dev_addr).hex(":"),
        "addresses": addresses(lo),
        "features": feature_states(lo),
    }


def addresses(dev: Any) -> list[str]:
    """The addresses of a device with their prefix lengths, IPv4 first, as ``ip address`` lists
    them."""
    v4 = dev.ip_ptr.ifa_list if dev.ip_ptr is not None else []
    v6 = dev.ip6_ptr.addr_list if dev.ip6_ptr is not None else []
    return [str(address) for address in (*v4, *v6)]


class LongMessage(bytes):
    """A message longer than any packet can hold, of which only the beginning is there.

    ``len`` says how long it is. Whoever gets it answers with an errno, most before they copy a
    byte, the others when a packet's fragments are used up.
    """

    length: int

    def __len__(self) -> int:
        return self.length


def message(header: bytes, payload: int) -> bytes:
    """What a system call is given: ``header`` and ``payload`` zero bytes.

    Only MAX_RW_COUNT bytes of it are taken (lib/iov_iter.c), and memory is needed for LONGEST_COPY
    at most.
    """
    length = min(len(header) + payload, MAX_RW_COUNT)
    if length <= LONGEST_COPY:
        return header + bytes(payload)
    made = LongMessage(header + bytes(LONGEST_COPY))
    made.length = length
    return made


def _udp(player: Player, step: Step) -> Callable[[], list[int]]:
    name = step["family"]
    receiver = _receiver(player, FAMILY[name]) if step.get("listening", True) else None
    sender = player.socket(FAMILY[name], SOCK_DGRAM)
    if step["gso_size"] is not None:
        setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, step["gso_size"])
    if "pmtudisc" in step:
        setsockopt(sender, *PMTU_OPTION[name], PMTUDISC[step["pmtudisc"]])
    sendto(sender, message(b"", step["payload"]), LOCALHOST[name], PORT)
    return lambda: [] if receiver is None else _lengths(receiver)


def _receiver(player: Player, family: int) -> Any:
    receiver = player.socket(family, SOCK_DGRAM)
    setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    bind(receiver, "", PORT)
    return receiver


def _lengths(receiver: Any) -> list[int]:
    lengths = []
    while (datagram := recv(receiver)) is not None:
        lengths.append(len(datagram))
    return lengths


def _frame(player: Player, step: Step) -> None:
    header = DESTINATION[step["dst"]] + bytes(6) + struct.pack("!H", step["ethertype"])
    packet_snd(player.lo, message(header, step["payload"]), step["ethertype"])


def _tcp_frame(player: Player, step: Step) -> None:
    family = step["family"]
    frame = tcp_frame_bytes(family, step["payload"], step["flags"])
    network = 20 if family == "inet" else 40
    gso_type = VIRTIO_NET_HDR_GSO_NONE
    if step["gso_size"] is not None:
        gso_type = VIRTIO_NET_HDR_GSO_TCPV4 if family == "inet" else VIRTIO_NET_HDR_GSO_TCPV6
        gso_type |= VIRTIO_NET_HDR_GSO_ECN if step["flags"] & TCPHDR_CWR else 0
    header = VirtioNetHdr(
        flags=VIRTIO_NET_HDR_F_NEEDS_CSUM,
        gso_type=gso_type,
        hdr_len=14 + network + 20,
        gso_size=step["gso_size"] or 0,
        csum_start=14 + network,
        csum_offset=TCP_CHECK,
    )
    packet_snd(player.lo, frame, ETHERTYPE[family], header)


def tcp_frame_bytes(family: str, payload: int, flags: int) -> bytes:
    """A frame of one TCP packet from lo's address to itself, with ``payload`` zero bytes.

    The hardware destination is nobody's. The checksum field holds the pseudo-header's sum only.
    """
    length = 20 + payload
    address = b"\x7f\0\0\1" if family == "inet" else bytes(15) + b"\1"
    pseudo = checksum(address + address + struct.pack("!II", length, 6))
    tcp = struct.pack("!HHIIBBHHH", 1024, PORT, 1, 1, 5 << 4, flags, 65535, pseudo, 0)
    network = _ipv4_header(address, length) if family == "inet" else _ipv6_header(address, length)
    ethernet = DESTINATION["other"] + bytes(6) + struct.pack("!H", ETHERTYPE[family])
    return ethernet + network + tcp + bytes(payload)


def _ipv4_header(address: bytes, length: int) -> bytes:
    start = struct.pack("!BBHHHBB", 0x45, 0, 20 + length, 1, 0x4000, 64, 6)
    total = ~checksum(start + address + address) & 0xFFFF
    return start + struct.pack("!H", total) + address + address


def _ipv6_header(address: bytes, length: int) -> bytes:
    return struct.pack("!IHBB", 6 << 28, length, 6, 64) + address + address


def _ping(player: Player, step: Step) -> None:
    name = step["family"]
    kind, protocol = ECHO_REQUEST[name]
    header = struct.pack("!BBHHH", kind, 0, 0, 1, 1)
    if name == "inet":
        # The payload's zeros add nothing to the sum; for IPv6 the kernel sums.
        total = ~checksum(header) & 0xFFFF
        header = struct.pack("!BBHHH", kind, 0, total, 1, 1)
    sock = player.socket(FAMILY[name], SOCK_RAW, protocol)
    sendto(sock, message(header, step["payload"]), LOCALHOST[name])


_STEPS: dict[str, Callable[[Player, Step], Any]] = {
    "link": _link,
    "features": _features,
    "show": _show,
    "udp": _udp,
    "ping": _ping,
    "frame": _frame,
    "tcp_frame": _tcp_frame,
}

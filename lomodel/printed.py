"""What tools and files print of a lo of the model, in the form that they have on a real one.

    print(ip_link(lo))       # ip -s link show lo
    print(proc_net_dev(lo))  # cat /proc/net/dev
    print(snmp(lo))          # cat /proc/net/snmp
    print(snmp6(lo))         # cat /proc/net/snmp6
    print(softnet_stat(lo))  # cat /proc/net/softnet_stat
    print(ss(lo))            # ss -uamnH

The forms are those of iproute2 6.1 and of the kernel's own files since 6.12;
``tests/test_printed.py`` compares them with this machine's. A lo may have another name.
"""

from __future__ import annotations

from collections.abc import Iterator

from lomodel.linux.arch.x86.include.asm.page_types import PAGE_SIZE
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.netdevice_softnet import softnet_seq_show
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6, InAddr
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.linux.net.core.net_procfs import dev_seq_show
from lomodel.linux.net.core.sock import Sock
from lomodel.linux.net.ipv4.proc import snmp_seq_show
from lomodel.linux.net.ipv6.proc import snmp6_seq_show
from lomodel.steps.device import addresses, more
from lomodel.steps.sending import address_text


def proc_net_dev(lo: NetDevice) -> str:
    """``cat /proc/net/dev`` in lo's namespace."""
    return dev_seq_show(lo.nd_net)


def snmp(lo: NetDevice, *protocols: str) -> str:
    """``cat /proc/net/snmp`` in lo's namespace, or ``grep`` of the protocols named (``"Udp"``)."""
    lines = snmp_seq_show(lo.nd_net).splitlines()
    wanted = [line for line in lines if not protocols or line.partition(":")[0] in protocols]
    return "\n".join(wanted)


def snmp6(lo: NetDevice, *beginnings: str) -> str:
    """``cat /proc/net/snmp6`` in lo's namespace, or the lines that begin as said (``"Udp6"``)."""
    lines = snmp6_seq_show(lo.nd_net).splitlines()
    return "\n".join(line for line in lines if not beginnings or line.startswith(beginnings))


def softnet_stat(lo: NetDevice) -> str:
    """``cat /proc/net/softnet_stat`` on lo's machine: a line for each CPU, in hexadecimal."""
    return "\n".join(softnet_seq_show(sd) for sd in lo.machine.softnet)


def ip_link(lo: NetDevice) -> str:
    """``ip -s link show lo``."""
    shown = more(lo)
    flags = [name for name in _IP_ORDER if name in shown["flags"]]
    state = f"qdisc {shown['qdisc']} state {shown['operstate']}"
    stats = dev_get_stats(lo)
    return "\n".join(
        [
            f"{lo.ifindex}: {lo.name}: <{','.join(flags)}> mtu {lo.mtu} {state} mode DEFAULT group"
            f" default qlen {lo.tx_queue_len}",
            f"    link/loopback {bytes(lo.dev_addr).hex(':')} brd {bytes(lo.broadcast).hex(':')}",
            *_table(
                "RX",
                {
                    "bytes": stats.rx_bytes,
                    "packets": stats.rx_packets,
                    "errors": stats.rx_errors,
                    "dropped": stats.rx_dropped,
                    "missed": stats.rx_missed_errors,
                    "mcast": stats.multicast,
                },
            ),
            *_table(
                "TX",
                {
                    "bytes": stats.tx_bytes,
                    "packets": stats.tx_packets,
                    "errors": stats.tx_errors,
                    "dropped": stats.tx_dropped,
                    "carrier": stats.tx_carrier_errors,
                    "collsns": stats.collisions,
                },
            ),
        ]
    )


_IP_ORDER = (
    *("LOOPBACK", "BROADCAST", "POINTOPOINT", "MULTICAST", "NOARP", "ALLMULTI", "PROMISC"),
    *("UP", "LOWER_UP"),
)
"""The flags that ``ip`` names, in its order; it has no name for RUNNING."""


def _table(way: str, columns: dict[str, int]) -> Iterator[str]:
    """Two lines of ``ip -s``: names and numbers, right-aligned, as wide as the widest needs."""
    rows = zip(columns.items(), _WIDTHS, strict=True)
    cells = [(name, number, max(len(str(number)), width)) for (name, number), width in rows]
    names = " ".join(f"{name:>{width}}" for name, _, width in cells)
    numbers = " ".join(f"{number:>{width}}" for _, number, width in cells)
    yield f"    {way}:{names[3:]} {'':10}"
    yield f"    {numbers} "


_WIDTHS = (10, 7, 6, 7, 7, 7)
"""How wide ``ip`` makes its columns at least; "RX:" stands in the first of them."""


def addresses_brief(lo: NetDevice) -> str:
    """``ip -br address show lo``."""
    return f"{lo.name:<16} {more(lo)['operstate']:<14} {' '.join(addresses(lo))} "


def ss(lo: NetDevice) -> str:
    """``ss -uamnH`` in lo's namespace: UDP sockets with what waits, their limits, their drops.

    ``r`` and ``rb`` are bytes of truesize held and allowed, ``tb`` the send buffer, ``d`` datagrams
    dropped. The kernel's order is a secret of its boot; here it is that of the ports.
    """
    table = lo.nd_net.ipv4.udp_table
    socks = [sk for port in sorted(table) for sk in table[port]]
    rows = [_ss_row(sk) for sk in socks]
    widths = [
        max(least, *map(len, column))
        for least, column in zip(_SS_WIDTHS, zip(*rows, strict=True), strict=True)
    ]
    lines = []
    for sk, row in zip(socks, rows, strict=True):
        lines.append(_ss_line(row, widths))
        lines.append(f"\t skmem:({_skmem(sk)})")
    return "\n".join(lines)


_SS_WIDTHS = (5, len("Recv-Q"), len("Send-Q"), 0, 0, 0, 0)
"""How wide ``ss`` makes its columns at least."""


def _ss_row(sk: Sock) -> tuple[str, ...]:
    """State, bytes that wait, bytes on the way; both ends, each as address and port."""
    connected = sk.sk_state == TCP_ESTABLISHED
    state = "ESTAB" if connected else "UNCONN"
    six = sk.sk_family == AF_INET6
    here, there = (
        (sk.sk_v6_rcv_saddr, sk.sk_v6_daddr) if six else (sk.inet_rcv_saddr, sk.inet_daddr)
    )
    local = _end(sk, here, str(sk.inet_num))
    peer = _end(sk, there, str(sk.inet_dport) if connected else "*")
    return state, str(sk.sk_rmem_alloc), str(sk.sk_wmem_alloc - 1), *local, *peer


def _end(sk: Sock, address: InAddr, port: str) -> tuple[str, str]:
    """An address and a port; IPv6 stands in brackets, and its wildcard is a star where the socket
    hears IPv4, too."""
    if sk.sk_family == AF_INET:
        return address_text(AF_INET, address), port
    if not any(address) and not sk.ipv6only:
        return "*", port
    return f"[{address_text(AF_INET6, address)}]", port


def _ss_line(row: tuple[str, ...], widths: list[int]) -> str:
    state, waits, sends, *ends = row
    local, port, peer, peer_port = ends
    w = widths
    return (
        f"{state:<{w[0]}} {waits:<{w[1]}} {sends:<{w[2]}} "
        f"{local:>{w[3]}}:{port:<{w[4]}} {peer:>{w[5]}}:{peer_port}"
    )


def _skmem(sk: Sock) -> str:
    """The parts of a socket's memory in bytes; what is set aside (``f``) fills its last page."""
    aside = -sk.sk_rmem_alloc % PAGE_SIZE
    return (
        f"r{sk.sk_rmem_alloc},rb{sk.sk_rcvbuf},t{sk.sk_wmem_alloc - 1},tb{sk.sk_sndbuf},"
        f"f{aside},w0,o0,bl0,d{sk.sk_drops}"
    )

"""Where a packet on lo can be lost, and which file counts it: the U with its leaks.

Each leak is made in the model, on a lo of its own; what is counted is read off afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from lomodel.contract import Step
from lomodel.desk import RELEASE, counters, lo_up
from lomodel.figures.layers import sample
from lomodel.figures.picture import Picture, legend
from lomodel.figures.show import escape
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.scenario import Player
from lomodel.sockets import heard, sockets_of
from lomodel.source_lines import permalink
from lomodel.steps import counters as protocols

PORT = 7001
BAD_IP_SUM = (
    "000000000000" * 2 + "0800" + "4500001c" + "0000" * 2 + "4011" + "dead" + "7f000001" * 2
)
"""An Ethernet and an IPv4 header, whose sum is wrong."""
LINK, SNMP = "ip -s link show lo", "/proc/net/snmp"
SOFTNET, SS = "/proc/net/softnet_stat", "ss -uamn"
SOCKETS: tuple[Step, ...] = (
    {"do": "socket", "name": "inbox", "family": "inet", "type": "dgram"},
    {"do": "socket", "name": "out", "family": "inet", "type": "dgram"},
)
BIND: Step = {"do": "bind", "socket": "inbox", "address": "127.0.0.1", "port": PORT}
SEND: Step = {"do": "send", "socket": "out", "payload": 1000, "to": ["127.0.0.1", PORT]}
MANY: Step = {"do": "tcp_frame", "family": "inet", "payload": 10020, "gso_size": 10, "flags": 16}


@dataclass(frozen=True)
class Case:
    """A way to lose a packet: where, by what, in which function, and who counts it."""

    place: str
    happens: str
    function: str
    layer: str
    steps: tuple[Step, ...]
    counts: tuple[tuple[str, str], ...]


CASES = (
    Case(
        "the queue",
        "lo is down",
        "noop_enqueue",
        "core",
        (*SOCKETS, BIND, {"do": "link", "up": False}, SEND),
        (("tx_dropped", LINK),),
    ),
    Case(
        "the tray",
        "1002 segments of one send",
        "enqueue_to_backlog",
        "core",
        ({"do": "features", "set": {"tx-tcp-segmentation": False}}, MANY),
        (("rx_dropped", LINK), ("second column", SOFTNET)),
    ),
    Case(
        "the type",
        "nobody knows the ethertype",
        "__netif_receive_skb",
        "receiver",
        ({"do": "frame", "dst": "zero", "ethertype": 0x88B9, "payload": 100},),
        (("rx_dropped", LINK),),
    ),
    Case(
        "IP",
        "a wrong header sum",
        "ip_rcv",
        "protocol",
        ({"do": "frame", "hex": BAD_IP_SUM, "zeros": 8},),
        (("Ip.InHdrErrors", SNMP),),
    ),
    Case(
        "UDP",
        "nobody has the port",
        "udp_rcv",
        "protocol",
        (*SOCKETS, SEND),
        (("Udp.NoPorts", SNMP),),
    ),
    Case(
        "the socket",
        "its buffer is full",
        "__udp_enqueue_schedule_skb",
        "protocol",
        (*SOCKETS, BIND, SEND | {"count": 94}),
        (("Udp.RcvbufErrors", SNMP), ("d", SS)),
    ),
)
"""In the order in which a packet comes by."""


def lost(player: Player) -> dict[str, int]:
    """What has been counted as lost in lo's namespace and on its machine, by the names of CASES."""
    lo = player.lo
    found = {name: counters(lo)[name] for name in ("tx_dropped", "rx_dropped")}
    found["second column"] = sum(sd.dropped for sd in lo.machine.softnet)
    found |= protocols.counters(player.net)
    inbox = player.named.get("inbox")
    return found | {"d": inbox.sk.sk_drops if inbox else 0}


@cache
def leaks(release: str = RELEASE) -> tuple[tuple[Case, tuple[int, ...]], ...]:
    """Every leak, made once, with the number that each of its counters has then."""
    found = []
    for case in CASES:
        player = Player(release)
        for step in ({"do": "link", "up": True}, *case.steps):
            player.step(step)
        now = lost(player)
        found.append((case, tuple(now[name] for name, _ in case.counts)))
    return tuple(found)


def leaks_figure(release: str = RELEASE) -> Picture:
    """The U with its leaks: down to lo on the left, up to the socket on the right."""
    made = leaks(release)
    rows = [_row(case, numbers) for case, numbers in made]
    turn = (
        f'<li class="lo-leak-turn lo-k-device">{sample("device")}<code>loopback_xmit</code>'
        "<span>the turn: it refuses nothing itself</span></li>"
    )
    rows.insert(1, turn)
    caption = (
        "One packet is lost at each leak, on a lo of its own, and counted where it says. "
        f"{legend(['device', 'core', 'receiver', 'protocol'])}"
    )
    html = (
        f'<figure class="lo-picture lo-leaks"><ol>{"".join(rows)}</ol>'
        f"<figcaption>{caption}</figcaption></figure>"
    )
    return Picture("Six leaks", html, describe(release))


def describe(release: str = RELEASE) -> str:
    """The figure in words."""
    said = [
        f"{case.place}, {case.happens} ({case.function}): "
        + ", ".join(f"{name} {n} in {file}" for (name, file), n in _pairs(case, numbers))
        for case, numbers in leaks(release)
    ]
    return f"Six leaks, in a packet's order. {'; '.join(said)}."


def _pairs(case: Case, numbers: tuple[int, ...]) -> list[tuple[tuple[str, str], int]]:
    return list(zip(case.counts, numbers, strict=True))


def _row(case: Case, numbers: tuple[int, ...]) -> str:
    href = permalink(case.function)
    name = escape(case.function)
    linked = f'<a href="{escape(href)}">{name}</a>' if href else name
    counted = "".join(
        f"<div><b>{escape(counter)} {number}</b><code>{escape(file)}</code></div>"
        for (counter, file), number in _pairs(case, numbers)
    )
    way = "down" if case is CASES[0] else "up"
    return (
        f'<li class="lo-leak {way} lo-k-{case.layer}"><div class="lo-leak-at">'
        f"{sample(case.layer)}<b>{escape(case.place)}</b><span>{escape(case.happens)}</span>"
        f'<code>{linked}</code></div><div class="lo-leak-by">{counted}</div></li>'
    )


def held(payload: int, release: str = RELEASE, asked: int = 0, sends: int = 300) -> int:
    """How many of ``sends`` datagrams a receiver that does not read has in the end.

    ``asked`` is its SO_RCVBUF; 0 leaves the default of 212992 bytes.
    """
    socket = sockets_of(lo_up(release, mtu=65536))
    inbox, out = socket.socket(AF_INET), socket.socket(AF_INET)
    if asked:
        inbox.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, asked)
    inbox.bind(("127.0.0.1", PORT))
    for _ in range(sends):
        out.sendto(bytes(payload), ("127.0.0.1", PORT))
    return len(heard(inbox))

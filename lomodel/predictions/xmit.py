"""Predictions of the page about loopback_xmit.

What tracepoints do not show is read off a watched trace of the model: which call was the first to
see the packet without its socket, and without its Ethernet header.
"""

from __future__ import annotations

from lomodel.contract import Step
from lomodel.desk import lo_up, send
from lomodel.explore.prediction import Answer, Choice, Number, Order, Played, Prediction, Reckoned
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.linux.include.uapi.asm_generic.socket import SO_SNDBUF, SOL_SOCKET
from lomodel.linux.net.socket import sendto, setsockopt, socket_create
from lomodel.predictions._steps import UP, mtu, off, sent, udp
from lomodel.scenario import LOCALHOST, PORT, Observed
from lomodel.trace import Moment, watching
from lomodel.watch import watch_packets

NUMBER = (3, 4)
TITLE = "The turn"

OVER_IPV6 = (UP, mtu(1500), udp(4000, 1400, "inet6"))
SEGMENTS = 1500
"""More than wait for one CPU."""
TOO_MANY: Step = {"do": "tcp_frame", "family": "inet", "payload": 10 * SEGMENTS}
REFUSED = (UP, off("tx-tcp-segmentation"), TOO_MANY | {"gso_size": 10, "flags": 16})
OK, BUSY = 0, 16
"""NETDEV_TX_OK and NETDEV_TX_BUSY."""
SENDS = 1000

DEEDS = {
    "the socket lets go": lambda m: m.packet is not None and not m.packet.owned,
    "header off": lambda m: m.call.name == "eth_type_trans" and m.returned,
    "into the backlog": lambda m: m.call.name == "enqueue_to_backlog" and m.returned,
    "lo counts": lambda m: m.call.name == "dev_lstats_add" and m.returned,
    "received": lambda m: m.call.name == "__netif_receive_skb",
}
"""What happens to a packet, and how one knows that it has happened at a moment of a trace."""


def moments(release: str) -> list[Moment]:
    """The riddle's moments, from where the driver has the packet."""
    with watching(watch_packets()):
        found = send(lo_up(release), 4000, gso_size=1400).moments
    start = next(n for n, m in enumerate(found) if m.call.name == "loopback_xmit")
    return found[start:]


def in_time(release: str) -> Answer:
    """The deeds in the order in which the model of a release does them."""
    found = moments(release)
    first = {deed: next(n for n, m in enumerate(found) if is_(m)) for deed, is_ in DEEDS.items()}
    return tuple(sorted(first, key=first.__getitem__))


def sends_without_room(release: str) -> int:
    """How many of SENDS find their send buffer, of the least size, full.

    The kernel's own test (``sock_alloc_send_pskb``): there is room while ``sk_wmem_alloc``
    less the socket's own 1 is below ``sk_sndbuf``. Nobody reads.
    """
    lo = lo_up(release)
    sock = socket_create(lo.nd_net, AF_INET, SOCK_DGRAM)
    setsockopt(sock, SOL_SOCKET, SO_SNDBUF, 0)
    full = 0
    for _ in range(SENDS):
        full += sock.sk.sk_wmem_alloc - 1 >= sock.sk.sk_sndbuf
        sendto(sock, bytes(1000), LOCALHOST["inet"], PORT)
    return full


def answer_to_the_core(observed: Observed) -> Answer:
    """What the driver said of each packet of the last step, of which some were refused."""
    last = observed[-1]
    said = {fields["rc"] for name, fields in last["events"] if name == "net_dev_xmit"}
    if not last["stats"]["rx_dropped"]:
        raise ValueError("no packet was refused")
    return {(OK,): "ok", (BUSY,): "busy", (OK, BUSY): "busy"}.get(tuple(sorted(said)), "error")


PREDICTIONS = (
    Prediction(
        name="deeds-in-time",
        title="five events",
        question="Your datagram goes through `lo`. Put these in order of time: the packet goes "
        "into the CPU's backlog; the receiving half of the kernel gets it; the sending socket lets "
        "go of it, and its account is cleared; `lo` counts it; the Ethernet header comes off.",
        kind=Order(
            (
                "into the backlog",
                "received",
                "the socket lets go",
                "lo counts",
                "header off",
            )
        ),
        source=Reckoned(
            in_time,
            "A recording cannot say it: no tracepoint shows the socket's account or the count.",
        ),
        expected=(
            "the socket lets go",
            "header off",
            "into the backlog",
            "lo counts",
            "received",
        ),
        why="Of these the sender's release comes first, before anything can go wrong. The count "
        "comes after the backlog, since only what was taken is counted, and before the receiver, "
        "who has to wait.",
    ),
    Prediction(
        name="smallest-send-buffer",
        title="a very small send buffer",
        question=f"A socket has the smallest send buffer that there is, 4608 bytes. It sends "
        f"{SENDS} datagrams of 1000 bytes over `lo` without waiting for anything, and the receiver "
        "reads none of them. How many of the sends fail for want of buffer?",
        kind=Number("sends", 0, SENDS),
        source=Reckoned(
            sends_without_room,
            "No step of a scenario sets a send buffer. The box on this page asks a kernel.",
        ),
        expected=0,
        why="`skb_orphan` clears the account of each datagram in the middle of its own send. When "
        "the next one comes, the buffer is empty again, read or not.",
    ),
    Prediction(
        name="counted-inet6",
        title="the riddle over IPv6",
        question="The same send, 4000 bytes every 1400, over IPv6, every lamp on. How many bytes "
        "does `lo` count (`tx_bytes`)?",
        kind=Number("bytes", 0, 100000),
        source=Played(OVER_IPV6, sent("tx_bytes")),
        expected=4048,
        why="40 bytes of IPv6 header, 8 of UDP and the payload. The Ethernet header is gone before "
        "the length is noted.",
    ),
    Prediction(
        name="backlog-refuses",
        title="a packet that is refused",
        question="The backlog is full, and `__netif_rx` refuses the packet. What does "
        "`loopback_xmit` return?",
        kind=Choice(
            {
                "error": "an error, such as `-ENOBUFS`",
                "busy": "`NETDEV_TX_BUSY`: the core is to try again",
                "ok": "`NETDEV_TX_OK`, as if nothing had happened",
            }
        ),
        source=Played(REFUSED, answer_to_the_core),
        expected="ok",
        why="To the core, the driver has done its part: it has taken the packet. What becomes of "
        "it on the receiving side is none of the sender's business.",
    ),
)

"""Predictions of the page about what cuts a packet although its lamp is on."""

from __future__ import annotations

from collections.abc import Sequence

from lomodel.contract import Step
from lomodel.explore.prediction import Answer, Choice, Number, Played, Prediction
from lomodel.predictions._steps import UP, mtu, udp
from lomodel.scenario import Observed

NUMBER = (3, 3)
TITLE = "Limits and distrust"

LENGTHS = (65400, 65472, 65473, 65474, 65492, 65493, 65494, 65507)
"""On both sides of where each family's longest packet may be, and the longest send of IPv4."""
COUNTS = (2, 64, 65, 127, 128, 129, 500)
TINY = 10

IPV4, IPV6 = (
    (UP, mtu(1500), *(udp(length, 1400, family) for length in LENGTHS))
    for family in ("inet", "inet6")
)
MANY = (UP, mtu(1500), *(udp(count * TINY, TINY) for count in COUNTS))
TCP: Step = {"do": "tcp_frame", "family": "inet", "payload": 4000, "gso_size": 1460, "flags": 16}


def packets_by_length(steps: Sequence[Step], observed: Observed) -> dict[int, int]:
    """The packets that each send of the steps became, by its payload."""
    pairs = zip(steps, observed, strict=True)
    return {s["payload"]: o["stats"]["tx_packets"] for s, o in pairs if s["do"] == "udp"}


def longest(steps: Sequence[Step], observed: Observed) -> int:
    """The longest payload that was one packet, where one byte more was not.

    ValueError where the lengths do not show it.
    """
    packets = packets_by_length(steps, observed)
    found = max(length for length, count in packets.items() if count == 1)
    if packets.get(found + 1, 1) == 1:
        raise ValueError(f"{found} bytes passed whole, and {found + 1} were not tried")
    return found


def one_byte_more(observed: Observed) -> int:
    """The packets of the shortest send of IPV4 that did not pass whole."""
    return packets_by_length(IPV4, observed)[longest(IPV4, observed) + 1]


def most(observed: Observed) -> Answer:
    """The largest of COUNTS that arrived as so many datagrams; "none" if all of them did."""
    sends = zip(COUNTS, observed[-len(COUNTS) :], strict=True)
    found = max(count for count, each in sends if each.get("received") == [TINY] * count)
    return "none" if found == COUNTS[-1] else str(found)


def way_of_tcp(observed: Observed) -> Answer:
    """What became of the untrusted packet of the last step.

    It is handed over with ``gso_segs`` 0 (``virtio_net_hdr_to_skb``); ``tcp_gso_segment`` counts
    them. So a whole packet with a number there has been in the segmentation code and come back.
    """
    last = observed[-1]
    if last["error"]:
        return "refused"
    if last["stats"]["tx_packets"] > 1:
        return "cut"
    (start,) = (fields for name, fields in last["events"] if name == "net_dev_start_xmit")
    return "back" if start["gso_segs"] else "straight"


PREDICTIONS = (
    Prediction(
        name="longest-inet",
        title="the longest over IPv4",
        question="Over IPv4, datagrams of 1400 bytes asked for, every lamp on. How many bytes of "
        "payload are the most that pass `lo` in one packet?",
        kind=Number("bytes", 1, 65507),
        source=Played(IPV4, lambda observed: longest(IPV4, observed)),
        expected=65493,
        why="`gso_features_check` compares `skb->len` with `gso_ipv4_max_size`, 65536: what is not "
        "below is cut. There the packet has its Ethernet header on: 65535 - 14 - 28.",
    ),
    Prediction(
        name="one-byte-more",
        title="one byte more",
        question="And with one byte more: how many packets?",
        kind=Number("packets", 1, 65507),
        source=Played(IPV4, one_byte_more),
        expected=47,
        why="It is not halved to fit: it is cut into the pieces that were asked for, 46 of 1400 "
        "bytes and one of 1094.",
    ),
    Prediction(
        name="longest-inet6",
        title="the longest over IPv6",
        question="The same over IPv6: the most bytes that pass in one packet?",
        kind=Number("bytes", 1, 65507),
        source=Played(IPV6, lambda observed: longest(IPV6, observed)),
        expected=65473,
        why="IPv6 has a limit of its own, `gso_max_size`, of the same 65536, and a header that is "
        "20 bytes longer: 65535 - 14 - 48.",
    ),
    Prediction(
        name="most-datagrams",
        title="many datagrams in one send",
        question="Datagrams of 10 bytes: how many can one send become at most?",
        kind=Choice(
            {
                "64": "64",
                "128": "128",
                "1000": "1000",
                "none": "as many as fit into the longest send",
            }
        ),
        source=Played(MANY, most),
        expected="128",
        why="`UDP_MAX_SEGMENTS` is 128. The send that would become one more fails with `EINVAL`, "
        "however few its bytes are.",
    ),
    Prediction(
        name="untrusted-tcp",
        title="a packet that is not trusted",
        question="A program hands `lo` a TCP packet of 4000 bytes to be cut every 1460, through a "
        "packet socket, so its sizes are not trusted. `tx-tcp-segmentation` is on. What happens?",
        kind=Choice(
            {
                "straight": "it passes whole, straight to the driver",
                "cut": "it is cut into three",
                "back": "it goes through the segmentation code and comes back whole",
                "refused": "it is refused",
            }
        ),
        source=Played((UP, TCP), way_of_tcp),
        expected="back",
        why="`SKB_GSO_DODGY` asks for a lamp that `lo` does not have, so `netif_needs_gso` says "
        "yes. `tcp_gso_segment` counts the pieces, sees that only the trust was missing, and gives "
        "the packet back as it is.",
    ),
)

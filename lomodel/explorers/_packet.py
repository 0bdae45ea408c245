"""What the explorers of one packet's way through lo have in common."""

from __future__ import annotations

from lomodel.explore.chain import Chain
from lomodel.explore.declaration import Main
from lomodel.explore.run import CUTTERS, Run
from lomodel.explore.traced import Labelled
from lomodel.figures.tree import lengths

SENDERS = ("udp_sendmsg", "ip_do_fragment", "udpv6_sendmsg", "ip6_fragment", "packet_snd")
ASKED = ("netif_needs_gso", "skb_gso_ok", "net_gso_ok")
LOOKED_AT = ("netif_skb_features", "gso_features_check", *ASKED)
SEGMENTED = ("__skb_gso_segment", "inet_gso_segment", "ipv6_gso_segment", *CUTTERS, "skb_segment")
RECEIVED = ("__netif_rx", "netif_rx", "netif_rx_internal", "enqueue_to_backlog")
TURNED = ("xmit_one", "loopback_xmit", "eth_type_trans", *RECEIVED)

CHAIN = Chain(
    senders=SENDERS,
    roots=("__dev_queue_xmit",),
    shows={"validate_xmit_skb", *LOOKED_AT, *SEGMENTED, *TURNED, "__netif_receive_skb"},
    flat={"__skb_gso_segment"},
    answers=ASKED,
    notes={("__netif_receive_skb", "__skb_gso_segment"): "for the socket"},
)
"""From the sender to the backlog, and what is asked and cut on the way."""

COUNTED = "counted by lo, {tx_bytes} bytes"
MAIN = Main("tx_packets", f"packet {COUNTED}", f"packets {COUNTED}", "sent", "lengths")
STRIPS = {
    "queued": ("to the device", "net_dev_queue"),
    "sent": ("to loopback_xmit", "net_dev_start_xmit"),
}


def _cut_by(run: Run) -> str:
    return run.cutter or "nobody"


def _lengths(run: Run) -> str:
    return lengths(run.lengths("netif_rx"))


VALUES: dict[str, Labelled] = {"cut_by": ("cut by", _cut_by), "lengths": ("lengths", _lengths)}

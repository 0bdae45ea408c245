"""include/uapi/linux/if_packet.h: to whom a packet is addressed (``skb->pkt_type``), and what a
packet socket is told about a frame."""

from __future__ import annotations

PACKET_HOST = 0
PACKET_BROADCAST = 1
PACKET_MULTICAST = 2
PACKET_OTHERHOST = 3
PACKET_OUTGOING = 4
PACKET_LOOPBACK = 5

PACKET_AUXDATA = 8

TP_STATUS_USER = 1 << 0
TP_STATUS_CSUMNOTREADY = 1 << 3
TP_STATUS_CSUM_VALID = 1 << 7
TP_STATUS_GSO_TCP = 1 << 8

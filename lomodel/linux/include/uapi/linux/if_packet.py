"""include/uapi/linux/if_packet.h: to whom a packet is addressed (``skb->pkt_type``)."""

from __future__ import annotations

PACKET_HOST = 0
PACKET_BROADCAST = 1
PACKET_MULTICAST = 2
PACKET_OTHERHOST = 3
PACKET_OUTGOING = 4
PACKET_LOOPBACK = 5

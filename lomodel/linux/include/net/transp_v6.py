"""include/net/transp_v6.h: what the transport protocols over IPv6 share."""

from __future__ import annotations

LOOPBACK4_IPV6 = 0x7F000006
"""The IPv4 address that stands in an IPv6 socket for one that is none of IPv4's."""

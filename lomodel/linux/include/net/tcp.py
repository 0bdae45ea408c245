"""include/net/tcp.h: flags of a TCP header."""

from __future__ import annotations

TCPHDR_FIN = 0x01
TCPHDR_PSH = 0x08
TCPHDR_CWR = 0x80

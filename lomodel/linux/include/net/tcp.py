"""include/net/tcp.h: flags of a TCP header, and the bytes that all headers may take."""

from __future__ import annotations

MAX_TCP_HEADER = 192
"""128 and what a link layer may need, in whole cache lines; 192 where no driver needs more than 64
(neither Hyper-V's, nor Wi-Fi mesh or AX.25)."""

TCPHDR_FIN = 0x01
TCPHDR_PSH = 0x08
TCPHDR_CWR = 0x80

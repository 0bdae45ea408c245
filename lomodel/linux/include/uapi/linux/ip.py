"""include/uapi/linux/ip.h: what the fields of an IPv4 header hold, and its options."""

from __future__ import annotations

IPTOS_PREC_INTERNETCONTROL = 0xC0
IPDEFTTL = 64

IPOPT_END = 0
IPOPT_NOOP = 1
IPOPT_RR = 7
IPOPT_TIMESTAMP = 68
IPOPT_CIPSO = 134
IPOPT_SSRR = 137
IPOPT_LSRR = 131
IPOPT_RA = 148

IPOPT_TS_TSONLY = 0
IPOPT_TS_TSANDADDR = 1
IPOPT_TS_PRESPEC = 3

"""include/uapi/linux/if_ether.h: lengths (bytes) and protocol numbers of Ethernet."""

from __future__ import annotations

ETH_P_IPV6 = 0x86DD

ETH_P_IP = 0x0800
ETH_P_ARP = 0x0806

ETH_P_ALL = 0x0003

ETH_ALEN = 6
ETH_HLEN = 14
ETH_DATA_LEN = 1500
ETH_MIN_MTU = 68
ETH_P_802_3 = 0x0001
ETH_P_802_2 = 0x0004
ETH_P_802_3_MIN = 0x0600
ETH_P_8021Q = 0x8100
ETH_P_8021AD = 0x88A8

"""include/uapi/linux/rtnetlink.h: types, scopes and tables of routes, and messages."""

from __future__ import annotations

RTN_UNSPEC = 0
RTN_UNICAST = 1
RTN_LOCAL = 2
RTN_BROADCAST = 3
RTN_MULTICAST = 5
RTN_UNREACHABLE = 7

RT_SCOPE_UNIVERSE = 0
RT_SCOPE_LINK = 253
RT_SCOPE_HOST = 254
RT_SCOPE_NOWHERE = 255

RT_TABLE_MAIN = 254
RT_TABLE_LOCAL = 255

RTM_NEWADDR = 20
RTM_DELADDR = 21

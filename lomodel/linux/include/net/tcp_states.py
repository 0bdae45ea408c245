"""include/net/tcp_states.h: the states of a socket that datagrams use, too."""

from __future__ import annotations

TCP_ESTABLISHED = 1
TCP_CLOSE = 7

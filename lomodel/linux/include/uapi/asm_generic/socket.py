"""include/uapi/asm-generic/socket.h: a socket's own options."""

from __future__ import annotations

SOL_SOCKET = 1
SO_REUSEADDR = 2
SO_ERROR = 4
SO_BROADCAST = 6
SO_SNDBUF = 7
SO_RCVBUF = 8
SO_NO_CHECK = 11
SO_BINDTODEVICE = 25
SO_SNDBUFFORCE = 32
SO_RCVBUFFORCE = 33
SO_MEMINFO = 55

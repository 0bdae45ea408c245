"""include/uapi/linux/errqueue.h: what a program is told of an error."""

from __future__ import annotations

from dataclasses import dataclass

SO_EE_ORIGIN_LOCAL = 1
SO_EE_ORIGIN_ICMP = 2
SO_EE_ORIGIN_ICMP6 = 3


@dataclass(slots=True)
class SockExtendedErr:
    """struct sock_extended_err: an errno, who found the error, and what ICMP said of it.

    ``ee_info`` is an MTU in bytes where there is one.
    """

    ee_errno: int
    ee_origin: int
    ee_type: int = 0
    ee_code: int = 0
    ee_info: int = 0

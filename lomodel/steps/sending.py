"""What the steps that send have in common: addresses, families, and long messages."""

from __future__ import annotations

from socket import inet_ntop

from lomodel.linux.include.linux.socket import AF_INET, AF_INET6, InAddr
from lomodel.linux.include.uapi.linux.in6 import IPV6_MTU_DISCOVER
from lomodel.linux.include.uapi.linux.in_ import (
    IP_MTU_DISCOVER,
    IPPROTO_IP,
    IPPROTO_IPV6,
)

MAX_RW_COUNT = 0x7FFFF000
"""The most bytes that one system call takes: INT_MAX, down to a page (include/linux/fs.h)."""
LONGEST_COPY = 5 << 20
"""More bytes than any packet holds: 4 MiB in its head and 17 fragments of 32 KiB at the most."""


PORT = 7000
LOCALHOST = {"inet": "127.0.0.1", "inet6": "::1"}
FAMILY = {"inet": AF_INET, "inet6": AF_INET6}
PMTU_OPTION = {
    "inet": (IPPROTO_IP, IP_MTU_DISCOVER),
    "inet6": (IPPROTO_IPV6, IPV6_MTU_DISCOVER),
}


class LongMessage(bytes):
    """A message longer than any packet can hold, of which only the beginning is there.

    ``len`` says how long it is. Whoever gets it answers with an errno, most before they copy a
    byte, the others when a packet's fragments are used up.
    """

    length: int

    def __len__(self) -> int:
        return self.length


def message(header: bytes, payload: int) -> bytes:
    """What a system call is given: ``header`` and ``payload`` zero bytes.

    Only MAX_RW_COUNT bytes of it are taken (lib/iov_iter.c), and memory is needed for LONGEST_COPY
    at most.
    """
    length = min(len(header) + payload, MAX_RW_COUNT)
    if length <= LONGEST_COPY:
        return header + bytes(payload)
    made = LongMessage(header + bytes(LONGEST_COPY))
    made.length = length
    return made


def address_text(family: int, address: InAddr) -> str:
    """An address as text, as the contract writes it."""
    return inet_ntop(family, address if family == AF_INET6 else address.to_bytes(4, "big"))

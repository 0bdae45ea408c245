"""include/net/tcp.h: flags of a TCP header, and the bytes that all headers may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.arch.x86.include.asm.cache import L1_CACHE_BYTES

if TYPE_CHECKING:
    from lomodel.machine import Machine

TCPHDR_FIN = 0x01
TCPHDR_PSH = 0x08
TCPHDR_CWR = 0x80


def max_tcp_header(machine: Machine) -> int:
    """MAX_TCP_HEADER: 128 bytes and what a link layer may need, in whole cache lines."""
    need = 128 + machine.release.max_header
    return -(-need // L1_CACHE_BYTES) * L1_CACHE_BYTES

"""net/ipv6/protocol.c: who takes the packets of which protocol, or extension header, over IPv6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.net.protocol import Inet6Protocol
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/protocol.c")


@kernel_function
def inet6_add_protocol(machine: Machine, prot: Inet6Protocol, protocol: int) -> int:
    """Let ``prot`` take the packets of a next header. 0, or -1 when somebody has it already."""
    return 0 if machine.inet6_protos.setdefault(protocol, prot) is prot else -1

"""net/ipv4/protocol.c: who takes the packets of which protocol over IPv4.

Left out: offloads, which the model keeps in ``af_inet``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.net.protocol import NetProtocol
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/protocol.c")


@kernel_function
def inet_add_protocol(machine: Machine, prot: NetProtocol, protocol: int) -> int:
    """Let ``prot`` take the packets of a protocol number. 0, or -1 when somebody has it already."""
    return 0 if machine.inet_protos.setdefault(protocol, prot) is prot else -1

"""init/main.c: the order in which a kernel boots, as far as lo is concerned."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from lomodel.linux.drivers.net.loopback import blackhole_netdev_init
from lomodel.linux.include.linux.err import PTR_ERR
from lomodel.linux.kernel.panic import panic
from lomodel.linux.kernel.smp import (
    parse_early_param,
    prefill_possible_map,
    setup_nr_cpu_ids,
    smp_init,
)
from lomodel.linux.net.core.dev_init import net_dev_init
from lomodel.linux.net.core.net_namespace import net_ns_init
from lomodel.linux.net.ipv4.af_inet import inet_init
from lomodel.linux.net.ipv6.af_inet6_init import inet6_init
from lomodel.linux.net.llc.llc_core import llc_init
from lomodel.linux.net.packet.af_packet_socket import packet_init
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("init/main.c")


@kernel_function
def start_kernel(machine: Machine) -> None:
    """Boot, in the kernel's order: CPUs, memory, and then the initcalls level by level."""
    parse_early_param(machine)
    prefill_possible_map(machine)
    setup_nr_cpu_ids(machine)
    machine.possible_cpus = machine.nr_cpu_ids
    smp_init(machine)
    net_ns_init(machine)
    _initcall(machine, net_dev_init)
    _initcall(machine, inet_init)
    _initcall(machine, blackhole_netdev_init)
    _initcall(machine, llc_init)
    _initcall(machine, inet6_init)
    machine.modules["net-pf-17"] = packet_init


def _initcall(machine: Machine, function: Callable[[Machine], None]) -> None:
    """A kernel goes on without what an initcall failed to set up; this one would be of no use."""
    try:
        function(machine)
    except OSError as error:
        number = -PTR_ERR(error)
        reason = f"{errno.errorcode[number]} ({os.strerror(number)})"
        panic(machine, f"initcall {function.__name__} failed: {reason}")

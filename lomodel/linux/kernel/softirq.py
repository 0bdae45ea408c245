"""kernel/softirq.c: when received packets are worked on.

A CPU that has turned bottom halves off (as everything between ``rcu_read_lock_bh`` and its unlock
does) only collects softirqs. They run when the last of the locks is released, and what they could
not finish in ten turns is left to the thread ksoftirqd.

Left out: every softirq but NET_RX, the 2 ms limit (the model's clock stands still), PREEMPT_RT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.netdevice_softnet import SoftnetData
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("kernel/softirq.c")


MAX_SOFTIRQ_RESTART = 10


def local_bh_disable(machine: Machine) -> None:
    """Keep softirqs of this CPU from running until the matching ``local_bh_enable``."""
    machine.softnet[machine.cpu].bh_disabled += 1


def local_bh_enable(machine: Machine) -> None:
    """Undo one ``local_bh_disable``; the last one runs what has become pending."""
    sd = machine.softnet[machine.cpu]
    sd.bh_disabled -= 1
    if sd.net_rx_pending and not sd.bh_disabled and not sd.in_softirq:
        do_softirq(sd)


@kernel_function
def do_softirq(sd: SoftnetData) -> None:
    """Run the pending softirqs of this CPU, at most ten turns of them."""
    net_rx_action = sd.machine.net_rx_action
    restart = MAX_SOFTIRQ_RESTART
    sd.in_softirq = True
    try:
        while sd.net_rx_pending and restart:
            sd.net_rx_pending = False
            net_rx_action(sd)
            restart -= 1
    finally:
        sd.in_softirq = False
    if sd.net_rx_pending:
        sd.ksoftirqd_woken = True


def run_ksoftirqd(machine: Machine) -> None:
    """Let the ksoftirqd threads finish what was left to them (run_ksoftirqd).

    The scheduler runs them once the system call is over; a caller that plays the scheduler does the
    same.
    """
    for sd in machine.softnet:
        while sd.ksoftirqd_woken:
            sd.ksoftirqd_woken = False
            do_softirq(sd)

"""struct softnet_data of include/linux/netdevice.h, and its line in /proc/net/softnet_stat
(net/core/net-procfs.c): what every CPU keeps to receive packets.

Left out: RPS, the defer list, the completion queue, and queues of real NAPI devices; the only NAPI
instance that lo needs is the backlog's, so its SCHED bit stands for the whole poll list.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lomodel.linux.include.linux.skbuff import SkBuff
    from lomodel.machine import Machine

NETDEV_BUDGET = 300
DEV_RX_WEIGHT = 64


class SoftnetData:
    """What one CPU knows about packets that wait for it. All counts are in packets.

    ``bh_disabled`` counts the reasons why softirqs may not run here right now;
    ``net_rx_pending`` is the bit of NET_RX_SOFTIRQ in the CPU's pending mask.
    """

    __slots__ = (
        "machine",
        "cpu",
        "input_pkt_queue",
        "process_queue",
        "backlog_scheduled",
        "processed",
        "dropped",
        "time_squeeze",
        "received_rps",
        "flow_limit_count",
        "xmit_recursion",
        "bh_disabled",
        "in_softirq",
        "net_rx_pending",
        "ksoftirqd_woken",
    )

    def __init__(self, machine: Machine, cpu: int) -> None:
        self.machine = machine
        self.cpu = cpu
        self.input_pkt_queue: deque[SkBuff] = deque()
        self.process_queue: deque[SkBuff] = deque()
        self.backlog_scheduled = False
        self.processed = self.dropped = self.time_squeeze = 0
        self.received_rps = self.flow_limit_count = 0
        self.xmit_recursion = self.bh_disabled = 0
        self.in_softirq = self.net_rx_pending = self.ksoftirqd_woken = False


def softnet_data(machine: Machine) -> list[SoftnetData]:
    """One ``SoftnetData`` for every possible CPU of the machine, indexed by CPU id."""
    return [SoftnetData(machine, cpu) for cpu in range(machine.possible_cpus)]


def softnet_seq_show(sd: SoftnetData) -> str:
    """The CPU's line in /proc/net/softnet_stat: hexadecimal columns, eight digits each."""
    input_qlen, process_qlen = len(sd.input_pkt_queue), len(sd.process_queue)
    columns = [sd.processed, sd.dropped, sd.time_squeeze, 0, 0, 0, 0, 0, 0]
    columns += [sd.received_rps, sd.flow_limit_count, input_qlen + process_qlen, sd.cpu]
    columns += [input_qlen, process_qlen]
    return " ".join(f"{column:08x}" for column in columns)

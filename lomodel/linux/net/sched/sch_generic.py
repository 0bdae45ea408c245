"""net/sched/sch_generic.c: the two queueing disciplines that lo ever has.

While lo is down its packets meet ``noop``, which throws everything away; while it is up they meet
``noqueue``, which is recognised by having no enqueue function. Left out: every real queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NET_XMIT_CN, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/sched/sch_generic.c")


@dataclass(frozen=True, slots=True)
class Qdisc:
    """struct Qdisc: ``enqueue`` takes a packet, or is None where there is no queue at all."""

    id: str
    enqueue: Callable[[SkBuff, NetDevice], int] | None


@kernel_function
def noop_enqueue(skb: SkBuff, dev: NetDevice) -> int:
    """Throw the packet away; returns NET_XMIT_CN, which senders take for success."""
    if dev.machine.release.noop_counts_drop:
        dev.core_stats.tx_dropped += 1
    if trace.on:
        decide("has the device a queue, as one that is up?", False, flags=dev.flags)
    kfree_skb(skb)
    return NET_XMIT_CN


noop_qdisc = Qdisc("noop", noop_enqueue)
noqueue_qdisc = Qdisc("noqueue", None)


@kernel_function
def dev_init_scheduler(dev: NetDevice) -> None:
    """What a device has before it is first brought up: noop everywhere."""
    dev.qdisc = dev.txq.qdisc = dev.txq.qdisc_sleeping = noop_qdisc


@kernel_function
def dev_activate(dev: NetDevice) -> None:
    """On up: attach the default discipline (noqueue for IFF_NO_QUEUE) and let packets meet it."""
    if dev.qdisc is noop_qdisc:
        dev.qdisc = dev.txq.qdisc_sleeping = noqueue_qdisc
    if dev.carrier:
        dev.txq.qdisc = dev.txq.qdisc_sleeping


@kernel_function
def dev_deactivate(dev: NetDevice) -> None:
    """On down: packets meet noop again, the attached discipline waits."""
    dev.txq.qdisc = noop_qdisc

"""The part of net/core/dev.c that brings devices into the world and takes them out again.

    alloc_netdev -> setup -> register_netdev(ice) -> ... -> unregister_netdevice_many
                 -> netdev_run_todo -> priv_destructor -> free_netdev

Errors that C passes as -errno are raised as OSError. The ``goto`` labels that undo a half-done
registration have become a list of undo functions, run backwards.

Left out: sysfs objects, netlink messages, alternative names, VLAN filters, more queues than lo has,
waiting for references in a thread (whoever holds one here will never give it back: KernelPanic).
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.cpumask import for_each_possible_cpu
from lomodel.linux.include.linux.netdevice import (
    GSO_LEGACY_MAX_SIZE,
    GSO_MAX_SEGS,
    IFF_NO_QUEUE,
    IFF_XMIT_DST_RELEASE,
    IFF_XMIT_DST_RELEASE_PERM,
    NETDEV_POST_INIT,
    NETDEV_PRE_UNINIT,
    NETDEV_REGISTER,
    NETDEV_UNREGISTER,
    NETREG_REGISTERED,
    NETREG_RELEASED,
    NETREG_UNINITIALIZED,
    NETREG_UNREGISTERED,
    NETREG_UNREGISTERING,
    TSO_LEGACY_MAX_SIZE,
    TSO_MAX_SEGS,
    DevFunc,
    EthtoolOps,
    NetDevice,
    __dev_hold,
    netdev_hold,
    netdev_put,
)
from lomodel.linux.include.linux.netdevice_stats import (
    NETDEV_PCPU_STAT_LSTATS,
    NETDEV_PCPU_STAT_NONE,
    NetDevCoreStats,
    PcpuLstats,
    RtnlLinkStats64,
    netdev_alloc_pcpu_stats,
)
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFNAMSIZ
from lomodel.linux.include.uapi.linux.netdevice import NET_ADDR_PERM
from lomodel.linux.kernel.notifier import raise_notifier_error
from lomodel.linux.kernel.panic import BUG_ON, WARN_ON, panic
from lomodel.linux.mm.percpu import alloc_percpu_int, free_percpu, per_cpu_ptr
from lomodel.linux.mm.slab import kcalloc, kfree, kzalloc
from lomodel.linux.net.core.dev_change import dev_close_many
from lomodel.linux.net.core.dev_features import __netdev_update_features as netdev_update
from lomodel.linux.net.core.dev_name import (
    __dev_get_by_name,
    dev_get_valid_name,
    dev_index_release,
    dev_index_reserve,
)
from lomodel.linux.net.core.dev_notifier import call_netdevice_notifiers
from lomodel.linux.net.core.net_namespace import Net, net_eq
from lomodel.linux.net.sched.sch_generic import dev_init_scheduler
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

rtnl_function = kernel_file("net/core/rtnetlink.c")
kernel_function = kernel_file("net/core/dev.c")


DEFAULT_TX_QUEUE_LEN = 1000
INIT_NETDEV_GROUP = 0

default_ethtool_ops = EthtoolOps()

Setup = DevFunc


# --- the lock -----------------------------------------------------------------------------------


@rtnl_function
def rtnl_lock(machine: Machine) -> None:
    """Take the lock that all changes of devices need."""
    BUG_ON(machine.rtnl_locked, "rtnl_mutex is not recursive")
    machine.rtnl_locked = True


@rtnl_function
def rtnl_lock_killable(machine: Machine) -> None:
    """``rtnl_lock``; OSError EINTR when the process is being killed."""
    if machine.fatal_signal_pending:
        raise OSError(errno.EINTR, os.strerror(errno.EINTR))
    rtnl_lock(machine)


@rtnl_function
def rtnl_unlock(machine: Machine) -> None:
    """Release the lock; devices that were unregistered under it are destroyed first."""
    netdev_run_todo(machine)


# --- allocation ---------------------------------------------------------------------------------


def alloc_netdev(
    machine: Machine, sizeof_priv: int, name: str, name_assign_type: int, setup: Setup
) -> NetDevice | None:
    """``alloc_netdev_mqs`` with one queue each way (a macro of include/linux/netdevice.h)."""
    return alloc_netdev_mqs(machine, sizeof_priv, name, name_assign_type, setup, 1, 1)


@kernel_function
def alloc_netdev_mqs(
    machine: Machine,
    sizeof_priv: int,
    name: str,
    name_assign_type: int,
    setup: Setup,
    txqs: int,
    rxqs: int,
) -> NetDevice | None:
    """A device that nobody knows yet, filled in by ``setup``; None without memory or without
    queues.

    The name is copied last, so ``setup`` does not see it; the namespace is init_net until
    ``dev_net_set``. ``sizeof_priv`` bytes behind the device are the driver's (``netdev_priv``).
    """
    BUG_ON(len(name) >= IFNAMSIZ, "strlen(name) >= sizeof(dev->name)")
    if txqs < 1 or rxqs < 1:
        kind = "" if txqs < 1 else "RX "
        machine.printk(f"alloc_netdev: Unable to allocate device with zero {kind}queues")
        return None
    dev = kzalloc(machine, "net_device", NetDevice, sizeof_priv)
    if dev is None:
        return None
    dev.machine = machine
    dev.priv_len = sizeof_priv
    pcpu_refcnt = alloc_percpu_int(machine)
    if pcpu_refcnt is None:
        kfree(machine, "net_device", behind=sizeof_priv)
        return None
    dev.pcpu_refcnt = pcpu_refcnt
    __dev_hold(dev)
    if not dev_addr_init(dev):
        free_percpu(machine, pcpu_refcnt)
        kfree(machine, "net_device", behind=sizeof_priv)
        return None
    netdev_defaults(dev)
    setup(dev)
    if not dev.tx_queue_len:
        dev.priv_flags |= IFF_NO_QUEUE
        dev.tx_queue_len = DEFAULT_TX_QUEUE_LEN
    if not _alloc_queues_and_state(dev, txqs, rxqs):
        free_netdev(dev)
        return None
    dev.name = name
    dev.name_assign_type = name_assign_type
    dev.group = INIT_NETDEV_GROUP
    dev.ethtool_ops = dev.ethtool_ops or default_ethtool_ops
    return dev


def dev_addr_init(dev: NetDevice) -> bool:
    """A hardware address of zeros, in a list element of its own; False without memory for it.

    Source: net/core/dev_addr_lists.c.
    """
    dev.dev_addr = dev.perm_addr = dev.broadcast = bytes(6)
    return kcalloc(dev.machine, 1, "netdev_hw_addr")


def netdev_defaults(dev: NetDevice) -> None:
    """What else ``alloc_netdev_mqs`` writes before ``setup`` runs."""
    machine = dev.machine
    dev.netif_f = machine.netif_f
    dev.core_stats = NetDevCoreStats(dev)
    dev_net_set(dev, machine.init_net)
    dev.gso_max_size = dev.gro_max_size = dev.gso_ipv4_max_size = GSO_LEGACY_MAX_SIZE
    dev.gso_max_segs = GSO_MAX_SEGS
    dev.tso_max_size = TSO_LEGACY_MAX_SIZE
    dev.tso_max_segs = TSO_MAX_SEGS
    dev.carrier = True
    dev.priv_flags = IFF_XMIT_DST_RELEASE | IFF_XMIT_DST_RELEASE_PERM


def _alloc_queues_and_state(dev: NetDevice, txqs: int, rxqs: int) -> bool:
    """The last allocations of ``alloc_netdev_mqs``; False when memory has run out. What it got
    stays with the device, for ``free_netdev``.

    Which there are besides the queues differs between releases; napi_config is for each queue.
    """
    dev.num_tx_queues = dev.real_num_tx_queues = txqs
    if not netif_alloc_netdev_queues(dev):
        return False
    dev.num_rx_queues = dev.real_num_rx_queues = rxqs
    if not netif_alloc_rx_queues(dev):
        return False
    for struct in dev.machine.release.netdev_state:
        if not _alloc_part(dev, struct, max(txqs, rxqs) if struct == "napi_config" else 1):
            return False
    return True


def netif_alloc_netdev_queues(dev: NetDevice) -> bool:
    """Memory for the queues that packets leave by, in one piece (net/core/dev.c)."""
    return _alloc_part(dev, "netdev_queue", dev.num_tx_queues)


def netif_alloc_rx_queues(dev: NetDevice) -> bool:
    """Memory for the queues that packets come in by, in one piece (net/core/dev.c)."""
    return _alloc_part(dev, "netdev_rx_queue", dev.num_rx_queues)


def _alloc_part(dev: NetDevice, struct: str, n: int) -> bool:
    if not kcalloc(dev.machine, n, struct):
        return False
    dev.allocated.append((struct, n))
    return True


def dev_net_set(dev: NetDevice, net: Net) -> None:
    """Say to which namespace a device belongs; only before it is registered."""
    dev.nd_net = net


@kernel_function
def free_netdev(dev: NetDevice) -> None:
    """The last stage: give the memory back.

    While the device is being unregistered this is only noted, and ``netdev_run_todo`` comes back to
    it. A device that was never registered goes at once, any other one when sysfs lets go of it.
    """
    machine = dev.machine
    if dev.reg_state == NETREG_UNREGISTERING:
        dev.needs_free_netdev = True
        return
    while dev.allocated:
        kfree(machine, *dev.allocated.pop())
    kfree(machine, "netdev_hw_addr")
    free_percpu(machine, dev.pcpu_refcnt)
    dev.pcpu_refcnt = NULL
    dev.core_stats.free()
    if dev.reg_state != NETREG_UNINITIALIZED:
        BUG_ON(dev.reg_state != NETREG_UNREGISTERED, "dev->reg_state != NETREG_UNREGISTERED")
        dev.reg_state = NETREG_RELEASED
    kfree(machine, "net_device", behind=dev.priv_len)


# --- registration -------------------------------------------------------------------------------


@kernel_function
def register_netdev(dev: NetDevice) -> None:
    """``register_netdevice`` under the lock; OSError EINTR when the process is being killed."""
    machine = dev.machine
    rtnl_lock_killable(machine)
    try:
        register_netdevice(dev)
    finally:
        rtnl_unlock(machine)


@kernel_function
def register_netdevice(dev: NetDevice) -> None:
    """Make a device known. The order is the kernel's; OSError of the step that failed.

    When it fails the caller still owns the device and has to call ``free_netdev``.
    """
    BUG_ON(dev.machine.dev_boot_phase, "dev_boot_phase")
    BUG_ON(not dev.machine.rtnl_locked, "ASSERT_RTNL")
    BUG_ON(dev.reg_state != NETREG_UNINITIALIZED, "dev->reg_state != NETREG_UNINITIALIZED")
    dev.name = dev_get_valid_name(dev.nd_net, dev, dev.name)
    undo: list[DevFunc] = []
    try:
        for step, undo_step in REGISTER_STEPS:
            step(dev)
            if undo_step is not None:
                undo.append(undo_step)
    except OSError:
        for undo_step in reversed(undo):
            undo_step(dev)
        raise
    publish_netdevice(dev)


def netdev_name_node_head_alloc(dev: NetDevice) -> None:
    """OSError ENOMEM when there is no memory for the entry in the table of names."""
    if kzalloc(dev.machine, "netdev_name_node", object) is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))


def netdev_name_node_free(dev: NetDevice) -> None:
    """Undo ``netdev_name_node_head_alloc``."""
    kfree(dev.machine, "netdev_name_node")


def call_ndo_init(dev: NetDevice) -> None:
    """Let the driver refuse. A driver that returns a positive number has lost its way: EIO."""
    if dev.netdev_ops.ndo_init is not None and (dev.netdev_ops.ndo_init(dev) or 0) > 0:
        raise OSError(errno.EIO, f"{dev.name}: ndo_init returned a positive number")


def call_ndo_uninit(dev: NetDevice) -> None:
    """What undoes ndo_init: ndo_uninit and then the destructor, which is why lo's must not mind
    that ``net->loopback_dev`` was never set."""
    if dev.netdev_ops.ndo_uninit is not None:
        dev.netdev_ops.ndo_uninit(dev)
    if dev.priv_destructor is not None:
        dev.priv_destructor(dev)


@kernel_function
def netdev_do_alloc_pcpu_stats(dev: NetDevice) -> None:
    """The statistics that the driver asked the core for; OSError ENOMEM, EINVAL."""
    if dev.pcpu_stat_type == NETDEV_PCPU_STAT_NONE:
        return
    if dev.pcpu_stat_type != NETDEV_PCPU_STAT_LSTATS:
        raise OSError(errno.EINVAL, f"pcpu_stat_type {dev.pcpu_stat_type}")
    lstats = netdev_alloc_pcpu_stats(dev.machine, PcpuLstats)
    if lstats is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    dev.lstats = lstats


@kernel_function
def netdev_do_free_pcpu_stats(dev: NetDevice) -> None:
    """Give the statistics back, if the core made them."""
    if dev.pcpu_stat_type == NETDEV_PCPU_STAT_LSTATS:
        free_percpu(dev.machine, dev.lstats)
        dev.lstats = NULL


def assign_ifindex(dev: NetDevice) -> None:
    """Give the device its index."""
    dev.ifindex = dev_index_reserve(dev.nd_net, dev.ifindex)
    dev.nd_net.dev_by_index[dev.ifindex] = dev


def transfer_features(dev: NetDevice) -> None:
    """The feature words as ``register_netdevice`` leaves them.

    What the core can do in software becomes changeable and, unless it is better left off, goes on;
    what is on and changeable is what the user is taken to have asked for. A loopback device never
    gets NOCACHE_COPY: its data is read again soon, by the receiver.
    """
    f = dev.netif_f
    dev.hw_features |= f.SOFT_FEATURES | f.SOFT_FEATURES_OFF
    dev.features |= f.SOFT_FEATURES
    dev.wanted_features = dev.features & dev.hw_features
    if not dev.flags & IFF_LOOPBACK:
        dev.hw_features |= f.NOCACHE_COPY
    for word in ("hw_features", "vlan_features", "mpls_features", "hw_enc_features"):
        if getattr(dev, word) & f.TSO:
            setattr(dev, word, getattr(dev, word) | f.TSO_MANGLEID)
    if dev.machine.release.mangleid_features:
        dev.mangleid_features |= f.TSO_MANGLEID
    dev.vlan_features |= f.HIGHDMA
    dev.hw_enc_features |= f.SG | f.GSO_PARTIAL
    dev.mpls_features |= f.SG


def notify_post_init(dev: NetDevice) -> None:
    """NETDEV_POST_INIT; OSError when somebody vetoes."""
    raise_notifier_error(call_netdevice_notifiers(NETDEV_POST_INIT, dev))


REGISTER_STEPS: tuple[tuple[DevFunc, DevFunc | None], ...] = (
    (netdev_name_node_head_alloc, netdev_name_node_free),
    (call_ndo_init, call_ndo_uninit),
    (netdev_do_alloc_pcpu_stats, netdev_do_free_pcpu_stats),
    (assign_ifindex, dev_index_release),
    (transfer_features, None),
    (notify_post_init, None),
)
"""The steps of ``register_netdevice`` that can fail, each with what its ``goto`` label undoes."""


def publish_netdevice(dev: NetDevice) -> None:
    """The second half of ``register_netdevice``: the device is there; tell everybody.

    OSError when somebody vetoes NETDEV_REGISTER; then the device has been unregistered again.
    """
    dev.reg_state = NETREG_REGISTERED
    netdev_update(dev)
    dev.present = True
    dev_init_scheduler(dev)
    netdev_hold(dev)
    list_netdevice(dev)
    if dev.addr_assign_type == NET_ADDR_PERM:
        dev.perm_addr = dev.dev_addr
    try:
        raise_notifier_error(call_netdevice_notifiers(NETDEV_REGISTER, dev))
    except OSError:
        # The caller will call free_netdev, so netdev_run_todo must not.
        dev.needs_free_netdev = False
        unregister_netdevice_queue(dev, None)
        raise


@kernel_function
def list_netdevice(dev: NetDevice) -> None:
    """Append to the namespace's devices."""
    dev.nd_net.dev_base_head.append(dev)


@kernel_function
def unlist_netdevice(dev: NetDevice) -> None:
    """Nobody shall find the device any more."""
    dev.nd_net.dev_base_head.remove(dev)
    dev_index_release(dev)


# --- the end ------------------------------------------------------------------------------------


@kernel_function
def unregister_netdevice_queue(dev: NetDevice, head: list[NetDevice] | None) -> None:
    """Unregister a device: now, or together with the others of ``head``."""
    if head is None:
        unregister_netdevice_many([dev])
    else:
        head.append(dev)


@kernel_function
def unregister_netdevice_many(head: list[NetDevice]) -> None:
    """Close the devices, take them off the lists and tell everybody; the memory goes at
    ``rtnl_unlock``."""
    for dev in head:
        BUG_ON(dev.reg_state != NETREG_REGISTERED, "dev->reg_state != NETREG_REGISTERED")
        dev.dismantle = True
    dev_close_many([dev for dev in head])
    for dev in head:
        unlist_netdevice(dev)
        dev.reg_state = NETREG_UNREGISTERING
    for dev in head:
        call_netdevice_notifiers(NETDEV_UNREGISTER, dev)
        netdev_name_node_free(dev)
        if dev.machine.release.has_pre_uninit:
            call_netdevice_notifiers(NETDEV_PRE_UNINIT, dev)
        if dev.netdev_ops.ndo_uninit is not None:
            dev.netdev_ops.ndo_uninit(dev)
    for dev in head:
        netdev_put(dev)
        dev.machine.net_todo_list.append(dev)


@kernel_function
def netdev_run_todo(machine: Machine) -> None:
    """Release the lock, and destroy what was unregistered while it was held, in that order."""
    todo, machine.net_todo_list = machine.net_todo_list, []
    machine.rtnl_locked = False
    for dev in todo:
        dev.reg_state = NETREG_UNREGISTERED
    for dev in todo:
        netdev_destroy(dev)


@kernel_function
def netdev_refcnt_read(dev: NetDevice) -> int:
    """How many references there are to the device: the sum over all possible CPUs."""
    cpus = for_each_possible_cpu(dev.machine)
    return sum([per_cpu_ptr(dev.pcpu_refcnt, cpu) for cpu in cpus])


def netdev_destroy(dev: NetDevice) -> None:
    """What ``netdev_run_todo`` does with one device once nobody refers to it any more."""
    machine = dev.machine
    refcnt = netdev_refcnt_read(dev)
    if refcnt != 1:
        usage = f"waiting for {dev.name} to become free. Usage count = {refcnt}"
        panic(machine, f"unregister_netdevice: {usage}")
    WARN_ON(machine, dev.ip_ptr is not None, "rcu_access_pointer(dev->ip_ptr)")
    WARN_ON(machine, dev.ip6_ptr is not None, "rcu_access_pointer(dev->ip6_ptr)")
    netdev_do_free_pcpu_stats(dev)
    if dev.priv_destructor is not None:
        dev.priv_destructor(dev)
    if dev.needs_free_netdev:
        free_netdev(dev)


# --- statistics ---------------------------------------------------------------------------------


@kernel_function
def dev_get_stats(dev: NetDevice) -> RtnlLinkStats64:
    """The counters of a device: the driver's, and on top of them the core's per-CPU drops."""
    storage = RtnlLinkStats64()
    if dev.netdev_ops.ndo_get_stats64 is not None:
        dev.netdev_ops.ndo_get_stats64(dev, storage)
    for copy in dev.core_stats.copies():
        storage.rx_dropped += copy.rx_dropped
        storage.tx_dropped += copy.tx_dropped
        storage.rx_nohandler += copy.rx_nohandler
        storage.rx_otherhost_dropped += copy.rx_otherhost_dropped
    return storage


@kernel_function
def __dev_change_net_namespace(dev: NetDevice, net: Net, pat: str | None = None) -> None:
    """Move a device: it goes down here, is unregistered here without being destroyed, and appears
    there. It keeps its name and its index where they are free; else it is called ``pat``
    (``"dev%d"``) and gets the next index.

    OSError EINVAL for a device that is bound to its namespace, which lo is, or that is not
    registered; EEXIST when the name is taken and there is no ``pat``; what ``pat`` is refused with.
    """
    if dev.netns_immutable:
        raise OSError(errno.EINVAL, "The interface netns is immutable")
    if dev.reg_state != NETREG_REGISTERED:
        raise OSError(errno.EINVAL, "The interface isn't registered")
    if net_eq(dev.nd_net, net):
        return
    name = _name_there(dev, net, pat)
    # As dev_index_reserve with the old index, and with 0 when that says EBUSY.
    ifindex = dev_index_reserve(net, 0 if dev.ifindex in net.dev_by_index else dev.ifindex)
    dev_close_many([dev])
    unlist_netdevice(dev)
    dev_init_scheduler(dev)  # dev_shutdown leaves the same behind
    call_netdevice_notifiers(NETDEV_UNREGISTER, dev)
    dev_net_set(dev, net)
    dev.ifindex, dev.name = ifindex, name
    net.dev_by_index[ifindex] = dev
    list_netdevice(dev)
    call_netdevice_notifiers(NETDEV_REGISTER, dev)


def _name_there(dev: NetDevice, net: Net, pat: str | None) -> str:
    """What ``dev`` will be called in ``net``; OSError EEXIST without a free name."""
    if __dev_get_by_name(net, dev.name) is None:
        return dev.name
    if pat is None:
        raise OSError(errno.EEXIST, "An interface with the same name exists in the target netns")
    return dev_get_valid_name(net, dev, pat)

"""How lo comes into the world and leaves it: pernet operations, registration, errors, the end.

Mutations that turned these red, one each: subsystems appended instead of inserted before the first
device; exits run forwards; ``net->loopback_dev`` set before registration; the core freeing lstats
after the destructor; the driver not freeing lstats in 6.1; one undo step left out of
``register_netdevice``; hw_features without SOFT_FEATURES_OFF; NOCACHE_COPY given to loopback
devices; ``pcpu_refcnt`` not allocated, not freed, not given back when the address fails; one count
for all CPUs; napi_config left out of 6.18, the state of ethtool put into 6.1; queues allocated one
by one; ``fail_nth`` set after boot.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lomodel import lab
from lomodel.lab.hosts import this_host
from lomodel.linux.drivers.net.loopback import (
    loopback_net_ops,
    loopback_setup,
    netif_set_tso_max_size,
)
from lomodel.linux.include.linux.netdevice import (
    GSO_MAX_SIZE,
    IFF_LIVE_ADDR_CHANGE,
    IFF_NO_QUEUE,
    IFF_XMIT_DST_RELEASE,
    NETDEV_DOWN,
    NETDEV_GOING_DOWN,
    NETDEV_POST_INIT,
    NETDEV_PRE_UNINIT,
    NETDEV_REGISTER,
    NETDEV_TX_OK,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    NETREG_REGISTERED,
    NETREG_RELEASED,
    NETREG_UNINITIALIZED,
    netdev_hold,
    netdev_put,
)
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_RUNNING, IFF_UP
from lomodel.linux.include.uapi.linux.netdevice import (
    NET_NAME_PREDICTABLE,
    NET_NAME_RENAMED,
    NET_NAME_UNKNOWN,
)
from lomodel.linux.kernel.notifier import notifier_from_errno
from lomodel.linux.kernel.panic import KernelBug, KernelPanic
from lomodel.linux.net._8021q.vlan import vlan_check_real_dev
from lomodel.linux.net.bridge.br_if import br_add_if
from lomodel.linux.net.core.dev import (
    alloc_netdev,
    alloc_netdev_mqs,
    dev_change_name,
    dev_net_set,
    free_netdev,
    netdev_cmd_to_name,
    netdev_refcnt_read,
    register_netdev,
    register_netdevice_notifier,
    unregister_netdevice_notifier,
)
from lomodel.linux.net.core.dev_ioctl import SIOCGIFMTU, Ifreq, dev_ioctl, set_name, set_up
from lomodel.linux.net.core.net_namespace import (
    Net,
    PernetOperations,
    register_pernet_device,
    register_pernet_subsys,
    unregister_pernet_device,
)
from lomodel.linux.net.core.rtnetlink import delete_link, rtnl_setlink
from lomodel.machine import Machine
from lomodel.release import RELEASES

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(params=RELEASES)
def machine(request: pytest.FixtureRequest) -> Machine:
    return Machine(request.param)


def names(machine: Machine) -> list[str]:
    return [ops.name for ops in machine.pernet_list]


def test_subsystems_stand_before_the_first_device(machine: Machine) -> None:
    assert machine.first_device is loopback_net_ops
    listed = names(machine)
    first = listed.index("loopback_net_ops")
    assert {"netdev_net_ops", "devinet_ops", "addrconf_ops"} <= set(listed[:first])
    assert listed[first:] == ["loopback_net_ops", "default_device_ops"]
    register_pernet_subsys(machine, PernetOperations("late_subsys"))
    register_pernet_device(machine, PernetOperations("late_device"))
    assert names(machine)[first : first + 2] == ["late_subsys", "loopback_net_ops"]
    assert names(machine)[-1] == "late_device"


def test_operations_run_for_namespaces_that_exist_and_for_those_to_come() -> None:
    machine = Machine()
    net = machine.new_net()
    seen: list[tuple[str, Net]] = []
    ops = PernetOperations(
        "watcher",
        init=lambda net: seen.append(("init", net)),
        pre_exit=lambda net: seen.append(("pre_exit", net)),
        exit=lambda net: seen.append(("exit", net)),
    )
    register_pernet_device(machine, ops)
    assert seen == [("init", machine.init_net), ("init", net)]
    later = machine.new_net()
    assert seen[2:] == [("init", later)]
    machine.end_net(net)
    assert seen[3:] == [("pre_exit", net), ("exit", net)]
    unregister_pernet_device(machine, ops)
    exits = [("pre_exit", machine.init_net), ("pre_exit", later)]
    assert seen[5:] == exits + [("exit", machine.init_net), ("exit", later)]


def test_operations_that_refuse_a_namespace_are_not_registered() -> None:
    machine = Machine()
    net, seen = machine.new_net(), []

    def init(at: Net) -> None:
        seen.append(("init", at))
        if at is net:
            raise OSError(errno.ENOMEM, "refused")

    ops = PernetOperations("refuser", init=init, exit=lambda at: seen.append(("exit", at)))
    with pytest.raises(OSError, match="refused"):
        register_pernet_subsys(machine, ops)
    assert seen == [("init", machine.init_net), ("init", net), ("exit", machine.init_net)]
    assert "refuser" not in names(machine)


def test_exits_run_backwards() -> None:
    machine, seen = Machine(), []
    for name in ("a", "b", "c"):
        ops = PernetOperations(name, exit=lambda net, name=name: seen.append(name))
        register_pernet_subsys(machine, ops)
    net = machine.new_net()
    machine.end_net(net)
    assert seen == ["c", "b", "a"]


def test_a_namespace_that_fails_is_taken_down_again() -> None:
    machine, seen = Machine(), []
    for name in ("a", "b"):
        ops = PernetOperations(name, exit=lambda net, name=name: seen.append(name))
        register_pernet_device(machine, ops)

    def refuse(net: Net) -> None:
        if net is not machine.init_net:
            raise OSError(errno.EDQUOT, "no more")

    register_pernet_device(machine, PernetOperations("refuser", init=refuse))
    used, known = machine.memory.used, list(machine.net_namespace_list)
    with pytest.raises(OSError, match="no more"):
        machine.new_net()
    assert seen == ["b", "a"]
    assert (machine.memory.used, machine.net_namespace_list) == (used, known)


# fmt: off
BIRTH = [
    "copy_net_ns", "net_alloc", "setup_net", "loopback_net_init", "alloc_netdev_mqs",
    "loopback_setup", "gen_lo_setup", "register_netdev", "rtnl_lock_killable",
    "register_netdevice", "dev_get_valid_name", "loopback_dev_init", "dev_index_reserve",
    "__netdev_update_features", "dev_init_scheduler", "list_netdevice", "inetdev_event",
    "inetdev_init", "addrconf_notify", "ipv6_add_dev", "rtnl_unlock", "netdev_run_todo",
]
# fmt: on


def in_order(wanted: list[str], functions: list[str]) -> list[str]:
    """Those of ``wanted`` that were not found, looking for one behind the other."""
    rest = iter(functions)
    return [name for name in wanted if name not in rest]


def test_order_of_birth(machine: Machine) -> None:
    with machine.trace() as trace:
        machine.new_net()
    assert in_order(BIRTH, trace.functions()) == []


def test_who_allocates_lstats() -> None:
    for release, owner in (("6.1", "loopback_dev_init"), ("6.12", "netdev_do_alloc_pcpu_stats")):
        machine = Machine(release)
        with machine.trace() as trace:
            machine.new_net()
        calls = {call.name: call for call in trace if call.kind == "call"}
        records = list(trace)
        inside = [
            call.name
            for call in records[records.index(calls[owner]) + 1 :]
            if call.kind == "call" and call.depth > calls[owner].depth
        ]
        assert "netdev_alloc_pcpu_stats" in inside, release


def test_loopback_dev_is_none_while_listeners_hear_of_lo(machine: Machine) -> None:
    heard: list[tuple[str, object, int]] = []

    def listen(block: NotifierBlock, event: int, info) -> int:
        dev = info.dev
        heard.append((netdev_cmd_to_name(event), dev.nd_net.loopback_dev, dev.reg_state))
        return NOTIFY_DONE

    register_netdevice_notifier(machine, NotifierBlock(listen))
    heard.clear()
    net = machine.new_net()
    assert heard == [
        ("NETDEV_POST_INIT", None, NETREG_UNINITIALIZED),
        ("NETDEV_REGISTER", None, NETREG_REGISTERED),
    ]
    assert net.loopback_dev.reg_state == NETREG_REGISTERED


def test_a_new_listener_hears_what_it_has_missed() -> None:
    machine = Machine()
    net = machine.new_net()
    set_up(net.loopback_dev, True)
    heard: list[tuple[int, Net]] = []

    def listen(block: NotifierBlock, event: int, info) -> int:
        heard.append((event, info.dev.nd_net))
        return NOTIFY_DONE

    block = NotifierBlock(listen)
    register_netdevice_notifier(machine, block)
    init_net = machine.init_net
    assert heard == [(NETDEV_REGISTER, init_net), (NETDEV_REGISTER, net), (NETDEV_UP, net)]
    heard.clear()
    unregister_netdevice_notifier(machine, block)
    assert heard == [
        (NETDEV_UNREGISTER, init_net),
        (NETDEV_GOING_DOWN, net),
        (NETDEV_DOWN, net),
        (NETDEV_UNREGISTER, net),
    ]


def test_a_listener_that_vetoes_the_present_is_not_registered() -> None:
    machine, heard = Machine(), []
    net = machine.new_net()

    def listen(block: NotifierBlock, event: int, info) -> int:
        heard.append((event, info.dev.nd_net))
        return notifier_from_errno(errno.EPERM if info.dev.nd_net is net else 0)

    with pytest.raises(PermissionError):
        register_netdevice_notifier(machine, NotifierBlock(listen))
    assert (NETDEV_UNREGISTER, machine.init_net) in heard
    assert all(block.notifier_call is not listen for block in machine.netdev_chain)


def test_notifier_priorities(machine: Machine) -> None:
    chain = [block.notifier_call.__name__ for block in machine.netdev_chain]
    assert chain == [
        "arp_netdev_event",
        "inetdev_event",
        "fib_netdev_event",
        "addrconf_notify",
        "ndisc_netdev_event",
        "ip6_route_dev_notify",
    ]
    priorities = [block.priority for block in machine.netdev_chain]
    assert priorities == [0, 0, 0, 0, -5, -10]
    first = NotifierBlock(lambda block, event, info: NOTIFY_DONE, priority=1)
    register_netdevice_notifier(machine, first)
    assert machine.netdev_chain[0] is first


def veto(event: int, number: int) -> NotifierBlock:
    def listen(block: NotifierBlock, heard: int, info) -> int:
        return notifier_from_errno(number if heard == event else 0)

    return NotifierBlock(listen)


@pytest.mark.parametrize("event", [NETDEV_POST_INIT, NETDEV_REGISTER])
def test_a_veto_fails_the_namespace_and_leaves_nothing(machine: Machine, event: int) -> None:
    machine.netdev_chain.append(veto(event, errno.EBUSY))
    used = machine.memory.used
    with pytest.raises(OSError) as caught:
        machine.new_net()
    assert caught.value.errno == errno.EBUSY
    assert machine.memory.used == used
    assert not machine.rtnl_locked


def state(machine: Machine) -> dict[str, object]:
    """What a birth that failed must leave as it was: memory, devices, indexes, listeners, locks."""
    chains = (machine.netdev_chain, machine.inetaddr_chain, machine.inet6addr_chain)
    return {
        "bytes": machine.memory.used,
        "per-CPU areas": [list(chunk.areas) for chunk in machine.percpu.chunks],
        "namespaces": [
            (net, [*net.dev_base_head], {**net.dev_by_index}, net.ifindex, [*net.netdev_chain])
            for net in machine.net_namespace_list
        ],
        "references": [
            (netdev_refcnt_read(net.loopback_dev), list(net.loopback_dev.pcpu_refcnt))
            for net in machine.net_namespace_list
        ],
        "listeners": [list(chain) for chain in chains],
        "promises": list(machine.pernet_list),
        "locked": (machine.rtnl_locked, list(machine.net_todo_list)),
        "said": list(machine.dmesg),
    }


@pytest.mark.parametrize("bits", [64, 32])
def test_every_allocation_of_a_birth_may_fail(machine: Machine, bits: int) -> None:
    """Each of them alone: the error is ENOMEM, nothing is left behind, and the next one works."""
    machine = Machine(machine.release.name, possible_cpus=[0, 2, 5], bits=bits)
    with machine.memory.recording() as allocations:
        machine.new_net()
    before = state(machine)
    for allocation in allocations:
        machine.memory.fail(allocation.number)
        with pytest.raises(OSError) as caught, machine.memory.recording() as tried:
            machine.new_net()
        assert caught.value.errno == errno.ENOMEM, allocation
        assert state(machine) == before, allocation
        assert [each.failed for each in tried].index(True) == allocation.number - 1
        assert (tried[-1].what, tried[-1].size) == (allocation.what, allocation.size)
        assert len(tried) == allocation.number
    with machine.memory.recording() as again:
        machine.end_net(machine.new_net())
    assert (again, state(machine)) == (allocations, before)


# fmt: off
ALLOCATIONS = [
    (4288, "net", "net_alloc"),
    (2496, "net_device", "alloc_netdev_mqs"),
    (8, "int", "alloc_netdev_mqs"),
    (104, "netdev_hw_addr", "dev_addr_init"),
    (320, "netdev_queue", "netif_alloc_netdev_queues"),
    (192, "netdev_rx_queue", "netif_alloc_rx_queues"),
    (56, "ethtool_netdev_state", "alloc_netdev_mqs"),
    (8, "netdev_config", "alloc_netdev_mqs"),
    (64, "napi_config", "alloc_netdev_mqs"),
    (64, "netdev_name_node", "netdev_name_node_head_alloc"),
    (32, "pcpu_lstats", "__netdev_alloc_pcpu_stats"),
    (360, "in_device", "inetdev_init"),
    (1056, "inet6_dev", "ipv6_add_dev"),
]
# fmt: on


def test_the_allocations_of_a_birth() -> None:
    def listed(release: str) -> list[tuple[int, str, str]]:
        with (machine := Machine(release)).memory.recording() as allocations:
            machine.new_net()
        assert [each.number for each in allocations] == list(range(1, len(allocations) + 1))
        assert not any(each.failed for each in allocations)
        return [(each.size, each.what, each.function) for each in allocations]

    assert listed("6.18") == ALLOCATIONS
    assert listed("6.12") == [each for each in ALLOCATIONS if "config" not in each[1]]
    older = [each for each in ALLOCATIONS if each[1] not in RELEASES["6.18"].netdev_state]
    assert listed("6.1") == listed("5.14") == older


KERNEL = """
import json, os, re
from lomodel.lab import namespace
with namespace.private_tracefs() as root:
    own = root / "instances" / f"lomodel-{os.getpid()}"
    own.mkdir()
    events = [own / "events" / name / "enable"
              for name in ("kmem/kmalloc", "percpu/percpu_alloc_percpu")]
    try:
        (own / "set_event_pid").write_text(str(os.getpid()))
        for event in events:
            event.write_text("1")
        namespace.unshare(namespace.CLONE_NEWNET)
        for event in events:
            event.write_text("0")
        text = (own / "trace").read_text()
    finally:
        own.rmdir()
found = re.findall(r"call_site=(\\w+).*?(?:bytes_req| size)=(\\d+)", text)
print(json.dumps([[name, int(size)] for name, size in found]))
"""


def test_this_kernel_allocates_a_device_so() -> None:
    """From alloc_netdev_mqs to the counters; another compiler may merge other functions."""
    choice = this_host().choose()
    if reason := lab.unavailable(events=True):
        pytest.skip(str(reason))
    if choice.exactness not in ("same", "build"):
        pytest.skip(f"recorded from 6.18, this is {os.uname().release}")
    command = [sys.executable, "-c", KERNEL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    kernel = [size for name, size in json.loads(done.stdout) if name in INLINED]
    with (machine := Machine(choice.release, possible_cpus=1)).memory.recording() as allocations:
        machine.new_net()
    names = [each.what for each in allocations]
    device = allocations[names.index("net_device") : names.index("pcpu_lstats") + 1]
    assert kernel == [each.size for each in device]


INLINED = (
    "alloc_netdev_mqs",
    "__hw_addr_add_ex",
    "netif_alloc_netdev_queues",
    "register_netdevice",
    "netdev_name_node_alloc",
    "netdev_name_node_head_alloc",
    "loopback_dev_init",
)


def test_without_memory_for_lo_the_machine_panics(machine: Machine) -> None:
    need = machine.memory.used
    messages = set()
    for limit in range(0, need, 8):
        with pytest.raises(KernelPanic) as caught:
            Machine(machine.release.name, memory=limit)
        messages.add(str(caught.value))
    assert "loopback: Failed to register netdevice: -12" in messages
    assert Machine(machine.release.name, memory=need).init_net.loopback_dev.ifindex == 1


def test_every_allocation_at_boot_may_fail(machine: Machine) -> None:
    release, boot = machine.release.name, machine.boot_allocations
    assert len(boot) == machine.memory.allocations
    messages = {}
    for allocation in boot:
        with pytest.raises(KernelPanic) as caught:
            Machine(release, fail_nth=allocation.number)
        messages[allocation.what] = str(caught.value)
    assert messages["pcpu_lstats"] == "loopback: Failed to register netdevice: -12"
    late = Machine(release, fail_nth=len(boot) + 1)
    before = state(late)
    with pytest.raises(OSError) as caught:
        late.new_net()
    assert (caught.value.errno, state(late)) == (errno.ENOMEM, before)
    assert late.new_net().loopback_dev.ifindex == 1


@pytest.mark.parametrize("nth", [0, -1])
def test_allocations_are_counted_from_1(nth: int) -> None:
    with pytest.raises(ValueError, match=f"counted from 1.*{nth}"):
        Machine(fail_nth=nth)


def test_allocations_are_recorded_once() -> None:
    machine = Machine()
    with (
        machine.memory.recording(),
        pytest.raises(RuntimeError, match="recorded already"),
        machine.memory.recording(),
    ):
        pass


def test_references_are_counted_where_they_are_taken() -> None:
    machine = Machine(possible_cpus=[0, 2])
    lo = machine.new_net().loopback_dev
    assert list(lo.pcpu_refcnt) == [4, None, 0]
    netdev_hold(lo)
    machine.cpu = 2
    netdev_put(lo)
    assert list(lo.pcpu_refcnt) == [5, None, -1]
    assert netdev_refcnt_read(lo) == 4
    machine.end_net(lo.nd_net)
    assert lo.pcpu_refcnt is None


def test_queues_are_allocated_in_one_piece() -> None:
    machine = Machine()
    used = machine.memory.used
    with machine.memory.recording() as allocations:
        dev = alloc_netdev_mqs(machine, 0, "x", NET_NAME_UNKNOWN, loopback_setup, 3, 2)
    sizes = {each.what: each.size for each in allocations}
    assert sizes["netdev_queue"] == 3 * 320 and sizes["netdev_rx_queue"] == 2 * 192
    assert sizes["napi_config"] == 3 * 64
    free_netdev(dev)
    assert machine.memory.used == used


def test_ifindex_must_be_1(machine: Machine) -> None:
    def take_an_index(net: Net) -> None:
        net.ifindex += 1

    register_pernet_subsys(machine, PernetOperations("thief", init=take_an_index))
    with pytest.raises(KernelBug, match="ifindex != LOOPBACK_IFINDEX"):
        machine.new_net()


def test_a_killed_process_gets_eintr() -> None:
    machine = Machine()
    used = machine.memory.used
    machine.fatal_signal_pending = True
    with pytest.raises(InterruptedError):
        machine.new_net()
    assert machine.memory.used == used


def test_the_new_lo(machine: Machine) -> None:
    lo = machine.new_net().loopback_dev
    release = machine.release.name
    assert (lo.name, lo.ifindex, lo.type, lo.mtu) == ("lo", 1, 772, 65536)
    assert (lo.min_mtu, lo.max_mtu, lo.tx_queue_len, lo.num_tx_queues) == (0, 0, 1000, 1)
    assert (lo.hard_header_len, lo.min_header_len, lo.addr_len) == (14, 14, 6)
    assert lo.flags == IFF_LOOPBACK
    assert lo.priv_flags == IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE
    assert (lo.dev_addr, lo.broadcast, lo.perm_addr) == (bytes(6), bytes(6), bytes(6))
    assert (lo.gso_max_size, lo.gso_max_segs) == (65536, 65535)
    assert lo.tso_max_size == (65536 if release in ("5.14", "5.15") else 524280)
    unknown = release == "5.14"
    assert lo.name_assign_type == (NET_NAME_UNKNOWN if unknown else NET_NAME_PREDICTABLE)
    assert lo.qdisc.id == "noop"
    assert netdev_refcnt_read(lo) == 4  # itself, its registration, IPv4 and IPv6
    assert lo.nd_net.addresses(lo) == []
    assert lo.ethtool_ops.get_link(lo) == 1


# Computed from the headers of 6.1 and 6.12, read from a real lo on 6.18.
FEATURES = {
    "5.14": (0x516401D7C69, 0xA000006401D4800, 0x6401D4800),
    "5.15": (0x516401D7C69, 0xA000006401D4800, 0x6401D4800),
    "6.1": (0x516401D7C69, 0xA000006401D4800, 0x6401D4800),
    "6.6": (0x516401D7C69, 0xA000006401D4800, 0x6401D4800),
    "6.12": (0x516401D4C69, 0xA000006401D4800, 0x6401D4800),
    "6.18": (0x52E401D4C69, 0xA00000E401D4800, 0xE401D4800),
}


def test_features_after_registration(machine: Machine) -> None:
    lo = machine.new_net().loopback_dev
    words = (lo.features, lo.hw_features, lo.wanted_features)
    assert words == FEATURES[machine.release.name]
    assert (lo.vlan_features, lo.hw_enc_features, lo.mpls_features) == (0x20, 0x10000001, 1)
    assert not lo.hw_features & lo.netif_f.NOCACHE_COPY


def test_blackhole(machine: Machine) -> None:
    blackhole = machine.blackhole_netdev
    assert (blackhole.name, blackhole.ifindex, blackhole.mtu) == ("blackhole_dev", 0, 68)
    assert blackhole.reg_state == NETREG_UNINITIALIZED
    assert blackhole.flags == IFF_LOOPBACK | IFF_UP | IFF_RUNNING
    assert blackhole.header_ops is None and blackhole.priv_destructor is None
    assert blackhole not in machine.init_net.dev_base_head
    assert blackhole.ip6_ptr is not None
    neigh = blackhole.netdev_ops.ndo_neigh_construct
    assert (neigh is None) == (machine.release.name == "5.14")
    if neigh:
        # A neighbour there has an output function of its own, which takes the packet.
        neighbour = SimpleNamespace(output=None)
        assert neigh(blackhole, neighbour) == 0
        assert neighbour.output(neighbour, None) == 0
    assert blackhole.netdev_ops.ndo_start_xmit(None, blackhole) == NETDEV_TX_OK
    assert machine.dmesg[-1] == "blackhole_netdev_xmit(): Dropping skb."


@pytest.mark.parametrize(
    ("size", "tso", "gso"), [(1 << 30, GSO_MAX_SIZE, 65536), (65536, 65536, 65536), (9000,) * 3]
)
def test_a_smaller_tso_max_size_takes_gso_max_size_with_it(size: int, tso: int, gso: int) -> None:
    lo = Machine().new_net().loopback_dev
    netif_set_tso_max_size(lo, size)
    assert (lo.tso_max_size, lo.gso_max_size, lo.gso_ipv4_max_size) == (tso, gso, gso)


def test_order_of_death(machine: Machine) -> None:
    net = machine.new_net()
    lo = net.loopback_dev
    set_up(lo, True)
    with machine.trace() as trace:
        machine.end_net(net)
    functions = trace.functions()
    assert (
        in_order(
            [
                "cleanup_net",
                "default_device_exit_batch",
                "unregister_netdevice_many",
                "dev_close_many",
                "unlist_netdevice",
                "rtnl_unlock",
                "netdev_run_todo",
                "loopback_dev_free",
                "free_netdev",
            ],
            functions,
        )
        == []
    )
    frees = [name for name in functions if name in ("free_percpu", "loopback_dev_free")]
    core = machine.release.name in ("6.12", "6.18")
    assert frees[:2] == (
        ["free_percpu", "loopback_dev_free"] if core else ["loopback_dev_free", "free_percpu"]
    )
    assert net.loopback_dev is None
    assert lo.reg_state == NETREG_RELEASED
    assert lo.lstats is None


def test_death_gives_everything_back(machine: Machine) -> None:
    used = machine.memory.used
    nets = [machine.new_net() for _ in range(3)]
    for net in nets:
        set_up(net.loopback_dev, True)
        net.loopback_dev.core_stats.rx_dropped += 1
    for net in reversed(nets):
        machine.end_net(net)
    assert machine.memory.used == used
    assert machine.net_namespace_list == [machine.init_net]
    assert not machine.dmesg


def test_lo_goes_last() -> None:
    machine = Machine()
    net = machine.new_net()
    other = alloc_netdev(machine, 0, "dummy%d", NET_NAME_UNKNOWN, loopback_setup)
    dev_net_set(other, net)
    register_netdev(other)
    assert (other.name, other.ifindex) == ("dummy0", 2)
    with machine.trace() as trace:
        machine.end_net(net)
    freed = [call for call in trace if call.kind == "call" and call.name == "free_netdev"]
    assert len(freed) == 2
    states = (other.reg_state, net.dev_base_head)
    assert states == (NETREG_RELEASED, [])


def test_devices_are_unregistered_in_reverse_order() -> None:
    machine, gone = Machine(), []
    net = machine.new_net()
    for _ in range(2):
        other = alloc_netdev(machine, 0, "dummy%d", NET_NAME_UNKNOWN, loopback_setup)
        dev_net_set(other, net)
        register_netdev(other)

    def listen(block: NotifierBlock, event: int, info) -> int:
        if event == NETDEV_PRE_UNINIT:
            gone.append(info.dev.name)
        return NOTIFY_DONE

    machine.netdev_chain.append(NotifierBlock(listen))
    machine.end_net(net)
    assert gone == ["dummy1", "dummy0", "lo"]


def test_a_reference_that_is_kept_stops_the_end() -> None:
    machine = Machine()
    net = machine.new_net()
    netdev_hold(net.loopback_dev)
    with pytest.raises(KernelPanic, match="waiting for lo to become free. Usage count = 2"):
        machine.end_net(net)


def test_two_machines_never_meet() -> None:
    one, two = Machine(), Machine("6.1")
    net = one.new_net()
    set_up(net.loopback_dev, True)
    assert two.net_namespace_list == [two.init_net]
    assert one.netdev_chain is not two.netdev_chain
    assert two.init_net.loopback_dev.flags == IFF_LOOPBACK


def test_allocation_refuses_what_cannot_be() -> None:
    machine = Machine()
    with pytest.raises(KernelBug):
        alloc_netdev(machine, 0, "a" * 16, NET_NAME_UNKNOWN, loopback_setup)
    for queues in ((0, 1), (1, 0)):
        assert alloc_netdev_mqs(machine, 0, "x", 0, loopback_setup, *queues) is None
    assert "zero queues" in machine.dmesg[0] and "zero RX queues" in machine.dmesg[1]
    never_registered = alloc_netdev(machine, 0, "x", NET_NAME_UNKNOWN, loopback_setup)
    used = machine.memory.used
    free_netdev(never_registered)
    assert machine.memory.used < used
    assert never_registered.priv_flags & IFF_XMIT_DST_RELEASE == 0


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a:b", "a b", "x" * 16, "%s", "a%d%d"])
def test_names_that_no_device_may_have(name: str) -> None:
    lo = Machine().new_net().loopback_dev
    with pytest.raises(OSError) as caught:
        set_name(lo, name)
    assert caught.value.errno == errno.EINVAL
    assert lo.name == "lo"


def test_rename(machine: Machine) -> None:
    lo = machine.new_net().loopback_dev
    set_name(lo, "foo%d")
    assert (lo.name, lo.name_assign_type) == ("foo0", NET_NAME_RENAMED)
    set_up(lo, True)
    if machine.release.name in ("5.14", "5.15", "6.1"):
        with pytest.raises(OSError) as caught:
            set_name(lo, "lo")
        assert caught.value.errno == errno.EBUSY
    else:
        set_name(lo, "lo")
        assert lo.ip_ptr.ifa_list[0].ifa_label == "lo"


def test_rename_that_somebody_vetoes_is_undone() -> None:
    from lomodel.linux.include.linux.netdevice import NETDEV_CHANGENAME

    machine = Machine()
    lo = machine.new_net().loopback_dev
    machine.netdev_chain.append(veto(NETDEV_CHANGENAME, errno.EXDEV))
    with pytest.raises(OSError):
        dev_change_name(lo, "foo")
    assert (lo.name, lo.name_assign_type) == ("lo", NET_NAME_PREDICTABLE)


def test_what_nobody_can_do_to_lo(machine: Machine) -> None:
    net = machine.new_net()
    lo, other = net.loopback_dev, machine.new_net()

    def refused(function, *arguments, **options) -> int:
        with pytest.raises(OSError) as caught:
            function(*arguments, **options)
        assert not machine.rtnl_locked
        return caught.value.errno

    assert refused(delete_link, lo) == errno.EOPNOTSUPP
    assert refused(rtnl_setlink, net, "lo", other) == errno.EINVAL
    assert refused(rtnl_setlink, net, "lo", other, capable=False) == errno.EPERM
    assert refused(br_add_if, lo) == errno.EINVAL
    assert refused(vlan_check_real_dev, lo) == errno.EOPNOTSUPP
    assert refused(dev_ioctl, net, SIOCGIFMTU, Ifreq("eth0")) == errno.ENODEV
    assert refused(dev_ioctl, net, 0x1234, Ifreq("lo")) == errno.ENOTTY
    if machine.release.name == "6.18":
        rtnl_setlink(net, "lo", net)
    else:
        assert refused(rtnl_setlink, net, "lo", net) == errno.EINVAL

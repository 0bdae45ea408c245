"""127.0.0.1 and ::1: who adds them, when they go, and what brings them back.

What is expected here was seen on Linux 6.18 (``tests/recorded``, and experiments in a namespace).

Mutations that turned these red: ``inetdev_event`` asking for the type; DOWN taking 127.0.0.1 away;
an in_device that survives MTU 67; ``addrconf_ifdown`` with unregister for lo, or sparing ::1; ::1
tentative; an address added twice; ``disable_ipv6`` not looked at on up; a zero MAC accepted; the
driver called for an unchanged MAC in 6.18.
"""

from __future__ import annotations

import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lomodel.linux.drivers.net.loopback import loopback_setup
from lomodel.linux.include.linux.inetdevice import InIfaddr
from lomodel.linux.include.linux.netdevice import (
    NETDEV_CHANGEMTU,
    NETDEV_PRE_UP,
    NETDEV_PRECHANGEMTU,
)
from lomodel.linux.include.linux.notifier import NotifierBlock
from lomodel.linux.include.net.ipv6 import in6addr_loopback
from lomodel.linux.include.uapi.linux import if_arp
from lomodel.linux.include.uapi.linux.if_ import (
    IFF_LOOPBACK,
    IFF_LOWER_UP,
    IFF_NOARP,
    IFF_RUNNING,
    IFF_UP,
)
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_PERMANENT, IFA_F_TENTATIVE
from lomodel.linux.include.uapi.linux.if_arp import ARPHRD_ETHER, ARPHRD_LOOPBACK, USERS, users
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_UNKNOWN
from lomodel.linux.include.uapi.linux.rtnetlink import RT_SCOPE_HOST
from lomodel.linux.kernel.notifier import notifier_from_errno
from lomodel.linux.net.core.dev import alloc_netdev, dev_get_flags, dev_net_set, register_netdev
from lomodel.linux.net.core.dev_ioctl import (
    SIOCGIFHWADDR,
    SIOCGIFINDEX,
    SIOCGIFMTU,
    SIOCGIFTXQLEN,
    SIOCSIFFLAGS,
    SIOCSIFTXQLEN,
    Ifreq,
    dev_ioctl,
    set_address,
    set_mtu,
    set_name,
    set_up,
)
from lomodel.linux.net.ipv4.devinet import inet_alloc_ifa, inet_insert_ifa
from lomodel.linux.net.ipv6.addrconf import addrconf_disable_ipv6
from lomodel.linux.net.ipv6.addrconf_addr import add_addr, ipv6_add_addr
from lomodel.machine import Machine
from lomodel.release import RELEASES
from tools import kernel_trees

BOTH = ["127.0.0.1/8", "::1/128"]
V4, V6 = BOTH[:1], BOTH[1:]
MAC = bytes.fromhex("020000000001")


@pytest.fixture(params=RELEASES)
def machine(request: pytest.FixtureRequest) -> Machine:
    return Machine(request.param)


@pytest.fixture
def lo(machine: Machine):
    return machine.new_net().loopback_dev


def shown(dev) -> list[str]:
    return dev.nd_net.addresses(dev)


def refused(function, *arguments) -> int:
    with pytest.raises(OSError) as caught:
        function(*arguments)
    return caught.value.errno


def test_up_gives_both_and_down_takes_one(lo) -> None:
    assert shown(lo) == []
    set_up(lo, True)
    assert shown(lo) == BOTH
    set_up(lo, False)
    assert shown(lo) == V4
    set_up(lo, True)
    assert shown(lo) == BOTH


def test_up_when_up_and_down_when_down_change_nothing(lo) -> None:
    set_up(lo, False)
    assert shown(lo) == []
    set_up(lo, True)
    set_up(lo, True)
    assert shown(lo) == BOTH


# Steps, what is shown afterwards. Numbers set the MTU, booleans bring lo up or down.
STORIES = [
    ([True, 1279], V4),
    ([True, 1280], BOTH),
    ([True, 1279, 65536], V4),
    ([True, 1279, 1500, False, True], BOTH),
    ([True, 67], []),
    ([True, 68], V4),
    ([True, 67, 1500], []),
    ([True, 67, 1500, True], []),
    ([True, 67, 1500, False, True], BOTH),
    ([True, 0], []),
    ([True, 2147483647], BOTH),
    ([1279, True], V4),
    ([67, True], []),
    ([68, True], V4),
    ([0, True], []),
    ([1279, 65536, True], BOTH),
    ([67, 65536, True], BOTH),
    ([True, False, 67], []),
    ([True, False, 67, 1500], []),
    ([True, False, 67, 1500, True], BOTH),
    ([True, False, 1279, True], V4),
    ([True, False, 1279, 1500, True], BOTH),
    ([True, 67, False, True], []),
    ([True, 67, False, 1500, True], BOTH),
]


@pytest.mark.parametrize(("steps", "addresses"), STORIES, ids=str)
def test_mtu(lo, steps: list, addresses: list[str]) -> None:
    for step in steps:
        set_up(lo, step) if isinstance(step, bool) else set_mtu(lo, step)
    assert shown(lo) == addresses


@pytest.mark.parametrize("mtu", [-1, -(2**31)])
def test_a_negative_mtu_is_refused(lo, mtu: int) -> None:
    assert refused(set_mtu, lo, mtu) == errno.EINVAL
    assert lo.mtu == 65536


@given(st.lists(st.one_of(st.booleans(), st.sampled_from([0, 67, 68, 1279, 1280, 65536]))))
@settings(deadline=None, max_examples=200)
def test_what_always_holds(steps: list) -> None:
    lo = Machine().new_net().loopback_dev
    for step in steps:
        set_up(lo, step) if isinstance(step, bool) else set_mtu(lo, step)
    seen = shown(lo)
    assert len(set(seen)) == len(seen)
    assert (lo.ip_ptr is not None) == (lo.mtu >= 68)
    assert lo.ip6_ptr is not None
    if "::1/128" in seen:
        assert lo.flags & IFF_UP and lo.mtu >= 1280
    set_mtu(lo, 65536)
    set_up(lo, False)
    set_up(lo, True)
    assert shown(lo) == BOTH


def test_the_addresses_themselves(machine: Machine, lo) -> None:
    set_up(lo, True)
    (ifa,), (ifp,) = lo.ip_ptr.ifa_list, lo.ip6_ptr.addr_list
    assert (ifa.ifa_scope, ifa.ifa_label, ifa.ifa_mask) == (RT_SCOPE_HOST, "lo", 0xFF000000)
    assert lo.ip_ptr.cnf.noxfrm == lo.ip_ptr.cnf.nopolicy == 1
    assert ifp.flags == IFA_F_PERMANENT  # not tentative: nobody has to be asked
    assert ifp.ifa_proto == (0 if machine.release.name in ("5.14", "5.15") else 1)
    assert ifp.addr == in6addr_loopback
    assert lo.ip6_ptr.cnf.accept_dad == -1


def test_ipv4_asks_for_the_flag_and_ipv6_for_the_type() -> None:
    machine = Machine()
    net = machine.new_net()

    def other(flags: int, type: int) -> list[str]:
        dev = alloc_netdev(machine, 0, "dev%d", NET_NAME_UNKNOWN, loopback_setup)
        dev.flags, dev.type = flags, type
        dev_net_set(dev, net)
        register_netdev(dev)
        set_up(dev, True)
        return shown(dev)

    assert other(IFF_LOOPBACK, ARPHRD_ETHER) == V4
    assert other(0, ARPHRD_LOOPBACK) == []  # ::1 is refused to a device without the flag
    assert other(IFF_LOOPBACK, ARPHRD_LOOPBACK) == BOTH


def test_the_decision_is_in_the_trace(machine: Machine, lo) -> None:
    with machine.trace() as trace:
        set_up(lo, True)
    (decision,) = trace.decisions("addrconf_init_auto_addrs")
    assert decision.answer and decision.operands == {"type": ARPHRD_LOOPBACK}
    functions = trace.functions()
    order = ["dev_ioctl", "dev_change_flags", "__dev_open", "inetdev_event", "inet_insert_ifa"]
    order += ["addrconf_notify", "init_loopback", "add_addr", "ipv6_add_addr"]
    rest = iter(functions)
    assert [name for name in order if name not in rest] == []  # each behind the one before it


def test_disable_ipv6() -> None:
    lo = Machine().new_net().loopback_dev
    net = lo.nd_net
    addrconf_disable_ipv6(net, "lo", 1)
    set_up(lo, True)
    assert shown(lo) == V4
    addrconf_disable_ipv6(net, "lo", 0)
    assert shown(lo) == BOTH
    addrconf_disable_ipv6(net, "all", 1)
    assert shown(lo) == V4
    assert (net.ipv6.devconf_dflt.disable_ipv6, lo.ip6_ptr.cnf.disable_ipv6) == (1, 1)
    addrconf_disable_ipv6(net, "default", 0)
    assert shown(lo) == V4
    assert refused(add_ipv6, lo) == errno.EACCES
    set_mtu(lo, 1279)
    addrconf_disable_ipv6(net, "all", 0)
    assert shown(lo) == V4
    assert refused(addrconf_disable_ipv6, net, "eth0", 1) == errno.ENOENT


def test_enabling_ipv6_while_lo_is_down_makes_no_address() -> None:
    """IPv6 is told that lo came up, but packets would only meet noop: the link is not ready."""
    lo = Machine().new_net().loopback_dev
    for up in (True, False):
        set_up(lo, up)
    for value in (1, 0):
        addrconf_disable_ipv6(lo.nd_net, "lo", value)
    assert shown(lo) == V4


def add_ipv6(lo) -> None:
    ipv6_add_addr(lo.ip6_ptr, in6addr_loopback, 128, 0, IFA_F_PERMANENT, 0)


def test_a_second_loopback_address_is_refused() -> None:
    lo = Machine().new_net().loopback_dev
    set_up(lo, True)
    used = lo.machine.memory.used
    assert refused(add_ipv6, lo) == errno.EEXIST
    add_addr(lo.ip6_ptr, in6addr_loopback, 128, 0, 0)  # in silence
    assert refused(add_ipv4, lo, "127.0.0.1", 8, RT_SCOPE_HOST) == errno.EEXIST
    assert refused(add_ipv4, lo, "127.0.0.2", 8, 0) == errno.EINVAL
    assert (shown(lo), lo.machine.memory.used) == (BOTH, used)
    assert lo.ip6_ptr.addr_list[0].flags & IFA_F_TENTATIVE == 0


def add_ipv4(lo, address: str, plen: int, scope: int = 0) -> InIfaddr:
    ifa = inet_alloc_ifa(lo.ip_ptr)
    ifa.ifa_local = ifa.ifa_address = bytes(map(int, address.split(".")))
    ifa.ifa_prefixlen, ifa.ifa_scope, ifa.ifa_label = plen, scope, lo.name
    inet_insert_ifa(ifa)
    return ifa


def test_the_order_of_addresses() -> None:
    """By scope, the widest last: 127.0.0.1 goes before an address that was there first."""
    lo = Machine().new_net().loopback_dev
    add_ipv4(lo, "10.0.0.1", 24)
    set_up(lo, True)
    add_ipv4(lo, "127.0.0.2", 8, RT_SCOPE_HOST)
    add_ipv4(lo, "10.0.0.2", 24)
    add_ipv4(lo, "10.1.0.1", 24)
    assert shown(lo)[:-1] == [
        "127.0.0.1/8",
        "10.0.0.1/24",
        "10.1.0.1/24",
        "127.0.0.2/8",
        "10.0.0.2/24",
    ]


def test_labels_follow_the_name() -> None:
    lo = Machine().new_net().loopback_dev
    set_up(lo, True)
    add_ipv4(lo, "10.0.0.1", 24)
    set_name(lo, "foo")
    assert [ifa.ifa_label for ifa in lo.ip_ptr.ifa_list] == ["foo", "foo:2"]
    set_name(lo, "quitealongname")
    assert [ifa.ifa_label for ifa in lo.ip_ptr.ifa_list] == ["quitealongname", "quitealongnam:2"]


def test_flags() -> None:
    lo = Machine().new_net().loopback_dev
    assert dev_get_flags(lo) == IFF_LOOPBACK
    set_up(lo, True)
    assert dev_get_flags(lo) == IFF_LOOPBACK | IFF_UP | IFF_RUNNING | IFF_LOWER_UP == 0x10049
    dev_ioctl(lo.nd_net, SIOCSIFFLAGS, Ifreq("lo", ifr_flags=IFF_UP | IFF_NOARP))
    assert dev_get_flags(lo) == 0x100C9  # IFF_LOOPBACK is nobody's to take away
    assert lo.qdisc.id == "noqueue"
    set_up(lo, False)
    assert (lo.qdisc.id, lo.txq.qdisc.id) == ("noqueue", "noop")


def test_ioctls_that_read() -> None:
    lo = Machine().new_net().loopback_dev
    net = lo.nd_net
    assert dev_ioctl(net, SIOCGIFMTU, Ifreq("lo")).ifr_mtu == 65536
    assert dev_ioctl(net, SIOCGIFMTU, Ifreq("lo:7")).ifr_mtu == 65536
    assert dev_ioctl(net, SIOCGIFINDEX, Ifreq("lo")).ifr_ifindex == 1
    assert dev_ioctl(net, SIOCGIFTXQLEN, Ifreq("lo")).ifr_qlen == 1000
    assert dev_ioctl(net, SIOCGIFHWADDR, Ifreq("lo")).sa_family == ARPHRD_LOOPBACK
    dev_ioctl(net, SIOCSIFTXQLEN, Ifreq("lo", ifr_qlen=5))
    assert lo.tx_queue_len == 5
    assert refused(dev_ioctl, net, SIOCSIFTXQLEN, Ifreq("lo", ifr_qlen=-1)) == errno.EINVAL


def test_hardware_address(machine: Machine, lo) -> None:
    zero = bytes(6)
    if machine.release.name in ("5.14", "5.15", "6.1"):
        assert refused(set_address, lo, zero) == errno.EADDRNOTAVAIL
    else:
        set_address(lo, zero)
    for up in (False, True):
        set_up(lo, up)
        set_address(lo, MAC)
        set_address(lo, MAC)
        assert lo.dev_addr == MAC
        for bad in (zero, b"\xff" * 6, bytes.fromhex("01005e000001")):
            assert refused(set_address, lo, bad) == errno.EADDRNOTAVAIL
        assert refused(set_address, lo, MAC, ARPHRD_ETHER) == errno.EINVAL
    assert (lo.dev_addr, lo.perm_addr, shown(lo)) == (MAC, zero, BOTH)


def veto(wanted: int, number: int) -> NotifierBlock:
    def listen(block: NotifierBlock, event: int, info) -> int:
        return notifier_from_errno(number if event == wanted else 0)

    return NotifierBlock(listen)


@pytest.mark.parametrize("event", [NETDEV_PRECHANGEMTU, NETDEV_CHANGEMTU])
def test_an_mtu_that_somebody_vetoes_is_put_back(event: int) -> None:
    machine = Machine()
    lo = machine.new_net().loopback_dev
    set_up(lo, True)
    machine.netdev_chain.append(veto(event, errno.EBUSY))
    assert refused(set_mtu, lo, 1500) == errno.EBUSY
    assert lo.mtu == 65536
    set_mtu(lo, 65536)  # no change, nobody is asked


def test_up_may_be_vetoed() -> None:
    machine = Machine()
    lo = machine.new_net().loopback_dev
    machine.netdev_chain.append(veto(NETDEV_PRE_UP, errno.EPERM))
    assert refused(set_up, lo, True) == errno.EPERM
    assert (lo.running, lo.flags, shown(lo)) == (0, IFF_LOOPBACK, [])


def test_without_memory_lo_comes_up_without_addresses() -> None:
    machine = Machine()
    lo = machine.new_net().loopback_dev
    machine.memory.limit = machine.memory.used
    set_up(lo, True)
    assert shown(lo) == []
    set_mtu(lo, 67)
    machine.memory.limit = machine.memory.used
    set_mtu(lo, 1500)
    assert lo.ip_ptr is None


# --- ARPHRD_LOOPBACK ----------------------------------------------------------------------------


def test_users_decide_for_lo_as_for_an_ethernet() -> None:
    machine = Machine()
    net = machine.new_net()
    lo = net.loopback_dev
    set_up(lo, True)
    answers = {user.function.__name__: user.function(lo) for user in USERS if user.function}
    assert answers == {
        "netdev_lock_name": "_xmit_LOOPBACK",
        "pktgen_setup_dev": None,
        "llc_mac_hdr_init": 0,
        "llc_mac_header_len": 16,
        "atif_ioctl": None,
        "mctp_known": True,
        "tcf_ife_is_eth_skb": True,
        "siw_dev_qualified": True,
        "ksmbd_lists_interface": False,
    }
    lo.type = 778  # ARPHRD_IPGRE
    numbers = {}
    for user in USERS:
        if user.function:
            try:
                numbers[user.function.__name__] = user.function(lo)
            except OSError as error:
                numbers[user.function.__name__] = errno.errorcode[error.errno]
    assert numbers == {
        "netdev_lock_name": "_xmit_NONE",
        "pktgen_setup_dev": "EINVAL",
        "llc_mac_hdr_init": "EINVAL",
        "llc_mac_header_len": 0,
        "atif_ioctl": "EPROTONOSUPPORT",
        "mctp_known": False,
        "tcf_ife_is_eth_skb": False,
        "siw_dev_qualified": False,
        "ksmbd_lists_interface": True,
    }


def test_who_treats_lo_otherwise_than_an_ethernet() -> None:
    """Of those whose decision the model has; IPv6 is another, and the docstring names them."""
    lo = Machine().new_net().loopback_dev
    set_up(lo, True)
    otherwise = set()
    for user in USERS:
        if user.function:
            lo.type = ARPHRD_LOOPBACK
            for_lo = user.function(lo)
            lo.type = ARPHRD_ETHER
            if user.function(lo) != for_lo:
                otherwise.add(user.function.__name__)
    assert otherwise == {"netdev_lock_name", "mctp_known", "ksmbd_lists_interface"}
    for name in ("IPv6", "SMB", "MCTP", "iWARP"):
        assert name in if_arp.__doc__


def test_pktgen_wants_a_running_device() -> None:
    from lomodel.linux.include.uapi.linux.if_arp import (
        pktgen_setup_dev,
        tcf_ife_is_eth_skb,
    )

    lo = Machine().new_net().loopback_dev
    assert refused(pktgen_setup_dev, lo) == errno.ENETDOWN
    assert not tcf_ife_is_eth_skb(lo, at_ingress=True, mac_len=0)


def test_users_by_release() -> None:
    assert {user.file for user in users("5.14")} - {user.file for user in users("6.1")} == {
        "include/net/dn_route.h",
        "net/decnet/dn_dev.c",
        "net/decnet/dn_neigh.c",
    }
    assert {user.file for user in users("6.1")} - {user.file for user in users("5.14")} == {
        "net/mctp/device.c",
        "net/sched/act_ife.c",
        "fs/smb/server/smb2pdu.c",
    }
    assert users("6.18") == users("6.12") == users("6.6") == users("6.1")
    with pytest.raises(ValueError, match="'5.15' was not read; known: 5.14, 6.1, 6.6"):
        users("5.15")


@pytest.mark.parametrize("release", kernel_trees.RELEASES)
def test_users_are_all_that_the_tree_has(release: str) -> None:
    """Every use in the unpacked part of the tree is in the table, at its line, and no other."""
    tree = kernel_trees.find_tree(release)
    if tree is None:
        pytest.skip(kernel_trees.how_to_get_one(release))
    expected = {
        (user.file, line)
        for user in USERS
        for line in user.lines.get(release, ())
        if (tree / user.file).is_file()
    }
    found = set()
    for folder in ("net", "drivers", "include/net", "include/linux", "fs"):
        for path in (tree / folder).rglob("*.[ch]"):
            text = path.read_text(errors="replace")
            if "ARPHRD_LOOPBACK" in text:
                lines = enumerate(text.split("\n"), 1)
                found |= {
                    (str(path.relative_to(tree)), number)
                    for number, line in lines
                    if "ARPHRD_LOOPBACK" in line and not line.startswith((" *", "/*"))
                }
    first = {}
    for file, number in sorted(found, key=lambda place: (place[0], place[1])):
        first.setdefault(file, number)
    assert set(first.items()) == expected

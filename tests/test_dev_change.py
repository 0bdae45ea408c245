"""net/core/dev.c, up and down, flags and MTU: who is told what in which order, and who may veto.

lo itself has no limits and a driver without ndo_open, ndo_stop and ndo_change_mtu; here it is given
them.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from lomodel.linux.include.linux.netdevice import (
    NETDEV_CHANGE,
    NETDEV_CHANGEMTU,
    NETDEV_DOWN,
    NETDEV_GOING_DOWN,
    NETDEV_PRE_UP,
    NETDEV_PRECHANGEMTU,
    NETDEV_UP,
    NetDevice,
)
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.include.uapi.linux.if_ import (
    IFF_ALLMULTI,
    IFF_BROADCAST,
    IFF_DEBUG,
    IFF_LOOPBACK,
    IFF_LOWER_UP,
    IFF_NOARP,
    IFF_PROMISC,
    IFF_RUNNING,
    IFF_UP,
)
from lomodel.linux.kernel.notifier import notifier_from_errno
from lomodel.linux.kernel.panic import KernelBug
from lomodel.linux.net.core.dev import register_netdevice_notifier, rtnl_lock, rtnl_unlock
from lomodel.linux.net.core.dev_change import (
    dev_change_flags,
    dev_close_many,
    dev_get_flags,
    dev_set_mtu,
    dev_validate_mtu,
)
from lomodel.linux.net.core.dev_ioctl import (
    SIOCGIFFLAGS,
    SIOCSIFFLAGS,
    SIOCSIFTXQLEN,
    Ifreq,
    dev_ioctl,
)
from lomodel.machine import Machine

ENODEV, EINVAL, EPERM = 19, 22, 1


@pytest.fixture
def lo() -> NetDevice:
    return Machine().new_net().loopback_dev


@pytest.fixture
def heard(lo: NetDevice) -> list[int]:
    """The events about lo from now on; what came before is not in it."""
    events: list[int] = []

    def listen(block: NotifierBlock, event: int, info) -> int:
        if info.dev is lo:
            events.append(event)
        return NOTIFY_DONE

    register_netdevice_notifier(lo.machine, NotifierBlock(listen))
    events.clear()
    return events


def veto(lo: NetDevice, what: int) -> None:
    def refuse(block: NotifierBlock, event: int, info) -> int:
        return notifier_from_errno(EPERM) if event == what and info.dev is lo else NOTIFY_DONE

    register_netdevice_notifier(lo.machine, NotifierBlock(refuse))


def errno_of(call, *arguments) -> int:
    with pytest.raises(OSError) as refused:
        call(*arguments)
    return refused.value.errno


def up(lo: NetDevice) -> None:
    dev_change_flags(lo, lo.flags | IFF_UP)


def down(lo: NetDevice) -> None:
    dev_change_flags(lo, lo.flags & ~IFF_UP)


# --- up and down --------------------------------------------------------------------------------


def test_up_and_down_are_told_once(lo: NetDevice, heard: list[int]) -> None:
    up(lo)
    up(lo)
    assert heard == [NETDEV_PRE_UP, NETDEV_UP]
    heard.clear()
    down(lo)
    down(lo)
    dev_close_many([lo])
    assert heard == [NETDEV_GOING_DOWN, NETDEV_DOWN]
    assert not lo.running and not lo.flags & IFF_UP


def test_a_device_that_is_going_down_still_runs(lo: NetDevice) -> None:
    up(lo)
    seen = []

    def listen(block: NotifierBlock, event: int, info) -> int:
        if event in (NETDEV_GOING_DOWN, NETDEV_DOWN) and info.dev is lo:
            seen.append((event, bool(lo.running), bool(lo.flags & IFF_UP)))
        return NOTIFY_DONE

    register_netdevice_notifier(lo.machine, NotifierBlock(listen))
    down(lo)
    assert seen == [(NETDEV_GOING_DOWN, True, True), (NETDEV_DOWN, False, False)]


def test_a_driver_is_asked_to_start_and_told_to_stop(lo: NetDevice) -> None:
    calls = []
    lo.netdev_ops = replace(
        lo.netdev_ops,
        ndo_open=lambda dev: calls.append(("open", bool(dev.running), dev.flags & IFF_UP)),
        ndo_stop=lambda dev: calls.append(("stop", bool(dev.running), dev.flags & IFF_UP)),
    )
    up(lo)
    down(lo)
    assert calls == [("open", True, 0), ("stop", False, IFF_UP)]


def test_a_driver_that_cannot_start_stays_down(lo: NetDevice, heard: list[int]) -> None:
    def refuse(dev: NetDevice) -> None:
        raise OSError(5, "no")

    lo.netdev_ops = replace(lo.netdev_ops, ndo_open=refuse)
    assert errno_of(up, lo) == 5
    assert not lo.running and not lo.flags & IFF_UP
    assert heard == [NETDEV_PRE_UP]


def test_a_veto_before_up(lo: NetDevice) -> None:
    veto(lo, NETDEV_PRE_UP)
    assert errno_of(up, lo) == EPERM
    assert not lo.running and not lo.flags & IFF_UP


def test_a_device_that_is_not_there(lo: NetDevice) -> None:
    lo.present = False
    assert errno_of(up, lo) == errno_of(dev_set_mtu, lo, 1500) == ENODEV


# --- flags --------------------------------------------------------------------------------------


def test_which_flags_anybody_may_write(lo: NetDevice, heard: list[int]) -> None:
    """IFF_LOOPBACK stays, and a count of listeners of which the user has none; up is an action."""
    lo.flags |= IFF_PROMISC
    dev_change_flags(lo, IFF_UP | IFF_NOARP | IFF_ALLMULTI | IFF_BROADCAST)
    assert lo.flags == IFF_LOOPBACK | IFF_PROMISC | IFF_UP | IFF_NOARP | IFF_ALLMULTI
    assert heard == [NETDEV_PRE_UP, NETDEV_UP, NETDEV_CHANGE]
    heard.clear()
    dev_change_flags(lo, IFF_UP | IFF_NOARP)
    assert heard == []
    dev_change_flags(lo, IFF_UP | IFF_DEBUG)
    assert heard == [NETDEV_CHANGE]
    heard.clear()
    dev_change_flags(lo, IFF_NOARP)
    assert heard == [NETDEV_GOING_DOWN, NETDEV_DOWN]  # no CHANGE of a device that is down


@pytest.mark.parametrize(
    ("running", "carrier", "seen"),
    [(True, True, IFF_RUNNING | IFF_LOWER_UP), (True, False, 0), (False, True, 0)],
)
def test_what_user_space_sees(lo: NetDevice, running: bool, carrier: bool, seen: int) -> None:
    lo.running, lo.carrier = running, carrier
    lo.flags |= IFF_RUNNING
    assert dev_get_flags(lo) & (IFF_RUNNING | IFF_LOWER_UP) == seen
    assert dev_get_flags(lo) & IFF_LOOPBACK


# --- MTU ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("least", "most", "fine", "refused"),
    [
        (0, 0, (0, 2**31 - 1), (-1,)),
        (68, 0, (68, 2**31 - 1), (67, -1)),
        (68, 9000, (68, 9000), (67, 9001)),
    ],
)
def test_limits_of_the_mtu(lo: NetDevice, least: int, most: int, fine, refused) -> None:
    lo.min_mtu, lo.max_mtu = least, most
    for mtu in fine:
        dev_validate_mtu(lo, mtu)
    for mtu in refused:
        assert errno_of(dev_validate_mtu, lo, mtu) == EINVAL


def test_the_mtu_that_it_has_is_no_change(lo: NetDevice, heard: list[int]) -> None:
    dev_set_mtu(lo, lo.mtu)
    assert heard == []
    dev_set_mtu(lo, 1500)
    assert heard == [NETDEV_PRECHANGEMTU, NETDEV_CHANGEMTU]


@pytest.mark.parametrize("event", [NETDEV_PRECHANGEMTU, NETDEV_CHANGEMTU])
def test_a_veto_leaves_the_old_mtu(lo: NetDevice, event: int) -> None:
    veto(lo, event)
    before = lo.mtu
    assert errno_of(dev_set_mtu, lo, 1500) == EPERM
    assert lo.mtu == before


def test_a_driver_that_wants_to_know_sets_the_mtu_itself(lo: NetDevice) -> None:
    def rounded(dev: NetDevice, mtu: int) -> None:
        dev.mtu = mtu & ~7

    lo.netdev_ops = replace(lo.netdev_ops, ndo_change_mtu=rounded)
    dev_set_mtu(lo, 1501)
    assert lo.mtu == 1496


# --- by ioctl, and the lock ---------------------------------------------------------------------


def test_flags_by_ioctl(lo: NetDevice) -> None:
    """What is read can be written back and changes nothing; IFF_LOWER_UP does not fit."""
    net = lo.nd_net
    up(lo)
    ifr = dev_ioctl(net, SIOCGIFFLAGS, Ifreq("lo"))
    assert ifr.ifr_flags == IFF_UP | IFF_LOOPBACK | IFF_RUNNING
    dev_ioctl(net, SIOCSIFFLAGS, ifr)
    assert lo.flags & IFF_UP and not net.machine.rtnl_locked


def test_a_queue_of_no_packets_is_a_length(lo: NetDevice) -> None:
    dev_ioctl(lo.nd_net, SIOCSIFTXQLEN, Ifreq("lo", ifr_qlen=0))
    assert lo.tx_queue_len == 0


def test_who_holds_the_lock_cannot_take_it_again(lo: NetDevice) -> None:
    rtnl_lock(lo.machine)
    with pytest.raises(KernelBug, match="rtnl_mutex is not recursive"):
        rtnl_lock(lo.machine)
    rtnl_unlock(lo.machine)
    rtnl_lock(lo.machine)
    rtnl_unlock(lo.machine)


def test_a_driver_is_told_of_the_end(lo: NetDevice) -> None:
    told = []
    lo.netdev_ops = replace(lo.netdev_ops, ndo_uninit=told.append)
    lo.machine.end_net(lo.nd_net)
    assert told == [lo]

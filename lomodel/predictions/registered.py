"""Predictions of the page about the promise that makes a lo for every namespace."""

from __future__ import annotations

from lomodel.desk import boot
from lomodel.explore.prediction import Choice, Number, Order, Prediction, Reckoned
from lomodel.linux.include.linux.netdevice import NETREG_REGISTERED
from lomodel.linux.net.core.net_namespace import (
    PernetOperations,
    register_pernet_device,
    register_pernet_subsys,
)

NUMBER = (1, 1)
TITLE = "A promise, registered"

NEW = 3
"""Namespaces that the first question makes."""
DEVICE, SUBSYS = "a device promise of today", "a subsystem promise of today"
KEPT = {
    DEVICE: DEVICE,
    "loopback_net_ops": "`loopback_net_ops`",
    SUBSYS: SUBSYS,
    "devinet_ops": "`devinet_ops`, of IPv4",
}
"""The promises to be sorted, as a reader reads them, in the order in which they are offered."""
WHO = {
    "loopback_net_ops": "`loopback_net_ops`, which made it",
    "devinet_ops": "`devinet_ops`, because the addresses go",
    "default_device_ops": "`default_device_ops`, another promise",
    "nobody": "nobody: its memory goes with the namespace's",
}


def los(release: str) -> int:
    """The devices called lo of a machine that has booted and made NEW namespaces."""
    machine = boot(release)
    for _ in range(NEW):
        machine.new_net()
    devices = [dev for net in machine.net_namespace_list for dev in net.dev_base_head]
    return sum(dev.name == "lo" for dev in devices)


def who_runs_first(release: str) -> tuple[str, ...]:
    """The promises of KEPT in the order of the list that a new namespace goes through."""
    machine = boot(release)
    register_pernet_device(machine, PernetOperations(DEVICE))
    register_pernet_subsys(machine, PernetOperations(SUBSYS))
    return tuple(KEPT[ops.name] for ops in machine.pernet_list if ops.name in KEPT)


def who_removes(release: str) -> str:
    """The promise of WHO without which lo is still registered when its namespace has ended."""
    needed = [name for name in WHO if lo_outlives(release, name)]
    return needed[0] if needed else "nobody"


def lo_outlives(release: str, without: str) -> bool:
    """Whether lo is still registered after its namespace's end, when that promise is not kept."""
    machine = boot(release)
    net = machine.new_net()
    lo = net.loopback_dev
    machine.pernet_list = [ops for ops in machine.pernet_list if ops.name != without]
    machine.end_net(net)
    return lo.reg_state == NETREG_REGISTERED


PREDICTIONS = (
    Prediction(
        name="lo-everywhere",
        title="how many",
        question=f"The machine has booted, and programs make {['no', 'one', 'two', 'three'][NEW]} "
        "new namespaces. How many devices called `lo` are there now?",
        kind=Number("devices", 1, 100),
        source=Reckoned(los, "A scenario plays in one namespace, and cannot count in others."),
        expected=4,
        why="One for each new namespace, and one for `init_net`, the namespace that exists since "
        "boot. The promise holds for every namespace that there was, and for every one to come.",
    ),
    Prediction(
        name="who-runs-first",
        title="whose turn",
        question="Today a module makes two more promises: one with `register_pernet_device`, one "
        "with `register_pernet_subsys`. Then a namespace is made. Sort these four by their turn "
        "in it, the first on top.",
        kind=Order(tuple(KEPT.values())),
        source=Reckoned(
            who_runs_first, "No program can make such a promise: it takes a kernel module."
        ),
        expected=tuple(KEPT[each] for each in ("devinet_ops", SUBSYS, "loopback_net_ops", DEVICE)),
        why="A subsystem promise is put in before the first device promise, which is that of `lo`, "
        "however late it comes. A device promise is put at the end.",
    ),
    Prediction(
        name="who-removes",
        title="at the end",
        question="A namespace ends. Which promise takes its `lo` away?",
        kind=Choice(WHO),
        source=Reckoned(
            who_removes, "A scenario's namespace ends when nobody can look into it any more."
        ),
        expected="default_device_ops",
        why="`loopback_net_ops` has no function for the end. `default_device_exit_batch` "
        "unregisters whatever devices are left, in reverse order: `lo`, the first, goes last.",
    ),
)

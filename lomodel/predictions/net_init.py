"""Predictions of the page about the birth of lo."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from lomodel.desk import boot, lo_up
from lomodel.explore.prediction import Choice, Number, Prediction, Reckoned
from lomodel.figures.birth import birth
from lomodel.linux.include.linux.netdevice import NETDEV_REGISTER
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.kernel.panic import KernelPanic
from lomodel.linux.net.core.dev import register_netdevice_notifier
from lomodel.linux.net.core.dev_ioctl import set_name, set_up

NUMBER = (1, 2)
TITLE = "Birth"


def survivors(release: str) -> int:
    """After how many of the failures of one allocation the namespace exists."""
    machine = boot(release)
    for nth in range(1, len(birth(release)[1]) + 1):
        machine.memory.fail(nth)
        with suppress(OSError):
            machine.new_net()
    return len(machine.net_namespace_list) - 1


def allocations(release: str) -> dict[str, int]:
    """How many allocations a birth makes."""
    return {"count": len(birth(release)[1])}


def seen_at_register(release: str) -> str:
    """What a listener finds in ``net->loopback_dev`` when lo is announced."""
    seen: list[str] = []

    def listen(block: NotifierBlock, event: int, info: Any) -> int:
        if event == NETDEV_REGISTER:
            found = info.dev.nd_net.loopback_dev
            seen.append("NULL" if found is None else "new" if found is info.dev else "other")
        return NOTIFY_DONE

    machine = boot(release)
    register_netdevice_notifier(machine, NotifierBlock(listen))
    seen.clear()
    machine.new_net()
    (found,) = seen
    return found


def rename(release: str) -> str:
    """When lo can be renamed."""
    lo = lo_up(release)
    for when, up in (("up", True), ("down", False)):
        set_up(lo, up)
        with suppress(OSError):
            set_name(lo, "foo")
            return when
    return "never"


def boot_without_memory(release: str) -> str:
    """What becomes of a boot in which the first allocation for lo fails."""
    try:
        machine = boot(release, fail_nth=1)
    except KernelPanic:
        return "panic"
    return "later" if machine.init_net.loopback_dev is None else "again"


PREDICTIONS = (
    Prediction(
        name="name-while-up",
        title="another name",
        question="`lo` is up. You own its namespace, as in a shell after `unshare -rn`. Can you "
        "rename it, with `ip link set lo name foo`?",
        kind=Choice(
            {
                "never": "no: the type of its name forbids it",
                "down": "only after `ip link set lo down`",
                "up": "yes",
            }
        ),
        source=Reckoned(
            rename,
            "No step of a scenario renames `lo`. The box of this page does it on a real one.",
        ),
        expected="up",
        why="No type of a name forbids another name. Up to Linux 6.1 a device that was up could "
        "not be renamed (`EBUSY`); since 6.2 it can.",
    ),
    Prediction(
        name="listener",
        title="who looks on",
        question="`register_netdevice` tells all listeners that `lo` is there: `NETDEV_REGISTER`. "
        "One of them looks at `net->loopback_dev` in that moment. What is there?",
        kind=Choice(
            {
                "new": "the new `lo`",
                "other": "the `lo` of `init_net`",
                "NULL": "NULL",
            }
        ),
        source=Reckoned(seen_at_register, "No program can listen there: it takes a kernel module."),
        expected="NULL",
        why="`loopback_net_init` writes the pointer after `register_netdev` has come back, and the "
        "listeners are called inside. Whoever listens finds the new device in what comes with the "
        "event.",
    ),
    Prediction(
        name="failures",
        title="one failure",
        question="The model makes {count} allocations for a new namespace and its `lo`. Let each "
        "of them fail once, and try to make the namespace. After how many of these {count} "
        "failures does the namespace exist all the same?",
        kind=Number("failures", 0, 13),
        source=Reckoned(
            survivors, "It takes a kernel that was built to let chosen allocations fail."
        ),
        expected=0,
        why="Whatever fails, `loopback_net_init` passes the error on, `setup_net` undoes what was "
        "done, and the program gets `ENOMEM`. A namespace without a `lo` does not exist.",
        facts=allocations,
    ),
    Prediction(
        name="boot-without-memory",
        title="the first one",
        question="At boot the same function makes the `lo` of `init_net`. Now an allocation fails "
        "there. What happens?",
        kind=Choice(
            {
                "later": "the machine boots, without a `lo`",
                "again": "it is tried again until it works",
                "panic": "the machine stops: a panic",
            }
        ),
        source=Reckoned(
            boot_without_memory, "The kernels that are asked have booted, so this did not happen."
        ),
        expected="panic",
        why="Elsewhere the error goes to the program that wanted the namespace. At boot there is "
        "no such program, and nothing that could be undone.",
    ),
)

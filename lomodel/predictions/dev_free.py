"""Predictions of the page about the end of lo."""

from __future__ import annotations

from lomodel.contract import errno_name
from lomodel.desk import new_lo
from lomodel.explore.prediction import Choice, Order, Played, Prediction, Reckoned
from lomodel.figures.lifeline import life
from lomodel.linux.include.linux.netdevice import netdev_hold
from lomodel.linux.kernel.panic import KernelPanic
from lomodel.linux.net.core.dev import __dev_change_net_namespace as change_net_namespace
from lomodel.linux.net.core.net_namespace import put_net
from lomodel.predictions._steps import UP
from lomodel.scenario import Observed

NUMBER = (1, 6)
TITLE = "The end, and who frees what"

COUNTERS, DESTRUCTOR, MEMORY = "the counters are freed", "`loopback_dev_free`", "`free_netdev`"


def order_of_the_end(release: str) -> tuple[str, ...]:
    """Counters, destructor and memory in the order in which the model's kernel lets them go.

    Where the destructor frees the counters itself, they stand before it: they are gone when it
    returns.
    """
    moments = life(release)
    names = [each.name for each in moments]
    # Counted from the end, as they are not there at the beginning either.
    freed = max(at for at, each in enumerate(moments) if "counters" in each.there) + 1
    at = {
        COUNTERS: freed - 0.5,
        DESTRUCTOR: names.index("loopback_dev_free"),
        MEMORY: names.index("free_netdev"),
    }
    return tuple(sorted(at, key=at.__getitem__))


def with_a_reference(release: str) -> str:
    """What the end of a namespace comes to while somebody holds a reference to its lo."""
    lo = new_lo(release)
    netdev_hold(lo)
    try:
        put_net(lo.nd_net)
    except KernelPanic as stopped:
        return "waits" if "waiting for lo" in str(stopped) else "crash"
    return "frees"


def moved(release: str) -> str:
    """What root is told who moves lo to another namespace."""
    lo = new_lo(release)
    try:
        change_net_namespace(lo, lo.machine.new_net())
    except OSError as error:
        return errno_name(error)
    return "moves"


def deleted(observed: Observed) -> str:
    """What ``ip link delete lo`` is answered."""
    return observed[-1]["error"] or "gone"


PREDICTIONS = (
    Prediction(
        name="root-deletes",
        title="ip link delete lo",
        question="`lo` is up, and root of the namespace says `ip link delete lo`. What does the "
        "kernel answer?",
        kind=Choice(
            {
                "gone": "nothing: `lo` is gone",
                "EPERM": "`EPERM`: not even root may",
                "EBUSY": "`EBUSY`: it is up",
                "EOPNOTSUPP": "`EOPNOTSUPP`: it cannot be done",
            }
        ),
        source=Played((UP, {"do": "link", "delete": True}), deleted),
        expected="EOPNOTSUPP",
        why="`ip link` can delete what `ip link` can make, by the functions that are registered "
        "for such a kind of device. For `lo` none are: it is made with its namespace.",
    ),
    Prediction(
        name="root-moves",
        title="to another namespace",
        question="And if root moves `lo` to another namespace, with `ip link set lo netns ...`?",
        kind=Choice(
            {
                "moves": "it moves, and is the second `lo` there",
                "swap": "the two `lo` change places",
                "EINVAL": "`EINVAL`: it stays",
                "EEXIST": "`EEXIST`: the name is taken there",
            }
        ),
        source=Reckoned(
            moved, "No step of a scenario moves a device; the box on this page asks a kernel."
        ),
        expected="EINVAL",
        why="`gen_lo_setup` marks the device as one that stays in its namespace. That is asked "
        "first, of whoever may move a device at all.",
    ),
    Prediction(
        name="three-ends",
        title="three things go",
        question="In Linux 6.12 three things are left to be done when `lo` has been unregistered. "
        "In which order?",
        kind=Order((MEMORY, COUNTERS, DESTRUCTOR)),
        source=Reckoned(
            order_of_the_end,
            "No step of a scenario ends a namespace and reports what is called on the way.",
        ),
        expected=(COUNTERS, DESTRUCTOR, MEMORY),
        why="The core frees the counters that it allocated. Then the driver's destructor has its "
        "turn, which still needs the device. Then the device itself goes.",
    ),
    Prediction(
        name="still-held",
        title="somebody holds on",
        question="A namespace ends, and somebody in the kernel still holds a reference to its "
        "`lo`. What does the kernel do?",
        kind=Choice(
            {
                "frees": "it frees `lo`, and the reference leads nowhere",
                "waits": "it waits, and says so in its log",
                "error": "it keeps the namespace, and tells its last process",
                "crash": "it stops with a kernel bug",
            }
        ),
        source=Reckoned(with_a_reference, "No step of a scenario takes a reference."),
        expected="waits",
        why="`netdev_run_todo` frees nothing that somebody may still use. It waits "
        "until its own reference is the only one, and repeats a line in the log meanwhile.",
    ),
)

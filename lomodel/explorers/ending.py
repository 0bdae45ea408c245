"""The explorer ``ending``: a namespace ends, step by step; what is there of its lo?

No step of a scenario ends a namespace: what is shown is the model's word alone. All of it is read
off the device when a function returns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice, Range, Switch
from lomodel.explore.declaration import Declaration, Main, Outcome, Question
from lomodel.explorers._boxes import Row, draw_rows
from lomodel.figures.lifeline import has, there
from lomodel.linux.include.linux import netdevice
from lomodel.linux.include.linux.netdevice import NetDevice, netdev_hold
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.linux.kernel.panic import KernelPanic
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.core.net_namespace import put_net
from lomodel.machine import Machine
from lomodel.trace import watching

STEPS = (
    "dev_close_many",
    "unlist_netdevice",
    "unregister_netdevice_many",
    "netdev_refcnt_read",
    "netdev_do_free_pcpu_stats",
    "loopback_dev_free",
    "free_netdev",
    "cleanup_net",
)
"""Functions whose return is a step, in their order; step 0 is before all of them."""
THINGS = {
    "up": "up",
    "127.0.0.1": "127.0.0.1",
    "::1": "::1",
    "list": "list and index",
    "pointer": "loopback_dev",
    "counters": "counters",
    "struct": "net_device",
    "net": "net",
}
"""What there is, and the name of its box."""
SAID = {"up": "the flag UP", "list": "its name and index", "pointer": "net->loopback_dev"}
SAID |= {"counters": "the counters", "struct": "the struct net_device", "net": "the struct net"}
STATES = {
    getattr(netdevice, f"NETREG_{name}"): name
    for name in ("REGISTERED", "UNREGISTERING", "UNREGISTERED", "RELEASED")
}


@dataclass(frozen=True)
class Moment:
    """What there is (keys of ``THINGS``), the device's state, and the bytes held since its birth;
    ``why`` says why the step does not come, "" if it does."""

    there: frozenset[str]
    state: str
    bytes: int
    why: str = ""


@cache
def moments(release: str, held: bool) -> tuple[Moment, ...]:
    """The end of a namespace, from step 0 on; ``held``: somebody has a reference to its lo."""
    machine = Machine(release)
    before = machine.memory.used
    lo = machine.new_net().loopback_dev
    set_up(lo, True)
    if held:
        netdev_hold(lo)

    def look(given: tuple[object, ...]) -> Moment:
        return _moment(lo, before)

    stopped = ""
    with watching(look), machine.trace() as trace:
        try:
            put_net(lo.nd_net)
        except KernelPanic as panic:
            stopped = str(panic)
    seen = {m.call.name: m.packet for m in trace.moments if m.returned and m.call.name in STEPS}
    seen = {name: moment for name, moment in seen.items() if has(release, name)}
    return _in_steps(trace.moments[0].packet, seen, stopped, release)


def _in_steps(
    first: Moment, seen: dict[str, Moment], stopped: str, release: str
) -> tuple[Moment, ...]:
    found = [first]
    waits = STEPS.index("netdev_do_free_pcpu_stats") if stopped else len(STEPS)
    for at, name in enumerate(STEPS):
        if at >= waits:
            why = f"{name} is not reached: the kernel waits, and says so. {stopped}."
            found.append(replace(found[waits], why=why))
        else:
            absent = replace(found[-1], why=f"Linux {release} has no {name}.")
            found.append(seen.get(name, absent))
    return tuple(found)


def _moment(lo: NetDevice, before: int) -> Moment:
    used = lo.machine.memory.used - before
    found = set(there(lo)) | ({"up"} if lo.flags & IFF_UP else set())
    found |= {each.split("/")[0] for each in lo.nd_net.addresses(lo)}
    return Moment(frozenset(found | ({"net"} if used else set())), STATES[lo.reg_state], used)


def outcome(c: dict[str, Any]) -> Outcome:
    """Looks at one step."""
    steps = moments(c["release"], c["held"])
    at, now = c["step"], steps[c["step"]]
    names = {name: "done" for n, name in enumerate(STEPS[:at], 1) if not steps[n].why}
    boxes = {THINGS[name]: "" for name in now.there}
    values = {"bytes": now.bytes, "state": now.state, "gone": _list(_gone(steps, at))}
    return Outcome(
        summary=_summary(steps, at),
        values=values,
        parts=names | boxes,
        met="struct" not in now.there and "net" in now.there,
    )


def _gone(steps: tuple[Moment, ...], at: int) -> frozenset[str]:
    return steps[at - 1].there - steps[at].there if at else frozenset()


def _list(things: frozenset[str]) -> str:
    return ", ".join(SAID.get(name, name) for name in THINGS if name in things) or "nothing"


def _summary(steps: tuple[Moment, ...], at: int) -> str:
    now = steps[at]
    if now.why:
        return now.why
    went = _list(_gone(steps, at))
    said = (
        f"{STEPS[at - 1]} has returned; gone with it: {went}."
        if at
        else "cleanup_net begins: lo lives."
    )
    left = f"Still there: {_list(now.there)}."
    if "struct" not in now.there:
        return f"{said} There is no lo any more. {left}"
    found = "its name and its index find it" if "list" in now.there else "nobody can find it"
    return f"{said} The device exists, and {found}. {left}"


def figure() -> str:
    """The steps, and the things."""
    rows = [
        Row("Returned", STEPS, 1, "core"),
        Row("There is still", tuple(THINGS.values()), 2, "device"),
    ]
    return draw_rows(rows, "The end of lo", "Which functions have returned, and what is there.")


EXPLORER = Declaration(
    name="ending",
    title="The end, step by step",
    intro="A namespace ends whose lo is up. Move the step, and see what is still there.",
    controls=[
        Range("step", "Step", range(len(STEPS) + 1), f"of {len(STEPS)}", initial=0),
        Choice(
            "release", "Kernel", {n: f"Linux {n}" for n in ("5.14", "6.1", RELEASE)}, "", RELEASE
        ),
        Switch("held", "somebody holds a reference", initial=False),
    ],
    outcome=outcome,
    figure=figure,
    questions=lambda: list[Question](),
    values={"bytes": "bytes held", "state": "reg_state, NETREG_", "gone": "gone with this step"},
    main=Main("bytes", "byte is held; {state}", "bytes are held; the device is {state}"),
    presets={
        "lo lives": {},
        "Off the lists": {"step": 2},
        "Before the destructor": {"step": 5},
        "The same in 6.1": {"step": 5, "release": "6.1"},
        "Somebody holds on": {"step": 5, "held": True},
        "All gone": {"step": len(STEPS)},
    },
    challenge="There is no lo any more, and its namespace is still there.",
    origin="model",
)

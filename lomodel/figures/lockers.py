"""Per-CPU memory as rows of lockers: one row a CPU, and in each the locker that a pointer names."""

from __future__ import annotations

from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.linux.include.linux.cpumask import for_each_possible_cpu
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.mm.percpu import PerCpu, per_cpu_address, per_cpu_offset

SHOWN = 128
"""Bytes of each unit that are drawn: its beginning."""
LOCKER = 16
"""Bytes between two lines of the drawing."""
GRAIN = 4
"""Bytes of a column of the drawing: the least that is ever allocated."""


def lockers(lo: NetDevice) -> Picture:
    """The beginning of every unit of the chunk that has lo's counters, with their copies opened.

    ValueError where they lie behind what is drawn.
    """
    machine, lstats = lo.machine, lo.lstats
    offset = lstats.ptr - lstats.chunk.base
    if offset + lstats.size > SHOWN:
        raise ValueError(f"the counters lie {offset} bytes into a unit; drawn are {SHOWN}")
    cpus = list(for_each_possible_cpu(machine))
    rows = "".join(_row(lo, cpu) for cpu in cpus)
    text = describe(lo, cpus)
    caption = (
        f"The first {SHOWN} bytes of each unit of {lstats.chunk.unit_size}; between two lines are "
        f"{LOCKER} bytes. Purple: the counters of lo. Hatched: taken by others."
    )
    html = (
        f'<figure class="lo-picture lo-lockers"><div role="img" aria-label="{escape(text)}">'
        f"{_pointer(lstats)}{rows}</div><figcaption>{escape(caption)}</figcaption></figure>"
    )
    return Picture("Lockers: a per-CPU pointer and its copies", html, text)


def describe(lo: NetDevice, cpus: list[int]) -> str:
    """The drawing in words."""
    machine, lstats = lo.machine, lo.lstats
    added = (
        f"CPU {cpu} adds {per_cpu_offset(machine, cpu):#x} and gets "
        f"{per_cpu_address(machine, lstats, cpu):#x}"
        for cpu in cpus
    )
    return (
        f"{len(cpus)} rows of lockers, one for each possible CPU, the same locker open in each. "
        f"The pointer is {lstats.ptr:#x}: {'; '.join(added)}."
    )


def _pointer(lstats: PerCpu) -> str:
    at = 100 * (lstats.ptr - lstats.chunk.base) / SHOWN
    return (
        '<div class="lo-locker-row head"><span></span><span class="lo-locker-mark" '
        f'style="padding-left:{at:g}%">the pointer {lstats.ptr:#x}</span><span>+ offset of the CPU'
        "</span></div>"
    )


def _row(lo: NetDevice, cpu: int) -> str:
    machine, lstats = lo.machine, lo.lstats
    offset, address = per_cpu_offset(machine, cpu), per_cpu_address(machine, lstats, cpu)
    return (
        f'<div class="lo-locker-row"><b>CPU {cpu}</b>'
        f'<div class="lo-locker-unit">{_areas(lstats)}</div>'
        f"<code><span>+ {offset:#x} = </span>{address:#x}</code></div>"
    )


def _areas(lstats: PerCpu) -> str:
    """What is taken of one unit, as boxes of the grid."""
    own = lstats.ptr - lstats.chunk.base
    grid = "".join(_area("line", at, LOCKER) for at in range(0, SHOWN, LOCKER))
    return grid + "".join(
        _area("own" if offset == own else "other", offset, min(size, SHOWN - offset))
        for offset, size in lstats.chunk.areas
        if offset < SHOWN
    )


def _area(kind: str, offset: int, size: int) -> str:
    start = offset // GRAIN + 1
    return f'<i class="{kind}" style="grid-column:{start}/{start + size // GRAIN}"></i>'

"""A struct pcpu_lstats in its cache line: what its bytes are, and where such a pair may begin."""

from __future__ import annotations

from dataclasses import dataclass

from lomodel.cachelines import CACHE_LINE
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.netdevice_stats import SIZEOF_U64, PcpuLstats
from lomodel.linux.include.linux.u64_stats_sync import sizeof_u64_stats_sync

GRAIN = 4
"""Bytes of a column of the drawing."""
NARROW = 4
"""Bytes of a field whose name has no room in its box: it stands above."""


@dataclass(frozen=True)
class Field:
    """A field, or what fills up: its name, and its bytes."""

    name: str
    length: int


def fields(bits: int) -> list[Field]:
    """The bytes of the struct in their order; ``syncp`` may have none."""
    sync = sizeof_u64_stats_sync(bits)
    found = [Field("packets", SIZEOF_U64), Field("bytes", SIZEOF_U64), Field("syncp", sync)]
    filled = sum(each.length for each in found)
    return [*found, Field("padding", PcpuLstats.sizeof(bits) - filled)]


def pair_in_line(lo: NetDevice) -> Picture:
    """CPU 0's copy of lo's counters in its cache line, with the places where one may begin.

    ValueError where the copy goes on in the next line.
    """
    start, parts = lo.lstats.ptr % CACHE_LINE, fields(lo.machine.bits)
    if start + lo.lstats.size > CACHE_LINE:
        raise ValueError(f"the copy begins at byte {start} and goes on in the next line")
    text = describe(lo, start, parts)
    html = (
        f'<figure class="lo-picture lo-pair"><div role="img" aria-label="{escape(text)}">'
        f'<div class="lo-pair-line{_high(parts)}">{_boxes(start, parts)}{_marks(lo.lstats.align)}'
        f"</div></div>"
        f"<figcaption>{escape(_caption(lo, parts))}</figcaption></figure>"
    )
    return Picture(f"A pair in its cache line, {lo.machine.bits} bits", html, text)


def describe(lo: NetDevice, start: int, parts: list[Field]) -> str:
    """The drawing in words."""
    inside = ", ".join(f"{each.name} {each.length}" for each in parts)
    places = ", ".join(str(at) for at in range(0, CACHE_LINE, lo.lstats.align))
    return (
        f"A cache line of {CACHE_LINE} bytes on a machine of {lo.machine.bits} bits. A copy begins "
        f"at byte {start} and has {lo.lstats.size} bytes: {inside}. It may begin at {places}."
    )


def _caption(lo: NetDevice, parts: list[Field]) -> str:
    empty = [each.name for each in parts if not each.length and each.name != "padding"]
    none = f" {' and '.join(empty)} has no bytes." if empty else ""
    return (
        f"One cache line, {CACHE_LINE} bytes, on a machine of {lo.machine.bits} bits. A copy may "
        f"begin at each mark.{none}"
    )


def _boxes(start: int, parts: list[Field]) -> str:
    """The fields that have bytes, and above and below them what they are and how long."""
    found, at = "", start
    for each in parts:
        if each.length:
            column = f"grid-column:{at // GRAIN + 1}/{(at + each.length) // GRAIN + 1}"
            name = f"<b>{each.name}</b>"
            above, inside = (name, "") if each.length <= NARROW else ("", name)
            found += (
                f'<i class="{each.name}" style="{column}">{inside}<span>{each.length}</span></i>'
            )
            if above:
                found += f'<s style="{column}">{above}</s>'
        at += each.length
    return found


def _high(parts: list[Field]) -> str:
    """The class of a drawing with room above the line, for the name of a narrow field."""
    return " high" if any(0 < each.length <= NARROW for each in parts) else ""


def _marks(align: int) -> str:
    return "".join(
        f'<u style="grid-column:{at // GRAIN + 1}">{at}</u>' for at in range(0, CACHE_LINE, align)
    )

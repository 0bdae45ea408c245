"""Who counts: each CPU's pair of lo's counters, their sums, and the line of /proc/net/dev.

Which column a counter stands in is found by printing it alone; who moves it, by letting the driver
fill in a form. Nothing of both is written down here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from types import SimpleNamespace
from typing import Any

from lomodel.desk import new_lo
from lomodel.figures.layers import sample
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.linux.drivers.net.loopback import dev_lstats_read, loopback_get_stats64
from lomodel.linux.include.linux.cpumask import for_each_possible_cpu
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.netdevice_stats import (
    CORE_STATS,
    PcpuLstats,
    RtnlLinkStats64,
)
from lomodel.linux.net.core.net_procfs import HEADER, dev_seq_printf_stats

WHO = {"device": "the driver", "core": "the core", "": "nobody, on lo"}
"""Who counts, by the layer that it belongs to."""

HALVES = ("receive", "transmit")


@dataclass(frozen=True)
class Column:
    """One of the 16 columns: its half and name, the counters that it adds up, and the layer that
    moves one of them on a lo ("" for none)."""

    half: str
    name: str
    counters: tuple[str, ...]
    layer: str


@cache
def columns() -> tuple[Column, ...]:
    """The columns of the file, in its order; the driver's do not depend on the device."""
    names = HEADER.split("\n")[1].split("|")[1:]
    heads = [
        (half, name) for half, part in zip(HALVES, names, strict=True) for name in part.split()
    ]
    counters: list[list[str]] = [[] for _ in heads]
    for field in fields(RtnlLinkStats64):
        for at, number in enumerate(numbers(_with(field.name))):
            if number:
                counters[at].append(field.name)
    return tuple(
        Column(half, name, tuple(found), _layer(found))
        for (half, name), found in zip(heads, counters, strict=True)
    )


def numbers(dev: NetDevice) -> list[int]:
    """A device's 16 numbers, as the file prints them."""
    return [int(number) for number in dev_seq_printf_stats(dev).split(":")[1].split()]


def _with(counter: str) -> Any:
    """A device of which one counter is 1, the others 0."""

    def ndo_get_stats64(dev: NetDevice, stats: RtnlLinkStats64) -> None:
        setattr(stats, counter, 1)

    ops, core = SimpleNamespace(ndo_get_stats64=ndo_get_stats64), SimpleNamespace(copies=list)
    return SimpleNamespace(name="probe", netdev_ops=ops, core_stats=core)


@cache
def driver_fills() -> tuple[str, ...]:
    """The counters that lo's driver writes into a form, in the form's order."""
    names = [field.name for field in fields(RtnlLinkStats64)]
    form = RtnlLinkStats64(**dict.fromkeys(names, -1))
    loopback_get_stats64(new_lo(), form)
    return tuple(name for name in names if getattr(form, name) != -1)


def _layer(counters: list[str]) -> str:
    if set(counters) & set(driver_fills()):
        return "device"
    return "core" if set(counters) & set(CORE_STATS) else ""


def lstats_sum(lo: NetDevice, hide: str = "") -> Picture:
    """The pairs of every possible CPU, their two sums, and lo's line with who counts each column.

    ``hide`` leaves one half of the line open, of "receive" and "transmit". ValueError for another.
    """
    if hide not in ("", *HALVES):
        raise ValueError(f"hide {hide!r}: expected one of {', '.join(HALVES)}, or nothing")
    pairs = {cpu: lo.lstats[cpu] for cpu in for_each_possible_cpu(lo.machine)}
    text = describe(lo, hide)
    release = lo.machine.release.name
    html = (
        f'<figure class="lo-picture lo-sum"><div role="img" aria-label="{escape(text)}">'
        f"{_pairs(pairs, lo)}{_way()}"
        f"{''.join(_half(half, lo, half == hide) for half in HALVES)}</div>"
        f"<figcaption>lo's line of <code>/proc/net/dev</code>, and who counts each column "
        f"(model, Linux {release}): {_key()}</figcaption></figure>"
    )
    return Picture(f"The counters of {len(pairs)} CPUs, and lo's line", html, text)


def describe(lo: NetDevice, hide: str) -> str:
    """The figure in words."""
    pairs = [f"CPU {cpu}: {_said(lo.lstats[cpu])}" for cpu in for_each_possible_cpu(lo.machine)]
    packets, bytes = dev_lstats_read(lo)
    total = f"Summed by dev_lstats_read: packets {packets}, bytes {bytes}."
    shown = [_half_said(half, lo, half == hide) for half in HALVES]
    return " ".join([f"{'; '.join(pairs)}.", total, *shown])


def _said(pair: PcpuLstats) -> str:
    return f"packets {pair.packets}, bytes {pair.bytes}"


def _half_said(half: str, lo: NetDevice, hidden: bool) -> str:
    if hidden:
        return f"{half.capitalize()}: open."
    said = [f"{column.name} {n} ({WHO[column.layer]})" for column, n in _of(half, lo)]
    return f"{half.capitalize()}: {', '.join(said)}."


def _of(half: str, lo: NetDevice) -> list[tuple[Column, int]]:
    pairs = zip(columns(), numbers(lo), strict=True)
    return [(column, number) for column, number in pairs if column.half == half]


def _pairs(pairs: dict[int, PcpuLstats], lo: NetDevice) -> str:
    """A CPU's pair in each column, and what they come to at the right."""
    columns = [
        _pair("", "packets", "bytes", " names"),
        *(_pair(f"CPU {cpu}", pair.packets, pair.bytes) for cpu, pair in pairs.items()),
        _pair("<code>dev_lstats_read</code>", *dev_lstats_read(lo), " all"),
    ]
    return f'<div class="lo-sum-cpus lo-k-device">{"".join(columns)}</div>'


def _pair(head: str, packets: int | str, bytes: int | str, classes: str = "") -> str:
    said = f"<b>{head}</b><span>{packets}</span><span>{bytes}</span>"
    return f'<div class="lo-sum-pair{classes}">{said}</div>'


def _way() -> str:
    """The functions between the sums and the line, in the order in which they return."""
    names = ("loopback_get_stats64", "dev_get_stats", "dev_seq_show")
    said = '<span aria-hidden="true">→</span>'.join(f"<code>{name}</code>" for name in names)
    return f'<div class="lo-sum-way">{said}</div>'


def _half(half: str, lo: NetDevice, hidden: bool) -> str:
    cells = "".join(_cell(column, number, hidden) for column, number in _of(half, lo))
    return f'<div class="lo-sum-half"><b>{half}</b><div>{cells}</div></div>'


def _cell(column: Column, number: int, hidden: bool) -> str:
    if hidden:
        return f'<div class="open"><span>{column.name}</span><b>?</b></div>'
    layer = f' class="lo-k-{column.layer}"' if column.layer else ""
    sign = sample(column.layer) if column.layer else ""
    return f"<div{layer}><span>{column.name}</span><b>{sign}{number}</b></div>"


def _key() -> str:
    return "".join(
        f'<span class="lo-layer">{sample(layer) if layer else "<i></i>"} {words}</span>'
        for layer, words in WHO.items()
    )

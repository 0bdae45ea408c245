"""The three masks of a machine's CPUs, a row each, and the id at which every loop ends."""

from __future__ import annotations

from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.linux.include.linux.cpumask import cpumask_test_cpu, cpumask_weight, for_each_cpu
from lomodel.machine import Machine

LEAST = 8
"""Ids that are drawn, at least."""


def masks(machine: Machine) -> dict[str, int]:
    """The masks by the word that stands in their names, the widest first."""
    return {
        "possible": machine.cpu_possible_mask,
        "present": machine.cpu_present_mask,
        "online": machine.cpu_online_mask,
    }


def cpu_masks(machine: Machine) -> Picture:
    """One box for each id in each mask, filled where the CPU is in it, and a bar at
    ``nr_cpu_ids``."""
    ids = range(max(LEAST, machine.nr_cpu_ids))
    text = describe(machine)
    heads = "".join(f"<span>{cpu}</span>" for cpu in ids)
    rows = "".join(_row(name, mask, ids) for name, mask in masks(machine).items())
    end = machine.nr_cpu_ids
    html = (
        f'<figure class="lo-picture lo-masks"><div role="img" aria-label="{escape(text)}" '
        f'style="--lo-ids:{len(ids)}"><div class="lo-masks-row head"><b>CPU</b>{heads}</div>{rows}'
        f'<div class="lo-masks-row end"><b></b><i style="grid-column:{end + 1}"></i>'
        f'<em style="grid-column:{max(2, end - 2)}/{end + 2}">nr_cpu_ids {end}</em></div></div>'
        "<figcaption>A filled box: the CPU is in the mask. The bar: where every loop over ids "
        "ends.</figcaption></figure>"
    )
    return Picture("CPU masks", html, text)


def describe(machine: Machine) -> str:
    """The drawing in words."""
    said = (
        f"{name} {', '.join(map(str, for_each_cpu(machine, mask)))} ({cpumask_weight(mask)})"
        for name, mask in masks(machine).items()
    )
    return f"CPUs: {'; '.join(said)}. nr_cpu_ids is {machine.nr_cpu_ids}."


def _row(name: str, mask: int, ids: range) -> str:
    boxes = "".join(
        f'<u class="{"in" if cpumask_test_cpu(cpu, mask) else "out"}"></u>' for cpu in ids
    )
    return f'<div class="lo-masks-row"><b>{name}</b>{boxes}</div>'

"""A machine: what exists once per running kernel, so that no state is global.

It stands for the variables that C keeps in files and in per-CPU sections: the boot parameters, the
CPUs, softnet_data, the lists of namespaces and notifiers, and a clock that moves only when told.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from .. import trace
from .release import Release, release_named


class Machine:
    """One running kernel.

    ``release`` names the kernel to be ("5.14", "6.1", "6.12" or "6.18"; ValueError otherwise),
    ``possible_cpus`` says how many CPUs it may have.
    """

    def __init__(self, release: str = "6.18", possible_cpus: int = 2) -> None:
        self.release: Release = release_named(release)
        self.netif_f = self.release.netif_f
        self.tracer: trace.Trace | None = None
        self.possible_cpus = possible_cpus
        self.cpu = 0

    @property
    def machine(self) -> Machine:
        """Itself, so that a machine can be the first argument of a system call."""
        return self

    def trace(self, calls: bool = True) -> AbstractContextManager[trace.Trace]:
        """Record what happens on this machine inside a ``with`` block; see ``lomodel.trace``."""
        return trace.open_trace(self, calls)

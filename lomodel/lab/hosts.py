"""What a machine says of its kernel: its name, its build, the settings that a scenario feels."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from lomodel.release import Choice, release_of

#: The settings under /proc/sys that are the whole machine's, and that the model can take over.
SYSCTL = ("net.core.netdev_max_backlog", "net.core.wmem_default", "net.core.rmem_default")

#: Distributions that keep a kernel's number for years, whatever they take over from later ones:
#: RHEL and its kin (".el9", "el8uek"), SUSE's enterprise releases ("5.14.21-150500.55-default").
_KEPT_NUMBER = re.compile(r"\.el\d|el\d+uek|-\d{6}\.\d")
#: Debian's names end in .0 and an ABI ("6.1.0-56-amd64"); its builds tell what they were made from.
_DEBIAN = re.compile(r"\bDebian (\d+\.\d+\.\d+-\S+)")


@dataclass(frozen=True)
class Host:
    """A machine's kernel: `uname -r`, `uname -v`, and the settings that could be read."""

    release: str
    build: str = ""
    sysctl: dict[str, int] = field(default_factory=dict)

    @property
    def keeps_number(self) -> bool:
        """Whether its release's number says little: a distribution has kept it for years."""
        return _KEPT_NUMBER.search(self.release) is not None

    def choose(self) -> Choice:
        """The model's table for this kernel, and how sure that is.

        ValueError when the name is no kernel's.
        """
        debian = _DEBIAN.search(self.build)
        choice = release_of(debian[1] if debian else self.release)
        if not self.keeps_number:
            return choice
        number = ".".join(self.release.split(".")[:2])
        warning = f"a distribution's {number} has much of later kernels and is not Linux {number}"
        return replace(choice, remark=f"{choice.remark}; {warning}")


def this_host() -> Host:
    """The machine that this process runs on, as its network namespace sees it."""
    name = os.uname()
    return Host(name.release, name.version, dict(_settings()))


def _settings():
    for name in SYSCTL:
        # Nothing but a namespace that is not the first one, or no /proc, keeps a setting from us.
        with suppress(OSError, ValueError):
            yield name, int(Path("/proc/sys", *name.split(".")).read_text())

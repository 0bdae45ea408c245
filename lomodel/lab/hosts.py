"""What a machine says of its kernel: its name, its build, the settings that a scenario feels."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lomodel.release import Choice, release_of

#: The settings under /proc/sys that are the whole machine's, and that the model can take over.
SYSCTL = ("net.core.netdev_max_backlog", "net.core.wmem_default", "net.core.rmem_default")

#: Distributions whose numbers name the kernel that they began with, years of patches ago:
#: RHEL and its kin (".el9", "el8uek"), SUSE's enterprise releases ("5.14.21-150500.55-default").
_OWN_SERIES = re.compile(r"\bel\d+|\.el\d+|uek|-\d{6}\.\d")
#: Before a series' first release the third number is 0 and means it.
_PATCH_LEVEL = re.compile(r"\d+\.\d+\.(?:[1-9]\d*|0(?=-rc\d))")
_DEBIAN = re.compile(r"\bDebian (\d+\.\d+\.\d+)\b")


@dataclass(frozen=True)
class Host:
    """A machine's kernel: `uname -r`, `uname -v`, and the settings that could be read."""

    release: str
    build: str = ""
    sysctl: dict[str, int] = field(default_factory=dict)

    @property
    def version(self) -> str | None:
        """The kernel to the patch level, "6.1.192"; None where its name does not tell.

        A name's third number is a patch level in most, but 0 in a distribution's: Debian's
        "6.1.0-56-amd64" says in its build what it was made from.
        """
        if _OWN_SERIES.search(self.release):
            return None
        if found := _DEBIAN.search(self.build):
            return found[1]
        found = _PATCH_LEVEL.match(self.release)
        return found and found[0]

    def choose(self) -> Choice:
        """The model's table for this kernel, and how sure that is.

        ValueError when the name is no kernel's.
        """
        return release_of(self.version or self.release)


def this_host() -> Host:
    """The machine that this process runs on, as its network namespace sees it."""
    name = os.uname()
    return Host(name.release, name.version, dict(_settings()))


def _settings():
    for name in SYSCTL:
        # Nothing but a namespace that is not the first one, or no /proc, keeps a setting from us.
        with suppress(OSError, ValueError):
            yield name, int(Path("/proc/sys", *name.split(".")).read_text())

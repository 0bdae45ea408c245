"""Gets the kernel sources that the tests read, on a Debian machine, as root.

    python -m tools.unpack_trees

A tree that `tools/kernel_trees.py` finds stays as it is. For another one apt installs Debian's
package, at the version of the table of source lines where there is a choice, and the folders that
are read are unpacked into `_build/trees`. Prints the releases that this distribution does not have,
one a line. The exit status is 1 when something failed; what was done is on standard error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from lomodel.source_lines import TAGS
from tools import kernel_trees

ARCHIVES = Path("/usr/src")
FOLDERS = (
    "Makefile",
    *("arch/x86/include", "drivers/infiniband/sw/siw", "drivers/net", "fs", "include", "init"),
    *("kernel", "lib", "mm", "net"),
    # What the bibliography cites.
    *("Documentation/admin-guide/sysctl", "Documentation/core-api", "Documentation/locking"),
    *("Documentation/networking", "Documentation/trace"),
)
"""What is read of a tree, all of it together a fifth of the whole."""


@cache
def refresh() -> None:
    """Ask apt's servers, once, what there is. CalledProcessError when apt may not or cannot."""
    subprocess.run(["apt-get", "-q", "update"], stdout=subprocess.DEVNULL, check=True)


def offered(release: str) -> str | None:
    """The version of the release's package to install; None when no repository has one."""
    refresh()
    command = ["apt-cache", "madison", package(release)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    versions = [line.split("|")[1].strip() for line in listed.splitlines()]
    ours = TAGS[release].removeprefix("v")
    return next(
        (each for each in versions if each.startswith(f"{ours}-")), next(iter(versions), None)
    )


def package(release: str) -> str:
    """The name of Debian's package, and of the folder in its archive."""
    return f"linux-source-{release}"


def install(release: str, version: str) -> None:
    """By apt. CalledProcessError when it does not."""
    print(f"Installing {package(release)} {version} ...", file=sys.stderr, flush=True)
    command = ["apt-get", "-q", "install", "-y", "--reinstall", "--no-install-recommends"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command += ["--allow-downgrades", f"{package(release)}={version}"]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def unpack(archive: Path, release: str, into: Path) -> Path:
    """Unpack what is read of an archive; the tree, which is there as a whole or not at all.

    CalledProcessError when the archive is broken or has no such folders.
    """
    print(f"Unpacking {archive.name} ...", file=sys.stderr, flush=True)
    into.mkdir(parents=True, exist_ok=True)
    tree = into / package(release)
    with tempfile.TemporaryDirectory(dir=into) as unfinished:
        parts = [f"{package(release)}/{folder}" for folder in FOLDERS]
        subprocess.run(["tar", "-xJf", archive, "-C", unfinished, *parts], check=True)
        shutil.rmtree(tree, ignore_errors=True)
        Path(unfinished, package(release)).rename(tree)
    return tree


def get(release: str) -> bool:
    """Whether there is a tree now; False when this distribution has none of the release."""
    if kernel_trees.find_tree(release):
        return True
    archive = ARCHIVES / f"{package(release)}.tar.xz"
    if not archive.is_file():
        version = offered(release)
        if version is None:
            return False
        install(release, version)
    unpack(archive, release, kernel_trees.UNPACKED)
    return True


def main() -> None:
    try:
        missing = [release for release in kernel_trees.RELEASES if not get(release)]
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"No kernel sources: {error}")
    print("\n".join(missing), end="\n" if missing else "")


if __name__ == "__main__":
    main()

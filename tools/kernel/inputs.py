"""What a kernel of the pages is made from, by content, and whether what was built is still that.

Everything here is read from this repository, so that the question costs a few milliseconds and
needs nothing that building needs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from tools.kernel import versions

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BUILT = ROOT / "_kernel"

#: The modules of lomodel that may be in the guest, as patterns.
MODEL = (
    *("lomodel/__init__.py", "lomodel/contract/*.py", "lomodel/machine.py", "lomodel/release.py"),
    *("lomodel/scenario.py", "lomodel/steps/*.py", "lomodel/trace.py", "lomodel/watch.py"),
    "lomodel/linux/**/*.py",
)
PLAYER = ("lomodel/lab/*.py",)
GUEST = ("tools/kernel/guest.py", "tools/kernel/pyroute2.py", "tools/kernel/warm.jsonl")
BOOT = tuple(
    f"tools/kernel/{name}" for name in ("machine.json", "needed.py", "state.mjs", "tree.py")
)
#: What is only put beside the state: when nothing else has changed, the state stays.
PAGE = ("tools/kernel/vm.js", "tools/kernel/pack.py")
CONFIG = ("tools/kernel/lo.config",)


def cache() -> Path:
    """Where what takes long to make or to get is kept, for every checkout of this user."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "lomodel" / "kernel"


def files(patterns: Iterable[str]) -> list[Path]:
    """The repository's files that match, in order."""
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern)})


def digest(paths: Iterable[Path]) -> str:
    """One hash of the names and contents of files of the repository."""
    total = hashlib.sha256()
    for path in paths:
        data = path.read_bytes()
        total.update(f"{path.relative_to(ROOT)} {len(data)}\n".encode())
        total.update(data)
    return total.hexdigest()


def text_digest(value: object) -> str:
    """The hash of a value's text, for what is no file."""
    return hashlib.sha256(repr(value).encode()).hexdigest()


def of_image(release: str) -> dict[str, str]:
    """What the kernel image is made from, each input with its hash."""
    return {
        "source": text_digest(versions.source(release)),
        "config": digest(files(CONFIG)),
    }


def of_state(release: str) -> dict[str, str]:
    """What all that a page loads is made from, each input with its hash."""
    table = versions.read()
    others = {name: table[name] for name in ("v86", "seabios", "pyroute2", "i386")}
    groups = {"model": MODEL, "player": PLAYER, "guest": GUEST, "build": BOOT, "page": PAGE}
    hashes = {name: digest(files(patterns)) for name, patterns in groups.items()}
    return of_image(release) | {"packages": text_digest(others)} | hashes


def recorded(folder: Path) -> dict[str, str] | None:
    """What the kernel in a folder says that it was made from; None where there is none."""
    try:
        inputs = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))["inputs"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return inputs if isinstance(inputs, dict) else None


def changed(folder: Path) -> list[str]:
    """The inputs of a built kernel that are not this checkout's, by name; all where none is."""
    wanted = of_state(folder.name)
    had = recorded(folder) or {}
    return [name for name in wanted if wanted[name] != had.get(name)]


def is_current(folder: Path) -> bool:
    """Whether `_kernel/RELEASE` was built from this checkout. Nothing but files is looked at.

    KeyError when the folder is not named after a release of `versions.toml`.
    """
    return not changed(folder)

"""npm's packages, with the hash that a `versions.toml` names; nothing of them is installed or run.

They come from where the machine's own npm gets them. What cannot be had is one line (`Missing`).
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path


class Missing(RuntimeError):
    """Something that is needed is not there: what, and what to do, in one line."""


def run(command: Sequence[str | Path], **options: object) -> str:
    """A program's output. Missing with the last that it said when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", **options)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        why = said[-1].strip()[-300:] if said else f"exit status {done.returncode}"
        raise Missing(f"{Path(command[0]).name} failed: {why}")
    return done.stdout


def sha256(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def package(name: str, version: str, integrity: str, into: Path) -> Path:
    """A package's files, in a folder below `into` that is kept. Missing when it is another.

    `integrity` is npm's own hash of the archive, as its lock files have it: "sha512-...".
    """
    tree = into / f"{name.lstrip('@').replace('/', '-')}-{version}"
    if tree.is_dir():
        return tree
    into.mkdir(parents=True, exist_ok=True)
    archive = into / run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=into).split()[-1]
    kind, _, wanted = integrity.partition("-")
    found = hashlib.new(kind, archive.read_bytes()).digest()
    if base64.b64encode(found).decode() != wanted:
        raise Missing(f"npm's {name} {version} has not the hash of versions.toml")
    shutil.rmtree(into / "package", ignore_errors=True)
    run(["tar", "-xzf", archive], cwd=into)
    (into / "package").rename(tree)
    archive.unlink()
    return tree

"""Tables of the book's explorers, made once for each version of the model.

Thousands of states take the model some seconds. The table is a pure function of the package's
source files, so it is kept in the user's cache under a name made from all of them: a file that
changed, and the old table is never looked at again. Without a cache to write to, or another process
to help, everything still works.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from lomodel.explore.declaration import Declaration
from lomodel.explore.registry import MODULES, declaration
from lomodel.explore.table import Table, build, encode

PACKAGE = Path(__file__).resolve().parent.parent

FINGERPRINT = 24
"""The letters of a name for a state of the model."""

MONTH = 30 * 24 * 3600
"""Seconds after which the table of another state of the model is removed from the cache."""

HAS_TABLES = sys.platform != "emscripten"
"""In a web page's Python there is one slow process and always a kernel: it answers every state."""


def table_of(declared: Declaration) -> Table | None:
    """The table of every state; None where there are no tables."""
    if not HAS_TABLES:
        return None
    if declared.name not in MODULES or declaration(declared.name) is not declared:
        return build(declared.controls, declared.run)
    path = cache_folder() / f"{declared.name}-{fingerprint()}.json"
    table = _read(path)
    if table is None:
        with _alone(path.with_name(f"{declared.name}.lock")):
            table = _read(path)
            if table is None:
                table = encode(declared.controls, _outcomes(declared))
                _write(path, table)
                _forget_old(declared.name)
    return table


@cache
def fingerprint() -> str:
    """A name for the state of every source file of the package, and of Python."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(f"{path.relative_to(PACKAGE)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:FINGERPRINT]


def cache_folder() -> Path:
    """Where the user's caches are: XDG_CACHE_HOME, LOCALAPPDATA, or .cache in the home folder."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "lomodel"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock ``path``, so that nobody reckons a table that another process is reckoning: it
    takes all CPUs, and it will be there.

    Where files cannot be locked nobody waits, and the table is reckoned twice.
    """
    try:
        import fcntl

        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except (ImportError, OSError):
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> Table | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, table: Table) -> None:
    # Another process may be writing the same table; the last one wins, and both are whole.
    part = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(table), encoding="utf-8")
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)


def _forget_old(explorer: str) -> None:
    """Remove an explorer's tables that were made more than a month ago, of other models."""
    for old in cache_folder().glob(f"{explorer}-{'?' * FINGERPRINT}.*"):
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - MONTH:
                old.unlink()


def _outcomes(declared: Declaration) -> Iterator[dict[str, Any]]:
    """The outcomes of all states in order, reckoned by as many processes as there are CPUs."""
    parts = os.cpu_count() or 1
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, _python_path()))}
    command = [sys.executable, "-m", "lomodel.explore.worker", declared.name]
    workers = [
        subprocess.Popen(
            [*command, str(part), str(parts)], stdout=subprocess.PIPE, env=environment, text=True
        )
        for part in range(parts)
    ]
    try:
        for number, state in enumerate(declared.states()):
            line = workers[number % parts].stdout.readline()
            yield json.loads(line) if line else declared.run(state)
    finally:
        for worker in workers:
            worker.stdout.close()
            worker.wait()


def _python_path() -> list[str]:
    return [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]

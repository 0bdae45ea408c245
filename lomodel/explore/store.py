"""Tables of the book's explorers, made once for each version of what they are made from.

Thousands of states take the model some seconds. A table is a pure function of the modules that its
explorer imports, so it is kept in the user's cache under a name made from them: one of them
changed, and the old table is never looked at again; what else changed costs nothing. Without a
cache to write to, or another process to help, everything still works.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from itertools import islice, repeat
from math import prod
from pathlib import Path
from typing import Any

from lomodel.explore.declaration import Declaration, State
from lomodel.explore.imports import PACKAGE, files_of
from lomodel.explore.registry import declaration, module_of, names
from lomodel.explore.table import Table, encode

FINGERPRINT = 24
"""The letters of a name for a state of the modules."""

MONTH = 30 * 24 * 3600
"""Seconds after which the table of another state of the modules is removed from the cache."""

HAS_TABLES = sys.platform != "emscripten"
"""In a web page's Python there is one slow process, which makes no table: those of the book come
ready-made (``ready_made``), or a kernel answers every state."""

PAGE = "lomodel_page"
"""The module that a page's Python is run by; nowhere else it is there."""

CHUNK = 64
"""States that a process plays at a time; the same on every machine, as the order of all is."""

_parsing = threading.Lock()
"""Python 3.11's parser fails now and then where two threads parse (AST recursion depth)."""

Entry = dict[str, Any]
"""What is kept of an explorer: its ``table``, and the ``atlas`` of a figure made of all states."""


ready_made: Callable[[str], Entry | None] = getattr(sys.modules.get(PAGE), "table_of", {}.get)
"""What has, by an explorer's name, what was kept of it when the book was built."""


def table_of(declared: Declaration) -> Table | None:
    """The table of every state; None where there are no tables."""
    kept = kept_of(declared)
    return kept and kept["table"]


def atlas_of(declared: Declaration) -> Any:
    """What the ``survey`` of an explorer has gathered of all states.

    Where there are no tables, of those near the first.
    """
    if kept := kept_of(declared):
        return kept["atlas"]
    return declared.survey.gather(map(declared.survey.play, near(declared)))


def kept_of(declared: Declaration) -> Entry | None:
    """Table and atlas of an explorer; None where there are none."""
    if HAS_TABLES:
        return _entry(declared)
    own = declared.name in names() and declaration(declared.name) is declared
    return ready_made(declared.name) if own else None


def near(declared: Declaration) -> Iterator[State]:
    """The states that differ from the first in at most three controls."""
    first = declared.initial()
    for state in declared.states():
        if sum(state[name] != value for name, value in first.items()) <= 3:
            yield state


def _entry(declared: Declaration) -> Entry:
    if declared.name not in names() or declaration(declared.name) is not declared:
        return _reckon(declared, map(player_of(declared), declared.states()))
    path = cache_folder() / f"{declared.name}-{fingerprint(declared.name)}.json"
    entry = _read(path)
    if entry is None:
        with _alone(path.with_name(f"{declared.name}.lock")):
            entry = _read(path)
            if entry is None:
                entry = _reckon(declared, _plays(declared))
                _write(path, entry)
                _forget_old(declared.name)
    return entry


def _reckon(declared: Declaration, plays: Iterable[Any]) -> Entry:
    """Table and atlas, from what playing each state in turn has shown."""
    if declared.survey is None:
        slots = map(declared.slots, plays, declared.states())
        return {"table": encode(declared.controls, slots), "atlas": None}
    plays = list(plays)
    found = declared.survey.gather(plays)
    atlas = declared.survey.atlas(found)
    slots = map(declared.slots, map(atlas.outcome, plays), declared.states())
    return {"table": encode(declared.controls, slots), "atlas": found}


def player_of(declared: Declaration) -> Any:
    """The function that plays one state of an explorer."""
    return declared.outcome if declared.survey is None else declared.survey.play


@cache
def fingerprint(name: str) -> str:
    """A name for the state of every module that an explorer's table is made by, and of Python."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    with _parsing:
        files = files_of([module_of(name), __name__], PACKAGE)
    for path in files:
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

    Where files cannot be locked nobody waits, and the table is reckoned twice. Nor does a process
    that was started to help: the one that started it may hold the lock and wait for it.
    """
    try:
        import fcntl

        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except (ImportError, OSError):
        yield
        return
    with lock:
        if multiprocessing.current_process().name == "MainProcess":
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> Entry | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(path: Path, entry: Entry) -> None:
    # Another process may be writing the same table; the last one wins, and both are whole.
    part = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(entry), encoding="utf-8")
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _forget_old(explorer: str) -> None:
    """Remove an explorer's tables that were made more than a month ago, of other modules."""
    for old in cache_folder().glob(f"{explorer}-{'?' * FINGERPRINT}.*"):
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - MONTH:
                old.unlink()


def _plays(declared: Declaration) -> Iterator[Any]:
    """Every state played, in order, by as many processes as there are CPUs."""
    done = 0
    starts = range(0, prod(len(control.points) for control in declared.controls), CHUNK)
    # Not by fork: a Jupyter kernel has threads.
    spawned = multiprocessing.get_context("spawn")
    try:
        with concurrent.futures.ProcessPoolExecutor(mp_context=spawned) as pool:
            for part in pool.map(play_chunk, repeat(declared.name), starts):
                yield from part
                done += len(part)
    except (BrokenProcessPool, OSError):
        yield from map(player_of(declared), islice(declared.states(), done, None))


def play_chunk(name: str, start: int) -> list[Any]:
    """What the states of an explorer from number ``start`` on have shown; runs in the pool."""
    declared = declaration(name)
    return list(map(player_of(declared), islice(declared.states(), start, start + CHUNK)))

"""Files of a report: their names, and how they are written.

A file is written beside and then renamed: whoever reads it finds the whole of it, old or new, and
a link that waits in its place is replaced, not followed.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from exercises.grader.report.text import visible

BESIDE = ".writing"
_LONGEST = 255 - len(".html")
"""Bytes of a file's name, less the suffix."""
_TAKEN = {"index"}


def write(folder: Path, name: str, text: str) -> None:
    """Puts ``text`` into ``folder/name``."""
    beside = folder / BESIDE
    beside.unlink(missing_ok=True)
    new = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    with open(new, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.write(text)
    os.replace(beside, folder / name)


def remove(folder: Path, names: Iterable[str]) -> None:
    """What is there of those files (a link is taken away itself)."""
    for name in names:
        path = folder / name
        if path.is_symlink() or path.is_file():
            path.unlink()


def stems(submissions: Iterable[str], one_case: bool) -> dict[str, str]:
    """For each submission the name of its files, without suffix: its own where that can be.

    Where it cannot (``index``; too long; not to be written; with ``one_case``, equal to another but
    for upper and lower case), a harmless form of it with a part of its hash.
    """
    found: dict[str, str] = {}
    taken = set(_TAKEN)
    for name in sorted(submissions, key=lambda name: (not _is_harmless(name), name)):
        stem = name if _is_harmless(name) else _distinct(name, 0)
        tries = 0
        while _key(stem, one_case) in taken:
            stem = _distinct(name, tries)
            tries += 1
        taken.add(_key(stem, one_case))
        found[name] = stem
    return found


def _key(stem: str, one_case: bool) -> str:
    if one_case or stem.casefold() in _TAKEN:
        return unicodedata.normalize("NFC", stem).casefold()
    return stem


def _is_harmless(name: str) -> bool:
    if visible(name) != name or name.startswith(".") or "/" in name or "\\" in name:
        return False
    return len(name.encode("utf-8")) <= _LONGEST


def _distinct(name: str, tries: int) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass") + b"/" * tries).hexdigest()[:8]
    harmless = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)
    return f"{harmless[:60]}-{digest}"


def is_one_case(folder: Path) -> bool:
    """Whether ``A`` and ``a`` are one file in it."""
    write(folder, ".a-case", "")
    one = (folder / ".A-CASE").exists()
    remove(folder, [".a-case"])
    return one

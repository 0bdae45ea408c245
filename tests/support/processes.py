"""Which processes stand below one of this machine."""

from __future__ import annotations

from pathlib import Path


def below(process: int) -> set[str]:
    """Number and name of every process that this one or its children started and that lives."""
    found: set[str] = set()
    for child in _children(process):
        name = _text(Path(f"/proc/{child}/comm")).strip()
        found |= {f"{child} {name}", *below(child)}
    return found


def _children(process: int) -> list[int]:
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [int(number) for path in lists for number in _text(path).split()]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""

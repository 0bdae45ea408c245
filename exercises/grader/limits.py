"""How much of the machine a submission may take."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Seconds, bytes and processes of one submission; each is an option of ``grade``."""

    cell_seconds: float = 10.0
    """Wall-clock time of one cell."""
    seconds: float = 60.0
    """Wall-clock time of the whole submission."""
    memory: int = 1024 * MIB
    """Bytes of all its processes together, beyond what the warm interpreter takes."""
    processes: int = 32
    """Processes and threads at a time."""
    files: int = 64 * MIB
    """Bytes in its files, temporary ones too."""
    output: int = MIB
    """Bytes that a cell may print and show."""

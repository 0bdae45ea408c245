"""A fresh kernel in the isolation.

    python -m exercises.grader.inside.kernel CONNECTION_FILE FILES MEMORY PROCESSES

Each of its processes may have so many bytes in a file and of memory; the last is their number
(0: any).
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from ipykernel.kernelapp import launch_new_instance

from exercises.grader.inside import cage

OWN_MEMORY, OWN_THREADS, OPEN_FILES = 1 << 30, 256, 256
"""What kernels need for themselves, generously: address space, threads, open files."""


def take_limits(files: int, memory: int, processes: int) -> None:
    """Of each process: nobody watches what they take together. ``processes`` is 0 where all of
    this user's would count."""
    if processes:
        most = processes + OWN_THREADS
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    cage.take_limits(files, memory + OWN_MEMORY, OPEN_FILES)


if __name__ == "__main__":
    # The file is its owner's alone, who may be root.
    connection = Path(sys.argv[1]).read_text()
    cage.become_nobody()
    take_limits(*map(int, sys.argv[2:5]))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as ours:
        ours.write(connection)
        ours.flush()
        launch_new_instance(argv=["-f", ours.name, "--log-level=ERROR", "--quiet"])

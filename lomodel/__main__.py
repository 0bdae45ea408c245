"""`python -m lomodel predict | capture | compare`; `lomodel.cli` does the work."""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130


def leave(number: int, frame: object) -> None:
    """End at once. While modules are loaded and unloaded, an exception may be lost or garbled."""
    try:
        os.write(2, b"interrupted\n")
    finally:
        os._exit(INTERRUPTED)


def run() -> int:
    """Run the command line; returns the exit status."""
    # Whoever starts us in the background may have said that Ctrl-C is not for us.
    listening = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listening:
        signal.signal(signal.SIGINT, leave)
    from lomodel.cli import main  # here, because it takes a while, in which Ctrl-C may come

    return main(listening)


if __name__ == "__main__":
    sys.exit(run())

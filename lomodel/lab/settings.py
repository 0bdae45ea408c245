"""Settings under /proc/sys/net, as the calling thread's namespace has them."""

from __future__ import annotations

import os

from lomodel.lab import device


def write(name: str, value: int) -> None:
    """Write one setting; ``lo`` in its name is the device, whatever its name is now.

    Raises OSError.
    """
    parts = [device.name() if part == "lo" else part for part in name.split(".")]
    # What is buffered would be written, and refused, when nobody looks any more.
    descriptor = os.open("/proc/sys/" + "/".join(parts), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, b"%d\n" % value)
    finally:
        os.close(descriptor)

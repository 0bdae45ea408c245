"""Settings under /proc/sys/net, as the calling thread's namespace has them."""

from __future__ import annotations

import errno
import os

from lomodel.lab import device
from lomodel.lab.errors import LabUnavailable


def write(name: str, value: int) -> None:
    """Write one setting; ``lo`` in its name is the device, whatever its name is now.

    Raises OSError, and LabUnavailable where nobody may write settings, as in some containers.
    """
    parts = [device.name() if part == "lo" else part for part in name.split(".")]
    # What is buffered would be written, and refused, when nobody looks any more.
    try:
        descriptor = os.open("/proc/sys/" + "/".join(parts), os.O_WRONLY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.EROFS:
            raise LabUnavailable("writing a setting", error) from None
        raise
    try:
        os.write(descriptor, b"%d\n" % value)
    finally:
        os.close(descriptor)

"""A network namespace of one's own: entered by unshare(2), gone with the process that entered it.

Nothing is ever bound to a file, so that no exit, not even SIGKILL, leaves a namespace behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import contextmanager
from pathlib import Path

from lomodel.lab.errors import LabUnavailable

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18
PR_SET_PDEATHSIG = 1


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    function = getattr(_libc(), name)
    if function(*arguments) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{name}: {os.strerror(errno)}")


def unshare(flags: int) -> None:
    """unshare(2). Raises OSError."""
    _call("unshare", ctypes.c_int(flags))


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies. Linux only."""
    _call("prctl", PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)


def mount(source: str, target: str, kind: str | None, flags: int = 0) -> None:
    """mount(2). Raises OSError."""
    filesystem = None if kind is None else kind.encode()
    _call("mount", source.encode(), target.encode(), filesystem, ctypes.c_ulong(flags), None)


def may_unshare() -> bool:
    """Whether this process may make network namespaces as it is, as root may."""
    try:
        unshare(CLONE_NEWNET)
    except OSError:
        return False
    return True


def become_namespace_root() -> None:
    """Enter a user namespace in which this user is root. Raises LabUnavailable."""
    uid, gid = os.getuid(), os.getgid()
    try:
        unshare(CLONE_NEWUSER)
    except OSError as error:
        raise LabUnavailable("making a user namespace", error) from None
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    except OSError as error:
        raise LabUnavailable("becoming root of the user namespace", error) from None


def fresh() -> None:
    """Enter a new network namespace; the one left behind is destroyed. Raises LabUnavailable."""
    try:
        unshare(CLONE_NEWNET)
    except OSError as error:
        raise LabUnavailable("making a network namespace", error) from None


@contextmanager
def private_tracefs(target: str = "/sys/kernel/tracing"):
    """tracefs, mounted where only this process sees it; the mount dies with the process."""
    unshare(CLONE_NEWNS)
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("tracefs", target, "tracefs")
    try:
        yield Path(target)
    finally:
        _call("umount2", target.encode(), 0)

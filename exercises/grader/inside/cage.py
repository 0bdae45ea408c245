"""A process of its own for each run: it sees no other process, and takes all of its own with it.

The warm parent forks; the child enters new namespaces (user, process ids, mounts, IPC, network),
covers its home with a small file system of its own and ``/proc`` with nothing, gives up its
capabilities, takes its limits and the filter of system calls, and only then runs what a student
wrote.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pyseccomp as seccomp

from exercises.grader.inside.place import HOME, STAGE

NOBODY = 65534
STUDENT = 1000
"""As whom a run sees itself."""
CLONE_NEWNS, CLONE_NEWIPC = 0x00020000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
F_SET_RW_HINT, F_SET_FILE_RW_HINT = 1036, 1038
INT = 0xFFFFFFFF
"""The bits of an argument that the kernel looks at where it is an int."""
MS_RELATIME, MNT_DETACH = 1 << 21, 2
PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 4, 24, 36, 38
CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 63

# What no answer needs, and an escape would: other namespaces and mounts, other processes' memory,
# memory that no limit counts, and the parts of the kernel where faults are found most often.
# What a call's arguments make harmless or not is in filter_of_calls.
FORBIDDEN = (
    *("unshare", "setns", "chroot", "pivot_root", "personality"),
    *("mount", "umount2", "move_mount", "open_tree", "mount_setattr"),
    *("fsopen", "fsconfig", "fsmount", "fspick"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp"),
    *("memfd_create", "memfd_secret", "userfaultfd"),
    *("shmget", "msgget", "semget"),
    *("keyctl", "add_key", "request_key", "bpf", "perf_event_open", "quotactl"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("open_by_handle_at", "name_to_handle_at"),
)

libc = ctypes.CDLL(None, use_errno=True)


class NoCage(OSError):
    """This machine does not let the run be isolated."""


def _call(name: str, *arguments: object) -> None:
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise NoCage(number, f"{name}: {os.strerror(number)}")


def become_nobody() -> None:
    """Root inside the isolation is nobody from here on."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # Or its own files below /proc would be root's.
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


def adopt_orphans() -> None:
    """The processes that a run leaves come to the warm parent, which waits for their end."""
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def filter_of_calls() -> seccomp.SyscallFilter:
    """Forbidden system calls fail with EPERM; clone3 is unknown, so that clone's flags are seen."""
    filter_ = seccomp.SyscallFilter(seccomp.ALLOW)
    for name in FORBIDDEN:
        try:
            filter_.add_rule(seccomp.ERRNO(errno.EPERM), name)
        except (OSError, ValueError, RuntimeError):
            continue  # a call that this processor has not
    filter_.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    new_user = seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)
    filter_.add_rule(seccomp.ERRNO(errno.EPERM), "clone", new_user)
    # Virtual machines' sockets, among others, are in no network namespace.
    other = seccomp.Arg(0, seccomp.NE, socket.AF_UNIX)
    filter_.add_rule(seccomp.ERRNO(errno.EPERM), "socket", other)
    # Its pages are no process's any more when it does not look at them.
    shared = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
    flags = seccomp.Arg(3, seccomp.MASKED_EQ, shared, shared)
    filter_.add_rule(seccomp.ERRNO(errno.EPERM), "mmap", flags)
    # A hint stays with the file, for the next run to read.
    for command in (F_SET_RW_HINT, F_SET_FILE_RW_HINT):
        hint = seccomp.Arg(1, seccomp.MASKED_EQ, INT, command)
        filter_.add_rule(seccomp.ERRNO(errno.EPERM), "fcntl", hint)
    return filter_


def fork_caged(run: Callable[[], None], files: int, processes: int, memory: int) -> int:
    """Starts ``run`` in a cage: the id of the process whose death is the death of all in it.

    NoCage where the machine refuses. ``files`` and ``memory`` are bytes.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        _in_child(run, tell, files, processes, memory)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    if not answer.isdigit():
        raise NoCage(errno.EPERM, answer or "the new process ended at once")
    return int(answer)


def _in_child(run: Callable[[], None], tell: int, files: int, processes: int, memory: int) -> None:
    """In new namespaces: the first process of them waits for the second, which runs."""
    try:
        _enter(files)
        first = os.fork()
        if first:
            os.write(tell, str(first).encode())
            os._exit(0)
        os.close(tell)
        second = os.fork()
        if second:
            _wait_for(second)
        _give_up(files, processes, memory)
        run()
    except OSError as error:
        try:
            os.write(tell, str(error).encode())
        except OSError:
            pass
    finally:
        os._exit(1)


def _wait_for(process: int) -> None:
    """The first process of a namespace: when it ends, the kernel ends all others."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(3, 1024)
    while True:
        ended, _ = os.wait()
        if ended == process:
            os._exit(0)


def _enter(files: int) -> None:
    """New namespaces; a home with what the given cells left in it; no /proc; nothing else that it
    could change, be it the time of a device."""
    user, group = os.getuid(), os.getgid()
    # A network of its own, too: a closed connection's port is taken for a minute.
    new = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET
    _call("unshare", new)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{STUDENT} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{STUDENT} {group} 1")
    _make_devices_read_only()
    size = f"size={files},nr_inodes=4096,mode=1777".encode()
    stage, home = STAGE.encode(), HOME.encode()
    _call("mount", b"tmpfs", stage, b"tmpfs", MS_NOSUID | MS_NODEV, size)
    if os.listdir(HOME):
        shutil.copytree(HOME, STAGE, symlinks=True, dirs_exist_ok=True)
    _call("mount", stage, home, None, MS_BIND, None)
    _call("mount", stage, b"/dev/shm", None, MS_BIND, None)
    _call("umount2", stage, MNT_DETACH)
    # Where the machine's memory is short, this goes first.
    Path("/proc/self/oom_score_adj").write_text("1000")
    nothing = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC
    _call("mount", b"tmpfs", b"/proc", b"tmpfs", nothing, b"size=4k,mode=555")
    os.chdir(HOME)


def _make_devices_read_only() -> None:
    """Else anybody may set the times of those that anybody may write to. They still work so."""
    # What /dev/zero maps would be memory that no limit counts; this one gives zeros and no memory.
    _call("mount", b"/dev/full", b"/dev/zero", None, MS_BIND, None)
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place = line.split()[4]
        if place.startswith("/dev/"):
            kept = _mount_flags(os.statvfs(place).f_flag)
            flags = MS_REMOUNT | MS_BIND | MS_RDONLY | kept
            _call("mount", None, place.encode(), None, flags, None)


def _mount_flags(flags: int) -> int:
    """What statvfs tells of a mount, as mount takes it: they may not be given up."""
    kept = flags & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME)
    return kept | (MS_RELATIME if flags & os.ST_RELATIME else 0)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Data(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]


def _give_up(files: int, processes: int, memory: int) -> None:
    """Capabilities, and what the limits do not allow."""
    os.setsid()
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    _call("capset", ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), (_Data * 2)())
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # The one that waits for it counts as a process of this user, too.
    resource.setrlimit(resource.RLIMIT_NPROC, (processes + 1, processes + 1))
    take_limits(files, memory)


def take_limits(files: int, memory: int, open_files: int = 64) -> None:
    """What one process may have: bytes of a file and of address space, and open files."""
    for what, most in (
        (resource.RLIMIT_FSIZE, files),
        (resource.RLIMIT_AS, memory),
        # Each may be a socket that holds half a MiB of the kernel's memory.
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        resource.setrlimit(what, (most, most))

#!/usr/bin/python3.11 -ISB
"""Process 1 of the machine in the page: plays scenarios on its kernel and on the model of it.

The kernel plays with the laboratory's own player, the model with `lomodel.scenario`. One line in is
one question, one line out its answer, on the virtio console:

    {"steps": [...], "model": true}     a scenario's steps; without "model" the kernel plays alone
    {"text": "{...}", "model": true}    a scenario as somebody wrote it
    {"step": 3}                         of a long scenario, before its answer: step 3 has begun
    {"observed": [...], "model": [...]} what each observed
    {"refused": "..."}                  no scenario, or none that can be played here, and why

`build.mjs` boots it, waits for the line that begins with `{"ready"` and keeps the whole machine's
state. So everything before that line runs once, when the kernel is built, and nothing of it in the
page: the scenarios of `warm.jsonl`, which make the player and the model load what they need, and
the clearing of what is not needed any more, so that the state is small.
"""

import ctypes
import encodings.ascii
import encodings.idna
import encodings.latin_1
import gc
import json
import linecache
import mmap
import os
import termios
import time
import traceback
from typing import Any

from lomodel import contract, scenario
from lomodel.lab import player

LATER = (encodings.ascii, encodings.idna, encodings.latin_1, linecache)
"""What sockets, streams and tracebacks load when they are first used; the files are gone then."""
LIBC = ctypes.CDLL(None, use_errno=True)
CONSOLE = "/dev/hvc0"
FILES = ("/usr/lib/python3.11", "/warm.jsonl", "/init")  # read by now
LEAVE_FREE = 4000  # KiB of memory that the clearing process leaves alone
CHUNK = 1 << 18  # bytes that it takes at a time
SETTLED = 2.0  # seconds after which the kernel has nothing more to do for what was played
FIFO_PRIORITY = 50
SAY_EVERY = 0.3  # seconds between two lines about how far a scenario is
LIMITS = {"steps": 200, "payload": 16 << 20, "segments": 2000}
"""What a scenario may have at most here: steps; bytes of one payload, which the machine must have
room for; packets that one tcp_frame is cut into, whose tracepoints must fit the ring of events."""
SYSCTL = {"wmem_default": 212992, "rmem_default": 212992}
"""The contract's namespace. A 32-bit kernel would derive other numbers from its own sizes."""


def mount_all() -> None:
    """What the player reads, and the console's device file."""
    for kind, place in (b"proc", b"/proc"), (b"sysfs", b"/sys"), (b"devtmpfs", b"/dev"):
        os.makedirs(place, exist_ok=True)
        if LIBC.mount(kind, place, kind, 0, None):
            raise OSError(ctypes.get_errno(), f"mounting {kind.decode()}")


def softirqs_first() -> None:
    """ksoftirqd runs at once when it is woken, so that no packet is sent before it is through.

    On so slow a CPU it is woken often. (`tools/recording/guest.py` does the same.)
    """
    for thread in filter(str.isdigit, os.listdir("/proc")):
        with open(f"/proc/{thread}/comm") as name:
            if name.read().startswith("ksoftirqd"):
                os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(FIFO_PRIORITY))


def set_sysctl() -> None:
    """The settings of the contract's namespace."""
    for name, value in SYSCTL.items():
        with open(f"/proc/sys/net/core/{name}", "w") as setting:
            setting.write(str(value))


def check_limits(steps: list[contract.Step]) -> None:
    """Refuse what does not fit this machine. Raises ScenarioError."""
    if len(steps) > LIMITS["steps"]:
        raise _too_much("steps", "steps", len(steps))
    for number, step in enumerate(steps):
        payload = step.get("payload", 0)
        if payload > LIMITS["payload"]:
            raise _too_much(f"steps[{number}].payload", "payload", payload)
        segments = payload // (step.get("gso_size") or payload or 1)
        if step["do"] == "tcp_frame" and segments > LIMITS["segments"]:
            raise _too_much(f"steps[{number}].gso_size", "segments", segments)


def _too_much(where: str, what: str, got: int) -> contract.ScenarioError:
    units = {"steps": "steps", "payload": "bytes of payload", "segments": "segments of one frame"}
    expected = f"this small machine takes at most {LIMITS[what]} {units[what]}, got {got}"
    return contract.ScenarioError(where, expected)


class Console:
    """Lines of JSON to and from the page."""

    def __init__(self) -> None:
        self._tty = os.open(CONSOLE, os.O_RDWR | os.O_NOCTTY)
        mode = termios.tcgetattr(self._tty)
        mode[0] = mode[1] = mode[3] = 0  # no translation, no echo, no signals
        mode[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._tty, termios.TCSANOW, mode)
        self._read = b""

    def line(self) -> bytes:
        """The next line that is not empty."""
        while True:
            while b"\n" not in self._read:
                self._read += os.read(self._tty, 4096)
            line, self._read = self._read.split(b"\n", 1)
            if line.strip():
                return line

    def say(self, message: dict[str, Any]) -> None:
        """Write a line, however long."""
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self._tty, data) :]


class Guest:
    """The player of the kernel and the model, ready to be asked."""

    def __init__(self, console: Console) -> None:
        self.player, self.first = player.hello()
        if self.player is None:
            raise RuntimeError(f"no player: {self.first}")
        self.player.began = self._began
        self._console, self._said = console, 0.0
        self.release = self.player.host.choose().release
        self.features = frozenset(self.first["features"])

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question, which may be any object at all."""
        try:
            return self._played(self._steps(request), request)
        except contract.ScenarioError as error:
            return {"refused": str(error)}
        except OverflowError:
            return {"refused": "a number is too large for a 32-bit system call"}
        except MemoryError:
            return {"refused": "this machine's memory is too small for the scenario"}

    def _began(self, step: int) -> None:
        now = time.monotonic()
        if now - self._said > SAY_EVERY:
            self._console.say({"step": step})
            self._said = now

    def _steps(self, request: dict[str, Any]) -> list[contract.Step]:
        if "text" in request:
            steps = contract.parse(request["text"], self.features)["steps"]
        else:
            steps = request.get("steps")
            contract.check_steps(steps, self.features)
        check_limits(steps)
        return steps

    def _played(self, steps: list[contract.Step], request: dict[str, Any]) -> dict[str, Any]:
        self._said = time.monotonic()
        answer = player.answer(self.player, {"steps": steps, "events": True})
        if "unavailable" in answer:
            return {"refused": ": ".join(answer["unavailable"])}
        if request.get("model"):
            answer["model"] = scenario.play(steps, self.release, self.player.host.sysctl)
        return answer


def warm_up(guest: Guest) -> None:
    """Play what makes every part load what it loads only once."""
    with open("/warm.jsonl") as lines:
        for line in lines:
            answer = guest.answer({"text": line, "model": True})
            if "refused" in answer:
                raise RuntimeError(f"warm.jsonl: {answer['refused']}")


def forget_files() -> None:
    """Remove the files that have been read; their pages are free then."""
    for top in FILES:
        for where, folders, files in os.walk(top, topdown=False):
            for name in files:
                os.unlink(f"{where}/{name}")
            for name in folders:
                os.rmdir(f"{where}/{name}")
        if os.path.isfile(top):
            os.unlink(top)


def drop_caches() -> None:
    """Have the kernel give up what it keeps of files and names."""
    LIBC.sync()
    with open("/proc/sys/vm/drop_caches", "w") as switch:
        switch.write("3")


def free_memory() -> int:
    """KiB that nobody uses."""
    with open("/proc/meminfo") as lines:
        return int(next(line for line in lines if line.startswith("MemFree")).split()[1])


def clear_memory() -> None:
    """A child takes the free pages, so that each is cleared, and gives them back.

    A page of zeros costs nothing in the state.
    """
    drop_caches()
    child = os.fork()
    if child == 0:
        taken = []
        while free_memory() > LEAVE_FREE:
            chunk = mmap.mmap(-1, CHUNK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            for offset in range(0, CHUNK, mmap.PAGESIZE):
                chunk[offset] = 0
            taken.append(chunk)
        os._exit(0)
    os.waitpid(child, 0)
    drop_caches()


def serve(guest: Guest, console: Console) -> None:
    """Answer questions for ever: process 1 must not end."""
    while True:
        try:
            request = json.loads(console.line())
            console.say(guest.answer(request if isinstance(request, dict) else {}))
        except Exception as error:
            traceback.print_exc()
            console.say({"refused": f"the player failed: {error!r}"})


def main() -> None:
    """Get ready, say so, and serve."""
    set_sysctl()
    console = Console()
    guest = Guest(console)
    warm_up(guest)
    forget_files()
    gc.collect()
    gc.freeze()
    time.sleep(SETTLED)
    clear_memory()
    console.say({"ready": guest.release, "limits": LIMITS, **guest.first})
    serve(guest, console)


if __name__ == "__main__":
    os.environ.clear()
    mount_all()
    softirqs_first()
    main()

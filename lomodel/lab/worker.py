"""The caller's side of the player: start it, ask it, and be told in one line when it cannot."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from lomodel.lab.errors import LabUnavailable, NotPlayed
from lomodel.lab.hosts import Host

Observed = list[dict[str, Any]]


class Worker:
    """A running player. It ends when this object is closed, or this process ends in any way."""

    patience = 60
    """Seconds that one scenario may take before the player gives itself up."""

    def __init__(self) -> None:
        """Start it. Raises LabUnavailable."""
        if not sys.platform.startswith("linux"):
            raise LabUnavailable("looking for a Linux kernel", f"this is {sys.platform}")
        if importlib.util.find_spec("pyroute2") is None:
            raise LabUnavailable(
                "looking for pyroute2", "it is not installed (pip install pyroute2)"
            )
        # No pipe, which the player could fill, and no file, for which there may be no room.
        self._errors = open(os.memfd_create("player-stderr"), "r+b", buffering=0)  # noqa: SIM115
        self._process = self._start()
        # One request at a time: threads of a notebook may share the worker.
        self._lock = threading.Lock()
        try:
            first = self._read()
        except BaseException:
            self.close()
            raise
        self.host = Host(**first["host"])
        self.release: str = self.host.release
        self.features = frozenset(first["features"])
        missing = first["no_events"]
        self.no_events = LabUnavailable(*missing) if missing else None

    def _start(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "lomodel.lab.player"]
        if threading.current_thread() is threading.main_thread():
            # "Parent" is the thread to the kernel, so only the one that lasts may be named.
            command.append("--die-with-parent")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                env=environment,
                process_group=0,  # Ctrl-C is for us, also while the player still starts
            )
        except OSError as error:
            raise LabUnavailable("starting a process", error) from None

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line.endswith("\n"):  # nothing, or what it had written when it ended
            raise LabUnavailable("playing in a process of its own", self._end())
        reply = json.loads(line)
        if "unavailable" in reply:
            raise LabUnavailable(*reply["unavailable"])
        return reply

    def _end(self) -> str:
        """How the player ended, and the last that it said about it."""
        status = self._process.wait()
        if status == -signal.SIGALRM:
            return f"it was not done after {self.patience} seconds"
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").splitlines()
        last = [line.strip() for line in said if line.strip()][-1:]
        how = f"signal {-status} ended it" if status < 0 else f"it ended with {status}"
        return ": ".join([how, *last])

    def usable(self) -> bool:
        """Whether it can be asked by this process: it runs, and is this process's child."""
        return self._process.poll() is None

    def play(self, steps: list[dict], events: bool | None = None) -> Observed:
        """What the kernel does with the steps of one valid scenario.

        Raises NotPlayed, also when the player has ended over it: then `worker` gives another.
        LabUnavailable for `events` that cannot be had.

        `events`: true for the tracepoints, false for none, None for those that can be had.
        """
        if events is None:
            events = self.no_events is None
        elif events and self.no_events is not None:
            raise self.no_events
        with self._lock:
            return self._ask({"steps": steps, "events": events, "patience": self.patience})[
                "observed"
            ]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return self._read()
        except BrokenPipeError:
            raise NotPlayed("playing in a process of its own", self._end()) from None
        except LabUnavailable as error:
            raise NotPlayed(error.step, error.why) from None
        except BaseException:
            # An answer may still be on its way (Ctrl-C): the next question must not get it.
            self.close()
            raise

    def close(self) -> None:
        """End the player, and with it the namespace. (A forked child's copy ends nothing.)"""
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):  # a question that was never sent
            self._process.stdin.close()
        self._process.stdout.close()
        self._errors.close()


_worker: Worker | None = None
_starting = threading.Lock()


def worker() -> Worker:
    """The one worker of this process, started when first asked for. Raises LabUnavailable."""
    global _worker
    with _starting:
        if _worker is None or not _worker.usable():
            _worker = Worker()
            atexit.register(_worker.close)
        return _worker

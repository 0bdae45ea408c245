"""The caller's side of the player: start it, ask it, and be told in one line when it cannot."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from lomodel.lab.errors import LabUnavailable

Observed = list[dict[str, Any]]


class Worker:
    """A running player. It ends when this object is closed, or this process ends in any way."""

    def __init__(self) -> None:
        """Start it. Raises LabUnavailable."""
        if not sys.platform.startswith("linux"):
            raise LabUnavailable("looking for a Linux kernel", f"this is {sys.platform}")
        self._process = self._start()
        # One request at a time: threads of a notebook may share the worker.
        self._lock = threading.Lock()
        try:
            first = self._read()
        except BaseException:
            self.close()
            raise
        self.release: str = first["release"]
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
                text=True,
                env=environment,
                process_group=0,  # Ctrl-C is for us, also while the player still starts
            )
        except OSError as error:
            raise LabUnavailable("starting a process", error) from None

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            raise LabUnavailable("playing in a process of its own", f"it ended with {status}")
        reply = json.loads(line)
        if "unavailable" in reply:
            raise LabUnavailable(*reply["unavailable"])
        return reply

    def usable(self) -> bool:
        """Whether it can be asked by this process: it runs, and is this process's child."""
        return self._process.poll() is None

    def play(self, steps: list[dict], events: bool | None = None) -> Observed:
        """What the kernel does with the steps of one valid scenario. Raises LabUnavailable.

        `events`: true for the tracepoints, false for none, None for those that can be had.
        """
        if events is None:
            events = self.no_events is None
        elif events and self.no_events is not None:
            raise self.no_events
        with self._lock:
            return self._ask({"steps": steps, "events": events})["observed"]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return self._read()
        except BrokenPipeError:
            raise LabUnavailable("playing in a process of its own", "it is gone") from None
        except LabUnavailable:
            raise
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

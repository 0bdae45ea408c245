"""The warm parent: makes the shell, runs the given cells at the top, then a child for each run.

    python -m exercises.grader.inside CHANNEL

CHANNEL is an open socket's number. It receives the settings, then words (``wire``): RUN with the
run's own channel beside it, END, and IMPORT with names of modules.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from exercises.grader.inside import cage, wire
from exercises.grader.inside.cells import Cells, Snapshot, only_stdio

WATCH = 0.1  # seconds between two looks at a run's memory
PAGE = os.sysconf("SC_PAGE_SIZE")


class Warm:
    """The parent of all runs of one assignment."""

    def __init__(self, channel: socket.socket, settings: dict[str, Any]) -> None:
        self.channel, self.settings = channel, settings
        self.isolated: bool = settings["isolated"]
        self.cells = Cells(settings["own"], settings["output"])
        self.first = 0
        """The process whose end is the end of the run; 0 while there is none."""
        self.refused = ""
        """Why the last run could not be isolated."""
        for source in settings["given"]:
            if raised := self.cells.run(source, answer=False)["error"]:
                raise RuntimeError(f"a given cell raised {raised[0]}: {raised[1]}")
        self.cells.warm_up()
        self.cells.settled = True
        self.snapshot = Snapshot()
        if self.isolated:
            self.filter = cage.filter_of_calls()
        if threading.active_count() > 1:
            raise RuntimeError("a given cell started a thread, which no copy of it would have")
        self._settle()

    def _settle(self) -> None:
        """What is here now stays, and is not counted as a run's."""
        gc.collect()
        gc.freeze()
        self.usual = _private_bytes(os.getpid())
        self.reserved = _size_bytes()

    def _import(self, modules: list[str]) -> None:
        """What the solution imports, so that no run waits for it."""
        for module in modules:
            try:
                importlib.import_module(module)
            except Exception:
                continue  # the cell that needs it says so
        self._settle()

    def serve(self) -> None:
        """Until the outside closes the channel."""
        while True:
            watching = WATCH if self.first else None
            if not select.select([self.channel], [], [], watching)[0]:
                self._watch()
                continue
            word, files, *_ = socket.recv_fds(self.channel, 1, 1)
            if word == wire.RUN:
                self._start(socket.socket(fileno=files[0]))
            elif word == wire.END:
                self._end()
                self.channel.send(wire.ENDED)
                wire.send(self.channel, self.refused)
            elif word == wire.IMPORT:
                self._import(wire.receive(self.channel))
                self.channel.send(wire.READY)
            else:
                self._end()
                return

    def _start(self, run: socket.socket) -> None:
        files, processes = self.settings["files"], self.settings["processes"]
        memory = self.reserved + self.settings["memory"]
        self.refused = ""
        try:
            if self.isolated:
                caged = files, processes, memory
                self.first = cage.fork_caged(lambda: self._child(run), *caged)
            else:
                self.first = os.fork()
                if self.first == 0:
                    cage.take_limits(files, memory)
                    self._child(run)
        except OSError as error:
            self.refused = str(error)
        run.close()

    def _child(self, run: socket.socket) -> None:
        """In the new process: cells, until there are no more."""
        try:
            only_stdio(run.fileno())
            run.set_inheritable(False)
            self.snapshot.restore()
            self.cells.catch_printed()
            if self.isolated:
                self.filter.load()
            while (asked := wire.receive(run)) is not None:
                told = self.cells.run(asked["source"], answer=asked["answer"])
                wire.send(run, {"n": asked["n"], **told})
        finally:
            os._exit(0)

    def _end(self) -> None:
        """Ends the run, and returns when no process of it is left.

        Orphans come to this process; what a cage holds dies with its first.
        """
        self.first = 0
        while children := _children():
            for child in children:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)

    def _watch(self) -> None:
        """A run whose processes together take more than they may is ended."""
        others = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {1, os.getpid()}
        taken = sum(max(0, _private_bytes(process) - self.usual) for process in others)
        if self.isolated and taken > self.settings["memory"]:
            self._end()


def _private_bytes(process: int) -> int:
    """A process's memory that no file stands for; 0 when it is gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    rows = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    kinds = ("RssAnon", "RssShmem", "VmSwap")
    return sum(int(rows.get(kind, "0 kB").split()[0]) * 1024 for kind in kinds)


def _children() -> list[int]:
    """Of this process, those that have ended included."""
    thread = threading.get_native_id()
    return [int(each) for each in Path(f"/proc/self/task/{thread}/children").read_text().split()]


def _size_bytes() -> int:
    """The address space that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * PAGE


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    settings = wire.receive(channel)
    # Without isolation it runs as you: nobody else may see your Python (root's is in /root).
    if settings["isolated"]:
        cage.become_nobody()
    cage.adopt_orphans()
    try:
        warm = Warm(channel, settings)
    except Exception as error:
        # Not on sys.stderr, which is a run's by now.
        os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="backslashreplace"))
        raise SystemExit(1) from None
    channel.send(wire.READY)
    warm.serve()


if __name__ == "__main__":
    main()

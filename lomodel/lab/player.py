"""The process that plays scenarios on the real kernel: `python -m lomodel.lab.player`.

It reads one request a line and writes one answer a line, until its input ends; each scenario has
a network namespace of its own. A process of its own, because a namespace is a property of a
thread that nobody wants to find changed afterwards, and because it takes everything with it when
it dies, however it dies.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar

from lomodel.contract import SENDING, STATS, Step, errno_name
from lomodel.lab import device, namespace
from lomodel.lab.errors import Disturbed, LabUnavailable, Overflow
from lomodel.lab.hosts import Host, this_host
from lomodel.lab.scene import Scene
from lomodel.lab.senders import SENDERS
from lomodel.lab.tracepoints import Tracepoints, check_complete, select

Observed = list[dict[str, Any]]
Result = TypeVar("Result")

QUIET = 25.0  # seconds to wait for a moment in which nobody else's packets disturb
OVERFLOWS = 2  # attempts whose events overflow the ring, then it is given up
SETTLE = 5.0  # seconds that softirqs may take to deliver what was sent


def claim_cpu() -> tuple[int, socket.socket]:
    """A CPU that no other player has, if there is one, and what holds the claim to it.

    Players on one CPU see each other's packets, and then have to play again. The claim is a name
    without a file, so that nothing is left of it when its holder is gone.
    """
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    cpus = sorted(os.sched_getaffinity(0), reverse=True)
    for cpu in cpus:
        try:
            claim.bind(f"\0lomodel-lab-cpu-{cpu}")
            return cpu, claim
        except OSError:
            continue
    return cpus[0], claim


def undisturbed(play: Callable[[], Result]) -> Result:
    """The result of the first attempt that nobody else's packets disturbed. Raises Disturbed.

    Events that overflow the ring twice are the scenario's own: a third attempt has as many.
    """
    deadline = time.monotonic() + QUIET
    pause, overflows = 0.0, 0
    while True:
        try:
            return play()
        except Disturbed as error:
            overflows += isinstance(error, Overflow)
            if time.monotonic() > deadline or overflows == OVERFLOWS:
                raise
            time.sleep(pause)
            pause = min(pause + 0.01, 0.2)


class Player:
    """Plays scenarios, one after the other, each in a fresh namespace, on one CPU."""

    def __init__(self) -> None:
        #: Is told the number of every step, from 0, before it is played.
        self.began: Callable[[int], object] = lambda number: None
        # Before any namespace is entered: some settings are seen from the first one only.
        self.host: Host = this_host()
        self.cpu, self._claim = claim_cpu()
        os.sched_setaffinity(0, {self.cpu})
        self.tracepoints: Tracepoints | None = None
        self._renamed: Tracepoints | None = None
        self.no_events: LabUnavailable | None = None
        self._open_tracepoints()
        if not namespace.may_unshare():
            namespace.become_namespace_root()
            namespace.fresh()
        self.names = device.feature_names()
        _check_proc(self.cpu)

    def _open_tracepoints(self) -> None:
        # Before any namespace is entered: tracefs belongs to the machine's own root.
        try:
            self.tracepoints = Tracepoints(self.cpu)
        except LabUnavailable as error:
            self.no_events = error

    def play(self, steps: list[Step], events: bool) -> Observed:
        """What the kernel does. Raises LabUnavailable, or Disturbed when it never had a quiet CPU.

        With `events` false no tracepoint is read, and no `events` are in the result.
        """
        if events and self.tracepoints is None:
            raise self.no_events
        return undisturbed(lambda: self._play_once(steps, events))

    def _play_once(self, steps: list[Step], events: bool) -> Observed:
        namespace.fresh()
        with closing(Scene(self.names)) as scene:
            return [self._step(scene, number, step, events) for number, step in enumerate(steps)]

    def _step(self, scene: Scene, number: int, step: Step, events: bool) -> dict[str, Any]:
        self.began(number)
        scene.step_begins()
        if step["do"] in SENDING:
            result = self._send(scene, step, events)
        else:
            result = self._play_quiet(scene, step)
        scene.step_ends(step)
        return result

    def _play_quiet(self, scene: Scene, step: Step) -> dict[str, Any]:
        try:
            return scene.play(step)
        except OSError as error:
            return {"error": errno_name(error)}

    def _send(self, scene: Scene, step: Step, events: bool) -> dict[str, Any]:
        tracepoints = self._tracepoints() if events else None
        with ExitStack() as stack:
            before = device.stats()
            if tracepoints:
                tracepoints.start()
            result, reader = self._call(scene, step, stack)
            self._settle()
            recorded = tracepoints.stop() if tracepoints else []
            after = device.stats()
            if reader is not None:
                result["received"] = reader()
        result["stats"] = {name: after[name] - before[name] for name in STATS}
        if tracepoints:
            result["events"] = select(recorded, threading.get_native_id())
            check_complete(result["events"], result["stats"])
        return result

    def _tracepoints(self) -> Tracepoints:
        """Those that see lo by the name that it has now.

        Who sees one name cannot be told another, so that a scenario's own name gets its own.
        """
        name = device.name()
        if name not in (device.NAME, self._renamed and self._renamed.name):
            if self._renamed:
                self._renamed.close()
            self._renamed = self.tracepoints.of(name)
        return self.tracepoints if name == device.NAME else self._renamed

    def _call(self, scene: Scene, step: Step, stack: ExitStack) -> tuple[dict[str, Any], Any]:
        if step["do"] == "send":
            return scene.send(step, partial(self._sent, scene)), None
        try:
            return {"error": None}, SENDERS[step["do"]](step, stack)
        except OSError as error:
            return {"error": errno_name(error)}, None

    def _sent(self, scene: Scene) -> None:
        self._settle()
        scene.relieve()

    def _settle(self) -> None:
        """Wait until everything that was sent has been received, and answered.

        A softirq does not give up its CPU half-way. So, as long as this thread runs on the CPU
        that has the packets, a backlog that is empty means that nothing is under way.
        """
        deadline = time.monotonic() + SETTLE
        while device.backlog(self.cpu):
            if time.monotonic() > deadline:
                raise Disturbed("the CPU's backlog never became empty")
            time.sleep(0)


def _check_proc(cpu: int) -> None:
    """Raises LabUnavailable where the counters cannot be read, as without a /proc."""
    try:
        device.stats()
        device.backlog(cpu)
    except OSError as error:
        raise LabUnavailable("reading the counters", error) from None


def answer(player: Player, request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request of `worker.Worker`.

    A failure that nobody foresaw ends the process: the caller reads why, and starts another.
    """
    try:
        return {"observed": player.play(request["steps"], request["events"])}
    except LabUnavailable as error:
        return {"unavailable": [error.step, error.why]}
    except Disturbed as error:
        return {"unavailable": ["playing undisturbed", str(error)]}


def hello() -> tuple[Player | None, dict[str, Any]]:
    """The player, if there can be one, and the first line that it writes."""
    try:
        player = Player()
    except LabUnavailable as error:
        return None, {"unavailable": [error.step, error.why]}
    missing = player.no_events
    return player, {
        "host": asdict(player.host),
        "features": list(filter(None, player.names)),
        "no_events": missing and [missing.step, missing.why],
    }


def main() -> None:
    """Serve requests from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; we go when it goes
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if "--die-with-parent" in sys.argv:
        namespace.die_with_parent()
    player, first = hello()
    print(json.dumps(first), flush=True)
    if player is None:
        return
    for line in sys.stdin:
        request = json.loads(line)
        signal.alarm(request["patience"])
        print(json.dumps(answer(player, request)), flush=True)
        signal.alarm(0)


if __name__ == "__main__":
    main()

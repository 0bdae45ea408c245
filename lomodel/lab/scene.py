"""One scenario's own: the sockets and taps that it has open, and the steps that send nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

from lomodel.contract import Step
from lomodel.lab import counters, device, options, settings, sockets
from lomodel.lab.errors import Disturbed
from lomodel.lab.reports import Reports
from lomodel.lab.senders import close_elsewhere
from lomodel.lab.taps import Tap


def _link(key: str, value: Any) -> None:
    if key == "up":
        device.set_up(value)
    elif key == "mtu":
        device.set_mtu(value)
    elif key == "address":
        device.set_address(value)
    elif key == "delete":
        device.delete()
    elif key == "name":
        device.rename(value)
    elif key in device.LIMITS:
        device.set_limit(key, value)
    else:
        device.set_switch(key, value)


class Scene:
    """What one scenario has opened, from its first step to its last."""

    def __init__(self, features: Sequence[str]) -> None:
        self._features = features
        self._sockets: dict[str, socket.socket] = {}
        self._taps: dict[str, Tap] = {}
        self._reports = Reports()

    def close(self) -> None:
        """Close everything that is still open."""
        for sock in self._sockets.values():
            sock.close()
        for tap in self._taps.values():
            close_elsewhere(tap.sock)

    # What goes around every step.

    def step_begins(self) -> None:
        """Put aside what came since the last step: reports of groups."""
        self._reports.step_begins()
        if self._reports.expected:
            self.drain()

    def step_ends(self, step: Step) -> None:
        """Take over what the taps hold, and wait for reports that the step may cause."""
        if self.drain() and step["do"] not in QUIET_STEPS:
            raise Disturbed("a report of groups came while something was sent")
        self._reports.step_ends(_stirs(step))
        if _stirs(step):
            self.drain()

    def drain(self) -> int:
        """Empty the taps' buffers into our own; the number of group reports among the frames."""
        return sum(tap.drain(self._reports.expected) for tap in self._taps.values())

    def relieve(self) -> None:
        """Empty those buffers that would not hold what a whole step sends."""
        for tap in self._taps.values():
            if not tap.roomy:
                tap.drain(self._reports.expected)

    # The steps that send nothing, by their names.

    def play(self, step: Step) -> dict[str, Any]:
        """What comes of one of QUIET_STEPS. Raises OSError."""
        return {"error": None} | (QUIET_STEPS[step["do"]](self, step) or {})

    def _link(self, step: Step) -> None:
        for key, value in step.items():
            if key != "do":
                _link(key, value)

    def _change_features(self, step: Step) -> dict[str, Any]:
        return {"rc": device.set_features(step["set"], self._features)}

    def _show(self, step: Step) -> dict[str, Any]:
        more = device.show_more() if step.get("more") else {}
        return device.show(self._features) | more

    def _socket(self, step: Step) -> None:
        family, kind = sockets.FAMILY[step["family"]], sockets.TYPE[step["type"]]
        self._sockets[step["name"]] = socket.socket(family, kind)

    def _bind(self, step: Step) -> None:
        sock = self._sockets[step["socket"]]
        sock.bind(sockets.endpoint(sock.family, step["address"], step["port"]))

    def _connect(self, step: Step) -> None:
        sockets.connect(self._sockets[step["socket"]], step["address"], step.get("port", 0))

    def _setsockopt(self, step: Step) -> None:
        if step["option"] in options.JOINING:
            self._reports.expect()
        sock = self._sockets[step["socket"]]
        options.set_option(sock, step["option"], step["value"], step.get("length"))

    def _getsockopt(self, step: Step) -> dict[str, Any]:
        return {"value": options.get_option(self._sockets[step["socket"]], step["option"])}

    def send(self, step: Step, after_each: Callable[[], object]) -> dict[str, Any]:
        """What comes of a `send`; ``after_each`` is called after each of its sends."""
        return sockets.send(self._sockets[step["socket"]], step, after_each)

    def _recv(self, step: Step) -> dict[str, Any]:
        return sockets.recv(self._sockets[step["socket"]], step)

    def _close(self, step: Step) -> None:
        if "tap" in step:
            self._taps.pop(step["tap"]).close()
        else:
            self._sockets.pop(step["socket"]).close()

    def _address(self, step: Step) -> None:
        if "add" in step:
            device.add_address(step["add"])
        else:
            device.remove_address(step["remove"])
        device.wait_usable()

    def _sysctl(self, step: Step) -> None:
        for name, value in step["set"].items():
            settings.write(name, value)

    def _tap(self, step: Step) -> None:
        self._taps[step["name"]] = Tap()

    def _captured(self, step: Step) -> dict[str, Any]:
        self.drain()
        return self._taps[step["tap"]].captured()

    def _counters(self, step: Step) -> dict[str, Any]:
        return {"counters": self._reports.without(counters.read())}


#: The steps that send nothing.
QUIET_STEPS: dict[str, Callable[[Scene, Step], dict[str, Any] | None]] = {
    "link": Scene._link,
    "features": Scene._change_features,
    "show": Scene._show,
    "socket": Scene._socket,
    "bind": Scene._bind,
    "connect": Scene._connect,
    "setsockopt": Scene._setsockopt,
    "getsockopt": Scene._getsockopt,
    "recv": Scene._recv,
    "close": Scene._close,
    "address": Scene._address,
    "sysctl": Scene._sysctl,
    "tap": Scene._tap,
    "captured": Scene._captured,
    "counters": Scene._counters,
}
#: Those after which groups may be reported, once one was joined.
STIRRING = ("link", "close", "address", "sysctl")


def _stirs(step: Step) -> bool:
    """Whether group reports may follow the step. Such a step counts nothing itself."""
    if step["do"] == "setsockopt":
        return step["option"] in options.JOINING + options.LEAVING
    return step["do"] in STIRRING

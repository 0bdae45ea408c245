"""Model and recorded kernel side by side: the model of any release, or one that was changed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

from lomodel import recorded
from lomodel.contract import Scenario
from lomodel.lab.diff import Difference, Observed, differences
from lomodel.linux.drivers.net import loopback
from lomodel.scenario import play

PAGE = "how_do_you_know"


@dataclass(frozen=True)
class Change:
    """A change of ``loopback_xmit`` of the model: in words, and as text of its source."""

    label: str
    old: str = ""
    new: str = ""


CHANGES = {
    "": Change("nothing"),
    "early": Change(
        "takes the length before the header is off",
        "    skb.protocol = eth_type_trans(skb, dev)\n    len = skb.len\n",
        "    len = skb.len\n    skb.protocol = eth_type_trans(skb, dev)\n",
    ),
    "always": Change("counts what the backlog did not take, too", "    if taken:", "    if True:"),
    "twice": Change(
        "counts each packet twice",
        "        dev_lstats_add(dev, len)\n",
        "        dev_lstats_add(dev, len)\n        dev_lstats_add(dev, len)\n",
    ),
    "code": Change("returns 1", "return NETDEV_TX_OK", "return NETDEV_TX_OK + 1"),
}
"""What may be wrong with a model, by name; "" is the model as it is."""


def _changed(change: Change) -> FunctionType:
    """``loopback_xmit`` with one change. ValueError where its text is not there exactly once."""
    text = inspect.getsource(loopback.loopback_xmit).partition("\n")[2]  # without the decorator
    if text.count(change.old) != 1:
        raise ValueError(f"{change.label}: expected {change.old!r} once in loopback_xmit")
    namespace: dict[str, Any] = {}
    exec(f"from __future__ import annotations\n{text.replace(change.old, change.new)}", namespace)
    made: FunctionType = namespace["loopback_xmit"]
    return made


@contextmanager
def changed(name: str) -> Iterator[None]:
    """The model is wrong until the block ends; not for a trace of calls, which has its own code."""
    function = loopback.loopback_xmit
    before = function.__code__
    if name:
        function.__code__ = _changed(CHANGES[name]).__code__
    try:
        yield
    finally:
        function.__code__ = before


@cache
def recordings() -> dict[tuple[str, str], Scenario]:
    """Every recording of the page, by scenario and release."""
    return {(line["id"], line["release"]): line for line in recorded.read(PAGE)}


@cache
def answer(name: str, release: str, change: str = "") -> Observed:
    """What a model says to a scenario of the page."""
    steps = next(line["steps"] for (each, _), line in recordings().items() if each == name)
    with changed(change):
        return play(steps, release)


def between(name: str, kernel: str, model: str = "", change: str = "") -> list[Difference]:
    """Where a model and a recorded kernel differ: of a scenario, by its name.

    ``kernel`` is the release that was recorded, ``model`` the one whose model is asked (the
    kernel's own, if none is named), ``change`` the name of what is wrong with it.
    """
    observed = recordings()[name, kernel]["observed"]
    return differences(answer(name, model or kernel, change), observed)


def noticed(change: str, kernel: str) -> list[str]:
    """The scenarios that show a change in the model of a recorded kernel's release."""
    names = [name for name, release in recordings() if release == kernel]
    return [name for name in names if between(name, kernel, change=change)]


def values(observed: Any) -> int:
    """How many numbers, texts and the like are compared: the leaves of what was observed."""
    if isinstance(observed, dict):
        return sum(map(values, observed.values()))
    if isinstance(observed, list):
        return sum(map(values, observed))
    return 1

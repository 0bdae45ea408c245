"""A find made small: fewer steps, fewer keys, smaller numbers, as long as it shows the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Steps = list[dict[str, Any]]
#: Keys that a step may lack.
OPTIONAL = ("count", "gso_size", "size", "errqueue", "length", "to", "zeros", "listening")
OPTIONAL += ("pmtudisc", "vnet.hdr_len", "vnet.csum_offset", "vnet.csum_start", "vnet.gso_size")
OPTIONAL += ("vnet.flags", "vnet.gso_type")
NUMBERS = ("payload", "zeros", "count", "size", "gso_size", "value", "mtu", "port")


def names(step: dict[str, Any]) -> list[str]:
    """The names of sockets and taps that a step speaks of."""
    said = [step.get("socket"), step.get("tap")]
    return [*filter(None, said), *([step["name"]] if step["do"] in ("socket", "tap") else [])]


def without(steps: Steps, dropped: set[str]) -> Steps:
    """The steps that do, and set, and read, none of those; nor name what is then never opened."""
    kept: Steps = []
    opened: set[str] = set()
    for step in steps:
        if step["do"] in dropped or step.get("option") in dropped:
            continue
        if step["do"] in ("socket", "tap"):
            opened.add(step["name"])
        elif not opened.issuperset(names(step)):
            continue
        kept.append(step)
    return kept


def _fewer(steps: Steps) -> Iterator[Steps]:
    for name in {each for step in steps for each in names(step)}:
        yield [step for step in steps if name not in names(step)]
    size = len(steps) // 2
    while size:
        for at in range(len(steps) - size, -1, -size):
            yield steps[:at] + steps[at + size :]
        size //= 2


def _simpler(steps: Steps) -> Iterator[Steps]:
    for at, step in enumerate(steps):
        for simple in _simpler_step(step):
            yield [*steps[:at], simple, *steps[at + 1 :]]


def _simpler_step(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key in OPTIONAL:
        if key in step:
            yield {name: value for name, value in step.items() if name != key}
    for inner in ("set", "vnet"):
        values = step.get(inner)
        if isinstance(values, dict) and len(values) > 1:
            for left_out in values:
                kept = {name: value for name, value in values.items() if name != left_out}
                yield step | {inner: kept}
    for key in NUMBERS:
        value = step.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            smaller = {0, 1, 10, 100, 1000, value // 2, value - value // 8}
            for each in sorted(smaller, key=abs):
                if abs(each) < abs(value):
                    yield step | {key: each}


def shrink(steps: Steps, shows: Callable[[Steps], bool], tries: int = 400) -> Steps:
    """The smallest steps found, with so many tries, that `shows` says yes to."""
    left = tries
    again = True
    while again and left > 0:
        again = False
        for make in (_fewer, _simpler):
            found: Steps | None = steps
            while found is not None and left > 0:
                found = None
                for candidate in make(steps):
                    left -= 1
                    if left < 0:
                        break
                    if shows(candidate):
                        steps = found = candidate
                        again = True
                        break
    return steps

"""The controls of an explorer: what a reader may set, and to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class ControlError(ValueError):
    """A control that does not exist, or a value that it cannot take."""


@dataclass(frozen=True)
class Switch:
    """On or off. ``initial`` is where it stands at first."""

    name: str
    label: str
    help: str = ""
    initial: bool = True

    @property
    def points(self) -> Sequence[bool]:
        """The values that the built page knows."""
        return (False, True)

    def check(self, value: Any) -> bool:
        """``value`` if the control can take it; :class:`ControlError` otherwise."""
        if not isinstance(value, bool):
            raise ControlError(f"{self.name}: expected True or False, not {value!r}")
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few values, each with the text that a reader picks it by."""

    name: str
    label: str
    options: dict[Any, str]
    help: str = ""
    initial: Any = None

    @property
    def points(self) -> Sequence[Any]:
        """The values that the built page knows, in the order of the options."""
        return tuple(self.options)

    def check(self, value: Any) -> Any:
        """``value`` if the control can take it; :class:`ControlError` otherwise."""
        # True == 1, but a choice of numbers has no option True.
        if not any(value == p and type(value) is type(p) for p in self.points):
            expected = ", ".join(repr(point) for point in self.points)
            raise ControlError(f"{self.name}: expected one of {expected}, not {value!r}")
        return value


@dataclass(frozen=True)
class Range:
    """A whole number within ``limits`` (else: from the first to the last of ``points``).

    The built page knows the points; with a kernel behind it every number between can be set.
    ``named``: the names of points that matter, each offered as a button; an outcome's ``points``
    say which number a name stands for in a state.
    """

    name: str
    label: str
    points: Sequence[int]
    unit: str = ""
    help: str = ""
    initial: int | None = None
    limits: tuple[int, int] | None = None
    named: Sequence[str] = ()

    @property
    def span(self) -> tuple[int, int]:
        """The least and the greatest value."""
        return self.limits or (self.points[0], self.points[-1])

    def check(self, value: Any) -> int:
        """``value`` if the control can take it; :class:`ControlError` otherwise."""
        low, high = self.span
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not low <= value <= high:
            raise ControlError(
                f"{self.name}: expected a whole number from {low} to {high}, not {value!r}"
            )
        return value


Control = Switch | Choice | Range


def initial(control: Control) -> Any:
    """Where a control stands at first: its ``initial``, or its first point."""
    return control.points[0] if control.initial is None else control.initial


def check_all(controls: Sequence[Control], values: dict[str, Any]) -> dict[str, Any]:
    """Settings for named controls, checked; :class:`ControlError` names the first bad one."""
    by_name = {control.name: control for control in controls}
    for name in values:
        if name not in by_name:
            known = ", ".join(by_name)
            raise ControlError(f"{name!r}: no such control; expected one of {known}")
    return {name: by_name[name].check(value) for name, value in values.items()}

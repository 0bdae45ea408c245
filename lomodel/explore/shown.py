"""An explorer in one state: what its HTML is made of."""

from __future__ import annotations

from dataclasses import dataclass

from lomodel.explore.controls import Choice, Range, Switch, check_all
from lomodel.explore.declaration import Declaration, State
from lomodel.explore.slots import Slots
from lomodel.explore.store import table_of
from lomodel.explore.table import Table

KINDS = {Switch: "switch", Choice: "choice", Range: "range"}


@dataclass(frozen=True)
class Shown:
    """An explorer in one state."""

    explorer: Declaration
    state: State
    slots: Slots
    table: Table | None

    @property
    def key(self) -> str:
        """What the ids of its elements begin with."""
        return f"lo-{self.explorer.name}"

    def has(self, slot: str) -> bool:
        """Whether this state or another that the page knows has a slot."""
        return slot in self.slots or (self.table is not None and slot in self.table["slots"])


def show(declaration: Declaration, controls: State | None = None) -> Shown:
    """An explorer in its first state, or with some controls set; ControlError for a bad one."""
    state = declaration.initial() | check_all(declaration.controls, controls or {})
    return Shown(declaration, state, declaration.run(state), table_of(declaration))

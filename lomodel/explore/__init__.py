"""Explorers: a figure with controls, alive in a built page and in Jupyter.

An explorer is a :class:`~lomodel.explore.declaration.Declaration`: named controls, a pure function
from the controls to an outcome, and a figure whose parts the outcome lights up. ``from_trace``
makes one whose states are scenarios. ``explorer(name)`` gives the widget of one of
``lomodel.explorers``; everything else is made from the declaration.
"""

from lomodel.explore.controls import Choice, ControlError, Range, Switch
from lomodel.explore.declaration import Declaration, Outcome
from lomodel.explore.panel import panel
from lomodel.explore.widget import Explorer, explorer

__all__ = [
    "Choice",
    "ControlError",
    "Declaration",
    "Explorer",
    "Outcome",
    "Range",
    "Switch",
    "explorer",
    "panel",
]

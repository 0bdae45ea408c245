"""Explorers: a figure with controls, alive in a built page and in Jupyter.

An explorer is a :class:`~lomodel.explore.declaration.Declaration`: named controls, a pure function
from the controls to an outcome, and a figure whose parts the outcome lights up. ``from_trace``
makes one whose states are scenarios. ``explorer(name)`` gives the widget of one of
``lomodel.explorers``; everything else is made from the declaration.

``any_scenario()`` asks model and kernel about a scenario of the reader's own.
``source("net_gso_ok")`` shows the model's Python beside the kernel's C, ``href_of`` says where a
symbol's source is read, ``stepper(name, trace)`` shows a trace step by step, ``predict(name)`` asks
for a guess.
"""

from lomodel.explore.controls import Choice, ControlError, Range, Switch
from lomodel.explore.declaration import Declaration, Outcome
from lomodel.explore.foretell import answers
from lomodel.explore.kernel_page import AnyScenario, any_scenario
from lomodel.explore.panel import panel
from lomodel.explore.predict_widget import Predict, predict
from lomodel.explore.source_panel import href_of
from lomodel.explore.source_widget import Source, source
from lomodel.explore.stepping import Stepper, stepper
from lomodel.explore.widget import Explorer, explorer

__all__ = [
    "AnyScenario",
    "Choice",
    "ControlError",
    "Declaration",
    "Explorer",
    "Outcome",
    "Predict",
    "Range",
    "Source",
    "Stepper",
    "Switch",
    "answers",
    "any_scenario",
    "explorer",
    "predict",
    "href_of",
    "source",
    "stepper",
    "panel",
]

"""``stepper``: one trace, step by step, in a page and in Jupyter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from lomodel.explore import page, stepper_page
from lomodel.explore.steps import Steps, steps_of
from lomodel.trace import Trace, watching
from lomodel.watch import watch_packets


class Stepper(anywidget.AnyWidget):
    """A widget that in a built page is the same element without a kernel.

    ``step`` is the step that is shown, counted from 1; assigning to it moves the page. ``steps``
    has all of them as plain data. TraitError for a step that there is not.
    """

    _esm = page.module()
    _css = page.stylesheet()
    step = traitlets.Int(1).tag(sync=True)
    _html = traitlets.Unicode().tag(sync=True)

    def __init__(self, name: str, trace: Trace, title: str, origin: str, steps: Steps) -> None:
        self.name, self.title, self.origin = name, title, origin
        self.steps = steps_of(trace, steps)
        super().__init__(_html=self._element())

    def _element(self) -> str:
        return stepper_page.element(self.name, self.title, self.origin, self.steps, self.step)

    @traitlets.validate("step")
    def _check(self, proposal: dict[str, Any]) -> int:
        if not 1 <= proposal["value"] <= len(self.steps):
            raise traitlets.TraitError(
                f"step {proposal['value']}: expected a number from 1 to {len(self.steps)}"
            )
        return proposal["value"]

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs) or ({},)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**data, "text/html": page.wrap(self._element()), "text/plain": repr(self)}

    def __str__(self) -> str:
        return stepper_page.text(self.steps)

    def __repr__(self) -> str:
        return f"<stepper {self.name}: {len(self.steps)} steps>"


def stepper(
    name: str,
    what: Trace | Callable[[], Trace],
    *,
    steps: Steps = None,
    title: str = "",
    origin: str = "trace of the model",
) -> Stepper:
    """A trace with one Next button: the call chain, and the packet's bytes and fields beside it.

    * ``name``: the element's name on its page;
    * ``what``: a trace of ``machine.trace(packets=True)``, or a function that makes one, such as
      ``lambda: send(lo_up(), 4000, gso_size=1400)``; whatever trace it opens watches packets;
    * ``steps``: which calls are steps: a table of function names with a sentence each, names
      only, or None for the well-known ones (``lomodel.explore.sentences``, which says how a
      sentence is written);
    * ``title``: of the plate, by default the name; ``origin``: where the trace is from.

    ValueError for a trace without packets, for a function that was not called, and for one without
    a sentence.
    """
    if callable(what):
        with watching(watch_packets()):
            what = what()
    return Stepper(name, what, title or name.replace("_", " ").capitalize(), origin, steps)

"""An explorer in Jupyter: the page's element, and the model behind it."""

from __future__ import annotations

from typing import Any

import traitlets

from lomodel.explore import page
from lomodel.explore.asking import Asker
from lomodel.explore.controls import check_all
from lomodel.explore.declaration import Declaration, Outcome
from lomodel.explore.registry import declaration
from lomodel.explore.store import HAS_TABLES


class Controls(dict):
    """The controls' settings; setting an item sets the control."""

    def __init__(self, explorer: Explorer, values: dict[str, Any]) -> None:
        super().__init__(values)
        self._explorer = explorer

    def __setitem__(self, name: str, value: Any) -> None:
        self._explorer.controls = {name: value}


class Explorer(Asker):
    """A widget that in a built page is the same element without a kernel.

    ``controls`` holds the settings by name. Assigning to it, or to an item of it, sets what is
    named and leaves the rest; a bad name or value raises :class:`ControlError`. ``outcome`` is what
    the model says of the present settings.
    """

    _esm = page.module()
    _css = page.stylesheet()
    controls = traitlets.Dict().tag(sync=True)
    _html = traitlets.Unicode().tag(sync=True)
    _outcome = traitlets.Dict().tag(sync=True)

    def __init__(self, declaration: Declaration, **controls: Any) -> None:
        self.declaration = declaration
        super().__init__(
            controls=declaration.initial() | controls,
            _html=page.element(declaration, controls),
        )

    @property
    def outcome(self) -> Outcome:
        """The model's outcome for the present settings."""
        return self.declaration.outcome(dict(self.controls))

    @traitlets.validate("controls")
    def _check(self, proposal: dict[str, Any]) -> Controls:
        values = check_all(self.declaration.controls, proposal["value"])
        return Controls(self, dict(self.controls) | values)

    @traitlets.observe("controls")
    def _answer(self, change: dict[str, Any]) -> None:
        # The page looks up what its table has; only for the rest it needs an answer.
        points = {control.name: control.points for control in self.declaration.controls}
        between = any(value not in points[name] for name, value in self.controls.items())
        if between or not HAS_TABLES:
            controls = dict(self.controls)
            self._outcome = {"controls": controls, "slots": self.declaration.run(controls)}

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs) or ({},)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**data, "text/html": self._page(), "text/plain": repr(self)}

    def _page(self) -> str:
        return page.wrap(self._html)

    def __repr__(self) -> str:
        return f"<explorer {self.declaration.name}>"


def explorer(name: str, **controls: Any) -> Explorer:
    """The explorer ``name``, its controls set as given."""
    return Explorer(declaration(name), **controls)

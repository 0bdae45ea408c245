"""A prediction in Jupyter: the page's element, and nothing that tells its answer."""

from __future__ import annotations

from typing import Any

import traitlets

from lomodel.desk import RELEASE
from lomodel.explore import page
from lomodel.explore.asking import Asker
from lomodel.explore.predict_html import element


class Predict(Asker):
    """A widget that in a built page is the same element without a kernel.

    Its answers, those of the model of ``release`` and of that release's recording, are computed
    when it is made.
    """

    _esm = page.module()
    _css = page.stylesheet()
    _html = traitlets.Unicode().tag(sync=True)

    def __init__(self, name: str, release: str = RELEASE) -> None:
        self.name = name
        super().__init__(_html=element(name, release))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs) or ({},)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**data, "text/html": page.wrap(self._html), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<prediction {self.name}>"


def predict(name: str) -> Predict:
    """The prediction ``name``; KeyError for a name that there is not."""
    return Predict(name)

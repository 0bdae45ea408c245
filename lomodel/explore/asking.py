"""The button "Ask the kernel" in Jupyter: the laboratory answers, where the machine has one."""

from __future__ import annotations

import threading
from typing import Any

import anywidget

from lomodel import lab
from lomodel.contract import Scenario, ScenarioError, Step, parse


def answer(asked: str | list[Step]) -> dict[str, Any]:
    """What ``kernel.js`` is told: both runs, or, as ``refused``, a sentence why there are none.

    ``asked`` is a list of steps, or a whole scenario as somebody has typed it. The model is that of
    the kernel's release.
    """
    try:
        found = lab.compare(_scenario(asked), say=lambda said: None)
    except (ScenarioError, lab.LabUnavailable) as error:
        return {"refused": str(error)}
    return {
        "model": found.model,
        "kernel": found.kernel,
        "events": found.uncompared is None,
        "release": found.release,
        "name": found.source,
    }


def _scenario(asked: str | list[Step]) -> Scenario:
    """The scenario without what it may say to have been observed: this kernel is asked."""
    if not isinstance(asked, str):
        return {"id": "scenario", "steps": asked}
    given = parse(asked)
    return {"id": given["id"], "steps": given["steps"]}


class Asker(anywidget.AnyWidget):
    """A widget whose page may ask: ``{"asked": number, "steps": ...}`` gets ``answer``.

    A thread asks, so that the cell that runs, and the next one, are not held up.
    """

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._hear)

    def _hear(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and "asked" in content:
            threading.Thread(target=self._tell, args=(content,), daemon=True).start()

    def _tell(self, content: dict[str, Any]) -> None:
        self.send({"asked": content["asked"], **answer(content.get("steps"))})

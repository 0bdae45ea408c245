"""What an explorer is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lomodel.explore.controls import Control, check_all, initial
from lomodel.explore.table import states

Value = str | int


@dataclass
class Outcome:
    """What a state of the controls leads to; all of it plain data.

    * ``summary``: the outcome in a sentence.
    * ``values``: named numbers or texts, e.g. ``{"tx_packets": 3}``.
    * ``parts``: the parts of the figure that take part, each with a note ("" for none).
    * ``decisions``: what was asked on the way: question -> (answer, operands).
    * ``helps``: what stands below a control in this state, by the control's name.
    * ``notes``: a word beside a control, by the control's name (its effective state, say).
    * ``strips``: lengths drawn as a row of blocks: name -> [(count, length), ...].
    """

    summary: str
    values: dict[str, Value] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, tuple[str, str]] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    strips: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def slots(self) -> dict[str, Value]:
        """The outcome as one flat mapping; a prefix says what a slot is."""
        flat: dict[str, Value] = {"summary": self.summary}
        flat |= {f"value:{name}": value for name, value in self.values.items()}
        flat |= {f"part:{name}": note for name, note in self.parts.items()}
        flat |= {f"help:{name}": text for name, text in self.helps.items()}
        flat |= {f"note:{name}": text for name, text in self.notes.items()}
        for name, (answer, operands) in self.decisions.items():
            flat |= {f"answer:{name}": answer, f"operands:{name}": operands}
        for name, blocks in self.strips.items():
            flat[f"strip:{name}"] = " ".join(f"{count}x{length}" for count, length in blocks)
        return flat


@dataclass(frozen=True)
class Question:
    """A row of the decisions table: a condition of a kernel function."""

    name: str
    function: str
    text: str


@dataclass(frozen=True, eq=False)
class Declaration:
    """An explorer: controls, the outcome of a state, and the figure.

    ``outcome`` takes the controls' values by name and returns an :class:`Outcome`; it must be pure,
    because its results are stored. ``figure`` makes the SVG, whose ``data-part`` names are the
    ``parts`` of outcomes. ``values`` gives the label of each named value, in order; those named in
    ``echoes`` only repeat a control, and a control that changes nothing else is marked with the
    word ``idle``.
    ``groups`` gives the headings under which the controls stand.
    """

    name: str
    title: str
    intro: str
    controls: Sequence[Control]
    outcome: Callable[[dict[str, Any]], Outcome]
    figure: Callable[[], str]
    values: dict[str, str]
    echoes: Sequence[str] = ()
    idle: str = "no effect"
    questions: Sequence[Question] = ()
    questions_title: str = "What was asked on the way"
    strips: dict[str, str] = field(default_factory=dict)
    groups: dict[str, Sequence[str]] = field(default_factory=dict)

    def initial(self) -> dict[str, Any]:
        """The state that the explorer starts in."""
        return {control.name: initial(control) for control in self.controls}

    def states(self) -> Iterator[dict[str, Any]]:
        """Every state that the built page knows."""
        return states(self.controls)

    def run(self, controls: dict[str, Any]) -> dict[str, Value]:
        """The outcome's slots for a state; :class:`ControlError` if it is none."""
        return self.outcome(check_all(self.controls, self.initial() | controls)).slots()
